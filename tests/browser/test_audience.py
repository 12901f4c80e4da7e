"""The audience desk in Chromium: a list is brought, looked through while its page watches, imported; growth drawn."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from subscriptions.audience import figures, importing
from subscriptions.models.people import Subscriber
from tests import make
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
READERS = "/admin/subscriptions/subscriber/"


def test_a_list_is_brought_watched_and_imported(open_page: Callable[..., Page], chief: User) -> None:
    make.site()
    page = open_page(chief, viewport={"width": 360, "height": 740}, color_scheme="dark")
    page.goto(READERS + "import/")
    assert axe(page) == []
    data = b"email\nada@x.example\nnobody\n"
    page.get_by_label("The list").set_input_files({"name": "fair.csv", "mimeType": "text/csv", "buffer": data})
    page.get_by_label("Yes, each of them did").check()
    page.get_by_label("Where they agreed").fill("At the fair")
    page.get_by_role("button", name="Look through the list").click()
    expect(page.get_by_text("It is kept as evidence.")).to_be_visible()
    expect(page.get_by_label("Where they agreed")).to_have_value("At the fair")
    page.get_by_label("The list").set_input_files({"name": "fair.csv", "mimeType": "text/csv", "buffer": data})
    page.get_by_label("When they agreed").fill("May 2026")
    page.get_by_role("button", name="Look through the list").click()
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("Being looked through")
    importing.turn("tests", Event())
    expect(page.get_by_role("button", name="Import 1 reader")).to_be_visible(timeout=30_000)
    assert axe(page) == []
    page.get_by_role("button", name="Import 1 reader").click()
    expect(page.get_by_role("main").get_by_role("status").last).to_contain_text("Being imported")
    importing.turn("tests", Event())
    expect(page.get_by_role("row", name="Added 1")).to_be_visible(timeout=30_000)
    assert Subscriber.objects.get().email == "ada@x.example"
    figures.write_down()
    page.goto(READERS + "growth/?by=week")
    expect(page.get_by_role("img", name="Who came and who went")).to_be_visible()
    page.get_by_text("The figures").first.click()
    expect(page.get_by_role("columnheader", name="Confirmed")).to_be_visible()
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
