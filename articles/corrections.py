"""Corrections as readers read them, on the story and in feeds. Readers' code: it knows nothing of the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.html import format_html, linebreaks
from django.utils.timezone import localtime

from articles.kinds import NoteKind
from articles.models.published import PublishedArticle


@dataclass(frozen=True)
class Note:
    """A correction, clarification, update or editor's note; `text` is plain, an empty line begins a paragraph."""

    number: int
    kind: NoteKind
    text: str
    is_above: bool
    at: datetime

    @property
    def anchor(self) -> str:
        """The last part of the address that leads to it."""
        return f"note-{self.number}"


def notes_of(story: PublishedArticle) -> list[Note]:
    """The story's notes, newest first."""
    return [
        Note(each["number"], NoteKind(each["kind"]), each["text"], each["above"], datetime.fromisoformat(each["at"]))
        for each in story.corrections
    ]


def with_notes(story: PublishedArticle, html: str) -> str:
    """The text for elsewhere, with what stands above and below it on the page. Speaks this thread's language."""
    notes = notes_of(story)
    above = "".join(_html(note) for note in notes if note.is_above)
    below = "".join(_html(note) for note in notes if not note.is_above)
    return above + html + below


def _html(note: Note) -> str:
    day = date_format(localtime(note.at), "DATE_FORMAT")
    return format_html("<p><strong>{} ({})</strong></p>", note.kind.label, day) + linebreaks(note.text, autoescape=True)
