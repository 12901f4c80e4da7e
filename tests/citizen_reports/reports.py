"""Reports as the desk finds them, without the way they came."""

import secrets
from typing import Any

from citizen_reports import intake
from citizen_reports.models import IntakeForm, Report

NAME, ADDRESS = "Planted Witness Nameham", "planted.witness@mail.example"


def report(*, state: str = "", **content: Any) -> Report:
    """A report by the house's form: text, and a consent to publish it without a name, or as `content` says."""
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
        Report.objects.filter(pk=received.report.pk).update(state=state)
    return Report.objects.get(pk=received.report.pk)


def named(**content: Any) -> Report:
    return report(exposure="named", name=NAME, email=ADDRESS, credit="full", may_contact=True, **content)
