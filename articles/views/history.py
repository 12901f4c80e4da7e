"""What changed in a story since it came out: the versions that readers had, where the story's section shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from articles import comparing
from articles.corrections import Note, notes_of
from articles.models.public_record import PublishedVersion
from articles.models.published import PublishedArticle
from articles.reading import HISTORY, open_edition
from articles.views.elsewhere import address, elsewhere
from articles.views.readers import for_readers, tagged

MOST = 100


@dataclass(frozen=True)
class Comparison:
    """Two versions side by side: words of the headline and the standfirst, and the text's blocks."""

    old: PublishedVersion
    new: PublishedVersion

    @property
    def headline(self) -> list[tuple[comparing.Op, str]]:
        return comparing.words(self.old.headline, self.new.headline)

    @property
    def standfirst(self) -> list[tuple[comparing.Op, str]]:
        return comparing.words(self.old.standfirst, self.new.standfirst)

    @property
    def text(self) -> list[comparing.Pair]:
        return comparing.blocks(_as_body(self.old.text), _as_body(self.new.text))

    @property
    def is_same(self) -> bool:
        return all(getattr(self.old, name) == getattr(self.new, name) for name in ("headline", "standfirst", "text"))


@dataclass(frozen=True)
class Event:
    """One line of the story's past: a version, with the one before it if there is one, or a note of the desk."""

    at: datetime
    version: PublishedVersion | None = None
    before: PublishedVersion | None = None
    note: Note | None = None


@for_readers
def history(request: HttpRequest, language: str = "") -> HttpResponse:
    """The page below a story's own address; four queries, and one more to compare."""
    stories = PublishedArticle.objects.select_related("section__parent").defer("body_html")
    story = stories.filter(path=address(request).removesuffix(HISTORY)).first()
    if not story:
        return elsewhere(request, below=HISTORY)
    if not story.section.shows_history:
        raise Http404
    edition = open_edition(story.language)
    versions = list(story.version_rows.defer("text")[:MOST])
    context = {
        "edition": edition,
        "story": story,
        "title": gettext("What changed: %(headline)s") % {"headline": story.headline},
        "versions": versions,
        "events": _events(story, versions),
        "compared": _compared(request, versions),
    }
    return tagged(render(request, "articles/history.html", context), stories=[story])


def _events(story: PublishedArticle, versions: list[PublishedVersion]) -> list[Event]:
    """Newest first. A story that came out before its section showed what changed has itself for a version."""
    befores = [*versions[1:], None]
    events = [Event(row.at, version=row, before=before) for row, before in zip(versions, befores, strict=False)]
    if not versions:
        events = [Event(story.updated_at, version=PublishedVersion(headline=story.headline, at=story.updated_at))]
    return sorted([*events, *(Event(note.at, note=note) for note in notes_of(story))], key=_moment, reverse=True)


def _moment(event: Event) -> datetime:
    return event.at


def _compared(request: HttpRequest, versions: list[PublishedVersion]) -> Comparison | None:
    """The two versions asked for, the older one first; the newest two unless two others are named."""
    known = {str(row.revision): row for row in versions}
    asked = [known[name] for name in (request.GET.get("old"), request.GET.get("new")) if name in known]
    pair = asked if len(set(asked)) == 2 else versions[:2]
    if len(pair) < 2:
        return None
    rows = PublishedVersion.objects.filter(pk__in=[row.pk for row in pair])
    old, new = sorted(rows, key=lambda row: (row.at, row.pk))
    return Comparison(old, new)


def _as_body(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
