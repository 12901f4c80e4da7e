"""Alerts on a device: asked for by a press, shown by the paper's worker in the story's words, switched off again."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect
from pytest_django.live_server_helper import LiveServer

from articles.reading import open_edition
from subscriptions.models.push import PushAddress
from subscriptions.push import messages
from tests import make
from tests.browser.checks import axe
from tests.browser.conftest import ARGUMENTS
from tests.run import CHROMIUM
from tests.subscriptions.pushing import Device

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# A browser without its maker's push service: only the last step, to that service, is played.
PUSH_SERVICE = """keys => {
  let mine = null;
  const made = { endpoint: keys.endpoint, toJSON: () => ({ endpoint: keys.endpoint, keys }), options: {},
    unsubscribe: async () => { mine = null; return true; } };
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 65) throw new Error("refused");
    made.options = { applicationServerKey };
    return (mine = made);
  };
  PushManager.prototype.getSubscription = async () => mine;
}"""
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map(({ title, body, dir, lang, tag }) => ({ title, body, dir, lang, tag }))"""


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, settings: Any) -> Iterator[Page]:
    """In a browser that can show notices: without windows it has nowhere to."""
    settings.SITE_URL = live_server.url
    make.site()
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    whole = browser.browser_type.launch(executable_path=program, args=ARGUMENTS)
    shape: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "locale": "en-GB", "base_url": live_server.url}
    try:
        with whole.new_context(**shape, permissions=["notifications"]) as profile:
            profile.set_default_timeout(30_000)
            yield profile.new_page()
    finally:
        whole.close()


def deliver(page: Page, message: str, titles: list[str]) -> list[dict[str, Any]]:
    """What the push service would hand to the browser, handed to it by the browser's own tools; what is shown then.

    Handed over again while those titles are not shown, as the service would: a browser that is busy may lose one.
    """
    tools: CDPSession = page.context.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda said: known.extend(said["registrations"]))
    tools.send("ServiceWorker.enable")
    origin = page.evaluate("location.origin")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for number in {each["registrationId"] for each in known if each["scopeURL"].startswith(origin)}:
            about = {"origin": origin, "registrationId": number, "data": message}
            tools.send("ServiceWorker.deliverPushMessage", about)
        for _ in range(20):
            shown: list[dict[str, Any]] = page.evaluate(SHOWN)
            if [each["title"] for each in shown] == titles:
                tools.detach()
                return shown
            page.wait_for_timeout(100)
    raise AssertionError(f"{titles} are not shown; registrations: {known}")


def test_alerts_are_asked_for_shown_and_switched_off(phone: Page, live_server: LiveServer) -> None:
    story = make.story("The wall broke", standfirst="Water stands in the market.", language="en")
    phone.goto("/subscribe/")
    phone.evaluate(PUSH_SERVICE, Device("https://push.example").keys)
    box = phone.get_by_role("region", name="Alerts on this device")
    expect(box).to_be_visible()
    assert axe(phone) == []
    phone.wait_for_timeout(1_100)  # forms are taken from pages that stood for a second
    box.get_by_role("button", name="Turn on alerts").click()
    expect(box.get_by_role("status")).to_have_text("Alerts are on for this device.")
    assert PushAddress.objects.get().language == "en"
    assert deliver(phone, messages.of_story(story, open_edition("en")), ["The wall broke"]) == [
        {
            "title": "The wall broke", "body": "Water stands in the market.", "dir": "ltr", "lang": "en",
            "tag": f"story-{story.pk}",
        }
    ]  # fmt: skip
    later = {**json.loads(messages.of_story(story, open_edition("en"))), "title": "The wall broke at noon"}
    deliver(phone, json.dumps(later), ["The wall broke at noon"])
    box.get_by_role("button", name="Turn off alerts").click()
    expect(box.get_by_role("status")).to_have_text("Alerts are off on this device.")
    expect(box.get_by_role("button", name="Turn on alerts")).to_be_visible()
    assert not PushAddress.objects.exists()
