"""A worker dies between the claim and the deed, at every queue: after its lease another does it, once.

A table over the queues: a case here, or the test that kills real processes, or leaves a lease behind, for that queue.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings as live
from django.core import mail
from django.utils import timezone

from accounts import letters as staff_letters
from accounts.models import User
from accounts.models.audit import AuditRow
from accounts.models.letters import Letter
from articles import actions_schedule, clockwork
from articles.models.workflow import ScheduledChange
from citizen_reports.mail import letters as witness_letters
from citizen_reports.models import OutboundEmail
from images import renditions
from jobs import leases, queues
from newsroom.queues import QUEUES
from subscriptions import addresses, answers, people
from tests import make
from tests.citizen_reports.reports import named
from tests.subscriptions.readers import reader, topic_of

SHOWN_BY = {
    "editions": "subscriptions/test_kills.py",
    "deliveries": "subscriptions/test_kills.py",
    "channel_posts": "subscriptions/channels/test_kills.py",
    "notices": "subscriptions/test_push_kills.py",
    "notices_to_devices": "subscriptions/test_push_kills.py",
    "safe_copies": "citizen_reports/test_media_kills.py",
    "witnesses_mail_in": "citizen_reports/mail/test_hostile.py",
    "scans": "citizen_reports/test_scanning.py",
    "videos": "images/test_videos.py",
    "hub_notices": "articles/test_websub.py",
    "lists_of_readers": "subscriptions/test_audience_import.py",
    "moves": "articles/wordpress/test_at_the_desk.py",
}


class Killed(BaseException):
    """SIGKILL, as far as a thread can be killed: no ``except Exception`` sees it."""


def _scheduled() -> None:
    story = make.draft("Falls due")
    change = actions_schedule.schedule(
        story.pk, verb="publish", at=timezone.now() + timedelta(hours=1), actor=make.user("editor")
    )
    ago = timezone.now() - timedelta(seconds=5)
    ScheduledChange.objects.filter(pk=change.pk).update(at=ago, due_at=ago)


def _staff_letter() -> None:
    someone: User = make.user("reporter", email="rafi@paper.example")
    Letter.objects.create(kind=Letter.Kind.PASSWORD, address=someone.email)


def _sign_up() -> None:
    people.signup("reader@mail.example", [topic_of()], language="en", time_zone="UTC")


def _change_of_address() -> None:
    addresses.ask(reader("old@mail.example"), "new@mail.example")
    mail.outbox.clear()
    people.Answer.objects.all().delete()


def _witness_mail() -> None:
    OutboundEmail.objects.create(report=named(), kind=OutboundEmail.Kind.ACKNOWLEDGEMENT)


class Case(NamedTuple):
    begin: Callable[[], object]  # one row is due
    turn: queues.Turn
    done: Callable[[], int]  # how often the deed was done, as others see it


def _mails() -> int:
    return len(mail.outbox)


def _published() -> int:
    return AuditRow.objects.filter(verb="published").count()


def _renditions() -> int:
    return int(any(live.MEDIA_ROOT.rglob("*.webp")))


CASES = {
    "schedule": Case(_scheduled, clockwork.turn, _published),
    "staff_letters": Case(_staff_letter, staff_letters.turn, _mails),
    "sign_up_answers": Case(_sign_up, answers.turn, _mails),
    "changes_of_address": Case(_change_of_address, addresses.turn, _mails),
    "witnesses_mail_out": Case(_witness_mail, witness_letters.turn, _mails),
    "renditions": Case(make.picture, renditions.turn, _renditions),
}


def test_every_queue_has_a_case_or_a_test_of_its_own() -> None:
    assert set(CASES) | set(SHOWN_BY) == set(QUEUES)
    assert not set(CASES) & set(SHOWN_BY)
    for name in SHOWN_BY.values():
        text = (live.BASE_DIR / "tests" / name).read_text()
        assert "lease_until" in text or "kill" in text, name


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("queue", CASES)
def test_what_a_dead_worker_had_claimed_is_done_once_by_the_next(
    queue: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REPORTS_ADDRESS, settings.MEDIA_ROOT = "reports@paper.example", tmp_path
    make.site()
    case, (model, is_open) = CASES[queue], QUEUES[queue]
    case.begin()
    mail.outbox.clear()
    (row,) = model._default_manager.filter(is_open)
    before, claim = case.done(), leases.claim

    def claim_and_die(*args: Any, **options: Any) -> None:
        if claim(*args, **options):
            raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(leases, "claim", claim_and_die)
        with pytest.raises(Killed):
            case.turn("dead", threading.Event())
    row.refresh_from_db()
    assert (row.lease_by, row.attempts) == ("dead", 1)
    assert case.turn("early", threading.Event()) == 0, "it is the dead one's until its lease has run out"
    model._default_manager.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert case.turn("next", threading.Event()) == 1
    assert case.turn("late", threading.Event()) == 0
    assert case.done() == before + 1
    assert not model._default_manager.filter(is_open, pk=row.pk).exists()
