"""A witness wishes that all of her report be gone now: she asks, the desk is told, and does it or says why not."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditRow, Notice, User
from accounts.roles import Role
from articles import actions
from articles.models.desk import Article
from articles.models.workflow import SectionLimit
from citizen_reports import deletion, handling, intake, keeping, purge, sorting
from citizen_reports.handling import HandlingRefused
from citizen_reports.models import ConsentAlarm, LibraryCopy, Message, Report, ReportEvent
from images.models import Picture
from tests import make
from tests.citizen_reports import posts, reports
from tests.citizen_reports.test_consent_alarms import picture_in
from tests.citizen_reports.test_inbox import INBOX, do, page

pytestmark = pytest.mark.django_db


def address(report: Report) -> str:
    return f"{INBOX}{report.pk}/delete-now/"


def carry_out(report: Report, actor: User, **given: str) -> Report:
    return deletion.carry_out(report.pk, actor=actor, **{"reason": "Her wish", "reference": report.reference, **given})


def is_whole(report: Report) -> bool:
    report.refresh_from_db()
    return bool(report.body) and report.purged_at is None


def test_she_asks_on_her_own_page_and_finds_nothing_there_once_it_is_done(
    witness: Client, editor: User, reporter: User, signed_in: Any
) -> None:
    receipt = posts.receipt_of(posts.send(witness))
    report = Report.objects.get()
    Report.objects.update(assigned_to=reporter, is_announced=True, witness_waits=False)
    visit = posts.hidden(posts.come_back(witness, receipt).content.decode(), "visit")
    for _twice in range(2):
        said = witness.post("/report/receipt/delete/", {"visit": visit}).content.decode()
        assert said.count("You asked us to delete your report.") == 1
        assert "Ask for deletion" not in said
    assert "You asked us to delete your report." in posts.come_back(witness, receipt).content.decode()
    asked = ReportEvent.objects.get(verb="witness_asked_deletion")
    assert (asked.actor, asked.detail, asked.at.minute) == (None, {}, 0)
    before, report = report.expires_at, Report.objects.get()
    assert (report.expires_at, report.deletion_asked_at) == (before, asked.at), "it is kept no longer for that"

    assert (sorting.announce(), sorting.announce()) == (1, 0)
    wish = f"The witness of report {report.reference} wishes that it be deleted now."
    assert {(notice.user, notice.text) for notice in Notice.objects.all()} == {(editor, wish), (reporter, wish)}
    desk = signed_in(editor)
    listed = desk.get(INBOX, {"state": "all", "ends": "wish"}).content.decode()
    assert "The witness of 1 report wishes" in listed
    assert report.reference in listed
    assert address(report) in desk.get(page(report)).content.decode()
    shown = signed_in(reporter).get(page(report)).content.decode()
    assert "wishes that all of this be deleted now" in shown
    assert address(report) not in shown

    confirmation = desk.get(address(report)).content.decode()
    assert "nobody can undo it" in confirmation
    assert "what backups hold" in confirmation
    answer = desk.post(address(report), {"reason": "Her wish", "reference": report.reference})
    assert answer.headers["Location"] == page(report)
    assert posts.come_back(witness, receipt).status_code == 422
    assert witness.post("/report/receipt/delete/", {"visit": visit}).status_code == 422
    assert not Notice.objects.exists()
    event, row = ReportEvent.objects.get(verb="purged_early"), AuditRow.objects.get(verb="report deleted early")
    assert (event.actor, event.detail) == (row.actor, row.detail) == (editor, {"reason": "Her wish"})
    assert row.label == report.reference
    left = desk.get(page(report)).content.decode()
    assert "Purged before its time" in left
    assert "wishes that all of this" not in left
    assert desk.get(address(report)).status_code == 404
    with pytest.raises(HandlingRefused, match="nothing of it is left"):
        carry_out(report, editor)


def test_one_that_was_marked_as_spam_is_told_of_too(editor: User) -> None:
    report = reports.report(state="spam")
    assert sorting.announce() == 0
    intake.ask_deletion(report)
    assert sorting.announce() == 1


def test_the_desk_says_in_the_conversation_why_not(witness: Client, editor: User, signed_in: Any) -> None:
    receipt = posts.receipt_of(posts.send(witness))
    report, desk = Report.objects.get(), signed_in(editor)
    assert do(desk, report, "decline", text="A court asked for it.").status_code == 409
    intake.ask_deletion(report)
    refused = do(desk, report, "decline", text=" ")
    assert (refused.status_code, Message.objects.count()) == (409, 0)
    assert "write something first" in refused.content.decode()
    assert do(desk, report, "decline", text="A court asked for it.").status_code == 302
    assert is_whole(report)
    assert report.deletion_asked_at is None
    back = posts.come_back(witness, receipt).content.decode()
    assert "A court asked for it." in back
    assert "Ask for deletion" in back, "she may ask again"
    assert AuditRow.objects.get(verb="deletion declined").actor == editor
    assert ReportEvent.objects.filter(verb="deletion_declined", actor=editor).exists()


def test_nothing_goes_without_a_reason_the_right_reference_and_the_right_role(
    editor: User, reporter: User, signed_in: Any
) -> None:
    report, other = reports.report(), reports.report()
    desk = signed_in(editor)
    for given, said in (
        ({"reason": " ", "reference": report.reference}, "Say why"),
        ({"reason": "Typed reason", "reference": other.reference}, f"Type {report}, to be sure"),
        ({"reason": "Typed reason", "reference": ""}, f"Type {report}, to be sure"),
    ):
        answer = desk.post(address(report), given)
        assert answer.status_code == 409
        assert said in answer.content.decode()
        assert f'value="{given["reason"]}"' in answer.content.decode()
        assert is_whole(report)
    with pytest.raises(HandlingRefused, match="Ask an editor"):
        carry_out(report, reporter)
    away = make.user(Role.EDITOR)
    SectionLimit.objects.create(user=away, section=make.section("Weather"))
    Report.objects.filter(pk=report.pk).update(section=make.section("Sport"))
    with pytest.raises(HandlingRefused, match="Another desk"):
        carry_out(report, away)
    assert is_whole(report)
    carry_out(report, editor, reference=report.reference.lower().replace("-", " "))
    assert not is_whole(report)
    assert is_whole(other)


def test_under_legal_hold_it_stays_and_the_wish_waits(editor: User, signed_in: Any) -> None:
    report = reports.report()
    intake.ask_deletion(report)
    keeping.put_on_hold(report.pk, actor=editor, reason="Court of Port Vela")
    desk = signed_in(editor)
    for answer in (desk.get(address(report)), desk.post(address(report), {"reason": "x", "reference": str(report)})):
        shown = answer.content.decode()
        assert shown.count("under legal hold: nothing of it may be deleted") == 1
        assert 'name="reference"' not in shown
    assert is_whole(report)
    keeping.lift_hold(report.pk, actor=editor, reason="Settled")
    assert Report.objects.get().deletion_asked_at
    carry_out(report, editor)
    assert not is_whole(report)


def test_a_hold_put_on_meanwhile_is_not_run_over() -> None:
    report = reports.report()
    stale = Report.objects.get()
    Report.objects.update(legal_hold=True)
    verb = ReportEvent.Verb.PURGED_EARLY
    assert not purge.take(stale, Report.objects.all(), at=timezone.now(), verb=verb)
    assert is_whole(report)


def test_while_readers_see_its_picture_it_stays_unless_consent_is_withdrawn(editor: User, signed_in: Any) -> None:
    report = reports.report(state="ready", publish_media=True)
    reports.photo_of(report)
    story = make.draft("The bridge in the water", actor=editor)
    picture_in(story.pk, report, actor=editor)
    assert deletion.in_the_way(report) == "", "no reader sees it"
    actions.publish(story.pk, actor=editor)
    intake.ask_deletion(report)
    with pytest.raises(HandlingRefused, match="“The bridge in the water”"):
        carry_out(report, editor)
    assert "Readers see its pictures" in signed_in(editor).get(address(report)).content.decode()
    assert is_whole(report)

    intake.withdraw_consent(report)
    carry_out(report, editor)
    assert not is_whole(report)
    assert ConsentAlarm.objects.get().ended_at is None, "the story is still to be dealt with"
    assert LibraryCopy.objects.get().attachment is None
    assert Picture.objects.exists()


def test_a_picture_that_was_taken_out_is_not_in_the_way(editor: User, signed_in: Any) -> None:
    report = reports.report(state="ready", publish_media=True)
    reports.photo_of(report)
    story = make.draft(actor=editor)
    picture_in(story.pk, report, actor=editor)
    actions.publish(story.pk, actor=editor)
    actions.save(story.pk, actor=editor, content={"lead_picture": None})
    actions.update(story.pk, actor=editor)
    assert (
        f"/admin/images/picture/{Picture.objects.get().pk}/" in signed_in(editor).get(address(report)).content.decode()
    )
    carry_out(report, editor)
    assert not is_whole(report)


def test_her_name_goes_from_a_draft_of_it(editor: User) -> None:
    report = reports.named(state="ready")
    story = handling.make_story(report.pk, actor=editor, credit_checked=True)
    assert [line.printed for line in story.bylines.all()] == [reports.NAME]
    carry_out(report, editor)
    story = Article.objects.get()
    assert not story.bylines.exists()
    assert "The bridge fell at noon." in story.body


def test_what_is_asked_for_costs_the_inbox_no_more_for_three_than_for_one(editor: User, signed_in: Any) -> None:
    desk = signed_in(editor)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(INBOX, {"state": "all", "ends": "wish"})
        return len(queries)

    intake.ask_deletion(reports.report())
    asked()
    one = asked()
    for _ in range(2):
        intake.ask_deletion(reports.report())
    assert asked() == one
