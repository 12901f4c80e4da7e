"""The clock: what is set, by whom, what goes out, once, and what the desk is told when it does not."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Notice, User
from accounts.models.audit import AuditRow
from accounts.models.user import ByMail
from accounts.roles import Role
from articles import actions, actions_desk, actions_schedule, clockwork, schedule, signals
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.models.revisions import Revision
from articles.models.workflow import ScheduledChange, SectionLimit
from articles.problems import NotAllowed, NotReady, StaleCopy, WrongState
from newsroom import health
from tests import make

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site(newsroom_time_zone="Europe/Lisbon", home_time_zone="Africa/Maputo")


@pytest.fixture
def chief() -> User:
    return make.user(Role.CHIEF)


@pytest.fixture
def at() -> datetime:
    return timezone.now() + SOON


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    said: list[dict[str, Any]] = []

    def hear(**told: Any) -> None:
        said.append(told)

    for signal in (signals.article_published, signals.article_updated, signals.article_withdrawn):
        signal.connect(hear, weak=False)
    yield said
    for signal in (signals.article_published, signals.article_updated, signals.article_withdrawn):
        signal.disconnect(hear)


def fall_due(change: ScheduledChange, ago: timedelta = timedelta(seconds=1)) -> ScheduledChange:
    """As if its time had come `ago`."""
    moment = timezone.now() - ago
    ScheduledChange.objects.filter(pk=change.pk).update(at=moment, due_at=moment)
    change.refresh_from_db()
    return change


def work(worker: str = "w") -> int:
    return clockwork.turn(worker, threading.Event())


def set_clock(story: Article, editor: User | None, at: datetime, verb: str = "publish", **more: Any) -> ScheduledChange:
    return actions_schedule.schedule(story.pk, verb=verb, at=at, actor=editor, **more)


def test_the_clock_publishes_what_was_frozen_and_not_what_came_after(
    editor: User, at: datetime, heard: list[dict[str, Any]]
) -> None:
    story = make.draft("Bridge opens at noon")
    change = set_clock(story, editor, at, options={"alert": True}, expected_version=story.version)
    assert story.revisions.get(number=change.revision).verb == Revision.Verb.SCHEDULED
    actions.save(story.pk, actor=editor, content={"headline": "Bridge opens, perhaps"})
    assert work() == 0
    assert not PublishedArticle.objects.exists()

    fall_due(change)
    assert work() == 1

    published = PublishedArticle.objects.get(pk=story.pk)
    assert published.headline == "Bridge opens at noon"
    assert abs(published.published_at - timezone.now()) < timedelta(seconds=20)
    story.refresh_from_db()
    change.refresh_from_db()
    assert (story.state, story.live_revision, story.has_unpublished_changes) == (State.PUBLISHED, change.revision, True)
    assert (change.state, change.error, change.lease_by) == ("done", "", "")
    assert not schedule.was_late(change)
    row = AuditRow.objects.filter(verb="published").get()
    assert (row.actor, row.detail["by"], row.detail["revision"]) == (editor, "clock", change.revision)
    assert [(told["options"], told["actor"]) for told in heard] == [({"alert": True}, editor)]
    assert story.revisions.get(number=change.revision).verb == Revision.Verb.PUBLISHED
    assert work() == 0


def test_changes_of_a_live_story_and_its_end_go_by_the_clock(editor: User, at: datetime) -> None:
    number = make.story("Ferry strike begins").pk
    story = Article.objects.get(pk=number)
    with pytest.raises(NotReady, match="nothing to publish"):
        set_clock(story, editor, at)
    actions.save(number, actor=editor, content={"headline": "Ferry strike goes on"})
    change = set_clock(story, editor, at)
    end = set_clock(story, editor, at + SOON, "withdraw", note="The licence ends")
    assert (change.verb, end.verb, end.revision) == ("update", "withdraw", None)

    fall_due(change)
    assert work() == 1
    assert PublishedArticle.objects.get(pk=number).headline == "Ferry strike goes on"
    fall_due(end)
    assert work() == 1
    story.refresh_from_db()
    assert story.state == State.WITHDRAWN
    assert not PublishedArticle.objects.filter(pk=number).exists()
    row = AuditRow.objects.get(verb="withdrawn")
    assert (row.actor, row.detail) == (editor, {"note": "The licence ends", "by": "clock"})


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


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.REPORTER, Role.SUBEDITOR])
def test_only_editors_set_the_clock(role: Role, editor: User, at: datetime) -> None:
    person = make.user(role)
    story = make.draft(actor=person)
    with pytest.raises(NotAllowed):
        set_clock(story, person, at)
    change = set_clock(story, editor, at)
    with pytest.raises(NotAllowed):
        actions_schedule.reschedule(change.pk, actor=person, at=at + SOON)
    with pytest.raises(NotAllowed):
        actions_schedule.cancel(change.pk, actor=person)
    change.refresh_from_db()
    assert (change.state, change.at) == ("waiting", at)


def test_an_editor_of_other_sections_does_not(editor: User, at: datetime) -> None:
    SectionLimit.objects.create(user=editor, section=make.section("Sport"))
    with pytest.raises(NotAllowed):
        set_clock(make.draft(), editor, at)


def test_what_cannot_be_set_is_refused_when_it_is_set(editor: User, at: datetime) -> None:
    story = make.draft()
    with pytest.raises(NotReady, match="past"):
        set_clock(story, editor, timezone.now())
    with pytest.raises(NotReady, match="Readers do not see this story"):
        set_clock(story, editor, at, "withdraw")
    with pytest.raises(StaleCopy):
        set_clock(story, editor, at, expected_version=story.version - 1)
    with pytest.raises(NotReady, match="headline"):
        set_clock(make.draft(body="<p>x</p>", headline=" "), editor, at)
    set_clock(story, editor, at)
    with pytest.raises(NotReady, match="set already"):
        set_clock(story, editor, at + SOON)
    with pytest.raises(NotReady, match="goes out only then"):
        set_clock(story, editor, at, "withdraw")
    end = set_clock(story, editor, at + SOON, "withdraw")
    with pytest.raises(NotReady, match="taken off before"):
        actions_schedule.reschedule(schedule.waiting(story.pk)[0].pk, actor=editor, at=end.at)
    discarded = make.draft()
    actions.discard(discarded.pk, actor=editor)
    with pytest.raises(WrongState):
        set_clock(discarded, editor, at)
    assert ScheduledChange.objects.count() == 2


def test_an_embargo_binds_the_clock_and_the_button_and_only_a_chief_breaks_it(
    editor: User, chief: User, at: datetime
) -> None:
    story = make.draft()
    actions_desk.plan(story.pk, actor=editor, embargo_until=at)
    with pytest.raises(NotReady, match="embargo"):
        actions.publish(story.pk, actor=editor, override="We must be first")
    with pytest.raises(NotReady, match="embargo"):
        set_clock(story, editor, at - SOON / 2, override="We must be first")
    with pytest.raises(NotReady, match="embargo"):
        set_clock(story, chief, at - SOON / 2)
    change = set_clock(story, editor, at)  # from that moment on it is allowed
    actions_schedule.cancel(change.pk, actor=editor)

    change = set_clock(story, chief, at - SOON / 2, override="The ministry broke it")
    with pytest.raises(NotReady, match="embargo"):
        actions_schedule.reschedule(change.pk, actor=editor, at=at - SOON / 3)
    fall_due(change)
    assert work() == 1
    row = AuditRow.objects.get(verb="published")
    assert row.detail["overridden"] == ["embargo"]
    assert row.detail["note"] == "The ministry broke it"


def test_an_embargo_laid_on_afterwards_stops_the_clock(editor: User, chief: User, at: datetime) -> None:
    story = make.draft("Budget leaks")
    change = set_clock(story, editor, at)
    actions_desk.plan(story.pk, actor=chief, embargo_until=at + SOON)
    fall_due(change)
    work()
    change.refresh_from_db()
    assert change.state == "failed"
    assert "embargo" in change.error
    assert not PublishedArticle.objects.exists()
    told = Notice.objects.filter(text_id__startswith="The clock could not")
    assert {notice.user for notice in told} == {editor, chief}
    assert "embargo" in told[0].text
    assert AuditRow.objects.get(verb="schedule failed").actor is None
    assert list(schedule.late()) == [change]
    # Dealt with: scheduled anew.
    actions_desk.plan(story.pk, actor=chief, embargo_until=None)
    set_clock(story, editor, at)
    assert list(schedule.late()) == []
    change.refresh_from_db()
    assert change.state == "cancelled"


def test_it_can_be_changed_renewed_and_cancelled_until_it_is_done(editor: User, chief: User, at: datetime) -> None:
    story = make.draft("Old words")
    change = set_clock(story, editor, at)
    actions.save(story.pk, actor=editor, content={"headline": "New words"})
    later = actions_schedule.reschedule(change.pk, actor=chief, at=at + SOON, note="After the vote")
    assert (later.at, later.due_at, later.revision, later.note) == (
        at + SOON,
        at + SOON,
        change.revision,
        "After the vote",
    )
    newer = actions_schedule.reschedule(change.pk, actor=editor, take_newest=True)
    assert (newer.at, newer.revision) == (at + SOON, change.revision + 1)
    fall_due(change)
    assert work() == 1
    assert PublishedArticle.objects.get().headline == "New words"
    with pytest.raises(actions_schedule.TooLate):
        actions_schedule.reschedule(change.pk, actor=editor, at=at)
    with pytest.raises(actions_schedule.TooLate):
        actions_schedule.cancel(change.pk, actor=editor)

    other = set_clock(make.draft(), editor, at)
    actions_schedule.cancel(other.pk, actor=chief)
    actions_schedule.cancel(other.pk, actor=editor)
    fall_due(other)
    assert work() == 0
    assert AuditRow.objects.get(verb="schedule cancelled").actor == chief


def test_without_its_publication_no_end_is_left_on_the_clock(editor: User, at: datetime) -> None:
    story = make.draft()
    change = set_clock(story, editor, at)
    set_clock(story, editor, at + SOON, "withdraw")
    actions_schedule.cancel(change.pk, actor=editor)
    assert not schedule.waiting(story.pk).exists()


def test_a_worker_that_was_too_slow_finds_its_claim_gone(editor: User, at: datetime) -> None:
    change = fall_due(set_clock(make.draft(), editor, at))
    mine = clockwork._next("slow")
    actions_schedule.reschedule(change.pk, actor=editor, at=at)
    clockwork._try(mine, "slow")
    change.refresh_from_db()
    assert (change.state, change.at) == ("waiting", at)
    assert not PublishedArticle.objects.exists()


def test_whoever_publishes_by_hand_is_quicker_than_the_clock(editor: User, chief: User, at: datetime) -> None:
    story = make.draft()
    change = set_clock(story, editor, at)
    end = set_clock(story, editor, at + SOON, "withdraw")
    actions.publish(story.pk, actor=chief)
    change.refresh_from_db()
    end.refresh_from_db()
    assert (change.state, change.error) == ("cancelled", "It was published before its time.")
    assert end.state == "waiting"
    assert "somebody was quicker" in Notice.objects.get(user=editor).text
    actions.withdraw(story.pk, actor=chief)
    end.refresh_from_db()
    assert (end.state, end.error) == ("cancelled", "The story was taken off.")


@pytest.mark.parametrize("verb", ["kill", "discard"])
def test_what_is_killed_or_discarded_never_comes_back_by_the_clock(
    verb: str, editor: User, chief: User, at: datetime
) -> None:
    if verb == "kill":
        story = Article.objects.get(pk=make.story().pk)
        actions.save(story.pk, actor=editor, content={"headline": "Once more"})
    else:
        story = make.draft()
    change = set_clock(story, editor, at)
    if verb == "kill":
        actions.kill(story.pk, actor=chief, notice="It was not true.")
    else:
        actions.discard(story.pk, actor=chief)
    fall_due(change)
    assert work() == 0
    change.refresh_from_db()
    assert change.state == "cancelled"
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
    assert all(notice.mail_at < timezone.now() + timedelta(minutes=2) for notice in notices)
    assert "Lisbon" in notices[0].text
    work()
    assert health.report()["parts"]["schedule"]["state"] == "up"


def test_nothing_due_costs_two_short_looks(editor: User, at: datetime, django_assert_num_queries: Any) -> None:
    set_clock(make.draft(), editor, at)
    with django_assert_num_queries(2):
        assert work() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_of_what_waits_and_is_late_cost_the_same(
    rows: int, editor: User, at: datetime, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        set_clock(make.draft(), editor, at)
    with django_assert_num_queries(1):
        shown = [
            (str(each.article), str(each.article.section), str(each.created_by))
            for each in schedule.upcoming(at + SOON)
        ]
    assert len(shown) == rows
