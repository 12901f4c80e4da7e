"""The library's pages of work, in a browser: many pictures changed at once, doubles named, alarms seen by everybody."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from images import library
from images.models import Picture
from tests import make
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = reverse("admin:images_picture_changelist")


def test_many_are_chosen_in_the_list_and_written_on_at_once(editor: User, desk_page: Callable[[User], Page]) -> None:
    for colour in ("teal", "navy", "maroon"):
        make.picture((640, 480), colour, caption=f"The {colour} quay")
    page = desk_page(editor)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(LIST)
    assert axe(page) == []
    page.get_by_label("Choose “The teal quay”").check()
    page.get_by_label("Choose “The navy quay”").check()
    page.get_by_label("Action:").select_option("set_rights")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".picture-grid li")).to_have_count(2)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.get_by_label("Credit").fill("Harbour Press")
    page.get_by_label("May be used until").fill("2026-12-31")
    page.get_by_role("button", name="Write it on all").click()
    expect(page.get_by_text("2 pictures were changed.")).to_be_visible()
    changed = Picture.objects.filter(credit="Harbour Press", rights_until=date(2026, 12, 31))
    assert {picture.caption for picture in changed} == {"The teal quay", "The navy quay"}


def test_a_double_is_named_when_it_arrives(reporter: User, desk_page: Callable[[User], Page]) -> None:
    make.picture((640, 480), caption="The first quay")
    page = desk_page(reporter)
    page.goto(reverse("admin:images_picture_add"))
    sent = {"name": "quay.jpg", "mimeType": "image/jpeg", "buffer": make.picture_file((320, 240)).getvalue()}
    page.get_by_label("Pictures", exact=True).set_input_files([sent])
    line = page.locator("#picture-results li")
    expect(line).to_contain_text("Looks like")
    assert axe(page) == []
    line.get_by_role("link", name="The first quay").click()
    expect(page.locator(".picture-stage img")).to_be_visible()


def test_rights_that_ran_out_are_seen_on_the_first_page_and_the_picture_is_removed_when_unused(
    editor: User, desk_page: Callable[[User], Page]
) -> None:
    picture, unused = make.picture((640, 480), caption="The quay"), make.picture((640, 480), "navy", caption="The pier")
    make.story("Ferry is back", lead_picture=picture.pk)
    library.change(picture, actor=None, rights_until=timezone.localdate() - timedelta(days=1))
    page = desk_page(editor)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(reverse("admin:index"))
    alarm = page.get_by_role("region", name="Rights in what readers see now")
    expect(alarm.get_by_role("link", name="Ferry is back")).to_be_visible()
    assert axe(page) == []
    alarm.get_by_role("link", name="Ferry is back").click()
    expect(page.get_by_text("Readers see this story with pictures or videos whose rights end:")).to_be_visible()

    page.goto(reverse("admin:images_picture_change", args=[unused.pk]))
    page.get_by_role("link", name="Delete").click()
    assert axe(page) == []
    page.get_by_role("button", name="Remove the picture").click()
    expect(page.get_by_text("“The pier” is gone, with its file.")).to_be_visible()
    assert list(Picture.objects.all()) == [picture]
