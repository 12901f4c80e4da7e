"""The front page of an edition: which stories stand where. The desk tries the paper's look on with it."""

from dataclasses import dataclass
from typing import Any

from articles import linked_data, markup, paths, registry
from articles.kinds import Kind
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.reading import Edition

SECONDARY, LATEST, EACH = 2, 6, 4
TOP = 1 + SECONDARY + LATEST
SPARE = 6  # opinion has a place of its own: so many of the newest may be opinion, and the top is still full


@dataclass(frozen=True)
class Block:
    """A section's newest stories on the front page, its subsections' among them."""

    section: Section
    stories: list[PublishedArticle]


def front_context(edition: Edition) -> dict[str, Any]:
    """All that ``articles/front.html`` shows, by three queries at most.

    The newest stories stand on top, then what each section had besides, and opinion apart; no story twice.
    """
    newest = list(PublishedArticle.objects.filter(language=edition.language).newest_first().cards()[: TOP + SPARE])
    top = [story for story in newest if story.kind != Kind.OPINION][:TOP] or newest[:1]
    rest = [story for story in newest if story not in top]
    sections = list(Section.objects.all()) if rest else []
    if len(newest) == TOP + SPARE:
        older = PublishedArticle.objects.newest_of_each(
            [section.pk for section in sections], language=edition.language, count=EACH, before=newest[-1].place
        )
        rest += older.cards()
    opinion = [story for story in rest if story.kind == Kind.OPINION][:EACH]
    return {
        "reader_links": registry.reader_links(edition.language),
        "edition": edition,
        "linked_data": markup.data_block(linked_data.of_front(edition)),
        "canonical": paths.absolute(edition.path),
        "description": edition.words["description"],
        "lead": top[0] if top else None,
        "secondary": top[1 : 1 + SECONDARY],
        "latest": top[1 + SECONDARY :],
        "blocks": _blocks(sections, [story for story in rest if story not in opinion]),
        "opinion": opinion,
    }


def shown_in(context: dict[str, Any]) -> list[PublishedArticle]:
    """Every story that a front page made of this context shows."""
    in_blocks = [story for block in context["blocks"] for story in block.stories]
    lead = [context["lead"]] if context["lead"] else []
    return [*lead, *context["secondary"], *context["latest"], *in_blocks, *context["opinion"]]


def _blocks(sections: list[Section], stories: list[PublishedArticle]) -> list[Block]:
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
