"""After a restore: whatever was about to go out when the backup was made stands still until a person has looked.

Since then it may have gone out. So a table says of every queue of the worker what is done with its open rows: nothing
that reaches anybody outside goes by itself. `queues.QUEUES` and this table name the same queues (a test).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models.audit import record
from accounts.models.letters import Letter
from articles.models.moves import MovingRun
from articles.models.site import SiteSettings
from articles.models.workflow import ScheduledChange
from citizen_reports.models.mail import OutboundEmail
from newsroom.queues import QUEUES
from subscriptions import digests, ledger
from subscriptions.models.audience import AudienceImport
from subscriptions.models.channels import ChannelPost, Problem
from subscriptions.models.letters import Delivery, Edition, Newsletter
from subscriptions.models.people import AddressChange, Answer
from subscriptions.models.push import PushDelivery, PushRound

RESTORED = gettext_noop("The newsroom was restored from a backup. Look whether this has happened already, and decide.")
_RESTORED = Edition.Problem.RESTORED
_NOBODY = {"lease_by": "", "lease_until": None}


class Rule(NamedTuple):
    """``words`` with %(count)d say what stood before it, and what became of it; ``hold`` does so and says how many.

    ``open`` says it of all rows that were open when the backup was made, where not each of them is held.
    """

    words: str
    hold: Callable[[], int]
    open: str = ""


def _schedule() -> int:
    due = ScheduledChange.objects.filter(state=ScheduledChange.State.WAITING, at__lte=timezone.now())
    return due.update(state=ScheduledChange.State.FAILED, error=RESTORED, finished_at=timezone.now(), **_NOBODY)


def _editions() -> int:
    State = Edition.State
    unaddressed = Edition.objects.filter(
        state__in=[State.SCHEDULED, State.PREPARING], prepared_at=None, due_at__lte=timezone.now()
    )
    # Letters of the days to come stand ready for a day or two: nobody has had them.
    going = Edition.objects.filter(state__in=[State.SENDING, State.PREPARING]).exclude(
        newsletter__kind__in=Newsletter.DIGESTS
    )
    count = _digests()
    count += unaddressed.update(state=State.CANCELLED, problem=_RESTORED, finished_at=timezone.now(), **_NOBODY)
    return count + going.update(state=State.PAUSED, problem=_RESTORED, **_NOBODY)


def _digests() -> int:
    """Letters of the day that have fallen due since would be made anew, and sent a second time."""
    digests.keep_editions()
    todays = Edition.objects.filter(newsletter__kind__in=Newsletter.DIGESTS, state__in=Edition.OPEN)
    due = list(todays.filter(due_at__lte=timezone.now()))
    for edition in due:
        ledger.stop(edition, Edition.State.CANCELLED, Delivery.Reason.CANCELLED)
        Edition.objects.filter(pk=edition.pk).update(problem=_RESTORED)
    return len(due)


def _deliveries() -> int:
    State = Delivery.State
    sending = Delivery.objects.filter(state=State.SENDING)
    count = sending.update(state=State.UNCERTAIN, reason=Delivery.Reason.WORKER_LOST, **_NOBODY)
    Delivery.objects.filter(state=State.CLAIMED).update(state=State.READY, attempts=F("attempts") - 1, **_NOBODY)
    return count


def _posts() -> int:
    State = ChannelPost.State
    open_ = ChannelPost.objects.filter(state__in=[State.READY, State.SENDING])
    return open_.update(state=State.UNCERTAIN, problem=Problem.RESTORED, due_at=timezone.now(), **_NOBODY)


def _rounds() -> int:
    State = PushRound.State
    open_ = PushRound.objects.filter(state__in=PushRound.OPEN)
    return open_.update(state=State.STOPPED, finished_at=timezone.now(), **_NOBODY)


def _devices() -> int:
    State = PushDelivery.State
    ready = PushDelivery.objects.filter(state=State.READY)
    count = ready.update(state=State.SKIPPED, reason=PushDelivery.Reason.STOPPED, **_NOBODY)
    sending = PushDelivery.objects.filter(state=State.SENDING)
    return count + sending.update(state=State.UNCERTAIN, reason=PushDelivery.Reason.WORKER_LOST, **_NOBODY)


def _staff() -> int:
    return Letter.objects.filter(gave_up_at=None).update(gave_up_at=timezone.now(), **_NOBODY)


def _answers() -> int:
    return Answer.objects.all().delete()[0]


def _changes_of_address() -> int:
    return AddressChange.objects.filter(is_told=False).delete()[0]


def _witnesses() -> int:
    waiting = OutboundEmail.objects.filter(Q(sent_at=None) & Q(gave_up_at=None))
    return waiting.update(gave_up_at=timezone.now(), **_NOBODY)


def _lists() -> int:
    at_work = AudienceImport.objects.filter(state__in=AudienceImport.AT_WORK)
    return at_work.update(state=AudienceImport.State.CANCELLED, finished_at=timezone.now(), **_NOBODY)


def _moves() -> int:
    State = MovingRun.State
    open_ = MovingRun.objects.filter(state__in=[State.WAITING, State.RUNNING])
    return open_.update(state=State.STOPPED, file="", finished_at=timezone.now(), **_NOBODY)


SCHEDULE = Rule(
    "%(count)d scheduled changes that are due: marked as failed, to be decided at the desk",
    _schedule,
    "%(count)d scheduled changes: those that have fallen due since are marked as failed, to be decided at the desk",
)

# An import brings no queue along: only what would be made anew out of what it brings.
AFTER_IMPORT = [
    SCHEDULE,
    Rule("%(count)d letters of the day that are due: cancelled, since the old newsroom may have sent them", _digests),
]

# Queue → its rule; None where it reaches nobody outside and doing it twice is harmless.
RULES: dict[str, Rule | None] = {
    "schedule": SCHEDULE,
    "editions": Rule(
        "%(count)d letters to subscribers: paused; cancelled if of a day or not yet addressed",
        _editions,
        "%(count)d letters to subscribers: what was going out is paused, what has fallen due since is cancelled",
    ),
    "deliveries": Rule(
        "%(count)d single letters that were just going out: uncertain, to be decided",
        _deliveries,
        "%(count)d single letters in them: those that were just going out are uncertain, to be decided",
    ),
    "channel_posts": Rule("%(count)d posts to channels: uncertain, to be decided", _posts),
    "notices": Rule("%(count)d notices to devices: stopped", _rounds),
    "notices_to_devices": Rule("%(count)d notices to single devices: left out", _devices),
    "staff_letters": Rule("%(count)d letters to the staff: given up", _staff),
    "sign_up_answers": Rule("%(count)d answers to sign-ups: dropped; those readers sign up again", _answers),
    "changes_of_address": Rule(
        "%(count)d changes of readers' addresses: dropped, to be asked again", _changes_of_address
    ),
    "witnesses_mail_out": Rule("%(count)d mails to witnesses: given up", _witnesses),
    "lists_of_readers": Rule(
        "%(count)d lists of readers being imported: cancelled, their files are not in backups", _lists
    ),
    "moves": Rule("%(count)d moves from other systems: stopped, their files are not in backups", _moves),
    "renditions": None,
    "videos": None,
    "safe_copies": None,
    "scans": None,
    "witnesses_mail_in": None,
    "hub_notices": None,
}


def waiting() -> dict[str, int]:
    """Queue → how many of its rows are open now, of those that a restore would hold."""
    return {
        name: model._default_manager.filter(is_open).count() for name, (model, is_open) in QUEUES.items() if RULES[name]
    }


def in_words(open_rows: dict[str, int]) -> list[str]:
    """What was open when the backup was made, by what `waiting` said then, and what becomes of it."""
    rules = {name: rule for name, rule in RULES.items() if rule}
    return [
        (rules[name].open or rules[name].words) % {"count": count}
        for name, count in open_rows.items()
        if count and name in rules
    ]


def hold_only(rules: Iterable[Rule]) -> list[str]:
    """What these rules are about stands still; a line for each kind of thing that was held."""
    return [rule.words % {"count": count} for rule in rules if (count := rule.hold())]


@transaction.atomic
def hold() -> list[str]:
    """Makes it all stand still and signs everybody out; a line for each kind of thing that was held."""
    said = hold_only(filter(None, RULES.values()))
    Session.objects.all().delete()
    SiteSettings.objects.get_or_create(pk=1)
    record(actor=None, verb=gettext_noop("restored from a backup"), thing=SiteSettings.load(), held=said)
    return said
