"""Fact boxes, interviews and the menu that they come from, in the editor, in Chromium."""

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.checks import axe
from tests.browser.editing import insert, keys, opened, press, text_of, written

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def paper(live_server):
    make.site()
    make.section("News")


@pytest.fixture
def write(desk_page):
    """As `editing.opened`, for an editor."""
    return lambda body="", **content: opened(desk_page(make.user("editor")), body, **content)


def test_a_fact_box_is_written_and_left(write):
    page = write()
    insert(page, "Fact box")
    page.keyboard.type("The ferry")
    page.keyboard.press("Enter")
    page.keyboard.type("Built in 1998.")
    page.keyboard.press("Enter")
    page.keyboard.type("Forty seats.")
    keys(page, "Enter", "Enter")
    page.keyboard.type("On with it.")
    box = '<aside class="facts"><h3>The ferry</h3><p>Built in 1998.</p><p>Forty seats.</p></aside>'
    assert written(page).removesuffix("<p></p>") == f"{box}<p>On with it.</p>"
    text_of(page).get_by_text("Built in").click()
    keys(page, "Home", "Backspace", "Backspace", "Escape")
    page.keyboard.type("X")
    assert written(page).removesuffix("<p></p>") == f"{box.replace('ferry', 'ferr')}<p>XOn with it.</p>"


def test_selected_lines_go_into_a_fact_box(write):
    page = write("<h2>The ferry</h2><p>Old.</p><ul><li>Blue</li></ul>")
    text_of(page).focus()
    keys(page, "Control+a")
    insert(page, "Fact box")
    assert written(page) == ('<aside class="facts"><h3>The ferry</h3><p>Old.</p><ul><li>Blue</li></ul></aside>')
    keys(page, "Control+z")
    assert written(page) == "<h2>The ferry</h2><p>Old.</p><ul><li>Blue</li></ul>"


def test_an_interview_is_written_without_touching_the_mouse(write):
    page = write()
    insert(page, "Questions and answers")
    page.keyboard.type("Who are you?")
    page.keyboard.press("Enter")
    page.keyboard.type("The captain.")
    page.keyboard.press("Enter")
    page.keyboard.type("Since 2001.")
    keys(page, "Enter", "Enter")
    page.keyboard.type("Why?")
    page.keyboard.press("Enter")
    page.keyboard.type("Because.")
    keys(page, "Enter", "Enter", "Enter")
    page.keyboard.type("On with it.")
    body = (
        "<dl><dt>Who are you?</dt><dd><p>The captain.</p><p>Since 2001.</p></dd>"
        "<dt>Why?</dt><dd><p>Because.</p></dd></dl><p>On with it.</p>"
    )
    assert written(page).removesuffix("<p></p>") == body

    # An emptied question goes; what was answered stays, with the answer above.
    text_of(page).get_by_text("Why?").click()
    keys(page, "End", *["Backspace"] * 5)
    assert "<dd><p>The captain.</p><p>Since 2001.</p><p>Because.</p></dd></dl>" in written(page)
    text_of(page).get_by_text("Who are").click()
    press(page, "Add a question")
    expect(text_of(page)).to_be_focused()
    page.keyboard.type("And then?")
    assert "<dt>And then?</dt><dd><p></p></dd></dl>" in written(page)
    press(page, "Remove questions and answers")
    assert written(page).removesuffix("<p></p>") == "<p>On with it.</p>"


def test_a_pasted_interview_becomes_questions_and_answers(write):
    body = "<p><strong>Who are you?</strong></p><p>The captain.</p><p>Since 2001.</p><p>Why stay?</p><p>Because.</p>"
    page = write(body)
    text_of(page).focus()
    keys(page, "Control+a")
    insert(page, "Questions and answers")
    assert written(page) == (
        "<dl><dt>Who are you?</dt><dd><p>The captain.</p><p>Since 2001.</p></dd>"
        "<dt>Why stay?</dt><dd><p>Because.</p></dd></dl>"
    )


def test_the_insert_menu_by_keyboard(write):
    page = write()
    opener = page.get_by_role("button", name="Insert")
    opener.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Gallery")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Questions and answers")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("menu", name="Insert")).to_be_hidden()


def test_a_page_of_the_paper_takes_no_pictures_and_no_stories(desk_page):
    page = desk_page(make.user("chief"))
    page.goto("/admin/articles/page/add/")
    press(page, "Insert")
    expect(page.get_by_role("menuitem")).to_have_text(
        ["Post or video from elsewhere", "Fact box", "Questions and answers"]
    )
    page.get_by_role("menuitem", name="Fact box").click()
    expect(text_of(page)).to_be_focused()
    page.keyboard.type("Opening hours")
    assert written(page).startswith('<aside class="facts"><h3>Opening hours</h3>')
    assert axe(page) == []


def test_a_link_within_italics_is_nothing_unknown(write):
    page = write('<p><em>All were asked. <a href="/sources/">How we work</a>.</em></p>')
    text_of(page).click()
    keys(page, "Control+End", "x")
    assert written(page).count("<em>") == 3
    assert "".join(text_of(page).locator("em").all_inner_texts()) == "All were asked. How we work.x"
