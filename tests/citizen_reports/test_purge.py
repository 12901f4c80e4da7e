"""When a report's time is over, nothing of the witness is left, and that it was there still is."""

import base64
import os
import re
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.models import CharField
from django.test import Client
from django.utils import timezone

from accounts.models import AuditRow, Notice
from accounts.roles import Role
from citizen_reports import deletion, derivatives, evidence, handling, purge, quarantine, sorting
from citizen_reports.mail import letters, receiving
from citizen_reports.models import (
    Attachment,
    InboundEmail,
    IntakeForm,
    Message,
    OutboundEmail,
    Report,
    ReportEvent,
    Trace,
    Upload,
    UploadPart,
    VerificationCheck,
    WitnessIdentity,
)
from citizen_reports.models.stories import LibraryCopy
from safeguards.fields import Sealed
from tests import make, stored
from tests.citizen_reports import posts, reports

pytestmark = pytest.mark.django_db


def over(**fields: object) -> None:
    Report.objects.update(expires_at=timezone.now() - timedelta(minutes=1), **fields)


def test_everything_of_the_witness_goes_at_the_end(
    witness: Client, editor, own_data: Path, django_capture_on_commit_callbacks
) -> None:
    sent = posts.send(
        witness, body="Planted words", files=[posts.photo()], exposure="named", name=reports.NAME,
        email=reports.ADDRESS,
        contact="on", may_contact="on",
    )  # fmt: skip
    receipt = posts.receipt_of(sent)
    report = Report.objects.get()
    handling.answer(report.pk, actor=editor, text="Which bridge?")
    over()
    with django_capture_on_commit_callbacks(execute=True):
        assert purge.purge_due() == 1

    report.refresh_from_db()
    assert (report.state, bool(report.body), bool(report.title)) == ("purged", False, False)
    assert not (Attachment.objects.exists() or Message.objects.exists() or WitnessIdentity.objects.exists())
    assert posts.stored(own_data) == []
    assert [event.verb for event in ReportEvent.objects.order_by("pk")] == ["received", "answered", "purged"]
    wrong = posts.come_back(Client(), "0000-0000-0000-0000-0")
    assert posts.come_back(witness, receipt).status_code == wrong.status_code == 422
    assert purge.purge_due() == 0


def test_a_report_in_use_or_on_hold_stays() -> None:
    fresh, held = reports.report(), reports.report()
    over(legal_hold=True)
    Report.objects.filter(pk=fresh.pk).update(expires_at=timezone.now() + timedelta(days=1), legal_hold=False)
    assert purge.purge_due() == 0
    assert {report.body.open()[:10] for report in Report.objects.all()} == {"The bridge"}
    assert not purge.purge(held, at=timezone.now())


def test_a_story_made_of_it_stays_with_its_credit(reporter) -> None:
    report = reports.report(state="ready")
    article = handling.make_story(report.pk, actor=reporter)
    over()
    assert purge.purge_due() == 1
    article.refresh_from_db()
    assert "The bridge fell at noon." in article.body


def test_one_that_cannot_be_purged_holds_up_no_other_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, *others = [reports.report() for _ in range(3)]
    over()
    purge_one = purge.purge

    def purge_unless_stuck(report: Report, **given: datetime) -> bool:
        if report.pk == stuck.pk:
            raise OperationalError("the disk is on fire")
        return purge_one(report, **given)

    monkeypatch.setattr(purge, "purge", purge_unless_stuck)
    with pytest.raises(OperationalError):
        purge.purge_due()
    assert set(Report.objects.exclude(purged_at=None)) == {*others}
    monkeypatch.undo()
    assert purge.purge_due() == 1


def test_more_than_one_batch_goes_in_one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    for _ in range(5):
        reports.report()
    over()
    assert purge.purge_due() == 5


def test_a_swept_file_never_belongs_to_a_row(witness: Client, own_data: Path) -> None:
    """However old it looks: originals, copies, posters, mails, pieces of uploads."""
    posts.send(witness, files=[posts.tagged_photo()])
    derivatives.turn("worker", Event())
    living = [quarantine.SealedFile() for _ in range(len(quarantine.KEEPERS) + 1)]
    for file in living:
        file.write(b"kept")
        file.finish()
    stray = living.pop()
    upload = Upload.objects.create(form=IntakeForm.objects.get(), length=9, expires_at=timezone.now() + timedelta(1))
    for (model, column), file in zip(quarantine.KEEPERS, living, strict=True):
        given = {InboundEmail: {"raw_hash": file.name}, UploadPart: {"upload": upload, "start": 0}}.get(model, {})
        row = model._default_manager.create(**{column: file.name, **given})  # type: ignore[arg-type]
        if model is Attachment:
            Attachment.objects.filter(pk=row.pk).update(report=Report.objects.get())
    for path in posts.stored(own_data):
        os.utime(path, (0, 0))
    before = {path.name for path in posts.stored(own_data)}
    assert quarantine.forget_unsent() == 1
    assert {path.name for path in posts.stored(own_data)} == before - {stray.name}


def test_every_column_that_names_a_file_keeps_it() -> None:
    """A new one must be named in `KEEPERS`, or the sweep would take its files."""
    named = {
        (model, field.name)
        for model in apps.get_app_config("citizen_reports").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, CharField) and field.max_length == 64 and not field.name.endswith(("lookup", "_hash"))
    }
    no_files = {(Attachment, "dedupe_key"), (Upload, "mark"), (LibraryCopy, "derivative")}
    assert named - no_files == set(quarantine.KEEPERS)


PLANTED = {
    "body": "PLANTED-WORDS of what we all saw at the bridge that day at noon", "title": "PLANTED-TITLE",
    "place": "PLANTED-PLACE", "name": reports.NAME, "email": reports.ADDRESS, "phone": "PLANTED-PHONE",
    "credit_name": "PLANTED-CREDIT",
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", ["its time is over", "the witness wishes it"])
def test_nothing_planted_is_left_in_the_database_the_folder_the_log_or_a_dump(
    cause: str, witness: Client, own_data: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MAIL_TO_FILES, settings.MAIL_OUT_DIR = True, own_data / "mail-out"
    settings.EMAIL_BACKEND, settings.REPORTS_ADDRESS = "newsroom.mail_out.EmlBackend", "reports@news.example"
    caplog.set_level("INFO")
    editor = make.user(Role.EDITOR)
    sent = posts.send(witness, files=[posts.tagged_photo("PLANTED-FILE.jpg")], exposure="named", credit="full",
                      may_contact="on", **PLANTED)  # fmt: skip
    receipt, report = posts.receipt_of(sent), Report.objects.get()
    derivatives.turn("worker", Event())
    raw = receiving.ingest(b"From: x@y.example\r\n\r\nPLANTED-MAIL", "pipe")
    InboundEmail.objects.update(state="processed", report=report, subject="PLANTED-SUBJECT", sender=reports.ADDRESS)
    Report.objects.update(channel="email")
    handling.answer(report.pk, actor=editor, text="PLANTED-ANSWER")
    letters.turn("worker", Event())
    evidence.check(report.pk, actor=editor, aspect="date", finding="holds", evidence="PLANTED-EVIDENCE")
    sorting.announce()
    shared = {"form": report.form, "token_lookup": report.token_lookup, "length": 9, "expires_at": timezone.now()}
    part = Upload.objects.create(display_name="PLANTED-PIECE", **shared).parts.create(start=0, file=piece(b"PLANTED-9"))
    sealed = [
        bytes(value.sealed)
        for model in (Report, WitnessIdentity, Attachment, Message, InboundEmail, VerificationCheck, Upload)
        for row in model._default_manager.all()
        for value in vars(row).values()
        if isinstance(value, Sealed) and value
    ]
    assert len(sealed) > 12
    assert all(blob in kept(own_data) for blob in sealed), "the search finds what is there"
    assert "PLANTED-ANSWER" in (own_data / "mail-out").glob("*.eml").__next__().read_text()
    assert Trace.objects.exists()
    assert Notice.objects.exists()

    if cause == "the witness wishes it":
        deletion.carry_out(report.pk, actor=editor, reason="Her wish", reference=report.reference)
    else:
        over()
        assert purge.purge_due() == 1
    left = kept(own_data)
    plain = [*PLANTED.values(), "PLANTED", receipt, receipt.replace("-", ""), "camera"]
    for text in plain:
        assert text.encode() not in left, text
        assert text not in caplog.text
    assert not [blob for blob in sealed if blob in left]
    assert posts.stored(own_data) == []
    assert not stored.report(part.file).exists()
    assert not stored.report(raw.raw).exists()
    assert list((own_data / "mail-out").iterdir()) == []
    assert not (Trace.objects.exists() or Notice.objects.exists() or Upload.objects.exists())
    assert not OutboundEmail.objects.exists()
    rows = [*ReportEvent.objects.all(), *AuditRow.objects.all()]
    assert "PLANTED" not in "".join(f"{row} {row.detail}" for row in rows)


@pytest.mark.django_db(transaction=True)
def test_the_log_of_writes_is_emptied_by_the_next_turn_where_a_long_reader_is_in_the_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite":
        assert purge.empty_log()
        return
    with closing(sqlite3.connect(name, isolation_level=None)) as reader, connection.cursor() as cursor:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM citizen_reports_report").fetchall()
        reports.named()
        WitnessIdentity.objects.all().delete()
        cursor.execute("PRAGMA busy_timeout = 0")
        assert not purge.empty_log()
        assert "somebody reads" in caplog.text
        reader.execute("ROLLBACK")
    assert purge.purge_due() == 0
    assert Path(f"{name}-wal").stat().st_size == 0
    connection.close()


def piece(data: bytes) -> str:
    file = quarantine.SealedFile()
    file.write(data)
    file.finish()
    return file.name


def kept(folder: Path) -> bytes:
    """Every byte that is kept: the database's own files (or a dump of it), and whatever lies in the folder."""
    dump = StringIO()
    call_command("dumpdata", "citizen_reports", "accounts.notice", "accounts.auditrow", stdout=dump)
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "secrets"]
    whole = [dump.getvalue().encode(), *(path.read_bytes() for path in files)]
    blobs = re.findall(r'"([A-Za-z0-9+/]{40,}={0,2})"', dump.getvalue())
    whole += [base64.b64decode(blob + "=" * (-len(blob) % 4)) for blob in blobs]
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        # By another process: one that closes a database's file loses all locks that it has on it (SQLite's "How To
        # Corrupt An SQLite Database File", 2.2), and this one serves other tests too.
        files = [str(path) for path in name.parent.glob(f"{name.name}*")]
        whole.append(subprocess.run(["cat", *files], check=True, capture_output=True).stdout)
    return b"\0".join(whole)
