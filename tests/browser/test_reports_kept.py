"""How long a report is kept, in Chromium: at the desk, and on the page that tells witnesses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.roles import Role
from citizen_reports.models import Report
from tests import make
from tests.browser.test_desk_pages import NARROW, WIDE, faults
from tests.citizen_reports import reports

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def paper(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    make.site()


@pytest.mark.parametrize(("look", "language"), [(WIDE, "en"), (NARROW, "ar")])
def test_a_hold_is_put_on_listed_and_whole(look: dict[str, Any], language: str, open_page: Callable[..., Page]) -> None:
    report = reports.report()
    page = open_page(make.user(Role.CHIEF, language=language), **look)
    page.goto(reverse("admin:citizen_reports_report_change", args=[report.pk]))
    section = page.locator("section[aria-labelledby=r-keeping]")
    section.locator("summary").last.press("Enter")
    section.locator("#r-hold-why").fill("Court of Port Vela")
    section.locator("#r-hold-why").press("Enter")
    expect(page.locator(".hold")).to_contain_text("Court of Port Vela")
    assert Report.objects.get().legal_hold
    assert faults(page, page.url.removeprefix(page.url.partition("/admin")[0])) == []

    page.goto(reverse("admin:citizen_reports_report_changelist"))
    page.locator(".held a").click()
    expect(page.locator(".flag.ending")).to_be_visible()
    expect(page.locator("#changelist-filter details[open]")).to_have_count(2)  # those that are set to something
    assert faults(page, page.url.removeprefix(page.url.partition("/admin")[0])) == []


def test_the_page_for_witnesses_is_whole_on_a_phone(open_page: Callable[..., Page]) -> None:
    assert faults(open_page(**NARROW), "/report/safety/?lang=ar") == []
