"""A phone that loses its connection: what was saved or read lately is there, what was taken off is not, and of a
witness's visit nothing is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from articles import actions
from articles.models.published import PublishedArticle
from citizen_reports.intake import found_forms
from tests import make
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys())
    kept[name] = (await (await caches.open(name)).keys()).map(each => decodeURI(new URL(each.url).pathname));
  return kept;
}"""

# The copy of a page on the device says this.
IS_TOLD = "async ([path, words]) => (await (await caches.match(path)).text()).includes(words)"


@pytest.fixture
def phones(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Phones without the guard, which takes a lost connection for a fault; the content policy is watched even so."""
    open_now: list[BrowserContext] = []
    complaints: list[str] = []

    def phone(**context: Any) -> Page:
        shape = {"viewport": {"width": 360, "height": 740}, "locale": "en-GB", "base_url": live_server.url}
        profile = browser.new_context(**{**shape, **context})
        profile.set_default_timeout(30_000)
        profile.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        profile.on("weberror", lambda error: complaints.append(str(error.error)))
        open_now.append(profile)
        return profile.new_page()

    yield phone
    for profile in open_now:
        profile.close()
    assert complaints == []


@pytest.fixture
def phone(phones: Callable[..., Page]) -> Page:
    return phones()


@pytest.fixture(autouse=True)
def _paper(settings, live_server: LiveServer) -> None:
    settings.SITE_URL = live_server.url
    make.site()


def kept(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = page.evaluate(KEPT)
    return found


def wait_until(page: Page, ask: str, arg: object = None) -> None:
    """Until the asynchronous function `ask` gives something true: Playwright's own waiting takes a promise for that."""
    end = time.monotonic() + 60
    while not page.evaluate(ask, arg):
        assert time.monotonic() < end, ask
        page.wait_for_timeout(50)


def open_and_wait(page: Page, path: str) -> None:
    """Opens a page and waits until the worker is there and the page is kept."""
    page.goto(path)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wait_until(
        page,
        "async path => Boolean(await caches.match(path, {cacheName: 'lately'}) || await caches.has(`saved ${path}`))",
        page.evaluate("new URL(document.querySelector('link[rel=canonical]').href).pathname"),
    )


def save(page: Page, path: str) -> None:
    open_and_wait(page, path)
    page.get_by_role("button", name="Save for offline").click()
    expect(page.locator(".keep [aria-live]")).to_have_text("Saved")


def lose_connection(page: Page) -> None:
    page.context.set_offline(True)


def test_a_saved_story_is_read_without_a_connection_with_its_pictures(phone: Page) -> None:
    photo, inside = make.picture((1600, 1200), "teal"), make.picture((900, 900), "maroon")
    body = f'<p>The ferry left at noon.</p><figure data-image="{inside.pk}"></figure>' + "<p>It rolled.</p>" * 60
    story = make.story("Ferry resumes", lead_picture=photo.pk, body=body)
    save(phone, story.path)
    phone.goto("about:blank")
    lose_connection(phone)
    phone.goto(story.path)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ferry resumes")
    expect(phone.get_by_text("You are offline. This page is as it was")).to_be_visible()
    expect(phone.get_by_role("button", name="Remove from saved stories")).to_be_visible()
    phone.locator(".text img").scroll_into_view_if_needed()
    phone.wait_for_function("() => [...document.querySelectorAll('article img')].every(each => each.naturalWidth > 0)")
    assert phone.locator("article img").count() == 2


def test_any_other_page_says_that_there_is_no_connection_and_lists_what_is_there(phone: Page) -> None:
    saved, seen, other = make.story("Ferry resumes"), make.story("Bridge opens"), make.story("Rain in the hills")
    save(phone, saved.path)
    open_and_wait(phone, seen.path)
    lose_connection(phone)
    phone.goto(other.path)
    expect(phone.get_by_text("The page that you wanted is not on this device.")).to_be_visible()
    expect(phone.locator("section", has_text="Saved by you").get_by_role("link")).to_have_text(["Ferry resumes"])
    expect(phone.locator("section", has_text="Read lately").get_by_role("link")).to_have_text(["Bridge opens"])
    assert axe(phone) == []
    phone.get_by_role("link", name="Bridge opens").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Bridge opens")
    phone.go_back()
    with phone.expect_navigation():  # the next page is there, and listens
        phone.get_by_role("button", name="Try again").click()
    expect(phone.get_by_text("The page that you wanted is not on this device.")).to_be_visible()
    asked: list[str] = []

    def at_first_in_vain(route: Route) -> None:
        asked.append(route.request.method)
        route.abort() if len(asked) == 1 else route.continue_()

    phone.route(lambda url: url.endswith(other.path), at_first_in_vain)
    phone.context.set_offline(False)  # which the page notices by itself
    expect(phone.get_by_role("heading", level=1)).to_have_text("Rain in the hills", timeout=60_000)
    assert asked[:2] == ["HEAD", "HEAD"]


def test_with_a_connection_nobody_is_shown_an_old_page(phone: Page, chief: User) -> None:
    story = make.story("Ferry resumes")
    save(phone, story.path)
    actions.save(story.pk, actor=None, content={"headline": "Ferry stops again"})
    actions.update(story.pk, actor=None)
    phone.goto(story.path)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ferry stops again")
    wait_until(phone, IS_TOLD, [story.path, "Ferry stops again"])
    lose_connection(phone)
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ferry stops again")


def test_an_old_page_says_so_although_the_browser_believes_in_its_connection(phone: Page) -> None:
    phone.add_init_script("Object.defineProperty(Navigator.prototype, 'onLine', { get: () => true })")
    story = make.story("Ferry resumes")
    open_and_wait(phone, story.path)
    expect(phone.locator(".offline")).to_be_hidden()
    lose_connection(phone)
    phone.goto(story.path)
    expect(phone.get_by_text("This page is as it was when you last opened it")).to_be_visible()


def test_a_proxy_s_error_page_does_not_stand_before_a_copy(phone: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    story, other = make.story("Ferry resumes"), make.story("Bridge opens")
    open_and_wait(phone, story.path)
    with monkeypatch.context() as broken:
        broken.setattr(WSGIHandler, "get_response", lambda self, request: HttpResponse("Bad gateway", status=502))
        phone.goto(story.path)
        expect(phone.get_by_role("heading", level=1)).to_have_text("Ferry resumes")
        expect(phone.get_by_text("This page is as it was when you last opened it")).to_be_visible()
        assert phone.goto(other.path).status == 502  # type: ignore[union-attr]
    phone.goto(story.path)
    expect(phone.locator(".offline")).to_be_hidden()


def test_a_stuck_line_keeps_nobody_from_a_copy(phone: Page, chief: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.views.offline.PATIENCE", 200)
    story, through, plain = make.story("Ferry resumes"), Event(), WSGIHandler.get_response
    open_and_wait(phone, story.path)

    def stuck(self: WSGIHandler, request: HttpRequest) -> HttpResponseBase:
        return plain(self, request) if request.path != story.path or through.wait(30) else HttpResponse(status=500)

    monkeypatch.setattr(WSGIHandler, "get_response", stuck)
    actions.withdraw(story.pk, actor=chief)
    phone.goto(story.path)
    expect(phone.get_by_text("This page is as it was when you last opened it")).to_be_visible()
    through.set()
    wait_until(phone, "async path => !(await caches.match(path))", story.path)


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
def test_what_is_taken_off_leaves_the_phone_with_the_first_answer(phone: Page, chief: User, verb: str) -> None:
    saved, seen = make.story("Ferry resumes"), make.story("Bridge opens")
    save(phone, saved.path)
    open_and_wait(phone, seen.path)
    more = {"notice": "It was wrong."} if verb == "kill" else {}
    for story in (saved, seen):
        getattr(actions, verb)(story.pk, actor=chief, **more)
        assert phone.goto(story.path).status == 410  # type: ignore[union-attr]
    gone = "async paths => !(await Promise.all(paths.map(path => caches.match(path)))).some(Boolean)"
    wait_until(phone, gone, [saved.path, seen.path])
    lose_connection(phone)
    phone.goto(saved.path)
    expect(phone.get_by_text("The page that you wanted is not on this device.")).to_be_visible()


def test_the_list_asks_whether_what_is_saved_still_stands(phone: Page, chief: User) -> None:
    gone, changed = make.story("Ferry resumes"), make.story("Bridge opens")
    save(phone, gone.path)
    save(phone, changed.path)
    actions.kill(gone.pk, actor=chief, notice="It was wrong.")
    actions.save(changed.pk, actor=None, content={"headline": "Bridge stays shut"})
    actions.update(changed.pk, actor=None)
    phone.goto("/offline/")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Saved stories")
    expect(phone.get_by_role("link", name="Ferry resumes")).to_have_count(0)
    wait_until(phone, IS_TOLD, [changed.path, "Bridge stays shut"])
    assert f"saved {gone.path}" not in kept(phone)


def test_a_saved_story_is_renewed_with_its_pictures_and_follows_to_another_address(phone: Page, chief: User) -> None:
    before, after = make.picture((900, 900), "maroon"), make.picture((900, 900), "navy")
    story, seen = make.story("Ferry resumes", lead_picture=before.pk), make.story("Bridge opens")
    save(phone, story.path)
    open_and_wait(phone, seen.path)
    phone.goto("about:blank")
    section = make.section("Sport").pk
    for number, content in ((story.pk, {"lead_picture": after.pk}), (seen.pk, {})):
        actions.save(number, actor=None, content={"section": section, **content})
        actions.update(number, actor=None)
    moved, there = (PublishedArticle.objects.get(pk=each.pk).path for each in (story, seen))
    assert moved != story.path
    phone.goto("/offline/")
    expect(phone.locator(f'section a[href="{moved}"]')).to_have_text("Ferry resumes")
    expect(phone.locator(f'section a[href="{there}"]')).to_have_text("Bridge opens")
    wait_until(phone, "async name => !(await caches.has(name))", f"saved {story.path}")
    assert kept(phone)["lately"] == [there]
    lose_connection(phone)
    for path in (moved, there):
        phone.goto(path)
        expect(phone.get_by_text("You are offline. This page is as it was")).to_be_visible()
    phone.goto(moved)
    source = phone.wait_for_function("() => document.querySelector('article img').currentSrc").json_value()
    assert source in phone.evaluate(
        "async name => (await (await caches.open(name)).keys()).map(each => each.url)", f"saved {moved}"
    )
    phone.wait_for_function("() => document.querySelector('article img').naturalWidth > 0")


def test_what_is_removed_while_the_list_asks_stays_removed(phone: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Event()
    stories = [make.story(headline) for headline in ("Ferry resumes", "Bridge opens")]
    for story in stories:
        save(phone, story.path)
    plain = WSGIHandler.get_response

    def slow(self: WSGIHandler, request: HttpRequest) -> HttpResponseBase:
        if request.path in {story.path for story in stories}:
            asking.wait(30)
        return plain(self, request)

    monkeypatch.setattr(WSGIHandler, "get_response", slow)
    phone.goto("/offline/")
    phone.once("dialog", lambda dialog: dialog.accept())
    phone.get_by_role("button", name="Remove everything from this device").click()
    expect(phone.locator("main li")).to_have_count(0)
    with phone.expect_event("requestfinished", lambda request: request.url.endswith(stories[0].path)):
        asking.set()
    phone.wait_for_load_state("networkidle")
    assert [name for name in kept(phone) if not name.startswith("shell")] == []


def test_saving_is_undone_below_the_story_and_in_the_list(phone: Page) -> None:
    one, two = make.story("Ferry resumes"), make.story("Bridge opens")
    save(phone, one.path)
    phone.get_by_role("button", name="Remove from saved stories").click()
    expect(phone.locator(".keep [aria-live]")).to_have_text("Removed")
    expect(phone.get_by_role("button", name="Save for offline")).to_be_visible()
    assert f"saved {one.path}" not in kept(phone)
    save(phone, two.path)
    phone.goto("/offline/")
    item = phone.locator("li", has=phone.get_by_role("link", name="Bridge opens"))
    item.get_by_role("button", name="Remove").click()
    expect(item.get_by_role("status")).to_have_text("Removed")
    assert f"saved {two.path}" not in kept(phone)
    item.get_by_role("button", name="Put back").click()
    expect(item.get_by_role("button", name="Remove")).to_be_enabled()
    assert two.path in kept(phone)[f"saved {two.path}"]
    phone.once("dialog", lambda dialog: dialog.accept())
    phone.get_by_role("button", name="Remove everything from this device").click()
    expect(phone.locator("main li")).to_have_count(0)
    assert [name for name in kept(phone) if not name.startswith("shell")] == []


def test_so_many_are_kept_and_no_more(phone: Page) -> None:
    story = make.story("Ferry resumes")
    phone.goto("/offline/")
    phone.evaluate("""async () => {
      const lately = await caches.open("lately");
      for (let n = 0; n < 25; n++) await lately.put(`/news/2026/01/01/lately-${n}/`, new Response("x"));
      for (let n = 0; n < 30; n++) await caches.open(`saved /news/2026/01/01/${n}/`);
    }""")
    open_and_wait(phone, story.path)
    wait_until(phone, "async () => (await (await caches.open('lately')).keys()).length === 20")
    assert kept(phone)["lately"][-1] == story.path
    assert kept(phone)["lately"][0] == "/news/2026/01/01/lately-6/"
    phone.get_by_role("button", name="Save for offline").click()
    expect(phone.locator(".keep [aria-live]")).to_contain_text("Remove one first")
    assert f"saved {story.path}" not in kept(phone)


def test_a_full_device_is_said_in_words_and_leaves_no_half_a_story(phone: Page) -> None:
    story = make.story("Ferry resumes")
    open_and_wait(phone, story.path)
    full = "throw new DOMException('full', 'QuotaExceededError')"
    phone.evaluate(f"() => {{ Cache.prototype.add = async () => {{ {full}; }}; }}")
    phone.get_by_role("button", name="Save for offline").click()
    expect(phone.locator(".keep [aria-live]")).to_have_text("There is no room left on this device.")
    expect(phone.get_by_role("button", name="Save for offline")).to_be_enabled()
    assert f"saved {story.path}" not in kept(phone)


def test_nothing_of_a_witness_a_subscriber_or_the_staff_is_on_the_device(phone: Page) -> None:
    found_forms()
    story = make.story("Ferry resumes")
    open_and_wait(phone, story.path)
    before = kept(phone)
    through_the_worker: list[str] = []
    phone.context.on(
        "response", lambda answer: through_the_worker.append(answer.url) if answer.from_service_worker else None
    )
    apart = [
        "/report/",
        "/report/receipt/",
        "/subscribe/",
        reverse("accounts:sign_in"),
        f"/corrections/report/?story={story.pk}",
    ]
    phone.goto("/report/")
    phone.goto(phone.get_by_role("main").get_by_role("link").first.get_attribute("href") or "")
    assert phone.evaluate("localStorage.length + sessionStorage.length") == 0
    for path in [*apart, "/admin/"]:
        phone.goto(path)
    assert [url for url in through_the_worker if "/static/" not in url] == []
    assert kept(phone) == before
    assert not any(start in json.dumps(before) for start in ("/report/", "/subscribe/", "/accounts/", "/admin/"))
    lose_connection(phone)
    for path in apart:
        with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
            phone.goto(path)


def test_a_search_is_not_kept(phone: Page) -> None:
    make.story("Ferry resumes")
    open_and_wait(phone, "/")
    phone.goto("/search/?q=ferry")
    phone.goto("/news/")
    assert kept(phone)["lately"] == ["/"]


def test_it_speaks_arabic_from_right_to_left(phone: Page) -> None:
    story = make.story("عودة العبّارة", language="ar")
    open_and_wait(phone, story.path)
    lose_connection(phone)
    phone.goto("/ar/news/")
    expect(phone.locator("html")).to_have_attribute("dir", "rtl")
    expect(phone.get_by_role("link", name="عودة العبّارة")).to_be_visible()
    phone.get_by_role("link", name="عودة العبّارة").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("عودة العبّارة")


def test_without_a_script_no_button_lies(phones: Callable[..., Page]) -> None:
    story = make.story("Ferry resumes")
    page = phones(java_script_enabled=False)
    page.goto(story.path)
    expect(page.get_by_role("button", name="Save for offline")).to_have_count(0)
    expect(page.locator(".offline")).to_be_hidden()
    page.goto("/offline/")
    expect(page.get_by_text("needs JavaScript")).to_be_visible()


def test_a_preview_at_the_desk_keeps_and_counts_nothing(desk_page: Callable[[User], Page], editor: User) -> None:
    draft = make.draft("Not yet")
    page = desk_page(editor)
    page.goto(reverse("admin:articles_article_preview_page", args=[draft.pk]))
    expect(page.get_by_role("heading", level=1)).to_have_text("Not yet")
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    expect(page.locator(".keep")).to_be_hidden()
    assert kept(page) == {}
