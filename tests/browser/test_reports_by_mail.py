"""Mails from witnesses at the desk, in Chromium: a held one let in, a report that came by mail answered."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.roles import Role
from citizen_reports.mail import addresses, receiving, working
from citizen_reports.models import InboundEmail, OutboundEmail, Report
from tests import make
from tests.browser.test_desk_pages import NARROW, WIDE, faults
from tests.citizen_reports.mail import mails

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def held(settings: Any) -> InboundEmail:
    """A reply from another address to a report that came by mail."""
    settings.REPORTS_ADDRESS = mails.BASE
    make.site()
    receiving.ingest(mails.mail(), "pipe")
    work()
    receiving.ingest(
        mails.mail("It was me", sender="x@mail.example", to=addresses.for_report(Report.objects.get())), "pipe"
    )
    work()
    return InboundEmail.objects.get(state="held")


def work() -> None:
    working.turn("worker", threading.Event())


@pytest.mark.parametrize(("look", "language"), [(WIDE, "en"), (NARROW, "ar")])
def test_pages_are_whole_and_for_everybody(
    held: InboundEmail, look: dict[str, Any], language: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(make.user(Role.CHIEF, language=language), **look)
    for path in (
        reverse("admin:citizen_reports_inboundemail_changelist"),
        reverse("admin:citizen_reports_inboundemail_change", args=[held.pk]),
        reverse("admin:citizen_reports_report_change", args=[held.report_id]),
    ):
        assert faults(page, path) == []


def test_a_held_reply_is_added_and_answered_with_word_alone(held: InboundEmail, open_page: Callable[..., Page]) -> None:
    page = open_page(make.user(Role.EDITOR), **WIDE)
    page.goto(reverse("admin:citizen_reports_inboundemail_changelist"))
    page.get_by_role("link", name="The bridge").click()
    page.get_by_role("button", name="Add to report").click()
    expect(page.get_by_text("It becomes a message of the report within seconds.")).to_be_visible()
    work()
    page.goto(reverse("admin:citizen_reports_report_change", args=[held.report_id]))
    expect(page.get_by_text("It was me")).to_be_visible()
    page.get_by_label("Answer the witness").fill("Which bridge?")
    page.get_by_label("Only that there is one").check()
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_text("By mail: waiting to be sent.")).to_be_visible()
    assert OutboundEmail.objects.get(message__isnull=False).kind == "notice"
