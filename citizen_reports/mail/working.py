"""The worker's part: what a mail is, and what becomes of it. Each row ends in one state, in one transaction.

A mail that kills its worker is tried three times and then parked; none holds up the next. What is written for a mail is
found again by its own hash, so that a second try after a sudden death makes no second report.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from articles.models.site import SiteSettings
from citizen_reports import handling, intake, quarantine, receipts
from citizen_reports.mail import addresses, classifying, letters, reading, receiving
from citizen_reports.mail.reading import Letter, Reader, Unreadable
from citizen_reports.models import InboundEmail, IntakeForm, Report, ReportEvent, WitnessIdentity
from citizen_reports.models.intake import ReportKind
from citizen_reports.models.reports import Exposure, Precision, ReportState
from jobs import leases
from safeguards.problems import Unsealable

ATTEMPTS = 3
LEASE = timedelta(minutes=3)
BACK_OFF = (timedelta(seconds=20), timedelta(minutes=2))
NO_ROOM = timedelta(minutes=10)
REPORT, MESSAGE = "report", "message"
State, Reason = InboundEmail.State, InboundEmail.Reason


class Fate(NamedTuple):
    """What shall become of a mail: a state and why; `way` where it is let in; the report that it belongs to."""

    state: InboundEmail.State
    reason: str = ""
    way: str = ""
    report: Report | None = None


def turn(worker: str, stop: threading.Event) -> int:
    """For `jobs.queues`: reads the mails that wait, one at a time; how many were dealt with."""
    waiting, done = InboundEmail.objects.filter(state=State.NEW), 0
    while not stop.is_set() and (claimed := leases.claim(waiting, worker=worker, limit=1, lease=LEASE)):
        deal(claimed[0], worker)
        done += 1
    return done


def deal(mail: InboundEmail, worker: str) -> None:
    """One mail, from its bytes to its end, or to another try."""
    try:
        raw = receiving.bytes_of(mail)
        if not quarantine.has_space(len(raw)):
            raise receiving.NoRoom
        try:
            _read(mail, raw, worker)
        except Unreadable:
            _not_read(mail, raw, worker)
    except intake.ReportGone:  # purged this very moment: the mail stands for itself
        leases.finish(mail, worker=worker, report=None, wanted=mail.wanted and REPORT)
    except (Unsealable, FileNotFoundError):
        _park(mail, worker, Reason.RAW_GONE)
    except OSError:  # the disk: it may have room later
        leases.finish(mail, worker=worker, due_at=leases.again_at(1, [NO_ROOM]), attempts=0)


def _read(mail: InboundEmail, raw: bytes, worker: str) -> None:
    if mail.attempts > ATTEMPTS:
        raise Unreadable
    with reading.opened(raw) as reader:
        letter = reader.letter
        fate = judge(mail, letter)
        if fate.way:
            _keep_files(mail, reader)
    _carry_out(mail, letter, fate, worker)


def _not_read(mail: InboundEmail, raw: bytes, worker: str) -> None:
    if mail.wanted:
        _let_in_unread(mail, raw, worker)
    elif again := leases.again_at(mail.attempts, BACK_OFF):
        leases.finish(mail, worker=worker, due_at=again)
    else:
        _park(mail, worker, Reason.UNREADABLE)


def judge(mail: InboundEmail, letter: Letter) -> Fate:
    """What becomes of the mail. The desk's decision goes before all rules; what a mail says in its subject decides
    nothing.
    """
    if mail.wanted:
        return Fate(State.PROCESSED, way=mail.wanted, report=mail.report if mail.wanted == MESSAGE else None)
    addressed = addresses.report_addressed(letter.recipients)
    if reason := classifying.robot(letter):
        kept = addressed if reason == Reason.BOUNCE else None
        return Fate(State.DISCARDED if reason in classifying.SET_ASIDE else State.HELD, reason, report=kept)
    if twin := _came_before(mail):
        is_same = twin.body_hash == mail.body_hash
        return Fate(State.DUPLICATE) if is_same else Fate(State.HELD, Reason.ID_AGAIN)
    if letter.over:
        return Fate(State.HELD, Reason.LIMITS)
    if addressed:
        if not _wrote(addressed, letter):
            return Fate(State.HELD, Reason.OTHER_SENDER, report=addressed)
        return Fate(State.PROCESSED, way=MESSAGE, report=addressed)
    answered = addresses.report_answered(letter.references)
    if answered and _wrote(answered, letter):
        return Fate(State.PROCESSED, way=MESSAGE, report=answered)
    return Fate(State.PROCESSED, way=REPORT)


def _came_before(mail: InboundEmail) -> InboundEmail | None:
    """Another mail that calls itself by the same name and counts."""
    others = InboundEmail.objects.filter(id_hash=mail.id_hash, state__in=(State.NEW, State.PROCESSED, State.HELD))
    return others.exclude(pk__gte=mail.pk).order_by("pk").first() if mail.id_hash else None


def _wrote(report: Report, letter: Letter) -> bool:
    identity = WitnessIdentity.objects.filter(report=report).first()
    if identity is None or not identity.email or classifying.is_forged(letter):
        return False
    return addresses.is_same(identity.email.open(), letter.sender)


def _keep_files(mail: InboundEmail, reader: Reader) -> None:
    """Into the same quarantine as files of the form, waiting under the mail's own hash."""
    for each in reader.letter.files:
        _keep(mail, each.name, each.declared, reader.pieces(each.size))


def _keep(mail: InboundEmail, name: str, declared: str, pieces: Iterable[bytes]) -> None:
    with quarantine.SealedFile(name, declared) as file:
        for piece in pieces:
            file.write(piece)
        file.finish()
    quarantine.keep(file, lookup=receipts.token_lookup(mail.raw_hash))


def _let_in_unread(mail: InboundEmail, raw: bytes, worker: str) -> None:
    """The desk wants it, and nobody can read it: the mail is then a file of the report."""
    _keep(mail, "mail.eml", "message/rfc822", [raw])
    report = mail.report if mail.wanted == MESSAGE else None
    _carry_out(mail, Letter(), Fate(State.PROCESSED, way=mail.wanted, report=report), worker)


@transaction.atomic
def _carry_out(mail: InboundEmail, letter: Letter, fate: Fate, worker: str) -> None:
    report = fate.report
    values: dict[str, Any] = {"state": fate.state, "reason": fate.reason, "wanted": "", "report": report}
    if not fate.way and fate.state == State.HELD:
        values |= {"sender": addresses.normal(letter.sender), "subject": letter.subject, "body": letter.text}
    elif fate.way:
        values |= {"sender": "", "subject": "", "body": ""}
    if not leases.finish(mail, worker=worker, **values):
        return  # another worker has it
    if fate.way == MESSAGE and report:
        intake.write_again(report, body=letter.text, nonce=mail.raw_hash)
    elif fate.way == REPORT:
        report = receive(letter, nonce=mail.raw_hash)
        InboundEmail.objects.filter(pk=mail.pk).update(report=report)
        if not mail.wanted and report.state != ReportState.SPAM and classifying.may_answer(letter):
            letters.acknowledge(report, letter.sender)
    elif fate.reason == Reason.BOUNCE and report:
        letters.note_bounce(report)
    if report and fate.way and letter.left_out:
        handling.note_event(report, actor=None, verb=ReportEvent.Verb.FILES_LEFT_OUT, number=letter.left_out)


def receive(letter: Letter, *, nonce: str) -> Report:
    """A report of a mail: known to the desk only, and nobody was asked whether anything may be published."""
    intake.found_forms()
    content = {
        **dict.fromkeys(intake.IDENTITY, ""),
        "channel": "email", "kind": ReportKind.REPORT, "title": letter.subject[:160], "body": letter.text, "place": "",
        "happened_on": None, "happened_precision": Precision.DAY, "exposure": Exposure.CONFIDENTIAL,
        "publish_text": False, "publish_media": False, "name": letter.sender_name[:160],
        "email": addresses.normal(letter.sender), "may_contact": bool(addresses.normal(letter.sender)),
    }  # fmt: skip
    house = IntakeForm.objects.get(slug="witness")
    return intake.receive(content, intake=house, nonce=nonce, language=language_of(letter)).report


def language_of(letter: Letter) -> str:
    """The first of our languages that the mail names for itself or its writer, or that its letters are of; else the
    paper's own.
    """
    spoken = dict(settings.LANGUAGES)
    for tag in letter.languages.replace(",", " ").split():
        primary = tag.partition(";")[0].partition("-")[0].lower()
        if primary in spoken:
            return primary
    letters_in = [character for character in letter.text[:2000] if character.isalpha()]
    arabic = sum("\u0600" <= character <= "\u06ff" for character in letters_in)
    if "ar" in spoken and letters_in and arabic * 2 > len(letters_in):
        return "ar"
    return SiteSettings.load().language


def _park(mail: InboundEmail, worker: str, reason: InboundEmail.Reason) -> None:
    leases.finish(mail, worker=worker, state=State.FAILED, reason=reason, wanted="")
