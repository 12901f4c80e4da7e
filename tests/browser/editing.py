"""Writing in the story's form as people do: what the browser tests of the editor's blocks have in common."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from articles.models.desk import Article
from tests import make


def opened(page: Page, body: str, **content: Any) -> Page:
    """The form of a new story with that body as it stands in the database; of an empty one, with the cursor in it."""
    article = make.draft(**content)
    Article.objects.filter(pk=article.pk).update(body=body)
    page.goto(f"/admin/articles/article/{article.pk}/change/")
    expect(text_of(page)).to_be_visible()
    if not body:
        text_of(page).click()
    return page


def text_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Text", exact=True)


def written(page: Page) -> str:
    """What would be sent to the server now."""
    html = page.locator("textarea[data-body-editor]").input_value()
    return html.replace("<li><p>", "<li>").replace("</p></li>", "</li>")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def insert(page: Page, name: str) -> None:
    press(page, "Insert")
    page.get_by_role("menu", name="Insert").get_by_role("menuitem", name=name, exact=True).click()
    if name in {"Fact box", "Questions and answers"}:  # the others ask first
        expect(text_of(page)).to_be_focused()


def keys(page: Page, *names: str) -> None:
    for name in names:
        page.keyboard.press(name)
        page.wait_for_timeout(40)  # the browser tells of a moved cursor a moment later
