"""The body editor as a page in Chromium shows it: what stands in it, and how a test gets there."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from articles import markup
from articles.models.desk import Article
from tests import make
from tests.articles.desk_form import ADD, form_of

DeskPage = Callable[[User], Page]

BODY = markup.clean(
    "<p>The ferry left with <strong>for</strong>ty people.</p><h2>At the quay</h2><ul><li>one</li><li>two</li></ul>"
    "<blockquote><p>We saw smoke.</p><footer>Ada Lund</footer></blockquote><hr>"
    "<table><caption>Arrivals</caption><tr><td>Monday</td><td>forty</td></tr></table><p>The last line.</p>"
)


def text_of(page: Page) -> Locator:
    return page.locator(".ProseMirror")


def blocks(page: Page) -> list[str]:
    """The blocks of the text from top to bottom: the element and the words of each."""
    return text_of(page).evaluate(
        "text => [...text.children].filter(each => !each.matches('.ProseMirror-gapcursor, .ProseMirror-widget'))"
        ".map(each => `${each.localName} ${each.textContent.trim()}`.trim())"
    )


def settle(page: Page) -> None:
    """The browser tells the editor of a new selection a moment after the key."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def to_the_start(page: Page) -> None:
    text_of(page).locator(":scope > p").first.click()
    page.keyboard.press("Home")
    settle(page)


def letters(html: str) -> list[str]:
    return sorted(re.sub(r"\s", "", markup.plain(html)))


def save(page: Page) -> str:
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    return Article.objects.get().body


def opened(desk_page: DeskPage, body: str) -> Page:
    article = make.draft("Ferry service resumes", body=body)
    page = desk_page(make.user("editor"))
    page.goto(form_of(article))
    expect(text_of(page)).to_be_visible()
    return page


def new(desk_page: DeskPage) -> Page:
    page = desk_page(make.user("editor"))
    page.goto(ADD)
    text_of(page).click()
    return page
