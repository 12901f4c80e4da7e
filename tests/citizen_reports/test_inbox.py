"""The inbox in the admin: what each role gets, safe copies, downloads, and no witness where none should be."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from citizen_reports import derivatives, handling
from citizen_reports.models import Attachment, IntakeForm, Message, Report, ReportEvent
from tests import make
from tests.citizen_reports import posts, reports

INBOX = "/admin/citizen_reports/report/"


@pytest.fixture
def desk(signed_in, editor) -> Client:
    return signed_in(editor)


def page(report: Report) -> str:
    return f"{INBOX}{report.pk}/change/"


def do(client: Client, report: Report, verb: str, **fields: str):
    return client.post(f"{INBOX}{report.pk}/do/{verb}/", fields)


def test_the_inbox_lists_what_is_open(desk):
    waiting = reports.report(title="The bridge fell")
    reports.report(title="Buy my pills", state="spam")
    shown = desk.get(INBOX).content.decode()

    assert waiting.reference in shown
    assert "The bridge fell" in shown
    assert "Buy my pills" not in shown
    assert "Buy my pills" in desk.get(INBOX, {"state": "spam"}).content.decode()
    assert "Buy my pills" in desk.get(INBOX, {"state": "all"}).content.decode()


def test_a_report_that_cannot_be_opened_hides_no_other(desk):
    broken = reports.report(title="The bridge fell")
    reports.report(title="The ferry sank")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE citizen_reports_report SET title = %s WHERE reference = %s", [b"1", broken.reference])
    shown = desk.get(INBOX).content.decode()
    assert "The ferry sank" in shown
    assert f"{broken.reference}</a>" in shown
    assert "This cannot be opened: it was changed, or its key is missing." in shown


def test_the_inbox_asks_as_much_for_three_reports_as_for_one(desk):
    reports.report()
    desk.get(INBOX)
    with CaptureQueriesContext(
        connection,
    ) as one:
        desk.get(INBOX)
    reports.report()
    reports.named()
    with CaptureQueriesContext(connection) as three:
        desk.get(INBOX)
    assert len(three) == len(one)


def test_an_editor_works_a_report_through(desk, editor):
    report = reports.report()
    assert do(desk, report, "take").status_code == 302
    do(desk, report, "move", to="triaged")
    do(desk, report, "answer", text="Which bridge?")
    do(desk, report, "judge", verification="verified", reason="Two videos.")
    do(desk, report, "move", to="ready")
    answer = do(desk, report, "story")

    report.refresh_from_db()
    assert (report.state, report.assigned_to) == ("used", editor)
    assert answer["Location"].startswith("/admin/articles/article/")
    shown = desk.get(page(report)).content.decode()
    assert "Which bridge?" in shown
    assert "Two videos." in shown
    assert answer["Location"] in shown


def test_a_refused_verb_keeps_what_was_typed(desk):
    report = reports.report(state="triaged")
    answer = do(desk, report, "judge", verification="nonsense", reason="Typed with care")
    assert answer.status_code == 409
    assert "Typed with care" in answer.content.decode()
    assert "Choose what verification found." in answer.content.decode()


def test_looking_does_nothing(desk):
    report = reports.report()
    for verb in ("move", "judge", "take", "answer", "note", "identity", "story"):
        assert desk.get(f"{INBOX}{report.pk}/do/{verb}/").status_code == 405
    assert ReportEvent.objects.filter(report=report.pk).count() == 1
    assert do(desk, report, "nonsense").status_code == 404


@pytest.mark.parametrize("role", [None, *Role])
def test_what_each_role_gets(role, signed_in, db):
    report = reports.named(state="triaged")
    client = signed_in(make.user(role)) if role else Client()
    may = role in (Role.REPORTER, Role.SUBEDITOR, Role.EDITOR, Role.CHIEF)
    for answer in (client.get(INBOX), client.get(page(report))):
        assert (answer.status_code == 200) == may
        assert reports.ADDRESS.encode() not in answer.content
        assert (b"bridge" in answer.content) == may
    do(client, report, "note", text="seen")
    assert Message.objects.exists() == may
    answer = do(client, report, "identity", reason="To call them.")
    assert (reports.NAME.encode() in answer.content) == (role == Role.CHIEF)
    assert ReportEvent.objects.filter(verb="identity_seen").exists() == (role == Role.CHIEF)


def test_nobody_deletes_a_report(signed_in, chief):
    report = reports.report()
    client = signed_in(chief)
    assert client.post(f"{INBOX}{report.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{INBOX}add/").status_code == 403
    assert Report.objects.filter(pk=report.pk).exists()


@pytest.fixture
def photographed(witness) -> Attachment:
    """A tagged photo sent by form, with its safe copy made."""
    posts.send(witness, files=[posts.tagged_photo("secret-place.jpg")])
    from threading import Event

    assert derivatives.turn("worker", Event()) == 1
    return Attachment.objects.get()


def file_address(attachment: Attachment, kind: str) -> str:
    return f"{INBOX}{attachment.report_id}/files/{attachment.pk}/{kind}/"


def test_the_safe_copy_is_shown_and_says_nothing_of_where_it_was_taken(desk, photographed):
    shown = desk.get(page(photographed.report)).content.decode()
    assert file_address(photographed, "safe") in shown
    answer = desk.get(file_address(photographed, "safe"))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert posts.PLANTED.encode() not in answer.content
    assert b"Exif" not in answer.content


def test_an_original_is_downloaded_by_post_never_shown_and_recorded(desk, editor, photographed):
    assert desk.get(file_address(photographed, "original")).status_code == 405
    answer = desk.post(file_address(photographed, "original"))

    whole = b"".join(answer.streaming_content)
    assert posts.PLANTED.encode() in whole, "the evidence as it came"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="secret-place.jpg.original"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    event = ReportEvent.objects.get(verb="original_downloaded")
    assert (event.actor, event.detail) == (editor, {"file": photographed.pk})


@pytest.mark.parametrize("role", [None, Role.CONTRIBUTOR, Role.REPORTER, Role.SUBEDITOR])
def test_originals_are_for_verifiers(role, signed_in, photographed):
    client = signed_in(make.user(role)) if role else Client()
    assert client.post(file_address(photographed, "original")).status_code in (302, 403)
    assert not ReportEvent.objects.filter(verb="original_downloaded").exists()


def test_a_file_is_found_under_its_own_report_only(desk, photographed):
    other = reports.report()
    for kind, method in (("safe", desk.get), ("original", desk.post)):
        assert method(f"{INBOX}{other.pk}/files/{photographed.pk}/{kind}/").status_code == 404
    assert desk.get(file_address(photographed, "safe")).status_code == 200


def test_where_no_safe_copy_was_made_nothing_is_shown(desk, photographed):
    Attachment.objects.update(derivative_state="failed")
    assert desk.get(file_address(photographed, "safe")).status_code == 404
    assert file_address(photographed, "safe") not in desk.get(page(photographed.report)).content.decode()


def test_a_purged_report_takes_no_more_verbs(editor):
    report = reports.report(state="purged")
    with pytest.raises(handling.HandlingRefused):
        handling.answer(report.pk, actor=editor, text="Still there?")


def test_a_form_that_would_purge_at_once_is_refused(db):
    with pytest.raises(ValidationError, match="At least one day"):
        IntakeForm(slug="flood", title="Flood", retention_days=0).full_clean()
