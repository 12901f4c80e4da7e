"""A story's past in Chromium: copies compared and brought back at the desk, what changed for readers, the receipt."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.roles import Role
from articles import actions
from articles.models.desk import Article
from subscriptions.models.letters import Delivery
from tests import make
from tests.browser.checks import axe, nu
from tests.subscriptions.readers import alert, reader, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS: list[tuple[dict[str, Any], str]] = [
    ({"viewport": {"width": 1280, "height": 900}}, "en"),
    ({"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}, "ar"),
]


def story_with_a_past() -> Article:
    """Live, with versions for readers, and changed since."""
    make.site()
    same = "".join(f"<p>Paragraph {number} of the report stays as it was.</p>" for number in range(6))
    story = make.story(
        "Ferry returns at noon", section=make.section("Harbour", shows_history=True),
        standfirst="It runs three times a day.", body=f"<p>The ferry left the quay at noon.</p>{same}",
    )  # fmt: skip
    actions.save(story.pk, actor=None, content={
        "headline": "Ferry returns at one", "lead_picture": make.picture().pk,
        "body": f"<p>The ferry left the quay at one, an hour late.</p>{same}",
    })  # fmt: skip
    actions.update(story.pk, actor=None, note_to_readers="We had the hour wrong.")
    actions.save(story.pk, actor=None, content={"headline": "Ferry returns at last"})
    return Article.objects.get(pk=story.pk)


def faults(page: Page) -> list[str]:
    found = axe(page)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the window")
    return found


@pytest.mark.parametrize(("look", "language"), LOOKS)
def test_the_pages_of_a_storys_past(look: dict[str, Any], language: str, open_page: Callable[..., Page]) -> None:
    article = story_with_a_past()
    page = open_page(make.user(Role.EDITOR, language=language), **look)
    for name in ("revisions", "compare", "receipt"):
        page.goto(reverse(f"admin:articles_article_{name}", args=[article.pk]))
        assert faults(page) == [], name
    page.goto(reverse("admin:articles_article_compare", args=[article.pk]) + "?old=1&new=2")
    assert faults(page) == []


def test_two_copies_are_chosen_compared_and_one_field_brought_back(desk_page: Callable[[User], Page]) -> None:
    article = story_with_a_past()
    page = desk_page(make.user(Role.EDITOR))
    page.goto(reverse("admin:articles_article_revisions", args=[article.pk]))
    expect(page.get_by_label("From revision 2")).to_be_checked()
    page.get_by_label("From revision 1").check()
    page.get_by_role("button", name="Compare the chosen two").click()
    expect(page.locator(".compare-fields del")).to_contain_text("noon")
    expect(page.locator(".compare-text ins")).to_contain_text("one, an hour late")
    expect(page.get_by_text("5 paragraphs the same")).to_be_visible()
    expect(page.locator(".compare-things")).to_contain_text("Lead picture added")
    page.get_by_role("button", name="Put back “headline” of revision 1").click()
    expect(page.locator("#id_headline")).to_have_value("Ferry returns at noon")
    assert Article.objects.get().body.startswith("<p>The ferry left the quay at one")


@pytest.mark.parametrize("width", [360, 1280])
def test_readers_see_what_changed_without_a_script(width: int, open_page: Callable[..., Page], client: Client) -> None:
    story_with_a_past()
    path = Article.objects.get().public_place["path"]
    page = open_page(viewport={"width": width, "height": 740}, java_script_enabled=False)
    page.goto(path)
    page.get_by_role("link", name="What changed in this story").click()
    expect(page.get_by_text("We had the hour wrong.")).to_be_visible()
    expect(page.locator(".changes del").first).to_contain_text("noon")
    expect(page.locator(".changes ins").first).to_contain_text("one")
    watched = open_page(viewport={"width": width, "height": 740})
    watched.goto(f"{path}history/")
    assert faults(watched) == []
    assert nu({"history": client.get(f"{path}history/").content.decode()}) == []


def test_the_receipt_looks_again_until_nothing_waits(desk_page: Callable[[User], Page]) -> None:
    make.site()
    reader()
    edition = alert("Ferry returns")
    page = desk_page(make.user(Role.EDITOR))
    page.goto(reverse("admin:articles_article_receipt", args=[edition.article_number]))
    letter = page.locator(".receipt li").last
    expect(letter).to_contain_text("Waiting")
    work()
    expect(letter).to_contain_text("Handed over")
    expect(page.get_by_role("status")).to_have_text("Nothing is waiting any more.")
    edition.deliveries.update(state=Delivery.State.FAILED, reason="450 4.2.1")
    page.reload()
    page.get_by_role("button", name="Try only this again").click()
    expect(page.locator(".receipt li").last).to_contain_text("Waiting")
    work()
    expect(page.locator(".receipt li").last).to_contain_text("1 handed over")
