"""Readers' comfort in Chromium: the reader's own clock, contents that open, the edition in words, paper."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from articles import actions
from articles.models.published import PublishedArticle
from tests import make
from tests.articles.test_contents import piece
from tests.articles.test_look import prose
from tests.browser.checks import axe, nu

LATE = datetime(2025, 11, 21, 22, 40, tzinfo=UTC)
Opener = Callable[..., Page]
TIME = "header time[data-clock]"


@pytest.fixture(autouse=True)
def _address(settings, live_server: LiveServer) -> None:
    settings.SITE_URL = live_server.url


def paper() -> None:
    make.site(newsroom_time_zone="Africa/Lagos", wording={"ar": {"name": "بريد الميناء"}})


def story(headline: str = "", **content: object) -> PublishedArticle:
    paper()
    return make.story(headline, **{"at": LATE, **content})


@pytest.mark.browser
@pytest.mark.parametrize(
    ("zone", "language", "told"),
    [
        ("America/Toronto", "en", "21 November 2025, 17:40"),
        ("Asia/Tokyo", "en", "22 November 2025, 07:40"),
        ("Asia/Tokyo", "ar", "22 نوفمبر 2025، 07:40"),
        ("Asia/Tokyo", "fr", "22 novembre 2025 à 07h40"),
        ("Europe/Paris", "en", "21 November 2025, 23:40"),  # the same hour as in Lagos
        ("UTC", "en", "21 November 2025, 23:40"),  # somebody hides where they are
    ],
)
def test_times_are_told_by_the_readers_clock(open_page: Opener, db: None, zone: str, language: str, told: str) -> None:
    shown = story(language=language)
    page = open_page(timezone_id=zone)
    page.goto(shown.path)
    expect(page.locator(TIME)).to_have_text(told)
    assert page.locator(TIME).get_attribute("datetime") == "2025-11-21T23:40:00+01:00"
    if language == "en":
        expect(page.locator("[data-zone]")).to_have_text("Lagos time" if "23:40" in told else "your time")
    page.goto("/" if language == "en" else f"/{language}/")
    expect(page.locator(".card time").first).to_have_text(told)


@pytest.mark.browser
def test_newsroom_time_stays_as_the_title_and_on_paper_and_going_back_keeps_all(open_page: Opener, db: None) -> None:
    shown = story()
    page = open_page(timezone_id="America/Toronto")
    page.goto(shown.path)
    expect(page.locator(TIME)).to_have_text("21 November 2025, 17:40")
    assert page.locator(TIME).get_attribute("title") == "21 November 2025, 23:40 Lagos time"
    page.goto("/")
    page.go_back()
    expect(page.locator(TIME)).to_have_text("21 November 2025, 17:40")
    expect(page.locator("[data-zone]")).to_have_text("your time")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(TIME)).to_have_text("21 November 2025, 23:40")
    expect(page.locator("[data-zone]")).to_have_text("Lagos time")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(TIME)).to_have_text("21 November 2025, 17:40")


@pytest.mark.browser
def test_without_a_script_times_are_the_newsrooms(open_page: Opener, db: None) -> None:
    shown = story()
    page = open_page(timezone_id="America/Toronto", java_script_enabled=False)
    page.goto(shown.path)
    expect(page.locator(TIME)).to_have_text("21 November 2025, 23:40")


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "ar"])
def test_another_clock_moves_nothing(open_page: Opener, db: None, language: str) -> None:
    shown = story(language=language, bylines=["Harbour Wire"], body=prose(300))
    home = "/" if language == "en" else "/ar/"
    places = "() => [...document.querySelectorAll('main *')].map(each => each.offsetTop)"
    for path in (shown.path, home):
        seen = []
        for zone in ("Africa/Lagos", "Asia/Tokyo"):
            page = open_page(timezone_id=zone, viewport={"width": 360, "height": 780})
            page.add_init_script(
                "addEventListener('load', () => new PerformanceObserver(list => list.getEntries().forEach(shift =>"
                " console.error('moved', ...shift.sources.map(each => each.node?.outerHTML)))"
                ").observe({type: 'layout-shift', buffered: true}))"
            )
            page.goto(path)
            expect(page.locator("main time[data-clock]").first).to_contain_text("07" if zone == "Asia/Tokyo" else "23")
            seen.append(page.evaluate(places))
        assert seen[0] == seen[1]


@pytest.mark.browser
def test_contents_are_folded_on_a_phone_and_open_at_a_desk(open_page: Opener, db: None) -> None:
    paper()
    shown = piece()
    phone = open_page(viewport={"width": 360, "height": 780})
    phone.goto(shown.path)
    link = phone.get_by_role("link", name="Part 2 & more")
    expect(link).to_be_hidden()
    summary = phone.locator(".contents summary")
    summary.focus()
    phone.keyboard.press("Enter")
    expect(link).to_be_visible()
    link.click()
    expect(phone.get_by_role("heading", name="Part 2 & more")).to_be_in_viewport()
    assert axe(phone) == []
    desk = open_page(viewport={"width": 1280, "height": 900})
    desk.goto(shown.path)
    expect(desk.locator(".contents summary")).to_be_hidden()
    expect(desk.get_by_role("navigation", name="In this story").get_by_role("link")).to_have_count(4)
    desk.get_by_role("link", name="Part 3 & more").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Part 3 & more")).to_be_in_viewport()
    assert axe(desk) == []
    desk.emulate_media(media="print")
    expect(desk.locator(".contents")).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_text_edition_loads_one_file_and_can_be_read(open_page: Opener, chief: User, scheme: str) -> None:
    picture = make.picture()
    shown = story(lead_picture=picture.pk, body=f'<p>It left.</p><figure data-image="{picture.pk}"></figure>')
    arabic = make.story(language="ar", at=LATE)
    page = open_page(viewport={"width": 360, "height": 780}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    findings = []
    for path in ("/text/", "/text/news/", f"/text{shown.path}", f"/text{arabic.path}", "/text/nope/"):
        page.goto(path)
        findings += [f"{path}: {finding}" for finding in axe(page)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert findings == []
    assert [url for url in asked if "favicon" not in url and "/text/" not in url] == []
    page.goto("/text/")
    page.get_by_role("link", name=shown.headline).click()
    page.get_by_role("link", name="With pictures").click()
    expect(page.locator("article.story .lead img")).to_be_visible()
    page.locator(".foot").get_by_role("link", name="Text edition").click()
    expect(page).to_have_url(f"{page.url.split('/text/')[0]}/text{shown.path}")


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_that_say_no_lead_on(open_page: Opener, db: None, width: int) -> None:
    shown = story("Ferry service resumes")
    gone = make.story("Was wrong", at=LATE)
    actions.kill(gone.pk, actor=None, notice="It was not so.")
    page = open_page(viewport={"width": width, "height": 800})
    page.goto("/news/2025/11/21/fery-service-resumes/")
    assert axe(page) == []
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("fery service resumes")
    page.get_by_role("link", name="Ferry service resumes").first.click()
    expect(page.locator("h1")).to_have_text("Ferry service resumes")
    page.goto(gone.path)
    assert axe(page) == []
    page.get_by_role("link", name="Ferry service resumes").click()
    expect(page).to_have_url(f"{page.url.partition('/news/')[0]}{shown.path}")


@pytest.mark.browser
def test_paper_shows_the_story_and_its_address_alone(open_page: Opener, db: None) -> None:
    shown = story(body="<p>It left.</p>", tags=["Ferries"])
    page = open_page(color_scheme="dark")
    page.goto(shown.path)
    page.emulate_media(media="print")
    for hidden in (".sections", ".editions", ".foot", ".share", ".tags", ".report-error"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.get_by_text("It left.")).to_be_visible()
    expect(page.locator(".printed")).to_have_text(page.url)
    colours = page.evaluate(
        "['.masthead', 'body'].map(each => getComputedStyle(document.querySelector(each)).backgroundColor)"
    )
    assert colours == ["rgb(255, 255, 255)"] * 2


@pytest.mark.browser
def test_words_beside_a_picture_leave_no_hole(open_page: Opener, chief: User) -> None:
    paper()
    picture = make.picture()
    make.story("Third", at=LATE.replace(hour=1), standfirst="All ran.")
    make.story("Second", at=LATE.replace(hour=2), lead_picture=picture.pk, standfirst="All ran.")
    make.story("First", at=LATE.replace(hour=3), lead_picture=picture.pk)
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto("/")
    second, third = (page.locator(".secondary .card").nth(place).bounding_box() for place in (0, 1))
    assert second and third
    assert third["y"] >= second["y"] + second["height"]
    assert third["width"] == second["width"]


@pytest.mark.nu
def test_the_validator_finds_nothing(client: Client, chief: User) -> None:
    picture = make.picture()
    shown = story(lead_picture=picture.pk, body=f'<p>a</p><figure data-image="{picture.pk}"></figure>')
    long, gone = piece(), make.story("Was wrong")
    actions.kill(gone.pk, actor=None, notice="It was not so.")
    addresses = ["/text/", "/text/news/", f"/text{shown.path}", f"/text{gone.path}", long.path, gone.path, "/ferry/"]
    assert nu({path: client.get(path).content.decode() for path in addresses}) == []
