"""A page tells once that it was read, and only of those who may be counted; and going back shows it at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from articles import actions_site, reads
from articles.models.published import PublishedArticle
from articles.models.reads import StoryReads
from tests import make
from tests.browser.conftest import ARGUMENTS
from tests.run import CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AGENT = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
)
A_PERSON = "Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => false});"
GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true});"
DNT = "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'});"


@pytest.fixture(autouse=True)
def _paper(settings, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(reads, "tally", reads.Tally())
    make.site()


@pytest.fixture
def story(_paper: None) -> PublishedArticle:
    return make.story("Ferry resumes", body="<p>The ferry left at noon.</p>" * 80)


@pytest.fixture
def reader(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """A reader with a phone; `script` changes what their browser says of itself. The page's clock is ours."""

    def opened(script: str = A_PERSON, **context: Any) -> Page:
        page = open_page(viewport={"width": 360, "height": 740}, user_agent=AGENT, **context)
        page.add_init_script(script)
        page.clock.install()
        return page

    return opened


def told_by(page: Page) -> list[Request]:
    """What the page tells from now on."""
    told: list[Request] = []
    page.on("request", lambda request: told.append(request) if request.url.endswith("/read/") else None)
    return told


def counted() -> dict[int, int]:
    reads.tally.write()
    return dict(StoryReads.objects.values_list("article_number", "count"))


def test_who_stays_ten_seconds_is_counted_once_and_says_nothing_else(
    reader: Callable[..., Page], story: PublishedArticle, live_server: LiveServer
) -> None:
    page = reader()
    page.context.add_cookies([{"name": "flavour", "value": "any", "url": live_server.url}])
    told = told_by(page)
    page.goto(story.path)
    page.clock.run_for(9_000)
    assert told == []
    with page.expect_response("**/read/") as answer:
        page.clock.run_for(2_000)
    assert answer.value.status == 204
    page.mouse.wheel(0, 3_000)
    page.wait_for_function("() => scrollY > innerHeight")
    page.clock.run_for(60_000)
    assert len(told) == 1
    assert told[0].post_data == str(story.pk)
    sent = told[0].all_headers()
    assert {"cookie", "referer"}.isdisjoint(sent)
    assert counted() == {story.pk: 1}


def test_who_scrolls_on_is_counted_at_once(reader: Callable[..., Page], story: PublishedArticle) -> None:
    page = reader()
    page.goto(story.path)
    with page.expect_response("**/read/"):
        page.mouse.wheel(0, 3_000)
    assert counted() == {story.pk: 1}


@pytest.mark.parametrize("script", [A_PERSON + GPC, A_PERSON + DNT, ""], ids=["GPC", "DNT", "driven by a program"])
def test_who_asks_not_to_be_followed_and_machines_tell_nothing(
    reader: Callable[..., Page], story: PublishedArticle, script: str
) -> None:
    page = reader(script)
    told = told_by(page)
    page.goto(story.path)
    page.mouse.wheel(0, 3_000)
    page.wait_for_function("() => scrollY > innerHeight")
    page.clock.run_for(60_000)
    page.goto("/")
    assert told == []
    assert counted() == {}


def test_a_paper_that_does_not_count_asks_nobody(
    reader: Callable[..., Page], story: PublishedArticle, chief: User
) -> None:
    actions_site.save_site_settings(make.site(counts_reads=False), actor=chief)
    page = reader()
    told = told_by(page)
    page.goto(story.path)
    page.clock.run_for(60_000)
    page.goto("/")
    assert told == []


def test_going_back_shows_the_story_as_it_was_without_loading_it(
    browser: Browser, live_server: LiveServer, story: PublishedArticle
) -> None:
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    # Playwright switches it off, since not all of its own events survive it.
    keeping = browser.browser_type.launch(
        executable_path=program, args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
    )
    try:
        page = keeping.new_page(base_url=live_server.url)
        page.goto(story.path)
        page.evaluate("addEventListener('pageshow', event => { document.title = `kept: ${event.persisted}`; })")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.goto("/news/")
        expect(page.get_by_role("heading", level=1)).to_have_text("News")
        page.evaluate("history.back()")
        page.wait_for_function("() => document.title === 'kept: true'")
    finally:
        keeping.close()
