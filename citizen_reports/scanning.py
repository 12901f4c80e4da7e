"""Originals are shown to clamd, where the newsroom has one (`CLAMD_URL`): its protocol, and what follows.

Nothing but its "OK" makes a file clean. What it could not scan is said at the desk, and tried again when the scanner
was merely away. An infected original is closed to everybody, and has no copy.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from citizen_reports import quarantine
from citizen_reports.models import Attachment, FileScan, Report, ReportEvent
from jobs import leases
from safeguards.problems import Unsealable
from safeguards.stores import StoreAway

CONNECTING, ANSWERING = 10, 240  # seconds
LEASE = timedelta(minutes=15)
WAIT = timedelta(minutes=1)  # for a store that is away
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), *[timedelta(hours=6)] * 40)
OFTEN = 3  # tries: some six minutes
BATCH = 500
_ANSWER = 1024  # bytes
State = FileScan.State


class Verdict(NamedTuple):
    """What the scanner said; `is_final` unless it was away or in trouble, and may say something else later."""

    state: FileScan.State
    found: str = ""
    is_final: bool = True


def ask(pieces: Iterable[bytes]) -> Verdict:
    """Streams the pieces to clamd (INSTREAM, see clamd(8)). Never raises for the scanner's sake; what they raise, yes:
    `StoreAway`, `Unsealable`.
    """
    try:
        with _connected() as line:
            try:
                line.sendall(b"zINSTREAM\0")
                for piece in pieces:
                    line.sendall(struct.pack(">I", len(piece)) + piece)
                line.sendall(struct.pack(">I", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has heard enough, and may have said why
            answer = b""
            while len(answer) < _ANSWER and b"\0" not in answer and (more := line.recv(_ANSWER)):
                answer += more
    except StoreAway:
        raise
    except OSError:
        return Verdict(State.UNSCANNABLE, "no answer", is_final=False)
    said = answer.partition(b"\0")[0].decode("ascii", "replace").removeprefix("stream: ").strip()
    if b"\0" in answer and said == "OK":
        return Verdict(State.CLEAN)
    if said.endswith(" FOUND"):
        return Verdict(State.INFECTED, said.removesuffix(" FOUND")[:100])
    if "size limit exceeded" in said:
        return Verdict(State.UNSCANNABLE, "too large for the scanner")
    return Verdict(State.UNSCANNABLE, said[:100] or "no answer", is_final=False)


def _connected() -> socket.socket:
    place = urlsplit(settings.CLAMD_URL)
    if place.scheme == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(CONNECTING)
        try:
            line.connect(place.path)
        except OSError:
            line.close()
            raise
    else:
        line = socket.create_connection((place.hostname, place.port or 3310), timeout=CONNECTING)
    line.settimeout(ANSWERING)
    return line


def cleared(files: QuerySet[Attachment]) -> QuerySet[Attachment]:
    """Those that a copy may be made of: with a scanner, when it has spoken and found nothing bad."""
    if not settings.CLAMD_URL:
        return files.exclude(scan__state=State.INFECTED)
    return files.exclude(scan__state__in=(State.RECEIVED, State.SCANNING, State.INFECTED))


def is_infected(file: Attachment) -> bool:
    return FileScan.objects.filter(attachment=file, state=State.INFECTED).exists()


def turn(worker: str, stop: threading.Event) -> int:
    """For `jobs.queues`: scans the files that are due, one at a time; how many were dealt with."""
    if not settings.CLAMD_URL:
        return _set_aside()
    done = 0
    while not stop.is_set():
        claimed = leases.claim(
            FileScan.objects.all(), worker=worker, limit=1, lease=LEASE, values={"state": State.SCANNING}
        )
        if not claimed:
            break
        scan = FileScan.objects.select_related("attachment").get(pk=claimed[0].pk)
        try:
            verdict = ask(quarantine.original(scan.attachment))
        except Unsealable:
            verdict = Verdict(State.UNSCANNABLE, "the original was changed on the disk")
        except StoreAway:  # nobody has looked yet: no copy of it either
            leases.finish(scan, worker=worker, state=State.RECEIVED, due_at=timezone.now() + WAIT, attempts=0)
            continue
        _write_down(scan, verdict, worker)
        done += 1
    return done


def _set_aside() -> int:
    """The newsroom has no scanner any more: nothing waits for one, until there is another."""
    waiting = FileScan.objects.filter(due_at__isnull=False)
    if not waiting.exists():  # nearly always; asking takes no writer's turn
        return 0
    return waiting.update(state=State.RECEIVED, due_at=None, attempts=0, lease_by="", lease_until=None)


def standing() -> dict[str, Any]:
    """A part of ``/health/``: "late" when files were shown to the scanner in vain `OFTEN` and will be again, how many.

    Not at once: everybody may look there, and would know the second in which a witness's file came.
    """
    tried = FileScan.objects.filter(state=State.UNSCANNABLE, due_at__isnull=False, attempts__gte=OFTEN)
    away = tried[:1000].count()
    is_used = bool(settings.CLAMD_URL)
    return {"state": "late" if is_used and away else "up", "used": is_used, "not_scanned": away if is_used else 0}


@transaction.atomic
def _write_down(scan: FileScan, verdict: Verdict, worker: str) -> None:
    again = None if verdict.is_final else leases.again_at(scan.attempts, BACK_OFF)
    if not leases.finish(scan, worker=worker, state=verdict.state, found=verdict.found, due_at=again):
        return
    if verdict.state != State.INFECTED:
        return
    file = Attachment.objects.select_for_update().get(pk=scan.attachment_id)
    # Whoever makes a copy of it just now has lost the lease, and takes the copy back.
    Attachment.objects.filter(pk=file.pk).update(
        derivative_state=Attachment.Derivative.BLOCKED, derivative="", poster="", lease_by="", lease_until=None
    )
    copies = [name for name in (file.derivative, file.poster) if name]
    transaction.on_commit(lambda: quarantine.remove_parts(copies), robust=True)
    report = Report.objects.get(attachments=file)
    # On the hour, and no notice, which would keep its minute: of an anonymous witness nothing may tell it.
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    ReportEvent.objects.create(
        report=report.pk, reference=report.reference, verb=ReportEvent.Verb.FILE_INFECTED, at=hour,
        detail={"file": file.pk, "found": verdict.found},
    )  # fmt: skip


def take_on_older() -> int:
    """For the worker, hourly: what came before the newsroom had a scanner is scanned too; how many more."""
    if not settings.CLAMD_URL:
        return 0
    older = Attachment.objects.filter(report__purged_at=None, scan=None).exclude(report=None).order_by("-pk")[:BATCH]
    now = timezone.now()
    FileScan.objects.filter(state=State.RECEIVED, due_at=None).update(due_at=now)  # set aside once
    scans = [FileScan(attachment=file, due_at=now) for file in older]
    return len(FileScan.objects.bulk_create(scans, ignore_conflicts=True))
