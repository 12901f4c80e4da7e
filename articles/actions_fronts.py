"""The verbs on front pages: arranging a draft, launching it, going back; each is one transaction.

`section` is a section's number, None for the edition's own front page. Readers see what was launched; a draft is seen
by nobody but the desk. Refusals are `articles.problems.DeskProblem`, and nothing has changed then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models.audit import record
from articles import fronts
from articles.models.fronts import Front, FrontLaunch
from articles.problems import NotAllowed, NotReady, StaleFront
from articles.verbs import sections_of

if TYPE_CHECKING:
    from accounts.models import User
    from articles.fronts import Container

PERMISSION = "articles.arrange_front"
HISTORY = 100  # launches that are kept


@transaction.atomic
def change_draft(
    language: str,
    section: int | None,
    *,
    actor: User | None,
    containers: list[Container],
    expected_version: int | None = None,
) -> Front:
    """Writes the whole draft; what is as it was makes no new version. Raises `StaleFront`, `NotReady`.

    A story that stands twice is left where it comes first.
    """
    front = _hold(language, section, actor, expected_version)
    content = fronts.write(_settled(containers))
    if content == front.draft and front.version:
        return front
    return _write_draft(front, content, actor)


@transaction.atomic
def discard_draft(
    language: str, section: int | None, *, actor: User | None, expected_version: int | None = None
) -> Front:
    """The draft is again what readers see."""
    front = _hold(language, section, actor, expected_version)
    record(actor=actor, verb="draft discarded", thing=front)
    return _write_draft(front, front.live, actor)


@transaction.atomic
def launch(language: str, section: int | None, *, actor: User | None, expected_version: int | None = None) -> Front:
    """Puts the draft before readers. Cards whose pin has run out stay behind. What is live already is not launched."""
    front = _hold(language, section, actor, expected_version)
    now = timezone.now()
    containers = fronts.read(front.draft)
    for container in containers:
        container.cards = [card for card in container.cards if card.holds(now)]
    content = fronts.write(containers)
    if front.launched_number and content == front.live:
        return front
    return _launch(_write_draft(front, content, actor), content, actor, verb="front launched")


@transaction.atomic
def restore(language: str, section: int | None, *, actor: User | None, number: int) -> Front:
    """Launches once more what launch `number` put before readers. A draft that nobody has launched stays as it is."""
    front = _hold(language, section, actor, None)
    content = front.launches.get(number=number).content
    if content == front.live:
        return front
    if front.draft == front.live:
        _write_draft(front, content, actor)
    return _launch(front, content, actor, verb="front restored", of=number)


@transaction.atomic
def undo(language: str, section: int | None, *, actor: User | None, launch: int | None = None) -> Front:
    """Back to what readers had before the last launch. Raises `NotReady` when there is nothing to go back to.

    `launch` is the number of the last launch as the page showed it: a second click would undo the undoing, and changes
    nothing; `StaleFront` when somebody else has launched meanwhile.
    """
    front = _hold(language, section, actor, None)
    if not front.launched_number:
        raise NotReady({"": [gettext("This page has never been launched: it fills by itself.")]})
    if launch is not None and launch != front.launched_number:
        by = front.launches.get(number=front.launched_number).by
        if by == actor:
            return front
        raise StaleFront(changed_by=str(by or ""))
    before = front.launches.filter(number=front.launched_number - 1).first()
    if before:
        return restore(language, section, actor=actor, number=before.number)
    # Before its first launch the page filled by itself, as it does without a container.
    return _launch(front, [], actor, verb="front restored", of=0)


def may_arrange(user: User, section: int | None) -> bool:
    """Whether the front of that section (None: of the whole paper) is this person's; limits to sections hold here."""
    limits = sections_of(user)
    return user.has_perm(PERMISSION) and (limits is None or section in limits)


def _hold(language: str, section: int | None, actor: User | None, expected_version: int | None) -> Front:
    if actor and not may_arrange(actor, section):
        raise NotAllowed
    made, _ = Front.objects.get_or_create(language=language, section_id=section)
    front = Front.objects.select_for_update(of=("self",)).select_related("section", "changed_by").get(pk=made.pk)
    if expected_version is not None and expected_version != front.version:
        raise StaleFront(changed_by=str(front.changed_by or ""))
    return front


def _settled(containers: list[Container]) -> list[Container]:
    """Checked, and without the second card of any story. Raises `NotReady`."""
    if len(containers) > fronts.MOST_CONTAINERS:
        most = fronts.MOST_CONTAINERS
        raise NotReady({"": [gettext("A page has room for %(most)s containers.") % {"most": most}]})
    seen: set[int] = set()
    for container in containers:
        cards = []
        for card in container.cards:
            if card.story not in seen:
                seen.add(card.story)
                cards.append(card)
        container.cards = cards
        if len(cards) > fronts.MOST_STORIES:
            most = fronts.MOST_STORIES
            raise NotReady({"": [gettext("A container has room for %(most)s stories.") % {"most": most}]})
    return containers


def _write_draft(front: Front, content: list[dict[str, object]], actor: User | None) -> Front:
    front.draft, front.version = content, front.version + 1
    front.changed_at, front.changed_by = timezone.now(), actor
    front.save(update_fields=["draft", "version", "changed_at", "changed_by"])
    return front


def _launch(front: Front, content: list[dict[str, object]], actor: User | None, *, verb: str, **detail: int) -> Front:
    front.launched_number += 1
    front.live = content
    front.save(update_fields=["live", "launched_number"])
    FrontLaunch.objects.create(front=front, number=front.launched_number, content=content, by=actor)
    front.launches.filter(number__lte=front.launched_number - HISTORY).delete()
    record(actor=actor, verb=verb, thing=front, launch=front.launched_number, **detail)
    fronts.press(front)
    return front
