"""What all workers know together of a route: that it rests after trouble, and how its last letters fared.

So the second worker does not run against the wall that the first one found, and nobody's attempts are used up by it.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import notices
from accounts.models import User
from accounts.roles import Role
from subscriptions.models.deliveries import Way
from subscriptions.models.letters import Edition

log = logging.getLogger(__name__)
# How long nothing is tried after the route could not be used for the first, second … time in a row.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600))
# More refusals than 5 % of the last 500 letters, and more than 5: something is wrong with us and not with readers.
LOOKED_BACK, REFUSED_SHARE, REFUSED_LEAST = 500, 0.05, 5
_STOPPED = {
    Edition.Problem.REFUSALS: gettext_noop("“%(subject)s” was stopped: mail servers refuse too many of its letters."),
    Edition.Problem.UNWRITTEN: gettext_noop("“%(subject)s” was stopped: the letter cannot be put together."),
}
OF_ROUTES = (Edition.Problem.SERVER_AWAY, Edition.Problem.SERVER_REFUSES, Edition.Problem.SERVER_BUSY)


def rests(name: str) -> bool:
    """Whether to leave the route alone for now; letters that have begun to wait meanwhile then say why."""
    way, _is_new = Way.objects.get_or_create(name=name)
    if not way.rests(timezone.now()):
        return False
    Edition.objects.filter(state=Edition.State.SENDING, problem="").update(problem=way.problem)
    return True


@transaction.atomic
def close(name: str, problem: Edition.Problem, *, pause: timedelta | None = None) -> None:
    """Nobody uses the route for a while, each time longer, at least for `pause`; its letters say why they wait."""
    way = Way.objects.select_for_update().get(name=name)
    now = timezone.now()
    if not way.rests(now):  # another worker may have found out at the same time
        rest = max(PAUSES[min(way.failures, len(PAUSES) - 1)], pause or timedelta())
        way.closed_until, way.failures, way.problem = now + rest, way.failures + 1, problem
        way.save(update_fields=["closed_until", "failures", "problem"])
    Edition.objects.filter(state=Edition.State.SENDING).update(problem=problem)
    log.warning("letters wait for the mail server (%s)", problem.value)


@transaction.atomic
def opened(name: str) -> None:
    """A letter was taken: the route works again."""
    Way.objects.filter(name=name).update(closed_until=None, failures=0, problem="")
    Edition.objects.filter(state=Edition.State.SENDING, problem__in=OF_ROUTES).update(problem="")


def wake() -> int:
    """Routes that rest are tried again at once; how many there were. One that fails again rests longer than before."""
    return Way.objects.filter(closed_until__gt=timezone.now()).update(closed_until=None)


@transaction.atomic
def note(name: str, fared: str) -> bool:
    """Adds how letters fared, one after the other: "0" taken, "1" refused for good.

    True when too many of the last ones were refused, by whichever worker: whoever is told so stops (`stop`), and
    counting begins anew.
    """
    way = Way.objects.select_for_update().get(name=name)
    way.recent = (way.recent + fared)[-LOOKED_BACK:]
    refused = way.recent.count("1")
    is_too_many = "1" in fared and refused > max(REFUSED_LEAST, REFUSED_SHARE * len(way.recent))
    if is_too_many:
        way.recent = ""
    way.save(update_fields=["recent"])
    return is_too_many


@transaction.atomic
def stop(edition: Edition, problem: Edition.Problem = Edition.Problem.REFUSALS) -> None:
    """Pauses a letter that is refused so often, or cannot be written, and tells the chiefs."""
    sending = Edition.objects.filter(pk=edition.pk, state=Edition.State.SENDING)
    if not sending.update(state=Edition.State.PAUSED, problem=problem):
        return
    log.error("a letter was stopped (%s)", problem.value, extra={"edition": edition.pk})
    notices.tell(
        User.objects.filter(role=Role.CHIEF, is_active=True),
        _STOPPED[problem],
        reverse("admin:subscriptions_edition_change", args=[edition.pk]),
        urgent=True, subject=edition.subject,
    )  # fmt: skip
