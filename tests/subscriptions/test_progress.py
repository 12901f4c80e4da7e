"""A letter's page while it is being sent, and which mail providers made trouble."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from subscriptions import addressing, ledger
from subscriptions.models.letters import Delivery, Edition
from tests import make
from tests.subscriptions.readers import alert, reader

pytestmark = pytest.mark.usefixtures("paper")
State = Delivery.State


def page(edition: Edition, name: str = "change") -> str:
    return f"/admin/subscriptions/edition/{edition.pk}/{name}/"


def words(html: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.decode()).split())


def prepared(*addresses: str) -> Edition:
    for address in addresses:
        reader(address)
    edition = alert("The wall broke")
    addressing.prepare("tests")
    edition.refresh_from_db()
    return edition


def test_the_figures_move_while_a_letter_goes(editor, signed_in):
    edition = prepared("a@x.example", "b@x.example", "c@y.example")
    desk = signed_in(editor)
    assert f'data-progress="{page(edition, "progress")}"' in desk.get(page(edition)).content.decode()
    before = desk.get(page(edition, "progress")).json()
    assert (before["decided"], before["to_send"], before["said"], before["goes_on"]) == (0, 3, "0 of 3", True)
    edition.deliveries.filter(domain="x.example").update(state=State.SENT)
    now = desk.get(page(edition, "progress")).json()
    assert (now["decided"], now["figures"]["sent"], now["figures"]["waiting"], now["key"]) == (2, 2, 1, before["key"])
    edition.deliveries.update(state=State.SENT)
    ledger.settle(edition)
    end = desk.get(page(edition, "progress")).json()
    assert (end["goes_on"], end["said"]) == (False, "3 of 3") and end["key"] != before["key"]
    assert "data-progress" not in desk.get(page(edition)).content.decode()


def test_who_may_not_see_letters_sees_no_figures(signed_in, client):
    edition = prepared("a@x.example")
    assert signed_in(make.user(Role.REPORTER)).get(page(edition, "progress")).status_code == 403
    client.logout()
    assert client.get(page(edition, "progress")).headers["Location"].startswith("/admin/login/")


def test_providers_that_make_trouble_are_told_with_what_they_did(editor, signed_in):
    edition = prepared("a@bad.example", "b@bad.example", "c@slow.example", "d@good.example", "e@back.example")
    for domain, state in (
        ("bad", State.FAILED),
        ("slow", State.DEFERRED),
        ("good", State.SENT),
        ("back", State.BOUNCED),
    ):
        edition.deliveries.filter(domain=f"{domain}.example").update(state=state)
    desk = signed_in(editor)
    text = words(desk.get(page(edition)).content)
    assert "bad.example 2 0 0 0 0" in text
    assert "slow.example 0 0 0 1 0" in text and "back.example 0 1 0 0 0" in text
    assert "good.example" not in text
    assert "of them came back 1" in text and ledger.account(edition).balances
    assert words(desk.get(page(prepared("f@x.example"))).content).count("Mail providers") == 0


def test_the_page_costs_the_same_with_one_provider_in_trouble_and_with_three(editor, signed_in):
    desk = signed_in(editor)

    def cost(edition: Edition) -> int:
        edition.deliveries.update(state=State.FAILED)
        with CaptureQueriesContext(connection) as queries:
            desk.get(page(edition))
        return len(queries)

    one = prepared("a@x.example")
    cost(one)
    assert cost(one) == cost(prepared("b@y.example", "c@z.example"))
