"""The page of a letter that is being sent, in a browser: its figures move by themselves."""

import pytest
from playwright.sync_api import expect

from subscriptions import addressing, ledger
from subscriptions.models.letters import Delivery
from tests import make
from tests.browser import checks
from tests.subscriptions.readers import alert, reader

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_figures_move_until_the_letter_is_done(open_page):
    make.site()
    for number in range(3):
        reader(f"r{number}@x.example")
    edition = alert("The wall broke")
    addressing.prepare("tests")
    page = open_page(make.user("editor"), viewport={"width": 360, "height": 800})
    page.goto(f"/admin/subscriptions/edition/{edition.pk}/change/")
    expect(page.locator("[data-said]")).to_have_text("0 of 3")
    assert checks.axe(page) == []
    edition.deliveries.filter(address="r0@x.example").update(state=Delivery.State.SENT)
    expect(page.locator("[data-figure=sent]")).to_have_text("1", timeout=30_000)
    expect(page.locator("[data-said]")).to_have_text("1 of 3")
    edition.deliveries.update(state=Delivery.State.SENT)
    ledger.settle(edition)
    expect(page.locator(".letter-state")).to_contain_text("Done", timeout=30_000)
    expect(page.locator("[data-figure=sent]")).to_have_text("3")
