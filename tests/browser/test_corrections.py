"""Corrections, readers' notes, old addresses and merges as people meet them: without script, on a phone, with axe."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from articles import actions, actions_corrections, reader_notes
from articles.models.corrections import Correction
from articles.models.reader_notes import ReaderNote
from articles.views import reader_notes as view
from authors.models import Author
from tests import make
from tests.browser import checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}


def test_an_editor_corrects_without_script(open_page: Callable[..., Page], editor: User) -> None:
    make.site()
    story = make.story("Ferry at noon")
    actions.save(story.pk, actor=editor, content={"headline": "Ferry at one"})
    page = open_page(editor, viewport=PHONE, java_script_enabled=False)
    page.goto(f"/admin/articles/article/{story.pk}/change/")
    page.locator("#panel-corrections summary").click()
    page.get_by_role("link", name="Add a correction…").click()
    page.get_by_label("Text:").fill("The ferry leaves at one.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("What readers would see below the text")).to_be_visible()
    expect(page.get_by_label("Publish the changes of the working copy with it")).to_be_checked()
    page.get_by_role("button", name="Publish it").click()
    expect(page.get_by_text("Readers see it now.")).to_be_visible()
    page.goto(story.path)
    expect(page.get_by_role("heading", name="Ferry at one")).to_be_visible()
    expect(page.get_by_role("note", name="Correction")).to_contain_text("The ferry leaves at one.")
    assert Correction.objects.get().created_by == editor


def test_the_desks_pages_are_sound(desk_page: Callable[[User], Page], chief: User) -> None:
    make.site()
    story = make.story("Ferry at noon", tags=["Floods"], bylines=[make.author()])
    note = actions_corrections.add(story.pk, actor=chief, kind="update", text="It sails again.", is_above=True)
    row = reader_notes.receive(story, text="Two lanes.", contact="ada@reader.example")
    author = Author.objects.get()
    page = desk_page(chief)
    found = {}
    for name, path in {
        "story": f"article/{story.pk}/change/",
        "add": f"article/{story.pk}/corrections/add/",
        "change": f"article/{story.pk}/corrections/{note.pk}/",
        "remove": f"article/{story.pk}/corrections/{note.pk}/remove/",
        "notes": "readernote/",
        "note": f"readernote/{row.pk}/change/",
        "merge": f"article/merge/author/{author.pk}/",
        "addresses": "oldpath/",
        "address": "oldpath/add/",
        "list": "oldpath/list/in/",
    }.items():
        page.goto(f"/admin/articles/{path}")
        found[name] = checks.axe(page)
        page.set_viewport_size(PHONE)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, name
        page.set_viewport_size({"width": 1280, "height": 900})
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_a_chief_merges_two_authors(desk_page: Callable[[User], Page], chief: User) -> None:
    make.site()
    gone, stays = make.author("A. Holt"), make.author("Amira Holt")
    make.story(bylines=[gone])
    page = desk_page(chief)
    page.goto(f"/admin/authors/author/{gone.pk}/change/")
    page.get_by_role("link", name="Merge into…").click()
    page.locator(".select2-selection").click()
    page.get_by_role("option", name="Amira Holt").click()
    page.get_by_role("button", name="Show what will change").click()
    expect(page.get_by_text("This cannot be undone.")).to_be_visible()
    assert checks.axe(page) == []
    page.get_by_role("button", name="Merge for good").click()
    expect(page.get_by_text("and the old address leads on.")).to_be_visible()
    assert Author.objects.get() == stays


def test_a_reader_reports_an_error_without_script(
    open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "AT_LEAST", timedelta(0))
    make.site()
    story = make.story("Bridge reopens")
    page = open_page(viewport=PHONE, java_script_enabled=False)
    page.goto(story.path)
    page.get_by_role("link", name="Report an error in this story").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("What is wrong, and how do you know?").fill("It has two lanes.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert ReaderNote.objects.get().text == "It has two lanes."


@pytest.mark.nu
@pytest.mark.parametrize("language", ["en", "ar"])
def test_readers_pages_are_sound(open_page: Callable[..., Page], language: str) -> None:
    make.site()
    story = make.story("Ferry at noon", language=language)
    for is_above in (True, False):
        actions_corrections.add(story.pk, actor=None, kind="note", text=f"One.\n\nTwo {is_above}.", is_above=is_above)
    killed = make.story("Census figures", language=language)
    actions.kill(killed.pk, actor=None, notice="The figures were invented.")
    page = open_page(viewport=PHONE)
    pages = {}
    for path in (
        story.path,
        f"{'' if language == 'en' else '/ar'}/corrections/",
        f"/corrections/report/?story={story.pk}",
    ):
        page.goto(path)
        assert checks.axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        pages[path] = page.request.get(path).text()
    assert checks.nu(pages) == []
