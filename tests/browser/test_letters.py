"""A letter by the desk as an editor meets it, on a phone, and the same letter as readers find it on the site."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from subscriptions.models.manual import ManualLetter
from tests import make
from tests.browser.checks import axe
from tests.subscriptions.readers import gone_out, letter_by_the_desk


@pytest.mark.browser
def test_a_letter_is_written_on_a_phone_looked_at_and_read(open_page: Callable[..., Page], editor: User) -> None:
    make.site()
    ferry, mayor = make.story("Ferry returns"), make.story("Mayor resigns")
    letter = letter_by_the_desk()
    page = open_page(editor, viewport={"width": 360, "height": 800}, color_scheme="dark")
    page.goto(f"/admin/subscriptions/manualletter/{letter.pk}/change/")
    for words in ("ferry", "mayor"):
        page.get_by_label("Find a published story").fill(words)
        page.locator(".letter-offer", has_text=words).click()
    stories = page.locator("[data-stories] li")
    expect(stories).to_have_count(2)
    stories.nth(1).get_by_role("button", name="Up").click()
    expect(stories.nth(0)).to_contain_text("Mayor resigns")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    findings = axe(page)
    page.get_by_role("button", name="Look at it, then send…").click()
    frame = page.frame_locator("iframe").first
    expect(frame.get_by_role("heading", name="Mayor resigns")).to_be_visible()
    page.get_by_role("radio", name="Plain text").check()
    expect(page.locator("pre.letter")).to_contain_text(ferry.path)
    findings += axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert ManualLetter.objects.get().stories == [mayor.pk, ferry.pk]

    edition = gone_out("en")
    page.goto("/letters/")
    page.get_by_role("link", name=edition.subject).click()
    expect(page.get_by_role("heading", name="Ferry returns")).to_be_visible()
    assert findings + axe(page) == []
