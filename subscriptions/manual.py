"""Letters that the desk writes, and their verbs: each one transaction, audited; the loser of two is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts import notices
from accounts.models import User
from accounts.models.audit import record
from accounts.roles import Role
from articles import markup
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from subscriptions.lettering import Press, Shells
from subscriptions.models.letters import Delivery, Edition, EditionStory
from subscriptions.models.manual import ManualLetter

State = ManualLetter.State
MOST_STORIES = 20
WRITTEN = ("newsletter", "language", "subject", "preheader", "intro", "closing", "stories", "due_at", "span_minutes")
_LINK = re.compile(r"\[([^\[\]<>]+)\]\(((?:https?://|mailto:|/(?!/))[^\s()<>\"]+)\)")


class LetterRefused(Exception):
    """The verb does not fit; nothing was changed. ``str()`` of it is fit for the editor."""


def words_of(text: str, *, language: str) -> str:
    """What an editor typed as HTML: a line is a paragraph, ``*bold*``, ``_italic_``, ``[words](https://…)``."""
    return markup.render(_LINK.sub(r'<a href="\2">\1</a>', markup.from_whatsapp(text)), language=language)


def stories_of(numbers: list[int]) -> list[PublishedArticle]:
    """Those of the stories that readers can read now, in the same order."""
    live = PublishedArticle.objects.cards().in_bulk(numbers)
    return [live[number] for number in numbers if number in live]


def shells_of(letter: ManualLetter) -> Shells:
    """The letter as it would go out now: stories that are no longer there are left out."""
    press = Press(letter.language)
    html, text = press.with_stories(
        "manual", stories_of(letter.stories), title=letter.subject, preheader=letter.preheader,
        name=letter.newsletter.name,
        intro=markup.safe(words_of(letter.intro, language=letter.language)), intro_text=letter.intro.strip(),
        closing=markup.safe(words_of(letter.closing, language=letter.language)), closing_text=letter.closing.strip(),
    )  # fmt: skip
    return Shells(" ".join(letter.subject.split()), html, text)


@transaction.atomic
def write(letter: ManualLetter, *, actor: User | None, version: int, values: dict[str, Any]) -> ManualLetter:
    """Saves what was typed, of a letter that is still being written. A new one has no key yet.

    Raises `LetterRefused` when somebody else has changed it since `version`, or it is no longer being written.
    """
    for name in WRITTEN:
        if name in values:
            setattr(letter, name, values[name])
    letter.changed_at, letter.changed_by = timezone.now(), actor
    if letter.pk is None:
        letter.created_by = actor
        letter.save()
        record(actor=actor, verb=gettext_noop("letter begun"), thing=letter)
        return letter
    changed = {name: getattr(letter, name) for name in (*WRITTEN, "changed_at", "changed_by")}
    _move(letter, [State.DRAFT], version=version, values={**changed, "version": F("version") + 1})
    record(actor=actor, verb=gettext_noop("letter changed"), thing=letter)
    return letter


@transaction.atomic
def ask(letter: ManualLetter, *, actor: User | None, version: int) -> None:
    """Hands the letter to a second person."""
    _complete(letter)
    _move(letter, [State.DRAFT], version=version, values={"state": State.WAITING})
    record(actor=actor, verb=gettext_noop("asked for approval of a letter"), thing=letter)


@transaction.atomic
def take_back(letter: ManualLetter, *, actor: User | None) -> None:
    """To be written again: from waiting for approval, or from the clock as long as nobody has been addressed."""
    edition = letter.edition
    if edition:
        _move(letter, [State.DECIDED], values={"state": State.DRAFT, "edition": None})
        waiting = Edition.objects.filter(
            pk=edition.pk, state=Edition.State.SCHEDULED, prepared_at=None, lease_until=None
        )
        if not waiting.delete()[0]:
            raise LetterRefused(gettext("It is on its way to readers already. You can still stop it on its own page."))
    else:
        _move(letter, [State.WAITING, State.DISCARDED], values={"state": State.DRAFT})
    record(actor=actor, verb=gettext_noop("letter taken back"), thing=letter)


@transaction.atomic
def discard(letter: ManualLetter, *, actor: User | None) -> None:
    """Nobody will send it; it can be taken up again."""
    _move(letter, [State.DRAFT, State.WAITING], values={"state": State.DISCARDED})
    record(actor=actor, verb=gettext_noop("letter discarded"), thing=letter)


@transaction.atomic
def decide(letter: ManualLetter, *, actor: User | None, version: int) -> Edition:
    """Freezes the letter and gives it to the clock. Where two must agree, `actor` is not who wrote it last."""
    _complete(letter)
    newsletter = letter.newsletter
    if newsletter.needs_approval and not may_approve(letter, actor):
        raise LetterRefused(gettext("Somebody else must approve this letter before it goes out."))
    sources = [State.WAITING] if newsletter.needs_approval else [State.DRAFT, State.WAITING]
    _move(letter, sources, version=version, values={"state": State.DECIDED})
    now = timezone.now()
    due = max(letter.due_at or now, now)
    late = timedelta(hours=newsletter.not_after_hours, minutes=letter.span_minutes)
    shells = shells_of(letter)
    edition = Edition.objects.create(
        newsletter=newsletter, edition_key=_key(letter, due), language=letter.language, cadence="",
        subject=shells.subject, html=shells.html, text=shells.text, created_by=actor, due_at=due,
        not_after=due + late, span_minutes=letter.span_minutes,
    )  # fmt: skip
    edition.topics.set(newsletter.topics.all())
    _list_stories(edition, letter)
    ManualLetter.objects.filter(pk=letter.pk).update(edition=edition)
    letter.edition = edition
    record(actor=actor, verb=gettext_noop("letter decided"), thing=letter, edition=edition.pk)
    return edition


def may_approve(letter: ManualLetter, actor: User | None) -> bool:
    """Somebody other than who wrote it."""
    return actor is not None and actor.pk not in {letter.created_by_id, letter.changed_by_id}


def without_story(number: int) -> None:
    """A story was taken off: letters by the desk show it no more, not to anybody else.

    Those that are done as well: a person may send them again to some reader. One that says nothing then goes to nobody.
    """
    for letter in _letters_with(number):
        letter.stories = [each for each in letter.stories if each != number]
        freeze(Edition(pk=letter.edition_id), shells_of(letter))
        if is_empty(letter):
            _hold_back(letter)


def with_story_anew(number: int, *, states: Iterable[Edition.State]) -> None:
    """A story has changed: letters by the desk in those states show it as it is now."""
    if not EditionStory.objects.filter(article_number=number).exists():
        return
    for letter in _letters_with(number).filter(edition__state__in=states):
        freeze(Edition(pk=letter.edition_id), shells_of(letter))


def is_empty(letter: ManualLetter) -> bool:
    """Nobody wrote a word in it, and its stories cannot be read."""
    return not (letter.intro.strip() or letter.closing.strip() or stories_of(letter.stories))


def _letters_with(number: int) -> QuerySet[ManualLetter]:
    rows = EditionStory.objects.filter(article_number=number)
    return ManualLetter.objects.filter(edition__in=rows.values("edition")).select_related("newsletter", "edition")


def _hold_back(letter: ManualLetter) -> None:
    """Back to the desk; paused where readers have been addressed already. Whoever wrote it is told, and the chiefs."""
    try:
        take_back(letter, actor=None)
    except LetterRefused:
        under_way = Edition.objects.filter(written=letter, state__in=Edition.OPEN)
        if not under_way.update(state=Edition.State.PAUSED, lease_by="", lease_until=None):
            return
    concerned = Q(role=Role.CHIEF) | Q(pk__in=[letter.created_by_id or 0, letter.changed_by_id or 0])
    notices.tell(
        User.objects.filter(concerned, is_active=True),
        gettext_noop("The letter is empty: write something, or choose a story."),
        reverse("admin:subscriptions_manualletter_change", args=[letter.pk]),
        urgent=True,
    )  # fmt: skip


@transaction.atomic
def freeze(edition: Edition, shells: Shells) -> None:
    """From this moment on the edition's letters go out as `shells`."""
    now = timezone.now()
    # First, so that whoever claims some from here on waits for the new words (`sending`).
    Edition.objects.filter(pk=edition.pk).update(**shells._asdict(), frozen_at=now)
    held = Delivery.objects.filter(edition=edition.pk, state=Delivery.State.CLAIMED)
    # Who holds some of them has the letter as it was: that worker loses them.
    held.update(state=Delivery.State.READY, lease_by="", lease_until=None, attempts=F("attempts") - 1, changed_at=now)


def _list_stories(edition: Edition, letter: ManualLetter) -> None:
    shown = stories_of(letter.stories)
    EditionStory.objects.bulk_create(
        EditionStory(edition=edition, article_number=story.pk, position=at) for at, story in enumerate(shown)
    )


def _key(letter: ManualLetter, due: datetime) -> str:
    """Its part of the address on the site: the day, and a number that no other has."""
    return f"{timezone.localtime(due, ZoneInfo(SiteSettings.load().newsroom_time_zone)):%Y-%m-%d}-{letter.pk}"


def _complete(letter: ManualLetter) -> None:
    if not letter.subject.strip():
        raise LetterRefused(gettext("The letter needs a subject."))
    if is_empty(letter):
        raise LetterRefused(gettext("The letter is empty: write something, or choose a story."))
    if not letter.newsletter.topics.exists():
        raise LetterRefused(gettext("Nobody gets this newsletter yet: a chief must say who does."))


def _move(letter: ManualLetter, sources: list[State], *, values: dict[str, Any], version: int | None = None) -> None:
    held = ManualLetter.objects.filter(pk=letter.pk, state__in=sources)
    if version is not None:
        held = held.filter(version=version)
    if not held.update(**values):
        raise LetterRefused(gettext("Somebody else has changed this letter meanwhile, so nothing was done."))
    letter.refresh_from_db()
