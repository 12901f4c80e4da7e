"""Reports as the desk finds them, without the way they came."""

import secrets
import threading
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from citizen_reports import derivatives, intake, quarantine
from citizen_reports.models import Attachment, IntakeForm, Report
from tests.citizen_reports import posts

NAME, ADDRESS = "Planted Witness Nameham", "planted.witness@mail.example"


def report(*, state: str = "", **content: Any) -> Report:
    """A report by the house's form: text, and a consent to publish it without a name, or as `content` says.

    One that is ready, or further, was verified.
    """
    intake.found_forms()
    full = {
        "kind": "eyewitness", "title": "The bridge", "body": "The bridge fell at noon.\n\nNobody was on it.",
        "place": "",
        "happened_on": None, "happened_precision": "day", "exposure": "anonymous", "publish_text": True,
        "publish_media": False, "credit": "anonymous", "made_it_myself": True, "of_age": True,
        **dict.fromkeys(intake.IDENTITY, ""), "may_contact": False,
        **content,
    }  # fmt: skip
    received = intake.receive(
        full, intake=IntakeForm.objects.get(slug="witness"), nonce=secrets.token_hex(16), language="en"
    )
    if state:
        found = {"verification": "verified"} if state in ("ready", "used") else {}
        Report.objects.filter(pk=received.report.pk).update(state=state, **found)
    return Report.objects.get(pk=received.report.pk)


def named(**content: Any) -> Report:
    return report(exposure="named", name=NAME, email=ADDRESS, credit="full", may_contact=True, **content)


def photo_of(report: Report, upload: SimpleUploadedFile | None = None) -> Attachment:
    """A photo (or a film) that came with the report, and of which the worker has made the clean copy."""
    upload = upload or posts.tagged_photo()
    sealed = quarantine.SealedFile(upload.name or "")
    sealed.write(upload.read())
    sealed.finish()
    attachment = quarantine.keep(sealed, lookup=report.token_lookup)
    quarantine.attach(report.token_lookup, report, at=timezone.now())
    for turn in (derivatives.turn, derivatives.turn_media):
        turn("worker", threading.Event())
    attachment.refresh_from_db()
    return attachment
