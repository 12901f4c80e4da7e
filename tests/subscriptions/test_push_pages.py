"""Where readers switch alerts on and off, and where the desk sees what became of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import AuditRow
from subscriptions.models.push import PushAddress, PushDelivery
from subscriptions.push import ledger
from tests import make
from tests.subscriptions.notices import device, outcome, the_round, work
from tests.subscriptions.pushing import Device, PushService
from tests.subscriptions.readers import publish, topic_of

pytestmark = pytest.mark.usefixtures("paper")


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("subscriptions.push.pages.AT_LEAST", timedelta(0))
    return Client(enforce_csrf_checks=True)


def ask(client: Client, verb: str, of: Device, **changes: object) -> tuple[int, dict[str, Any]]:
    page = client.get("/subscribe/").context["alerts"]
    data = {"do": verb, "token": page["token"], **of.keys, "alerts-topics": [topic_of().pk], "alerts-language": "en"}
    answered = client.post(page["url"], {**data, **changes})
    return answered.status_code, answered.json()


def test_a_device_is_switched_on_asked_after_changed_and_switched_off(browser: Client, service: PushService) -> None:
    mine, sport = Device(service.url), topic_of(make.section("Sport"))
    assert ask(browser, "look", mine)[1]["is_on"] is False
    assert ask(browser, "on", mine) == (200, {"said": "Alerts are on for this device.", "is_on": True})
    changed = ask(browser, "on", mine, **{"alerts-topics": [sport.pk], "alerts-language": "ar"})
    assert changed == (200, {"said": "Saved.", "is_on": True})
    assert ask(browser, "look", mine)[1] == {"said": "", "is_on": True, "topics": [str(sport.pk)], "language": "ar"}
    assert PushAddress.objects.count() == 1
    assert ask(browser, "off", mine)[1] == {"said": "Alerts are off on this device.", "is_on": False}
    assert not PushAddress.objects.exists()
    assert browser.cookies == {}


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/a", "https://push.example:8443/a", "https://user@push.example/a", "ftp://push.example/",
        "https:///a", "javascript:alert(1)", "https://push.example/" + "a" * 1000, "https://push.example/a b", "",
        "http://127.0.0.1:1/a", "https://push.example:x/a", "https://[::1/",
    ],
)  # fmt: skip
def test_an_endpoint_that_is_no_push_service_s_is_refused(browser: Client, service: PushService, endpoint: str) -> None:
    code, said = ask(browser, "on", Device(service.url), endpoint=endpoint)
    assert (code, said["said"]) == (422, "We cannot reach this browser's alerts. Please try another browser.")
    assert not PushAddress.objects.exists()


@pytest.mark.parametrize("wrong", [{"p256dh": "AAAA"}, {"p256dh": "ä"}, {"auth": "AAAA"}, {"auth": ""}, {"p256dh": ""}])
def test_keys_that_nothing_can_be_sealed_for_are_refused(
    browser: Client, service: PushService, wrong: dict[str, str]
) -> None:
    assert ask(browser, "on", Device(service.url), **wrong)[0] == 422
    assert not PushAddress.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"token": "x"}, 422), ({"token": ""}, 422), ({"alerts-topics": []}, 422), ({"alerts-topics": ["0"]}, 422),
     ({"filling": "x" * 20_000}, 413), ({"alerts-language": "xx"}, 422)],
)  # fmt: skip
def test_what_is_not_the_form_of_the_page_is_refused(
    browser: Client, service: PushService, changes: dict[str, Any], code: int
) -> None:
    assert ask(browser, "on", Device(service.url), **changes)[0] == code
    assert not PushAddress.objects.exists()


def test_one_network_may_not_fill_the_list(
    browser: Client, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscriptions.push.pages.NEW", 2)
    mine = [Device(service.url) for _ in range(3)]
    assert [ask(browser, "on", each)[0] for each in mine] == [200, 200, 429]
    assert ask(browser, "on", mine[0])[0] == 200, "a change is no new device"
    assert PushAddress.objects.count() == 2


def test_looking_changes_nothing(browser: Client) -> None:
    assert browser.get("/subscribe/alerts/").status_code == 405


def test_the_account_at_the_desk_adds_up_and_offers_what_can_be_done(
    service: PushService, editor: User, signed_in: Callable[[User], Client]
) -> None:
    desk = signed_in(editor)
    device(service)
    publish("The wall broke")
    address = f"/admin/subscriptions/pushround/{the_round().pk}"
    assert b"Not addressed yet." in desk.get(f"{address}/change/").content
    ledger.prepare("dead")
    ledger.claim(worker="dead", limit=1)
    PushDelivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work()
    page = desk.get(f"{address}/change/").content.decode()
    assert "The worker ended while the notice went out" in page
    assert "Send again" in page
    assert "Leave it" in page
    assert ">Stop<" not in page
    desk.post(f"{address}/do/let-be/")
    assert outcome() == [("uncertain", "let be")]
    assert the_round().state == "done"
    assert AuditRow.objects.filter(verb="notice let be").exists()
    assert "Send again" not in desk.get(f"{address}/change/").content.decode()


def test_the_list_takes_as_many_queries_for_three_as_for_one(
    service: PushService, editor: User, signed_in: Callable[[User], Client]
) -> None:
    desk = signed_in(editor)

    def look() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert b"broke" in desk.get("/admin/subscriptions/pushround/").content
        return len(queries)

    device(service)
    publish("The wall broke")
    look()
    one = look()
    publish("The gate broke")
    publish("The lock broke")
    assert look() == one
