"""Where a published story went: what the paper itself shows of it, and what the rooms above say of their ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from articles import frontpage, registry
from articles.models.pressed import PressedFront
from articles.models.published import PublishedArticle
from articles.reading import IN_FEED, Edition, open_edition
from articles.registry import Arrival, ReceiptLine

if TYPE_CHECKING:
    from accounts.models import User


def lines(number: int, user: User) -> list[ReceiptLine]:
    """The receipt of story `number`, as that person may see it. Changes neither this thread's language nor its zone."""
    story = PublishedArticle.objects.select_related("section__parent").defer("body_html").filter(pk=number).first()
    if story is None:
        return [ReceiptLine(gettext("The story"), Arrival.NOT_THERE), *registry.receipt_lines(number, user)]
    return [*_on_the_paper(story), *registry.receipt_lines(number, user)]


def _on_the_paper(story: PublishedArticle) -> list[ReceiptLine]:
    with translation.override(translation.get_language()), timezone.override(timezone.get_current_timezone()):
        edition = open_edition(story.language)
        is_on_front = _is_on_front(story, edition)
    return [
        ReceiptLine(gettext("The story"), Arrival.THERE, story.path, at=story.published_at, url=story.path),
        _line(gettext("Front page"), is_on_front, edition.path),
        ReceiptLine(
            gettext("Section front"), Arrival.THERE, story.section.name_in(story.language),
            url=edition.section_path(story.section),
        ),
        _line(gettext("Feed of the paper"), _is_in_feed(story), edition.feed_path),
        _in_sitemap(story, edition),
    ]  # fmt: skip


def _line(name: str, is_there: bool, url: str) -> ReceiptLine:
    return ReceiptLine(name, Arrival.THERE if is_there else Arrival.NOT_THERE, url=url)


def _is_on_front(story: PublishedArticle, edition: Edition) -> bool:
    if not edition.is_offered:
        return False
    pressed = PressedFront.objects.filter(section=None, language=story.language).first()
    if pressed:
        return any(card["story"] == story.pk for container in pressed.containers for card in container["cards"])
    return story in frontpage.shown_in(frontpage.front_context(edition))


def _is_in_feed(story: PublishedArticle) -> bool:
    stories: QuerySet[PublishedArticle] = PublishedArticle.objects.filter(language=story.language).newest_first()
    return story.pk in list(stories.values_list("pk", flat=True)[:IN_FEED])


def _in_sitemap(story: PublishedArticle, edition: Edition) -> ReceiptLine:
    name = gettext("Sitemap for search engines")
    if story.noindex:
        return ReceiptLine(name, Arrival.NOT_THERE, gettext("The story is kept out of search engines."))
    first = story.published_at.astimezone(edition.zone)
    return ReceiptLine(name, Arrival.THERE, url=reverse("articles:sitemap_month", args=[first.year, first.month]))
