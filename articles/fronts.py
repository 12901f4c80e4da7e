"""How front pages are arranged, and how an arrangement becomes the finished lists that readers get.

An arrangement is a list of containers. Each shows the cards that were put there by hand, in their order, and fills up
with the newest stories that its rule names. No story stands twice on a page, and cards come before rules: a story that
was put somewhere by hand is not drawn to another place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from articles import figures, markup, signals
from articles.kinds import Kind
from articles.models.fronts import Front
from articles.models.merges import Merged
from articles.models.places import Section, Series, Tag
from articles.models.pressed import PressedFront
from articles.models.published import PublishedArticle, PublishedByline, PublishedTag
from authors.models import Author
from images.models import Picture

MOST_CONTAINERS, MOST_STORIES = 20, 20  # on a page; in a container
SPARE = 40  # so many of a section's newest may be of kinds that stand elsewhere
LOOKED_THROUGH = 2_000  # how far back stories of one kind are looked for


class Layout(models.TextChoices):
    """How a container looks; `articles/_arranged.html` draws it."""

    LEAD = "lead", _("Lead story, two below it, the others beside")
    ROW = "row", _("Row of pictures")
    BLOCK = "block", _("Block: a picture, then headlines")
    LIST = "list", _("Headlines")
    OPINION = "opinion", _("Opinion: names first")


class Fill(models.TextChoices):
    """Where the stories come from that were not put there by hand."""

    NONE = "none", _("Nothing: only what is put here by hand")
    NEWEST = "newest", _("The newest stories")
    SECTION = "section", _("A section")
    KIND = "kind", _("A kind of story")
    TAG = "tag", _("A tag")
    SERIES = "series", _("A series")
    AUTHOR = "author", _("An author")


@dataclass(frozen=True)
class Rule:
    """`value` is the number of the section, tag, series or author, or the kind; "" where none is needed."""

    fill: Fill = Fill.NEWEST
    value: Any = ""


@dataclass
class Card:
    """A story put there by hand. `headline` and `picture` (its number) stand instead of the story's own."""

    story: int
    headline: str = ""
    picture: int | None = None
    pinned_until: datetime | None = None  # None: until it is taken away

    def holds(self, now: datetime) -> bool:
        return self.pinned_until is None or self.pinned_until > now


@dataclass
class Container:
    """A part of the page. It shows `size` stories, or as many as were put there by hand if these are more."""

    key: str
    title: str = ""
    layout: Layout = Layout.BLOCK
    rule: Rule = field(default_factory=Rule)
    size: int = 4
    cards: list[Card] = field(default_factory=list)


def read(content: Iterable[dict[str, Any]]) -> list[Container]:
    """An arrangement as `Front.draft` and `FrontLaunch.content` hold it; rules follow tags and authors merged since."""
    return _after_merges(
        [
            Container(
                key=each["key"],
                title=each["title"],
                layout=Layout(each["layout"]),
                rule=Rule(Fill(each["rule"]["fill"]), each["rule"]["value"]),
                size=each["size"],
                cards=[
                    Card(
                        story=card["story"],
                        headline=card["headline"],
                        picture=card["picture"],
                        pinned_until=datetime.fromisoformat(card["pinned_until"]) if card["pinned_until"] else None,
                    )
                    for card in each["cards"]
                ],
            )
            for each in content
        ]
    )


def _after_merges(containers: list[Container]) -> list[Container]:
    for fill, kind in ((Fill.TAG, Merged.Kind.TAG), (Fill.AUTHOR, Merged.Kind.AUTHOR)):
        named = [container for container in containers if container.rule.fill == fill]
        now = Merged.into_of(kind, [container.rule.value for container in named]) if named else {}
        for container in named:
            container.rule = Rule(fill, now.get(container.rule.value, container.rule.value))
    return containers


def write(containers: Iterable[Container]) -> list[dict[str, Any]]:
    """The JSON that `read` reads."""
    return [
        {
            "key": each.key,
            "title": each.title,
            "layout": each.layout.value,
            "rule": {"fill": each.rule.fill.value, "value": each.rule.value},
            "size": each.size,
            "cards": [
                {
                    "story": card.story,
                    "headline": card.headline,
                    "picture": card.picture,
                    "pinned_until": card.pinned_until.isoformat() if card.pinned_until else "",
                }
                for card in each.cards
            ],
        }
        for each in containers
    ]


def pressed(containers: list[Container], front: Front, *, now: datetime) -> list[dict[str, Any]]:
    """What readers would get, as `PressedFront.containers`; empty containers are left out.

    Two queries and two at most for each container, however many stories there are.
    """
    kept = _kept_by_hand(containers, now)
    taken = {card.story for cards in kept for card in cards}
    apart = {str(each.rule.value) for each in containers if each.rule.fill == Fill.KIND}
    pictures = Picture.objects.in_bulk({card.picture for cards in kept for card in cards if card.picture})
    usable = {
        number: picture
        for number, picture in pictures.items()
        if not picture.what_is_missing(on=timezone.localdate(now))
    }
    made = []
    for container, cards in zip(containers, kept, strict=True):
        room = container.size - len(cards)
        found = list(_newest(container.rule, front, count=room, taken=taken, apart=apart)) if room > 0 else []
        taken.update(found)
        if cards or found:
            title, path = _named_after(container.rule, front.language)
            shown = [_pressed_card(card, front.language, usable) for card in [*cards, *map(Card, found)]]
            section = container.rule.value if container.rule.fill == Fill.SECTION else None
            made.append({
                "key": container.key, "title": container.title or title, "path": path, "section": section,
                "layout": container.layout.value, "cards": shown,
            })  # fmt: skip
    return made


def _kept_by_hand(containers: list[Container], now: datetime) -> list[list[Card]]:
    """Of each container the cards that readers see: published, not expired, and on the page for the first time."""
    wanted = [card.story for each in containers for card in each.cards]
    there = set(PublishedArticle.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    kept: list[list[Card]] = []
    for container in containers:
        cards = []
        for card in container.cards:
            if card.story in there and card.holds(now):
                there.remove(card.story)
                cards.append(card)
        kept.append(cards)
    return kept


def _newest(rule: Rule, front: Front, *, count: int, taken: Collection[int], apart: Collection[str]) -> Iterable[int]:
    """Numbers of the newest `count` stories that the rule names and the page does not have yet.

    On a section's front “the newest” are those of the section. The kinds that have a container of their own on the page
    (`apart`) are left to it, but by rules that name a tag, a series or an author.
    """
    stories = PublishedArticle.objects.filter(language=front.language)
    match rule.fill:
        case Fill.NEWEST if not front.section_id:
            found = stories.exclude(pk__in=taken).exclude(kind__in=apart).newest_first()
        case Fill.NEWEST | Fill.SECTION:
            place = front.section_id if rule.fill == Fill.NEWEST else rule.value
            parts = Section.objects.filter(models.Q(pk=place) | models.Q(parent=place)).values_list("pk", flat=True)
            enough = count + len(taken) + (SPARE if apart else 0)
            found = PublishedArticle.objects.newest_of_each(list(parts), language=front.language, count=enough)
            found = found.exclude(pk__in=taken).exclude(kind__in=apart)
        case Fill.KIND:
            recent = stories.newest_first().values("pk")[:LOOKED_THROUGH]
            found = PublishedArticle.objects.filter(pk__in=recent, kind=rule.value).exclude(pk__in=taken).newest_first()
        case Fill.SERIES:
            found = stories.filter(series=rule.value).exclude(pk__in=taken).newest_first()
        case Fill.TAG:
            tagged = PublishedTag.objects.filter(tag=rule.value, content_object__language=front.language)
            rows = tagged.exclude(content_object__in=taken).order_by("-published_at", "-content_object")
            return rows.values_list("content_object", flat=True)[:count]
        case Fill.AUTHOR:
            signed = PublishedByline.objects.filter(author=rule.value, article__language=front.language)
            lines = signed.exclude(article__in=taken).order_by("-published_at", "-article")
            return lines.values_list("article", flat=True)[:count]
        case _:
            return []
    return found.values_list("pk", flat=True)[:count]


def _named_after(rule: Rule, language: str) -> tuple[str, str]:
    """The title of a container that has none of its own, and where it leads; a section's are known to readers' code."""
    if rule.fill == Fill.KIND:
        with override(language):
            return str(Kind(rule.value).label), ""
    models_of: dict[Fill, Any] = {Fill.TAG: Tag, Fill.SERIES: Series, Fill.AUTHOR: Author}
    if rule.fill not in models_of:
        return "", ""
    thing = models_of[rule.fill].objects.filter(pk=rule.value).first()
    return (str(thing), thing.get_absolute_url()) if thing else ("", "")


def _pressed_card(card: Card, language: str, pictures: dict[int, Picture]) -> dict[str, Any]:
    return {
        "story": card.story,
        "headline": markup.smarten(card.headline, language=language) if card.headline else "",
        "picture": figures.lead(pictures.get(card.picture or 0), language=language),
    }


def press(front: Front) -> bool:
    """Writes what readers get of a front whose row the caller's transaction holds; whether that is another page now.

    One that is live without a container fills by itself, as before anybody arranged it.
    """
    now = timezone.now()
    place: dict[str, Any] = {"section_id": front.section_id, "language": front.language}
    before = PressedFront.objects.filter(**place).first()
    if front.live:
        after = pressed(read(front.live), front, now=now)
        PressedFront.objects.update_or_create(**place, defaults={"containers": after, "pressed_at": now})
        is_another = before is None or before.containers != after
    else:
        PressedFront.objects.filter(**place).delete()
        is_another = before is not None
    if is_another:
        signals.front_changed.send(Front, language=front.language, section=front.section_id)
    return is_another


def press_for(story: int, *, language: str = "") -> None:
    """Presses the fronts that a story may come on to (those of its `language`), or may have to leave.

    Called in the transaction that changed the story. Whoever publishes at the same moment waits for the rows of the
    fronts, and so sees our story.
    """
    shown = {
        (each.section_id, each.language)
        for each in PressedFront.objects.all()
        if any(card["story"] == story for container in each.containers for card in container["cards"])
    }
    for front in _launched():
        put_there = any(card["story"] == story for container in front.live for card in container["cards"])
        if front.language == language or put_there or (front.section_id, front.language) in shown:
            press(front)


def press_with(picture: int) -> None:
    """Presses the fronts that show a picture instead of a story's own."""
    for front in _launched():
        if any(card["picture"] == picture for container in front.live for card in container["cards"]):
            press(front)


@transaction.atomic
def press_all() -> None:
    """Presses every launched front: what containers are called after, or filled from, has changed."""
    for front in _launched():
        press(front)


def press_expired() -> int:
    """Presses the fronts on which a pin, or the rights in a picture instead of a story's own, have run out since they
    were last pressed; how many. A chore, and cheap.
    """
    now = timezone.now()
    rows = {(each.section_id, each.language): each for each in PressedFront.objects.all()}
    numbers = {number for each in rows.values() for number in each.own_pictures}
    expired = Picture.objects.filter(pk__in=numbers, rights_until__lt=timezone.localdate(now))
    gone = set(expired.values_list("pk", flat=True))
    count = 0
    for number, section, language, live in Front.objects.filter(launched_number__gt=0).values_list(
        "pk", "section", "language", "live"
    ):
        row = rows.get((section, language))
        ends = [card.pinned_until for each in read(live) for card in each.cards if card.pinned_until]
        if row and (row.own_pictures & gone or any(row.pressed_at < end <= now for end in ends)):
            with transaction.atomic():
                press(Front.objects.select_for_update().get(pk=number))
            count += 1
    return count


def _launched() -> list[Front]:
    return list(Front.objects.select_for_update().filter(launched_number__gt=0).order_by("pk"))
