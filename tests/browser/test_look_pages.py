"""Every palette in Chromium: nothing violates the content policy, axe and the validator find nothing."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from articles.models.site import Faces, Palette
from tests import make
from tests.browser.checks import axe, nu
from tests.browser.test_public_pages import fill

FACES = [Faces.CLASSIC, Faces.MODERN, Faces.PLAIN, Faces.CLASSIC, Faces.MODERN]


@pytest.fixture(autouse=True)
def _address(settings, live_server: LiveServer) -> None:
    settings.SITE_URL = live_server.url


@pytest.mark.browser
def test_every_palette_is_silent_and_accessible(open_page: Callable[..., Page], chief: User) -> None:
    story = fill(chief)
    findings = []
    page = open_page(viewport={"width": 1280, "height": 900})
    for palette, faces in zip(Palette.values, FACES, strict=True):
        make.site(palette=palette, faces=faces)
        for path in ("/", story.path, "/news/", "/ar/"):
            page.goto(path)
            assert page.locator("style").count() == 1
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                colours = axe(page, only=("color-contrast",))  # a palette changes nothing else
                findings += [f"{palette} {scheme} {path}: {finding}" for finding in colours]
    assert findings == []


@pytest.mark.nu
def test_the_validator_finds_nothing_in_any_palette(client: Client, chief: User) -> None:
    story = fill(chief)
    pages = {}
    for palette in Palette.values:
        make.site(palette=palette)
        pages |= {f"{palette} {path}": client.get(path).content.decode() for path in ("/", story.path)}
    assert nu(pages) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_the_desk_chooses_a_look_by_keyboard(open_page: Callable[..., Page], chief: User, width: int) -> None:
    fill(chief)
    page = open_page(chief, viewport={"width": width, "height": 900})
    page.goto("/admin/articles/sitesettings/1/change/")
    page.get_by_role("radio", name="Broadsheet").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Harbour")).to_be_checked()
    tried = page.get_by_role("link", name="The front page so: Plain")
    assert "palette=harbour" in str(tried.get_attribute("href"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/")
    expect(page.locator(".masthead")).to_have_css("background-color", "rgb(18, 50, 79)")


@pytest.mark.browser
def test_a_font_that_is_none_is_refused_and_the_choice_is_kept(desk_page: Callable[[User], Page], chief: User) -> None:
    make.site()
    page = desk_page(chief)
    page.goto("/admin/articles/sitesettings/1/change/")
    page.get_by_role("radio", name="Studio").check()
    font = SimpleUploadedFile("quay.ttf", b"\x00\x01\x00\x00")
    page.get_by_label("Text font").set_input_files({"name": "quay.ttf", "mimeType": "font/ttf", "buffer": font.read()})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("This is not a WOFF2 font.")).to_be_visible()
    expect(page.get_by_role("radio", name="Studio")).to_be_checked()
