"""A report of high priority gets to readers only where two people stand behind it, however it comes into a story."""

from typing import Any

import pytest

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles import actions
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from articles.problems import NotReady
from citizen_reports import before_publication, handling, into_library, sorting, stories
from citizen_reports.models import LibraryCopy, Report
from tests import make
from tests.citizen_reports import reports

pytestmark = pytest.mark.django_db


def verified(by: User, report: Report) -> None:
    handling.judge(report.pk, actor=by, verification="verified", reason="Two videos show it.")


def refused(story: Article, editor: User) -> str:
    with pytest.raises(NotReady) as stopped:
        actions.publish(story.pk, actor=editor)
    assert not PublishedArticle.objects.exists()
    return str(stopped.value)


def raised_after_ready(editor: User) -> tuple[Report, Article]:
    """A draft of a report that one editor verified, marked as ready, and only then gave high priority."""
    report = reports.report(state="in_verification")
    verified(editor, report)
    handling.move(report.pk, actor=editor, to="ready")
    sorting.sort(report.pk, actor=editor, priority="high")
    story = handling.make_story(report.pk, actor=editor)
    actions.save(story.pk, actor=editor, content={"section": make.section().pk})
    return report, story


def test_linked_without_being_ready_it_waits_for_a_second_person(editor: User, reporter: User) -> None:
    report, story = reports.report(state="in_verification"), make.draft(actor=editor)
    sorting.sort(report.pk, actor=editor, priority="high")
    verified(editor, report)
    stories.link(report.pk, actor=editor, article=story.pk, prints_words=True)
    assert f"Report {report.reference} is of high priority and needs two people" in refused(story, editor)
    handling.move(report.pk, actor=reporter, to="ready")
    assert actions.publish(story.pk, actor=editor).pk == story.pk


def test_raised_after_it_was_ready_it_waits_for_a_second_person(editor: User, signed_in: Any) -> None:
    report, story = raised_after_ready(editor)
    assert report.reference in refused(story, editor)
    form = signed_in(editor).get(f"/admin/articles/article/{story.pk}/change/").content.decode()
    assert form.count(f"Report {report.reference} is of high priority and needs two people") > 1  # check and panel
    verified(make.user(Role.EDITOR), report)
    assert actions.publish(story.pk, actor=editor).pk == story.pk


def test_a_chief_may_publish_all_the_same_with_a_reason(editor: User, chief: User) -> None:
    _report, story = raised_after_ready(editor)
    refused(story, chief)
    actions.publish(story.pk, actor=chief, override="The mayor confirmed it on the phone.")
    assert AuditRow.objects.get(verb="published").detail["overridden"] == ["witness_two_people"]


def test_a_picture_of_it_waits_too_and_being_taken_back_from_ready_counts(editor: User, chief: User) -> None:
    report = reports.report(state="in_verification", publish_media=True)
    sorting.sort(report.pk, actor=editor, priority="high")
    verified(editor, report)
    handling.move(report.pk, actor=chief, to="ready")
    into_library.take(report.pk, actor=editor, file=reports.photo_of(report).pk)
    content = {"body": "", "lead_picture": LibraryCopy.objects.get().picture_id}
    assert list(before_publication.find(content, None)) == []
    handling.move(report.pk, actor=chief, to="in_verification")
    [found] = before_publication.find(content, None)
    assert (found.code, found.is_required, "two people" in found.message) == ("witness_two_people", True, True)
    handling.move(report.pk, actor=chief, to="ready")
    assert list(before_publication.find(content, None)) == []
    verified(chief, report)  # what counts is the last word: now both are one person's
    assert len(list(before_publication.find(content, None))) == 1


def test_normal_priority_needs_one_person(editor: User) -> None:
    report, story = raised_after_ready(editor)
    Report.objects.filter(pk=report.pk).update(priority="normal")
    assert actions.publish(story.pk, actor=editor).pk == story.pk


def lowered(by: User, report: Report) -> None:
    sorting.sort(report.pk, actor=by, priority="high")
    sorting.sort(report.pk, actor=by, priority="normal")


@pytest.mark.parametrize("words", ["Two videos show it.", ""])
def test_who_lowers_a_high_priority_does_not_go_on_alone(editor: User, chief: User, words: str) -> None:
    report = reports.report(state="in_verification")
    lowered(editor, report)
    if words:
        verified(editor, report)
    with pytest.raises(handling.HandlingRefused, match="was of high priority until the one person behind it"):
        handling.move(report.pk, actor=editor, to="ready", reason="No time to check.")
    assert Report.objects.get().state == "in_verification"
    assert handling.move(report.pk, actor=chief, to="ready", reason="The mayor saw it.").state == "ready"


def test_one_who_lowers_and_one_who_does_the_rest_are_two(editor: User, chief: User) -> None:
    report = reports.report(state="in_verification")
    lowered(chief, report)
    verified(editor, report)
    assert handling.move(report.pk, actor=editor, to="ready").state == "ready"


def test_lowered_and_verified_by_one_it_is_not_published_by_way_of_a_link(editor: User, chief: User) -> None:
    report, story = reports.report(state="in_verification"), make.draft(actor=editor)
    lowered(editor, report)
    verified(editor, report)
    stories.link(report.pk, actor=editor, article=story.pk, prints_words=True)
    assert f"Report {report.reference} was of high priority" in refused(story, editor)
    verified(chief, report)
    assert actions.publish(story.pk, actor=editor).pk == story.pk


def test_who_lowered_it_shows_in_its_history(editor: User, signed_in: Any) -> None:
    report = reports.report()
    lowered(editor, report)
    shown = signed_in(editor).get(f"/admin/citizen_reports/report/{report.pk}/change/").content.decode()
    assert shown.count("(priority: High)") == shown.count("(priority: Normal)") == 1
