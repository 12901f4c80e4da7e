"""A translation from the button to the reader who changes language, in Chromium."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from articles import actions
from articles.models.desk import Article
from tests import make
from tests.articles.desk_form import form_of
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DeskPage = Callable[[User], Page]


def open_form(page: Page, story: Article) -> None:
    page.goto(form_of(story))
    expect(page.locator(".ProseMirror")).to_be_visible()


def test_begun_translated_published_and_read(editor: User, desk_page: DeskPage, open_page: Callable[..., Page]) -> None:
    make.site()
    english = Article.objects.get(pk=make.story("Ferry resumes").pk)
    make.story("Bridge opens")
    desk = desk_page(editor)
    open_form(desk, english)
    panel = desk.locator("#panel-translations")
    panel.locator("summary").click()
    expect(panel).to_contain_text("العربية")
    assert axe(desk) == []
    panel.get_by_role("button", name=re.compile("Begin a translation.*العربية")).click()
    expect(desk.locator(".messagelist .success")).to_contain_text("العربية")
    expect(desk.locator(".ProseMirror")).to_contain_text("The ferry left at noon")
    desk.locator("#id_headline").fill("عودة العبّارة")
    desk.get_by_role("button", name="Publish", exact=True).click()
    expect(desk.locator(".messagelist .success")).to_contain_text("Published")

    phone = open_page(viewport={"width": 360, "height": 740})
    phone.goto(english.public_place["path"])
    switch = phone.get_by_role("navigation", name="This story in other languages")
    expect(switch).to_have_text("Also in: العربية")
    assert axe(phone) == []
    switch.get_by_role("link").click()
    expect(phone.locator("h1")).to_have_text("عودة العبّارة")
    expect(phone.locator("html")).to_have_attribute("dir", "rtl")
    assert axe(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.locator(".editions").get_by_role("link", name="English").click()
    expect(phone.locator("h1")).to_have_text("Ferry resumes")


def test_what_changed_in_the_original_is_settled_beside_unsaved_text(editor: User, desk_page: DeskPage) -> None:
    make.site()
    english = make.draft("Ferry resumes")
    french = make.draft("Le bac repart", language="fr", original=english.pk)
    actions.save(english.pk, actor=editor, content={"standfirst": "At one."})
    desk = desk_page(editor)
    open_form(desk, french)
    panel = desk.locator("#panel-translations")
    expect(panel).to_contain_text("The original has changed since.")
    desk.locator("#id_headline").fill("Typed and not saved")
    panel.get_by_role("button", name="Nothing is left to translate").click()
    expect(panel.get_by_role("status")).to_have_text("The translation is in line with its original.")
    expect(panel.locator(".panel-body")).not_to_contain_text("has changed")
    expect(desk.locator("#id_headline")).to_have_value("Typed and not saved")


def test_an_original_is_found_by_typing(editor: User, desk_page: DeskPage) -> None:
    make.site()
    english, french = make.draft("Ferry resumes"), make.draft("Le bac repart", language="fr")
    desk = desk_page(editor)
    open_form(desk, french)
    desk.locator(".field-original .select2-selection").click()
    desk.locator(".select2-search__field").last.fill("ferry")
    desk.locator(".select2-results__option", has_text="Ferry resumes").click()
    desk.get_by_role("button", name="Save draft").click()
    expect(desk.locator(".messagelist .success")).to_be_visible()
    french.refresh_from_db()
    assert french.original == english
