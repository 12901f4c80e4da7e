"""Finding and replacing within a story's text, in Chromium."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import make
from tests.articles.desk_form import form_of
from tests.browser.checks import axe
from tests.browser.writing import BODY, DeskPage, opened, save, settle, text_of, to_the_start

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def paper(live_server: LiveServer) -> None:
    make.site()
    make.section("News")


def find(page: Page, words: str) -> Locator:
    text_of(page).press("Control+f")
    page.get_by_role("textbox", name="Find", exact=True).fill(words)
    return page.get_by_role("search").get_by_role("status")


def test_find_goes_from_one_to_the_next(desk_page: DeskPage) -> None:
    page = opened(desk_page, BODY)
    to_the_start(page)
    count = find(page, "FORTY")  # in bold and out of it, and in a cell
    expect(count).to_have_text("1 of 2")
    expect(text_of(page).locator(".found-now")).to_have_text(["for", "ty"])
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(count).to_have_text("2 of 2")
    expect(text_of(page).locator("td .found-now")).to_have_text("forty")
    page.keyboard.press("F3")
    expect(count).to_have_text("1 of 2")
    page.keyboard.press("Shift+Enter")
    expect(count).to_have_text("2 of 2")
    page.get_by_role("checkbox", name="Match case").check()
    expect(count).to_have_text("Nothing found")
    page.keyboard.press("Escape")
    expect(page.get_by_role("search", name="Find and replace")).to_be_hidden()
    expect(text_of(page)).to_be_focused()
    expect(text_of(page).locator(".found")).to_have_count(0)
    # Looking changes nothing: the page may be left without a question.
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="My work")).to_be_visible()


def test_accents_and_whole_words(desk_page: DeskPage) -> None:
    page = opened(desk_page, "<p>Café, cafe\u0301 and cafes. L’été. مُحَمَّد and محمد.</p>")
    to_the_start(page)
    count = find(page, "cafe")
    expect(count).to_have_text("1 of 3")
    page.get_by_role("checkbox", name="Whole words").check()
    expect(count).to_have_text("1 of 2")
    page.get_by_role("checkbox", name="Ignore accents").uncheck()
    expect(count).to_have_text("Nothing found")
    page.get_by_role("textbox", name="Find", exact=True).fill("café")
    expect(count).to_have_text("1 of 2")  # composed or not
    page.get_by_role("textbox", name="Find", exact=True).fill("l'été")
    expect(count).to_have_text("1 of 1")
    page.get_by_role("checkbox", name="Ignore accents").check()
    page.get_by_role("textbox", name="Find", exact=True).fill("محمد")
    expect(count).to_have_text(re.compile("of 2"))
    page.get_by_role("textbox", name="Replace with").fill("Omar")
    page.get_by_role("button", name="Replace all").click()
    expect(count).to_have_text("Replaced: 2")
    assert save(page) == "<p>Café, cafe\u0301 and cafes. L’été. Omar and Omar.</p>"


def test_replacing_one_by_one_and_all_is_one_step_each(desk_page: DeskPage) -> None:
    photo = make.picture()
    caption = f'<figure data-image="{photo.pk}"><figcaption>A boat of the boats.</figcaption></figure>'
    body = f"<p>A <em>boat</em>, a boat.</p>{caption}<table><tbody><tr><td>boat</td></tr></tbody></table>"
    page = opened(desk_page, body)
    to_the_start(page)
    count = find(page, "boat")
    expect(count).to_have_text("1 of 5")
    replacement = page.get_by_role("textbox", name="Replace with")
    replacement.fill("ferryboat")  # what is put in is not found again at once
    replacement.press("Enter")
    expect(count).to_have_text("2 of 5")
    expect(text_of(page).locator("em")).to_have_text("ferryboat")
    page.get_by_role("checkbox", name="Whole words").check()
    expect(count).to_have_text(re.compile("of 3"))
    replacement.fill("ship")
    page.get_by_role("button", name="Replace all").click()
    expect(count).to_have_text("Replaced: 3")
    after = body.replace("<em>boat", "<em>ferryboat").replace("a boat", "a ship").replace("A boat", "A ship")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    expect(text_of(page).locator("td")).to_have_text("boat")
    expect(text_of(page).locator("em")).to_have_text("ferryboat")
    page.keyboard.press("Control+Shift+z")
    assert save(page) == after.replace("<td>boat", "<td>ship")


def test_the_keys_of_another_alphabet(desk_page: DeskPage) -> None:
    page = opened(desk_page, BODY)
    press = """(text, [key, code]) => text.dispatchEvent(
        new KeyboardEvent("keydown", { key, code, ctrlKey: true, bubbles: true, cancelable: true }))"""
    text_of(page).evaluate(press, ["ب", "KeyF"])
    expect(page.get_by_role("search", name="Find and replace")).to_be_visible()
    text_of(page).evaluate(press, ["ظ", "Slash"])
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_the_second_ctrl_f_is_the_browsers(desk_page: DeskPage) -> None:
    page = opened(desk_page, BODY)
    page.evaluate("addEventListener('keydown', event => { window.kept = event.defaultPrevented })")
    text_of(page).locator("h2").dblclick(position={"x": 10, "y": 10})
    settle(page)
    page.keyboard.press("Control+f")
    assert page.evaluate("window.kept") is True
    expect(page.get_by_role("textbox", name="Find", exact=True)).to_have_value("At")
    page.keyboard.press("Control+f")
    assert page.evaluate("window.kept") is False


@pytest.mark.parametrize("language", ["en", "ar"])
def test_finding_in_a_small_window(open_page: Callable[..., Page], language: str) -> None:
    page = open_page(
        make.user("editor", language=language), viewport={"width": 360, "height": 740}, color_scheme="dark"
    )
    article = make.draft(body=BODY + "<p>More of it.</p>" * 30 + "<p>The harbour.</p>")
    page.goto(form_of(article))
    text_of(page).locator("p").first.click()
    page.locator("[data-find-open]").click()
    page.keyboard.type("harbour")
    expect(text_of(page).locator(".found-now")).to_be_in_viewport()
    expect(page.locator("[data-find]")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe(page) == []
