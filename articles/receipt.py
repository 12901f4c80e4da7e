"""Where a published story went: what the paper itself shows of it, and what the rooms above say of their ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from articles import frontpage, registry
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.reading import PAGE, Edition, open_edition
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
        *_last_change(story),
        _line(gettext("Front page"), is_on_front, edition.path),
        ReceiptLine(
            gettext("Section front"), Arrival.THERE, story.section.name_in(story.language),
            url=edition.section_path(story.section),
        ),
        _line(gettext("Feed of the paper"), _is_in_feed(story), edition.feed_path),
        _line(gettext("Feed of the section"), _is_in_feed(story, story.section), _section_feed(story, edition)),
        _in_sitemap(story, edition),
    ]  # fmt: skip


def _last_change(story: PublishedArticle) -> list[ReceiptLine]:
    if story.updated_at <= story.published_at:
        return []
    return [ReceiptLine(gettext("The last changes"), Arrival.THERE, at=story.updated_at)]


def _line(name: str, is_there: bool, url: str) -> ReceiptLine:
    return ReceiptLine(name, Arrival.THERE if is_there else Arrival.NOT_THERE, url=url)


def _is_on_front(story: PublishedArticle, edition: Edition) -> bool:
    return edition.is_offered and story in frontpage.shown_in(frontpage.front_context(edition))


def _is_in_feed(story: PublishedArticle, section: Section | None = None) -> bool:
    stories = PublishedArticle.objects.filter(language=story.language)
    if section:
        numbers = [section.pk, *section.children.values_list("pk", flat=True)]
        stories = stories.newest_of_each(numbers, language=story.language, count=PAGE)
    return story.pk in list(stories.newest_first().values_list("pk", flat=True)[:PAGE])


def _section_feed(story: PublishedArticle, edition: Edition) -> str:
    of_edition = (
        {} if edition.path == edition.site.edition_path(edition.site.language) else {"language": edition.language}
    )
    return reverse("articles:section_feed", kwargs={**of_edition, "path": story.section.path, "name": "rss.xml"})


def _in_sitemap(story: PublishedArticle, edition: Edition) -> ReceiptLine:
    name = gettext("Sitemap for search engines")
    if story.noindex:
        return ReceiptLine(name, Arrival.NOT_THERE, gettext("The story is kept out of search engines."))
    first = story.published_at.astimezone(edition.zone)
    return ReceiptLine(name, Arrival.THERE, url=reverse("articles:sitemap_month", args=[first.year, first.month]))
