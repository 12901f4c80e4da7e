"""The clock: what is set, by whom, what goes out, once, and what the desk is told when it does not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Notice, User
from accounts.models.audit import AuditRow
from accounts.roles import Role
from articles import actions, actions_desk, actions_schedule, schedule, signals
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.models.revisions import Revision
from articles.models.workflow import ScheduledChange, SectionLimit
from articles.problems import NotAllowed, NotReady, StaleCopy, WrongState
from tests import make
from tests.articles.clock import SOON, fall_due, set_clock, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site(newsroom_time_zone="Europe/Lisbon", home_time_zone="Africa/Maputo")


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


def test_the_clock_publishes_what_was_frozen_and_not_what_came_after(
    editor: User, at: datetime, heard: list[dict[str, Any]]
) -> None:
    story = make.draft("Bridge opens at noon")
    change = set_clock(story, editor, at, options={"alert": True}, expected_version=story.version)
    assert story.revisions.get(number=change.revision or 0).verb == Revision.Verb.SCHEDULED
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
    assert story.revisions.get(number=change.revision or 0).verb == Revision.Verb.PUBLISHED
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
    assert (newer.at, newer.revision) == (at + SOON, story.latest_revision + 1)
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


def test_whoever_publishes_by_hand_is_quicker_than_the_clock(editor: User, chief: User, at: datetime) -> None:
    story = make.draft()
    change = set_clock(story, editor, at)
    end = set_clock(story, editor, at + SOON, "withdraw")
    actions.publish(story.pk, actor=chief)
    change.refresh_from_db()
    end.refresh_from_db()
    assert (change.state, change.error) == ("cancelled", "It was published before its time.")
    assert end.state == "waiting"
    assert any("is cancelled" in notice.text for notice in Notice.objects.filter(user=editor))
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


@pytest.mark.parametrize("verb", ["send_back", "recall"])
def test_the_clock_does_not_publish_what_is_being_rewritten(verb: str, editor: User, at: datetime) -> None:
    story = make.draft(actor=make.user(Role.REPORTER))
    actions_desk.submit(story.pk, actor=editor)
    set_clock(story, editor, at)
    subeditor = make.user(Role.SUBEDITOR)
    more = {"note": "Who says so?"} if verb == "send_back" else {}
    getattr(actions_desk, verb)(story.pk, actor=subeditor, **more)
    (change,) = ScheduledChange.objects.filter(article=story)
    assert (change.state, change.error) == (ScheduledChange.State.CANCELLED, "It went back to the writer.")
    assert any("is cancelled" in notice.text for notice in Notice.objects.filter(user=editor))
