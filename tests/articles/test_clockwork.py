"""Workers and the clock: each row once, in order, after outages too; what fails holds nobody back and is told."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Notice, User
from accounts.models.audit import AuditRow
from accounts.models.user import ByMail
from articles import actions, actions_schedule, clockwork, schedule
from articles.models.published import PublishedArticle
from articles.models.workflow import ScheduledChange
from jobs import queues
from newsroom import health
from tests import make
from tests.articles.clock import SOON, fall_due, set_clock, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site(newsroom_time_zone="Europe/Lisbon", home_time_zone="Africa/Maputo")


@pytest.fixture
def at() -> datetime:
    return timezone.now() + SOON


def test_publication_and_end_that_are_both_overdue_come_in_order_whoever_works(editor: User, at: datetime) -> None:
    story = make.draft()
    change = set_clock(story, editor, at)
    end = set_clock(story, editor, at + SOON, "withdraw")
    fall_due(end, timedelta(minutes=1))
    fall_due(change, timedelta(minutes=9))
    # Another worker has the first one in hand: the second must wait for it.
    ScheduledChange.objects.filter(pk=change.pk).update(
        lease_by="other", lease_until=timezone.now() + timedelta(seconds=20)
    )
    assert work() == 0
    ScheduledChange.objects.filter(pk=change.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert work() == 2
    assert [row.verb for row in AuditRow.objects.filter(verb__in=("published", "withdrawn")).order_by("pk")] == [
        "published", "withdrawn",
    ]  # fmt: skip


def test_a_worker_that_was_too_slow_finds_its_claim_gone(editor: User, at: datetime) -> None:
    change = fall_due(set_clock(make.draft(), editor, at))
    mine = clockwork._next("slow")
    assert mine
    actions_schedule.reschedule(change.pk, actor=editor, at=at)
    clockwork._try(mine, "slow")
    change.refresh_from_db()
    assert (change.state, change.at) == ("waiting", at)
    assert not PublishedArticle.objects.exists()


def test_one_bad_story_holds_nobody_back(editor: User, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    stories = [make.draft() for _ in range(4)]
    changes = [
        fall_due(set_clock(story, editor, at), timedelta(seconds=9 - place)) for place, story in enumerate(stories)
    ]
    publish = actions.publish

    def broken(number: int, **given: Any) -> Any:
        if number == stories[0].pk:
            raise ZeroDivisionError("a bug")
        if number == stories[1].pk:
            raise OperationalError("database is locked")
        return publish(number, **given)

    monkeypatch.setattr(actions, "publish", broken)
    assert work() == 4
    states = [ScheduledChange.objects.get(pk=change.pk) for change in changes]
    assert [change.state for change in states] == ["failed", "waiting", "done", "done"]
    assert "a bug" in states[0].error
    assert "locked" in states[1].error
    assert timezone.now() < states[1].due_at < timezone.now() + timedelta(seconds=10)
    monkeypatch.undo()
    ScheduledChange.objects.filter(pk=changes[1].pk).update(due_at=timezone.now())
    assert work() == 1
    assert PublishedArticle.objects.count() == 3


def test_what_breaks_every_worker_is_given_up(editor: User, at: datetime) -> None:
    change = fall_due(set_clock(make.draft(), editor, at))
    ScheduledChange.objects.filter(pk=change.pk).update(attempts=clockwork.MOST_ATTEMPTS)
    assert work() == 1
    change.refresh_from_db()
    assert change.state == "failed"
    assert Notice.objects.filter(user=editor).count() == 1


def test_after_an_outage_all_goes_out_and_is_marked_late(editor: User, at: datetime) -> None:
    changes = [fall_due(set_clock(make.draft(), editor, at), timedelta(hours=3)) for _ in range(3)]
    call_command("publish_due")
    for change in changes:
        change.refresh_from_db()
        assert change.state == "done"
        assert schedule.was_late(change)
    assert PublishedArticle.objects.count() == 3


def test_every_worker_looks_at_the_clock(editor: User, at: datetime) -> None:
    fall_due(set_clock(make.draft(), editor, at))
    queues.run_once("w")
    assert PublishedArticle.objects.count() == 1


def test_a_clock_put_back_leaves_no_claim_lying_in_the_future(editor: User, at: datetime) -> None:
    changes = [fall_due(set_clock(make.draft(), editor, at)) for _ in range(2)]
    ahead = timezone.now() + timedelta(hours=5)
    ScheduledChange.objects.filter(pk=changes[0].pk).update(lease_by="dead", lease_until=ahead)
    ScheduledChange.objects.filter(pk=changes[1].pk).update(due_at=ahead, attempts=2)
    assert work() == 2
    assert PublishedArticle.objects.count() == 2


def test_the_desk_is_told_of_late_ones_once_and_health_says_so(editor: User, chief: User, at: datetime) -> None:
    User.objects.filter(pk=chief.pk).update(notices_by_mail=ByMail.DAILY)
    change = fall_due(set_clock(make.draft("Late edition"), editor, at), timedelta(minutes=1))
    assert clockwork.tell_of_late() == 0
    assert health.report()["parts"]["schedule"] == {"state": "up", "late": 0, "failed": 0}
    fall_due(change, timedelta(minutes=3))
    assert list(schedule.late()) == [change]
    assert health.report()["parts"]["schedule"] == {"state": "late", "late": 1, "failed": 0}
    assert clockwork.tell_of_late() == 1
    assert clockwork.tell_of_late() == 0
    notices = Notice.objects.filter(text_id__contains="is late")
    assert {notice.user for notice in notices} == {editor, chief}
    assert all(notice.mail_at and notice.mail_at < timezone.now() + timedelta(minutes=2) for notice in notices)
    assert "Lisbon" in notices[0].text
    work()
    assert health.report()["parts"]["schedule"]["state"] == "up"


def test_nothing_due_costs_two_short_looks(editor: User, at: datetime, django_assert_num_queries: Any) -> None:
    set_clock(make.draft(), editor, at)
    with django_assert_num_queries(2):
        assert work() == 0
