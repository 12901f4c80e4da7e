"""The pipe and the hook: what a mail server or a mail service is told, and that nothing is lost by it."""

import hashlib
import io
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client

from citizen_reports.mail import announcing, hook, receiving, standing
from citizen_reports.models import InboundEmail, Report
from jobs.models import Chore
from tests.citizen_reports.mail import mails
from tests.citizen_reports.mail.conftest import work

HOOK = "/hooks/mail/"


def send(raw: bytes, *, at: float | None = None, **changed: str) -> Any:
    timestamp, digest = str(int(at or time.time())), hashlib.sha256(raw).hexdigest()
    headers = {
        "x-newsroom-timestamp": timestamp, "x-newsroom-digest": digest,
        "x-newsroom-signature": hook.signature(timestamp, digest), **changed,
    }  # fmt: skip
    return Client(enforce_csrf_checks=True).post(HOOK, raw, content_type="message/rfc822", headers=headers)


@pytest.fixture
def key(settings: Any) -> None:
    settings.REPORTS_HOOK_KEY = "a key of the operator's"


def test_a_signed_mail_is_kept_and_becomes_a_report(key) -> None:
    assert send(mails.mail()).status_code == 202
    work()
    assert Report.objects.get().body.open().strip() == "The bridge fell at noon."


def test_the_signature_is_what_the_guide_says(key) -> None:
    line = (
        f"printf %s '1700000000.{'ab' * 32}' | openssl dgst -sha256 -hmac \"a key of the operator's\" | sed 's/.*= *//'"
    )
    told = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout.strip()
    assert told == hook.signature("1700000000", "ab" * 32)


def test_sent_again_it_changes_nothing_and_an_old_sending_is_refused(key) -> None:
    raw = mails.mail()
    assert [send(raw).status_code for _ in range(2)] == [202, 202]
    assert send(raw, at=time.time() - 400).status_code == 401
    assert send(raw, at=time.time() + 400).status_code == 401
    assert InboundEmail.objects.count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"x-newsroom-signature": "0" * 64},
        {"x-newsroom-signature": "é"},
        {"x-newsroom-timestamp": "²"},
        {"x-newsroom-timestamp": ""},
        {"x-newsroom-timestamp": "9" * 400},
        {"x-newsroom-digest": "0" * 64},
        {"x-newsroom-digest": ""},
    ],
)
def test_what_is_not_signed_is_refused_unread(key, changed, monkeypatch) -> None:
    from django.core.handlers.wsgi import WSGIRequest

    monkeypatch.setattr(WSGIRequest, "read", lambda self, *args: pytest.fail("it was read"))
    assert send(mails.mail(), **changed).status_code == 401
    assert not InboundEmail.objects.exists()


def test_another_body_than_the_signed_one_is_refused(key) -> None:
    timestamp, digest = str(int(time.time())), hashlib.sha256(b"signed").hexdigest()
    answer = send(
        mails.mail(), **{"x-newsroom-digest": digest, "x-newsroom-signature": hook.signature(timestamp, digest)}
    )
    assert answer.status_code == 400
    assert not InboundEmail.objects.exists()


def test_too_large_and_not_now(key, monkeypatch) -> None:
    monkeypatch.setattr(receiving, "LARGEST", 1000)
    assert send(b"x" * 1001).status_code == 413
    monkeypatch.setattr(receiving.quarantine, "has_space", lambda size=0: False)
    answer = send(b"x: y\n\nz")
    assert (answer.status_code, answer["Retry-After"]) == (503, "120")
    assert not InboundEmail.objects.exists()


def test_without_a_key_there_is_no_hook(settings) -> None:
    assert send(mails.mail()).status_code == 404
    settings.REPORTS_HOOK_KEY = "key"
    assert Client().get(HOOK).status_code == 405


def ingest(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    try:
        call_command("ingest_report", stderr=io.StringIO())
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


def test_the_pipe_says_in_the_mail_servers_words_what_became_of_the_mail(monkeypatch) -> None:
    assert ingest(mails.mail(), monkeypatch) == 0
    assert InboundEmail.objects.get().mailbox == "pipe"
    assert ingest(b" \n", monkeypatch) == 65
    monkeypatch.setattr(receiving, "LARGEST", 100)
    assert ingest(b"x" * 101, monkeypatch) == 65
    for trouble in (receiving.NoRoom(), OperationalError("locked"), RuntimeError("a bug")):

        def fails(*_: Any, trouble: Exception = trouble, **__: Any) -> None:
            raise trouble

        monkeypatch.setattr(receiving, "ingest", fails)
        assert ingest(b"x: y\n\nz", monkeypatch) == 75
    assert InboundEmail.objects.count() == 1


def test_a_newsroom_that_cannot_start_lets_the_mail_server_wait(tmp_path) -> None:
    """By the line that the guide gives for Postfix."""
    command = f"{sys.executable} {project.BASE_DIR}/manage.py ingest_report || exit 75"
    environment = {"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path), "PORT": "none"}
    ended = subprocess.run(["sh", "-c", command], input=mails.mail(), env=environment, capture_output=True, check=False)
    assert ended.returncode == 75


def test_health_tells_how_it_stands(settings, arrive) -> None:
    assert standing.standing() == {"state": "up", "fetched": None, "waiting": 0, "held": 0, "failed": 0, "oversize": 0}
    arrive(mails.ROBOTS["list"])
    receiving.ingest(mails.mail("Something else."), "pipe")
    told = standing.standing()
    assert (told["held"], told["waiting"]) == (0, 0), "it would tell everybody when a mail came"
    announcing.announce()
    assert standing.standing()["held"] == 1
    settings.REPORTS_IMAP_URL = "imaps://a:b@mail.example/INBOX"
    assert standing.standing()["state"] == "late"
    from django.utils import timezone

    Chore.objects.create(name=standing.CHORE, finished_at=timezone.now())
    assert standing.standing()["state"] == "up"
    receiving.ingest(mails.mail(), "pipe")
    InboundEmail.objects.filter(state="new").update(received_at=timezone.now() - standing.LATE * 2)
    told = standing.standing()
    assert (told["state"], told["waiting"]) == ("late", 2)
