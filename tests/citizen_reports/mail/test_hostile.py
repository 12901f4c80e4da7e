"""Mails made to break what reads them: each is accounted for once, none holds up another, within bounds."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from citizen_reports.mail import parser, reading
from citizen_reports.models import Attachment, InboundEmail, OutboundEmail, Report
from tests.citizen_reports.mail import mails
from tests.citizen_reports.mail.conftest import work
from tests.citizen_reports.mail.mailserver import MailServer
from tests.subscriptions.test_kills import database_url

State = InboundEmail.State
# `make soak` asks for the long form.
HOSTILE, GOOD, KILLS = (2000, 200, 12) if os.environ.get("SOAK") else (105, 20, 4)


@pytest.mark.parametrize("name", mails.SHAPES)
def test_each_shape_is_read_or_refused_within_the_limits(name) -> None:
    """In the program that bounds it: whatever comes out can be kept in a database and shown."""
    raw = b"From: a@mail.example\r\n" + mails.SHAPES[name](random.Random(1), "word")
    with reading.opened(raw) as reader:
        letter = reader.letter
        for file in letter.files:
            assert sum(map(len, reader.pieces(file.size))) == file.size
    for text in (letter.subject, letter.text, letter.sender_name, *(file.name for file in letter.files)):
        assert text == text.encode().decode()
        assert "\x00" not in text
        assert not set("\r\u202e\u202d") & set(text)
    assert "\n" not in letter.subject
    assert len(letter.files) <= parser.FILES + 1
    assert len(letter.text) <= parser.TEXT


@pytest.mark.parametrize(
    ("shape", "over"),
    [("deeply nested", "depth"), ("many parts", "parts"), ("more headers than 256 KB", "headers")],
)
def test_what_is_built_beyond_the_limits_says_so(shape, over) -> None:
    told, _files = parser.read(b"From: a@mail.example\r\n" + mails.SHAPES[shape](random.Random(2), "word"))
    assert told["over"] == over
    assert told["sender"] == "a@mail.example"


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["From", "Subject", "Content-Type", "Content-Disposition", "To",
                                        "Content-Transfer-Encoding", "References"]), st.binary(max_size=80))),
    st.binary(max_size=400),
)  # fmt: skip
def test_whatever_the_bytes_are_they_are_read(headers, body) -> None:
    head = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in headers)
    told, files = parser.read(head + b"\r\n" + body)
    assert isinstance(told["text"], str)
    assert [size for _name, _kind, size in told["files"]] == [len(data) for data in files]


_NINES = "9" * 5000  # more digits than Python makes a number of


@pytest.mark.parametrize(
    "part",
    [
        f"Content-Type: text/plain; charset*{_NINES}=utf-8\r\n\r\nThe bridge fell",
        f"Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename*{_NINES}=a.jpg\r\n\r\nabc",
        "Content-Type: text/plain; name*=x\0y''%ff\r\n\r\nThe bridge fell",
        # It says that it has parts, has none, and is written in a charset that is three things at once.
        "Content-Type: multipart/mixed; charset*=a'b'c\r\n\r\n\xff",
    ],
)
def test_a_part_that_the_library_cannot_make_out_keeps_no_other_from_being_read(part) -> None:
    parts = [part, "Content-Type: text/plain\r\n\r\nI saw it."]
    body = "".join(f"--cut\r\n{each}\r\n" for each in parts).encode("latin-1") + b"--cut--\r\n"
    told, _files = parser.read(mails.raw("From: a@b.example", "Content-Type: multipart/mixed; boundary=cut", body=body))
    assert "I saw it." in told["text"]
    assert (told["over"], told["left_out"]) == ("", 0)


def test_a_mail_of_which_nobody_can_say_where_its_parts_begin_is_built_as_no_mail_is() -> None:
    told, _files = parser.read(mails.raw("From: a@b.example", f"Content-Type: multipart/mixed; boundary*{_NINES}=cut"))
    assert (told["over"], told["sender"]) == ("parts", "a@b.example")


def test_no_ordinary_way_of_writing_is_lost() -> None:
    for charset, text in {
        "windows-1256": "انهار الجسر", "koi8-r": "Мост рухнул", "iso-2022-jp": "橋が落ちた", "iso-8859-1": "effondré",
        "utf-8": "می‌خواهم",
    }.items():  # fmt: skip
        raw = mails.raw("From: a@b.example", f"Content-Type: text/plain; charset={charset}", body=text.encode(charset))
        assert parser.read(raw)[0]["text"] == text
    folded = mails.raw("From: a@b.example", "Subject: =?utf-8?b?2KfZhtmH2KfYsQ==?=\r\n =?utf-8?q?_fin?=")
    assert parser.read(folded)[0]["subject"] == "انهار fin"


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with MailServer() as running:
        settings.REPORTS_IMAP_URL = running.url
        yield running


@pytest.mark.imap
@pytest.mark.processes
@pytest.mark.race
@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_hundreds_of_hostile_mails_and_a_reader_that_is_killed_midway(server, own_data, settings) -> None:
    good = [
        mails.mail(f"Good {n}", sender=f"good{n}@mail.example", files=[("a.bin", "a/b", bytes([n % 256, n // 256]))])
        for n in range(GOOD)
    ]
    all_of_them = [*good, *mails.hostile(HOSTILE).values(), *mails.ROBOTS.values()]
    random.Random(3).shuffle(all_of_them)
    for raw in all_of_them:
        server.deliver(raw)
    for kill in range(KILLS):
        # First while it fetches, then while it reads.
        progress = fetched if kill < KILLS // 2 else dealt_with
        interrupt(start(server, own_data), progress)
        InboundEmail.objects.update(lease_until=None)  # the dead one's claims, whose time has passed
    last = start(server, own_data)
    most = 0
    while last.poll() is None:
        most = max(most, memory_of(last.pid))
        time.sleep(0.05)
    assert last.returncode == 0
    assert 0 < most < 500 * 1024, "kilobytes"
    for _try in range(4):  # those that could not be read are tried again, and then parked
        InboundEmail.objects.filter(state=State.NEW).update(due_at=timezone.now(), lease_until=None)
        work()

    assert InboundEmail.objects.count() == len(set(all_of_them)) == len(all_of_them)
    assert not InboundEmail.objects.filter(state=State.NEW).exists()
    assert (server.waiting(), server.fetched()) == (0, len(all_of_them))
    let_in = InboundEmail.objects.filter(state=State.PROCESSED)
    assert Report.objects.count() == let_in.count() == let_in.values("report").distinct().count()
    bodies = [report.body.open().strip() for report in Report.objects.all() if report.body]
    for number in range(GOOD):
        assert bodies.count(f"Good {number}") == 1
    of_good = [
        each
        for each in Attachment.objects.exclude(report=None)
        if each.display_name.open() == "a.bin" and each.size == 2
    ]
    assert len(of_good) == GOOD
    assert not Attachment.objects.filter(report=None).exists()
    assert OutboundEmail.objects.count() <= 30
    assert OutboundEmail.objects.values("report").distinct().count() == OutboundEmail.objects.count()


def memory_of(process: int) -> int:
    """The most that it has used so far, in kilobytes. (What `wait4` says begins with what its parent used.)"""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def start(server: MailServer, data: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "newsroom.settings", "DATABASE_URL": database_url(),
        "DATA_DIR": str(data), "REPORTS_IMAP_URL": server.url, "REPORTS_ADDRESS": mails.BASE,
        "SSL_CERT_FILE": str(server.authority),
    }  # fmt: skip
    return subprocess.Popen([sys.executable, str(project.BASE_DIR / "manage.py"), "fetch_reports"], env=environment)


def fetched() -> int:
    return InboundEmail.objects.count()


def dealt_with() -> int:
    return InboundEmail.objects.exclude(state=State.NEW).count()


def interrupt(reader: subprocess.Popen[bytes], progress: Callable[[], int]) -> None:
    """Kills it (SIGKILL) when it has dealt with some more, or has come to its end."""
    before, enough = progress(), random.Random().randint(5, 30)
    while reader.poll() is None and progress() < before + enough:
        time.sleep(0.05)
    if reader.poll() is None:
        reader.send_signal(signal.SIGKILL)
    reader.wait()
