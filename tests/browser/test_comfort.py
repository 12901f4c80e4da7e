"""Writing in comfort, in Chromium: the menu behind "/", blocks moved whole, counts, keys."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from articles import markup
from articles.models.desk import Article
from tests import make
from tests.articles.desk_form import ADD, form_of
from tests.browser.checks import axe
from tests.browser.writing import BODY, DeskPage, blocks, letters, new, opened, save, settle, text_of, to_the_start

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def paper(live_server: LiveServer) -> None:
    make.site()
    make.section("News")


# The menu behind "/"


def test_the_stroke_offers_what_the_toolbar_can_put_in(desk_page: DeskPage) -> None:
    page = new(desk_page)
    page.keyboard.type("First.")
    page.keyboard.press("Enter")
    page.keyboard.type("/")
    menu = page.get_by_role("listbox", name="Put in")
    offered = menu.get_by_role("option").evaluate_all("lines => lines.map(line => line.lastChild.textContent)")
    assert {"Heading", "Quotation", "List", "Photo", "Table", "Rule"} <= set(offered)
    assert len(offered) == page.locator("[role=toolbar] [data-insert]").count()
    active = text_of(page).get_attribute("aria-activedescendant")
    expect(menu.locator(f"[id='{active}']")).to_have_attribute("aria-selected", "true")
    assert axe(page) == []
    page.keyboard.press("ArrowUp")
    expect(menu.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    page.keyboard.type("rul")
    expect(menu.get_by_role("option")).to_have_text(["Rule"])
    page.keyboard.press("Enter")
    expect(menu).to_be_hidden()
    assert blocks(page)[:2] == ["p First.", "hr"]
    assert text_of(page).get_attribute("aria-activedescendant") is None
    page.keyboard.press("Control+z")
    assert blocks(page) == ["p First.", "p"]
    page.keyboard.press("Control+Shift+z")
    assert save(page).startswith("<p>First.</p><hr>")


def test_the_menu_by_mouse(desk_page: DeskPage) -> None:
    page = new(desk_page)
    page.keyboard.type("/")
    page.get_by_role("option", name="Quotation").click()
    page.keyboard.type("We saw smoke.")
    assert save(page) == "<blockquote><p>We saw smoke.</p></blockquote>"


def test_a_stroke_stays_a_stroke_when_nothing_is_chosen(desk_page: DeskPage) -> None:
    page = new(desk_page)
    menu = page.get_by_role("listbox", name="Put in")
    page.keyboard.type("either/or")
    expect(menu).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.type("/")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.keyboard.type("table")
    expect(menu).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.type("/nothing is called so")
    expect(menu).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.type("/")
    expect(menu).to_be_visible()
    page.keyboard.press("Backspace")
    expect(menu).to_be_hidden()
    page.keyboard.type("end")
    assert save(page) == "<p>either/or</p><p>/table</p><p>/nothing is called so</p><p>end</p>"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_menu_stays_in_a_small_window(open_page: Callable[..., Page], language: str) -> None:
    small: dict[str, Any] = {"viewport": {"width": 360, "height": 640}}
    page = open_page(make.user("editor", language=language), **small)
    page.goto(ADD)
    text_of(page).click()
    for _ in range(12):
        page.keyboard.press("Enter")
    page.keyboard.type("/")
    menu = page.locator("[data-slash-menu]")
    expect(menu).to_be_visible()
    box = menu.bounding_box()
    assert box
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    assert box["y"] >= 0 and box["y"] + box["height"] <= 640
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe(page) == []
    name = page.locator("[role=toolbar] [data-command=table]").get_attribute("aria-label") or ""
    page.keyboard.type(name[:4])
    page.keyboard.press("Enter")
    expect(text_of(page).locator("table")).to_be_visible()


# Blocks moved whole


def test_a_block_is_dragged_by_its_handle(desk_page: DeskPage) -> None:
    page = opened(desk_page, BODY)
    before = blocks(page)
    page.locator("[data-body-frame]").evaluate("frame => frame.scrollIntoView()")
    text_of(page).locator(":scope > p").first.hover()
    page.get_by_role("button", name="Move this block").hover()
    page.mouse.down()
    quotation = text_of(page).locator("blockquote").bounding_box()
    assert quotation
    page.mouse.move(quotation["x"] + 20, quotation["y"] + 10, steps=5)
    page.mouse.move(quotation["x"] + 20, quotation["y"] + quotation["height"] - 2, steps=5)
    expect(page.locator("[data-drag-line]")).to_be_visible()
    page.mouse.up()
    expect(page.locator("[data-drag-line]")).to_be_hidden()
    assert blocks(page) == [*before[1:4], before[0], *before[4:]]
    page.keyboard.press("Control+z")
    assert blocks(page) == before
    page.keyboard.press("Control+Shift+z")
    saved = save(page)
    assert saved.index("<blockquote>") < saved.index("The ferry left with <strong>for</strong>ty") < saved.index("<hr>")
    assert letters(saved) == letters(BODY)


def test_a_drag_is_called_off_with_escape(desk_page: DeskPage) -> None:
    page = opened(desk_page, BODY)
    before = blocks(page)
    page.locator("[data-body-frame]").evaluate("frame => frame.scrollIntoView()")
    text_of(page).locator(":scope > p").first.hover()
    page.get_by_role("button", name="Move this block").hover()
    page.mouse.down()
    page.mouse.move(500, 700, steps=5)
    expect(page.locator("[data-drag-line]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-drag-line]")).to_be_hidden()
    page.mouse.up()
    assert blocks(page) == before


def test_blocks_are_moved_by_keys(desk_page: DeskPage) -> None:
    page = opened(desk_page, BODY)
    before = blocks(page)
    status = page.locator("[data-comfort-status]")
    text_of(page).locator("blockquote p").click()
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect(status).to_have_text("Moved to place 5 of 7.")
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect(status).to_have_text("Moved to place 6 of 7.")
    assert blocks(page) == [*before[:3], *before[4:6], before[3], before[6]]
    page.keyboard.type("X")  # the cursor came along
    expect(text_of(page).locator("blockquote p")).to_contain_text("X")
    page.keyboard.press("Control+z")
    assert blocks(page) == [*before[:3], *before[4:6], before[3], before[6]]
    page.keyboard.press("Control+z")
    assert blocks(page) == [*before[:3], before[4], before[3], *before[5:]]
    page.keyboard.press("Control+z")
    assert blocks(page) == before
    # Several together; at the top they stay.
    text_of(page).locator("h2").click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    settle(page)
    for _ in range(3):
        page.keyboard.press("Alt+Shift+ArrowUp")
    assert blocks(page) == [before[1], before[2], before[0], *before[3:]]
    assert letters(save(page)) == letters(BODY)


def test_the_handle_of_a_touch_screen_opens_a_menu(open_page: Callable[..., Page]) -> None:
    page = open_page(make.user("editor"), viewport={"width": 360, "height": 740}, has_touch=True)
    article = make.draft(body=BODY)
    page.goto(form_of(article))
    before = blocks(page)
    text_of(page).locator("h2").tap()
    handle = page.get_by_role("button", name="Move this block")

    def choose(name: str) -> None:
        handle.tap()
        page.get_by_role("menuitem", name=name).tap()
        expect(page.get_by_role("menu", name="This block")).to_be_hidden()

    handle.tap()
    expect(page.get_by_role("menuitem", name="Move up")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(handle).to_be_focused()
    choose("Move up")
    assert blocks(page) == [before[1], before[0], *before[2:]]
    handle.tap()
    expect(page.get_by_role("menuitem", name="Move up")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Escape")
    choose("Duplicate")
    assert blocks(page) == [before[1], before[1], before[0], *before[2:]]
    choose("Delete")
    assert blocks(page) == [before[1], before[0], *before[2:]]
    for _ in range(3):
        page.get_by_role("button", name="Undo").tap()
    assert blocks(page) == before


# Counts


def test_words_are_counted_as_the_server_counts(desk_page: DeskPage) -> None:
    body = BODY + "<p>渡轮中午离开 — at 12.30, 4,000 people…</p><p>مرحبا بكم<br>second</p>"
    page = opened(desk_page, body)
    length = page.get_by_role("group", name="Length")
    expect(length).to_contain_text(f"Words: {markup.word_count(body)}")
    expect(length).to_contain_text("Minutes to read: 1")
    expect(length.get_by_text("Commissioned")).to_be_hidden()
    to_the_start(page)
    page.keyboard.type("Six words more than there were ")
    expect(length).to_contain_text(f"Words: {markup.word_count(body) + 6}")
    page.keyboard.press("Control+Shift+ArrowLeft")
    page.keyboard.press("Control+Shift+ArrowLeft")
    expect(length).to_contain_text("Words selected: 2")
    page.keyboard.press("ArrowRight")
    expect(length.get_by_text("Words selected")).to_be_hidden()
    assert markup.word_count(save(page)) == markup.word_count(body) + 6


def test_the_length_against_what_was_commissioned(desk_page: DeskPage) -> None:
    page = opened(desk_page, "<p>one two three four five six seven eight</p>")
    page.locator("[data-body-frame]").evaluate("frame => { frame.dataset.commissioned = 10 }")
    length = page.get_by_role("group", name="Length")
    text_of(page).click()
    page.keyboard.press("End")
    page.keyboard.type(" nine")
    expect(length).to_contain_text("Commissioned: 10")
    expect(length).to_contain_text("Under by: 10 %")
    page.keyboard.type(" ten eleven twelve")
    expect(length).to_contain_text("Over by: 20 %")
    expect(length.get_by_text("Under by")).to_be_hidden()
    expect(page.locator("[data-comfort-status]")).to_have_text("Words: 12. Longer than commissioned.")


def test_headlines_show_their_length_and_are_never_cut(desk_page: DeskPage) -> None:
    page = opened(desk_page, "<p>Text.</p>")
    headline = page.get_by_label("Headline:", exact=True)
    expect(page.locator("#id_headline_count")).to_have_text("Characters: 21 of 110.")
    expect(page.locator("#id_social_headline_count")).to_be_hidden()
    headline.fill("é" * 111)
    expect(page.locator("#id_headline_count")).to_have_text("Characters: 111 of 110. Some places will cut it.")
    assert "id_headline_count" in (headline.get_attribute("aria-describedby") or "")
    social = page.locator("[name=social_headline]")
    page.locator("details:has([name=social_headline]) > summary").click()
    social.fill("Ferry")
    expect(page.locator("#id_social_headline_count")).to_have_text("Characters: 5 of 70.")
    assert axe(page) == []
    save(page)
    assert Article.objects.get().headline == "é" * 111


# Keys


def test_the_sheet_of_keys(desk_page: DeskPage) -> None:
    page = opened(desk_page, BODY)
    text_of(page).locator("h2").click()
    page.keyboard.press("Control+/")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet.get_by_text("Alt Shift ↑")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(text_of(page)).to_be_focused()
    page.get_by_role("toolbar").get_by_role("button", name="Keys").click()
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()


# Where one writes


@pytest.mark.parametrize("width", [360, 1280])
def test_the_cursor_is_never_behind_the_buttons(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(make.user("editor"), viewport={"width": width, "height": 740})
    page.goto(ADD)
    text_of(page).click()
    for number in range(30):
        page.keyboard.type(f"Line {number}")
        page.keyboard.press("Enter")
    page.keyboard.type("Last")
    last, first = text_of(page).locator("p").last, text_of(page).locator("p").first
    edge = "each => each.getBoundingClientRect()"
    assert last.evaluate(edge)["bottom"] <= page.locator(".story-buttons").evaluate(edge)["top"]
    page.keyboard.press("Control+Home")
    settle(page)
    page.keyboard.type("X")
    assert first.evaluate(edge)["top"] >= page.get_by_role("toolbar").evaluate(edge)["bottom"]


def test_pages_are_written_in_comfort_too(desk_page: DeskPage) -> None:
    page = desk_page(make.user("chief"))
    page.goto("/admin/articles/page/add/")
    text_of(page).click()
    page.keyboard.type("/list")
    page.keyboard.press("Enter")
    page.keyboard.type("Who we are")
    expect(text_of(page).locator("ul")).to_have_text("Who we are")
    expect(page.get_by_role("group", name="Length")).to_contain_text("Words: 3")
    assert axe(page) == []
