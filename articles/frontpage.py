"""The front page of an edition: which stories stand where. The desk tries the paper's look on with it.

Where editors have arranged the page and launched it, it is what was pressed (`articles.models.pressed`), else the
newest stories of each section. Knows nothing of the desk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, Subquery

from articles import linked_data, markup, paths, registry
from articles.kinds import Kind
from articles.models.places import Section
from articles.models.pressed import PressedFront
from articles.models.published import Place, PublishedArticle
from articles.models.reads import MostRead
from articles.most_read import LEAST
from articles.reading import Edition

SECONDARY, LATEST, EACH = 2, 6, 4
TOP = 1 + SECONDARY + LATEST
WIDE = ("lead", "row")  # layouts that stand alone
SPARE = 6  # opinion has a place of its own: so many of the newest may be opinion, and the top is still full


@dataclass(frozen=True)
class Block:
    """A section's newest stories on the front page, its subsections' among them."""

    section: Section
    stories: list[PublishedArticle]


@dataclass(frozen=True)
class Container:
    """A part of an arranged page; `level` is that of its cards' headings."""

    layout: str
    title: str
    path: str
    section: Section | None
    stories: list[PublishedArticle]

    @property
    def level(self) -> int:
        return 3 if self.title else 2


@dataclass(frozen=True)
class Band:
    """What stands side by side where there is room: several containers, or one as wide as the page."""

    is_grid: bool
    containers: list[Container]


def front_context(edition: Edition, containers: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """All that ``articles/front.html`` shows, by three queries at most.

    `containers` are shown instead of what was launched: for the desk's preview. An empty list is a page that fills by
    itself.
    """
    pressed = PressedFront.objects.filter(language=edition.language, section=None)
    most_read = MostRead.objects.filter(language=edition.language).values("stories")
    sections = list(Section.objects.annotate(is_arranged=Exists(pressed), most_read=Subquery(most_read)))
    most = (sections[0].most_read if sections and edition.site.counts_reads else None) or []
    if containers is None and sections and sections[0].is_arranged:
        containers = pressed.get().containers
    return {
        "reader_links": registry.reader_links(edition.language),
        "edition": edition,
        "linked_data": markup.data_block(linked_data.of_front(edition)),
        "canonical": paths.absolute(edition.path),
        "alternates": edition.alternates,
        "description": edition.words["description"],
        **(_arranged(edition, sections, containers, most) if containers else _by_itself(edition, sections, most)),
    }


def _arranged(
    edition: Edition, sections: Sequence[Section], containers: list[dict[str, Any]], most: list[int]
) -> dict[str, Any]:
    stories = PublishedArticle.objects.cards().in_bulk([*_numbers(containers), *most])
    return {
        "bands": bands(containers, sections, edition, stories=stories),
        "most_read": _most_read(most, stories.values()),
    }


def _numbers(containers: list[dict[str, Any]]) -> list[int]:
    return [card["story"] for container in containers for card in container["cards"]]


def _most_read(numbers: list[int], stories: Iterable[PublishedArticle]) -> list[PublishedArticle]:
    """Those of `stories`, which may hold others too, that are read most, in order; none where they are too few."""
    known = {story.pk: story for story in stories}
    found = [known[number] for number in numbers if number in known]
    return found if len(found) >= LEAST else []


def _by_itself(edition: Edition, sections: Sequence[Section], most: list[int]) -> dict[str, Any]:
    """The newest stories stand on top, then what each section had besides, and opinion apart; no story twice."""
    newest = list(PublishedArticle.objects.filter(language=edition.language).newest_first().cards()[: TOP + SPARE])
    top = [story for story in newest if story.kind != Kind.OPINION][:TOP] or newest[:1]
    rest = [story for story in newest if story not in top]
    if len(newest) == TOP + SPARE:
        known = {story.pk for story in newest}
        older = PublishedArticle.objects.newest_of_each(
            [section.pk for section in sections], language=edition.language, count=EACH, before=newest[-1].place,
            besides=[number for number in most if number not in known],
        )  # fmt: skip
        rest += older.cards()
    opinion = [story for story in rest if story.kind == Kind.OPINION][:EACH]
    return {
        "lead": top[0] if top else None,
        "secondary": top[1 : 1 + SECONDARY],
        "latest": top[1 + SECONDARY :],
        "blocks": _blocks(sections, [story for story in rest if story not in opinion]),
        "opinion": opinion,
        "most_read": _most_read(most, [*newest, *rest]),
    }


def bands(
    containers: list[dict[str, Any]],
    sections: Iterable[Section],
    edition: Edition,
    *,
    stories: dict[int, PublishedArticle],
) -> list[Band]:
    """Pressed containers with their stories, out of `stories`; one that is no longer published is left out."""
    for card in (card for container in containers for card in container["cards"] if card["story"] in stories):
        story = stories[card["story"]]
        if headline := card["headline"]:
            story.headline = story.short_headline = headline
        story.lead = card["picture"] or story.lead
    known = {section.pk: section for section in sections}
    made: list[Band] = []
    for container in containers:
        shown = [stories[card["story"]] for card in container["cards"] if card["story"] in stories]
        if not shown:
            continue
        section = known.get(container["section"])
        title, path = container["title"], container["path"]
        if section:
            title, path = title or section.name_in(edition.language), edition.section_path(section)
        is_grid = container["layout"] not in WIDE
        if not (made and is_grid and made[-1].is_grid):
            made.append(Band(is_grid, []))
        made[-1].containers.append(Container(container["layout"], title, path, section, shown))
    return made


def section_context(
    edition: Edition, section: Section, children: list[Section], containers: list[dict[str, Any]]
) -> dict[str, Any]:
    """What ``articles/section.html`` shows but the listing below, which `below` gives. `containers` stand above it."""
    stories = PublishedArticle.objects.cards().in_bulk(_numbers(containers)) if containers else {}
    everywhere = {code: edition.site.section_path(section, code) for code in edition.site.languages}
    edition = replace(edition, versions=everywhere)
    return {
        "edition": edition,
        "section": section,
        "children": children,
        "title": section.name_in(edition.language),
        # Written in the main language only.
        "description": section.description if edition.language == edition.site.language else "",
        "canonical": paths.absolute(edition.section_path(section)),
        "linked_data": markup.data_block(
            linked_data.of_list(
                section.name_in(edition.language), edition.section_path(section), edition, above=section.parent
            )
        ),
        "alternates": edition.alternates,
        "bands": bands(containers, [section, *children], edition, stories=stories),
    }


def below(context: dict[str, Any], *, count: int, before: Place | None = None) -> list[PublishedArticle]:
    """The newest `count` stories of the section and its parts that do not stand above."""
    above = in_bands(context["bands"])
    stories = PublishedArticle.objects.newest_of_each(
        [section.pk for section in (context["section"], *context["children"])],
        language=context["edition"].language, count=count + len(above), before=before,
    )  # fmt: skip
    return list(stories.exclude(pk__in=[story.pk for story in above]).cards()[:count])


def in_bands(shown: list[Band]) -> list[PublishedArticle]:
    """Their stories, in order."""
    return [story for band in shown for container in band.containers for story in container.stories]


def shown_in(context: dict[str, Any]) -> list[PublishedArticle]:
    """Every story that a front page made of this context shows."""
    if "bands" in context:
        return [*in_bands(context["bands"]), *context["most_read"]]
    in_blocks = [story for block in context["blocks"] for story in block.stories]
    lead = [context["lead"]] if context["lead"] else []
    most_read = context["most_read"]
    return [*lead, *context["secondary"], *context["latest"], *in_blocks, *context["opinion"], *most_read]


def _blocks(sections: Sequence[Section], stories: list[PublishedArticle]) -> list[Block]:
    """One block for each top section that has any of these stories, which come newest first."""
    blocks = []
    for section in sections:
        own = [story for story in stories if section.pk in (story.section_id, story.section.parent_id)]
        if own and not section.parent_id:
            shown = own[:EACH]
            # A block opens with a picture if it has one: the newest of those.
            first = next((story for story in shown if story.card_picture), shown[0])
            blocks.append(Block(section, [first, *(story for story in shown if story is not first)]))
    return blocks
