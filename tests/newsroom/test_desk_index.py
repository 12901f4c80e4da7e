from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from articles import actions, actions_desk
from articles.models.workflow import ScheduledChange, SectionLimit
from tests import make

INDEX = "admin:index"


def test_first_page_shows_my_work_changes_and_what_was_published(
    editor: User, reporter: User, signed_in: Callable[[User], Client]
) -> None:
    make.site()
    make.draft("Begun by me", actor=editor)
    author = make.author("Edith Oram", user=editor)
    make.draft("Signed by me", actor=reporter, bylines=[author])
    make.draft("Begun by another", actor=reporter)
    published = make.story("Ferry is back")
    changed = make.draft("Bridge stays shut", actor=editor)
    actions.publish(changed.pk, actor=editor)
    actions.save(changed.pk, actor=editor, content={"headline": "Bridge opens"})

    response = signed_in(editor).get(reverse(INDEX))

    assert {story.headline for story in response.context["my_work"]} == {"Begun by me", "Signed by me"}
    assert [story.headline for story in response.context["unpublished_changes"]] == ["Bridge opens"]
    html = response.content.decode()
    assert f'href="{published.path}"' in html
    assert "Begun by another" not in html


def test_my_work_comes_in_the_order_in_which_it_is_due(
    editor: User, reporter: User, signed_in: Callable[[User], Client]
) -> None:
    now = timezone.now()
    for headline, due in (
        ("Any time", None),
        ("Tomorrow", now + timedelta(days=1)),
        ("Late", now - timedelta(hours=2)),
    ):
        story = make.draft(headline, actor=editor)
        actions_desk.plan(story.pk, actor=editor, assignee=reporter, due_at=due)
    done = make.draft("Done", actor=reporter)
    actions.publish(done.pk, actor=editor)
    response = signed_in(reporter).get(reverse(INDEX))
    assert [story.headline for story in response.context["my_work"]] == ["Late", "Tomorrow", "Any time"]
    assert response.content.decode().count("was due") == 1
    assert "Nothing is with you." in signed_in(make.user("reporter")).get(reverse(INDEX)).content.decode()


def test_queues_are_for_whoever_works_them_off(
    editor: User, reporter: User, signed_in: Callable[[User], Client]
) -> None:
    waiting, finished = make.draft("Handed in", actor=reporter), make.draft("Finished", actor=reporter)
    actions_desk.submit(waiting.pk, actor=reporter)
    actions_desk.mark_ready(finished.pk, actor=editor)

    def queues(user: User) -> dict[str, list[str]]:
        shown = signed_in(user).get(reverse(INDEX)).context["queues"]
        return {queue.name: [story.headline for story in queue.stories] for queue in shown}

    assert queues(editor) == {"in_review": ["Handed in"], "ready": ["Finished"]}
    assert queues(make.user("subeditor")) == {"in_review": ["Handed in"]}
    assert queues(reporter) == {}
    limited = make.user("editor")
    SectionLimit.objects.create(user=limited, section=make.section("Elsewhere"))
    assert queues(limited) == {"in_review": [], "ready": []}


def test_the_clock_is_seen_ahead_and_in_red_when_it_is_late(editor: User, signed_in: Callable[[User], Client]) -> None:
    now = timezone.now()
    for headline, at, state in (
        ("Too late", now - timedelta(hours=1), "waiting"),
        ("Failed", now - timedelta(hours=3), "failed"),
        ("Soon", now + timedelta(hours=1), "waiting"),
        ("Next week", now + timedelta(days=7), "waiting"),
    ):
        story = make.draft(headline, actor=editor)
        ScheduledChange.objects.create(
            article=story, verb="publish", revision=story.latest_revision, at=at, state=state, created_by=editor
        )
    context = signed_in(editor).get(reverse(INDEX)).context
    assert [change.article.headline for change in context["late"]] == ["Failed", "Too late"]
    assert [change.article.headline for change in context["upcoming"]] == ["Soon"]
    contributor = signed_in(make.user("contributor")).get(reverse(INDEX)).content.decode()
    assert not any(headline in contributor for headline in ("Too late", "Failed", "Soon"))


def test_comments_for_me_and_notices(editor: User, reporter: User, signed_in: Callable[[User], Client]) -> None:
    mine, other = make.draft("Mine", actor=reporter), make.draft("Other", actor=editor)
    first = actions_desk.comment(mine.pk, actor=editor, text="Who says so?")
    closed = actions_desk.comment(mine.pk, actor=editor, text="A comma is missing.")
    actions_desk.resolve(closed.pk, actor=editor)
    actions_desk.comment(mine.pk, actor=reporter, text="My own remark.")
    asked = actions_desk.comment(other.pk, actor=reporter, text="May I have this one?")

    def comments(user: User) -> set[str]:
        return {comment.text for comment in signed_in(user).get(reverse(INDEX)).context["comments"]}

    assert comments(reporter) == {first.text}
    assert comments(editor) == {asked.text}
    actions_desk.comment(other.pk, actor=editor, text="It is yours.", answers=asked.pk)
    assert comments(reporter) == {first.text, asked.text}
    assert "commented on “Mine”" in signed_in(reporter).get(reverse(INDEX)).content.decode()


def test_a_contributor_sees_no_copy_of_others(signed_in: Callable[[User], Client], editor: User) -> None:
    contributor = make.user("contributor")
    changed = make.draft("Bridge stays shut", actor=editor)
    actions.publish(changed.pk, actor=editor)
    actions.save(changed.pk, actor=editor, content={"headline": "Bridge opens at noon"})
    html = signed_in(contributor).get(reverse(INDEX)).content.decode()
    assert "Bridge stays shut" in html  # as every reader sees it
    assert "Bridge opens at noon" not in html


@pytest.mark.django_db
def test_cost_of_first_page_does_not_grow(chief: User, editor: User, signed_in: Callable[[User], Client]) -> None:
    make.site()
    client = signed_in(chief)
    client.get(reverse(INDEX))

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse(INDEX)).status_code == 200
        return len(queries)

    def more() -> None:
        story = make.draft(actor=chief)
        actions_desk.comment(story.pk, actor=editor, text="Who says so?")
        actions_desk.submit(make.draft(actor=editor).pk, actor=editor)
        ScheduledChange.objects.create(
            article=story, verb="publish", revision=story.latest_revision, at=timezone.now() + timedelta(hours=1)
        )
        changed = make.draft(actor=chief)
        actions.publish(changed.pk, actor=chief)
        actions.save(changed.pk, actor=chief, content={"kicker": "New"})

    more()
    with_one = cost()
    more()
    more()
    assert cost() == with_one <= 42


def test_a_worker_that_does_not_run_is_seen(chief: User, signed_in: Callable[[User], Client]) -> None:
    html = signed_in(chief).get(reverse(INDEX)).content.decode()
    assert "The worker is not running" in html
    assert reverse("admin:jobs_chore_changelist") in html


def test_witnesses_who_wait_and_letters_in_trouble_are_seen_by_those_who_may(
    editor: User, reporter: User, signed_in: Callable[[User], Client], settings, tmp_path
) -> None:
    settings.DATA_DIR = tmp_path
    from tests.citizen_reports import reports

    waiting = reports.report(title="The bridge fell")
    reports.report(title="Done with", state="closed")
    address = reverse("admin:citizen_reports_report_change", args=[waiting.pk])
    for person, sees in ((editor, True), (reporter, True), (make.user("contributor"), False)):
        html = signed_in(person).get(reverse(INDEX)).content.decode()
        assert (address in html) == ("The bridge fell" in html) == sees
        assert "Done with" not in html
    waiting.section = make.section("Sport")
    waiting.save(update_fields=["section"])
    SectionLimit.objects.create(user=editor, section=make.section("Money"))
    html = signed_in(editor).get(reverse(INDEX)).content.decode()
    assert address not in html
    assert "The bridge fell" not in html
