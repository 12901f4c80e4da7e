"""The witness's form in Chromium: with and without script, on a phone, by keyboard, over a line that breaks."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from articles.models.desk import Article
from citizen_reports import demo, intake, quarantine, views
from citizen_reports.models import Attachment, IntakeForm, Question, Report, Upload
from citizen_reports.questions import answers_in
from tests import make
from tests.browser.checks import axe, nu

pytestmark = [pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}
FILM = bytes(range(256)) * 12_000  # three megabytes
FORM = "/report/balouk-night/"
LONG = 60_000  # milliseconds: two cores may be busy with other tests


@pytest.fixture(autouse=True)
def call_out(live_server: LiveServer, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IntakeForm:
    """The house's form, and the demo's call-out in three languages."""
    settings.DATA_DIR, settings.SITE_URL = tmp_path, live_server.url
    settings.REPORT_EXIT_URL = f"{live_server.url}/health/"
    monkeypatch.setattr(views, "TYPING_TAKES", timedelta(0))
    make.site()
    intake.found_forms()
    demo.fill({key: Article.objects.create(headline=key).pk for key in demo.STORIES})
    return IntakeForm.objects.get(slug=demo.SLUG)


def film(name: str = "night.mp4", data: bytes = FILM) -> dict[str, Any]:
    return {"name": name, "mimeType": "video/mp4", "buffer": data}


def receipt(page: Page) -> str:
    expect(page.locator("p.code")).to_be_visible(timeout=LONG)
    return page.locator("p.code").inner_text()


@pytest.fixture
def rough_page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A phone whose line breaks: what the browser says of that is no complaint."""
    profile = browser.new_context(base_url=live_server.url, viewport=PHONE, locale="en-GB")
    yield profile.new_page()
    profile.close()


@pytest.mark.browser
@pytest.mark.both_databases
def test_a_witness_on_a_phone_sends_a_film_while_she_writes(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport=PHONE)
    page.goto(FORM)
    page.set_input_files("#id_files", [film(), film("small.mp4", FILM[:900])])
    expect(page.locator(".sending li.there")).to_have_count(2, timeout=LONG)
    expect(page.locator(".sending [role=status]").first).to_have_text("small.mp4 is here.")
    assert Attachment.objects.filter(report=None).count() == 2
    page.locator(".sending li", has_text="small.mp4").get_by_role("button", name="Take out").click()
    expect(page.locator(".sending li")).to_have_count(1)
    page.get_by_label("What happened").fill("The gates were opened at night.")
    page.get_by_label("Lansemba").check()
    page.get_by_label("By neighbours").check()
    expect(page.locator("[name=work]")).not_to_have_value("", timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert axe(page) == []
    page.get_by_role("button", name="Send", exact=True).click()
    receipt(page)
    report = Report.objects.get()
    assert report.state == "new", "its sender's machine has worked for it"
    assert [(each.label, each.words) for each in answers_in(report.answers)] == [
        ("Where were you?", "Lansemba"), ("How were you warned?", "By neighbours"),
    ]  # fmt: skip
    assert b"".join(quarantine.original(report.attachments.get())) == FILM
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


@pytest.mark.browser
@pytest.mark.both_databases
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_all_of_it_works_without_a_script(open_page: Callable[..., Page], language: str) -> None:
    page = open_page(viewport=PHONE, java_script_enabled=False)
    page.goto(f"{FORM}?lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    page.locator("[name=body]").fill("The gates were opened at night.")
    page.locator("input[value=Lansemba]").check()
    page.set_input_files("#id_files", film())
    page.locator("main button[type=submit]").click()
    receipt(page)
    report = Report.objects.get()
    assert (report.state, report.language) == ("unscreened", language)
    assert report.attachments.get().size == len(FILM)
    assert answers_in(report.answers)[0].words == "Lansemba"


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone(open_page: Callable[..., Page], language: str, scheme: str) -> None:
    Question.objects.update(required=True)
    page = open_page(viewport=PHONE, color_scheme=scheme)
    page.goto(f"{FORM}?lang={language}")
    page.set_input_files("#id_files", film(data=FILM[:900]))
    expect(page.locator(".sending li.there")).to_have_count(1, timeout=LONG)
    page.locator("details.more > summary").click()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.nu
def test_the_validator_finds_nothing(client: Client) -> None:
    pages = {f"{FORM}?lang={language}": "" for language in ("en", "fr", "ar")} | {
        "/report/": "",
        "/report/closed/": "",
        "/report/safety/?lang=ar": "",
    }
    IntakeForm.objects.create(slug="closed", title="Closed", is_open=False)
    html = {address: client.get(address).content.decode() for address in pages}
    html["refused"] = client.post(FORM, {"kind": "tip"}).content.decode()
    assert nu(html) == []


@pytest.mark.browser
def test_by_keyboard_alone(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport=PHONE)
    page.goto(FORM)

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()") == name:
                return
        raise AssertionError(f"{name} was not reached")

    tab_to("body")
    page.keyboard.type("The gates were opened at night.")
    tab_to(f"q_{Question.objects.get(label='Where were you?').key}")
    page.keyboard.press("ArrowDown")
    tab_to(f"q_{Question.objects.get(label='How were you warned?').key}")
    page.keyboard.press("Space")
    tab_to("Send")
    page.keyboard.press("Enter")
    receipt(page)
    assert [each.words for each in answers_in(Report.objects.get().answers)] == ["Oum Zalat", "By a siren"]


@pytest.mark.browser
def test_a_film_goes_on_by_itself_when_the_line_is_back(rough_page: Page) -> None:
    page, broken = rough_page, []

    def breaks(route: Route) -> None:
        if route.request.method == "PATCH" and len(broken) < 4:
            broken.append(route.request.headers["upload-offset"])
            route.abort("connectionreset")
        elif route.request.method == "HEAD" and len(broken) == 2:
            broken.append("away")
            route.fulfill(status=503)
        else:
            route.continue_()

    page.goto(FORM)
    page.route("**/report/upload/**", breaks)
    page.set_input_files("#id_files", film())
    expect(page.locator(".sending li.broken .state")).to_have_text(
        "The connection is broken. It goes on by itself.", timeout=LONG
    )
    page.get_by_label("What happened").fill("The gates were opened at night.")
    page.get_by_label("Dar Simbo").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("As soon as they are here, everything is sent.")).to_be_visible()
    receipt(page)  # it was held until the film was there
    assert len(broken) == 4
    assert b"".join(quarantine.original(Report.objects.get().attachments.get())) == FILM
    assert not Upload.objects.exists()


@pytest.mark.browser
def test_what_is_refused_is_said_and_may_be_left_behind(rough_page: Page) -> None:
    page = rough_page
    IntakeForm.objects.update(max_files=1)
    page.goto(FORM)
    page.route("**/report/upload/file/**", lambda route: route.abort("connectionreset"))
    page.set_input_files("#id_files", [film("empty.mp4", b""), film("late.mp4"), film("more.mp4")])
    expect(page.locator(".sending li.failed .state")).to_have_text("“empty.mp4” is empty.", timeout=LONG)
    expect(page.locator(".sending li.failed").get_by_role("button", name="Try again")).to_be_hidden()
    expect(page.locator(".sending li.broken strong")).to_have_text("late.mp4", timeout=LONG)
    page.get_by_label("What happened").fill("The gates were opened at night.")
    page.get_by_label("Dar Simbo").check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Send now, without the files that are missing").click()
    receipt(page)
    expect(page.get_by_text("“late.mp4” did not arrive whole.")).to_be_visible()
    assert not Report.objects.get().attachments.exists()


@pytest.mark.browser
@pytest.mark.parametrize("how", ["pressed", "escape", "without script"])
def test_the_way_out_leads_away_and_back_does_not_return(
    open_page: Callable[..., Page], live_server: LiveServer, how: str
) -> None:
    page = open_page(viewport=PHONE, java_script_enabled=how != "without script")
    page.goto("/report/receipt/")
    page.goto(FORM)
    assert page.title() == "The Harbour Post"
    page.locator("[name=body]").fill("The gates were opened at night.")
    if how == "escape":
        for _ in range(3):
            page.keyboard.press("Escape")
    else:
        page.get_by_role("link", name="Leave this page quickly").click()
    page.wait_for_url(f"{live_server.url}/health/")
    if how != "without script":
        page.go_back()
        page.wait_for_url(re.compile("/report/receipt/"))
    assert not Report.objects.exists()


@pytest.mark.browser
def test_room_for_a_text_is_counted_when_it_gets_scarce(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport=PHONE)
    page.goto(FORM)
    body = page.get_by_label("What happened")
    body.fill("x" * 1000)
    expect(page.get_by_text("Characters left:")).to_be_hidden()
    body.fill("x" * 49_000)
    expect(page.get_by_text("Characters left: 1,000")).to_be_visible()


@pytest.mark.browser
def test_only_who_has_files_on_their_way_is_warned_before_leaving(rough_page: Page) -> None:
    page, warned = rough_page, []
    page.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.accept()))
    page.goto(FORM)
    page.get_by_label("What happened").fill("The gates were opened at night.")
    page.goto("/report/receipt/")
    assert warned == []
    page.goto(FORM)
    page.route("**/report/upload/**", lambda route: route.abort("connectionreset"))
    page.locator("#id_body").click()  # a browser warns only for pages that somebody has touched
    page.set_input_files("#id_files", film())
    expect(page.locator(".sending li.broken")).to_be_visible(timeout=LONG)
    page.goto("/report/receipt/")
    assert warned == ["beforeunload"]
