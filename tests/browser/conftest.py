"""Pages in Chromium that watch over themselves: whatever a browser complains of fails the test.

`reader_page` is a stranger's phone or desk; `desk_page(user)` is a member of staff's, signed in. Both start at nothing:
`page.goto(live_server.url + path)`. A further window of the same person comes from `page.context.new_page()`.
"""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Error, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.browser.checks import Guard
from tests.run import WINDOWLESS

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    # Nothing outside this machine has an address, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

PATIENCE = 30.0  # seconds


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, and Django then refuses the database unless told otherwise.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    program = next(filter(None, map(shutil.which, WINDOWLESS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        # Once in many runs Playwright waits for ever for a browser that has ended long ago.
        too_long = Timer(PATIENCE, end_drivers)
        too_long.start()
        with suppress(Error):
            browser.close()
        too_long.cancel()


def end_drivers() -> None:
    """Kills Playwright's own process, the child of this one, whatever it waits for."""
    for children in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for number in children.read_text().split():
            if "playwright/driver" in Path(f"/proc/{number}/cmdline").read_text():
                os.kill(int(number), signal.SIGKILL)


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Opens a guarded page in a fresh browser profile; keyword arguments as for Playwright's `new_context`."""
    guards: list[Guard] = []

    def open_page(user: User | None = None, **context: Any) -> Page:
        profile = browser.new_context(locale="en-GB", base_url=live_server.url, **context)
        profile.set_default_timeout(15_000)
        if user:
            client = Client()
            client.force_login(user)
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            profile.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
        guards.append(Guard(profile, origin=live_server.url))
        return profile.new_page()

    yield open_page
    for guard in guards:
        guard.context.close()
    assert [complaint for guard in guards for complaint in guard.complaints] == []


@pytest.fixture
def reader_page(open_page: Callable[..., Page]) -> Page:
    """A stranger at a desk, 1280 by 800."""
    return open_page(viewport={"width": 1280, "height": 800})


@pytest.fixture
def desk_page(open_page: Callable[..., Page]) -> Callable[[User], Page]:
    """A member of staff, signed in: `desk_page(editor)`."""
    return lambda user: open_page(user, viewport={"width": 1280, "height": 900})
