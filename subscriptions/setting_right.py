"""A correction for those who got the story by letter: offered to the desk, once for each correction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext

from accounts.models.audit import record
from articles import paths
from articles.corrections import Note, notes_of
from articles.models.published import PublishedArticle
from subscriptions import addressing, newsletters, told
from subscriptions.lettering import Press, Shells
from subscriptions.models.letters import Edition, Newsletter
from subscriptions.models.people import Subscriber

if TYPE_CHECKING:
    from accounts.models import User

COUNTED = 10_000


class NothingToTell(Exception):
    """The correction is gone, or its readers have been told. ``str()`` of it is fit for the editor."""

    def __init__(self) -> None:
        super().__init__(gettext("There is nothing to tell: the correction is gone, or its readers have been told."))


@dataclass(frozen=True)
class Offer:
    """A printed correction, and how many readers got the story by letter, counted to ten thousand."""

    note: Note
    readers: int

    @property
    def words(self) -> str:
        if self.readers >= COUNTED:
            return gettext("More than %(count)d readers got the story by letter.") % {"count": COUNTED}
        return ngettext(
            "%(count)d reader got the story by letter.", "%(count)d readers got the story by letter.", self.readers
        ) % {"count": self.readers}


def offers(story: PublishedArticle) -> list[Offer]:
    """Corrections of which nobody has been told yet; none where nobody got the story."""
    notes = notes_of(story)
    if not notes:
        return []
    keys = [_key(note.number) for note in notes]
    done = Edition.objects.filter(newsletter__kind=Newsletter.Kind.CORRECTION, edition_key__in=keys)
    known = set(done.values_list("edition_key", flat=True))
    new = [note for note in notes if _key(note.number) not in known]
    if not new:
        return []
    reached = told.readers_of(story.pk).filter(~addressing.is_barred(), state=Subscriber.State.ACTIVE)
    count = reached.order_by().values("pk")[:COUNTED].count()
    return [Offer(note, count) for note in new] if count else []


def shells_of(story: PublishedArticle, note: Note) -> Shells:
    """The letter that tells it, in the story's language."""
    press = Press(story.language)
    with press.speaking():
        subject = gettext("Correction: %(headline)s") % {"headline": " ".join(story.headline.split())}
        html, text = press.with_stories(
            "correction", [story], title=subject, preheader=note.text, note=note, canonical=paths.absolute(story.path)
        )
    return Shells(subject[:240], html, text)


def tell(number: int, correction: int, *, actor: User | None) -> Edition:
    """Decides the letter: its audience are exactly those who got the story, and its followers.

    Raises `NothingToTell` when it has been decided before, by whomever.
    """
    story = PublishedArticle.objects.select_related("section__parent").filter(pk=number).first()
    note = next((each for each in notes_of(story) if each.number == correction), None) if story else None
    if story is None or note is None:
        raise NothingToTell
    newsletter, shells = newsletters.of_kind(Newsletter.Kind.CORRECTION), shells_of(story, note)
    try:
        with transaction.atomic():
            edition = Edition.objects.create(
                newsletter=newsletter, edition_key=_key(correction), article_number=number, language=story.language,
                cadence="", subject=shells.subject, html=shells.html, text=shells.text, created_by=actor,
                not_after=timezone.now() + timedelta(hours=newsletter.not_after_hours),
            )  # fmt: skip
            record(actor=actor, verb=gettext_noop("told readers of a correction"), thing=edition, article=number)
    except IntegrityError as twice:
        raise NothingToTell from twice
    return edition


def _key(correction: int) -> str:
    return f"correction-{correction}"
