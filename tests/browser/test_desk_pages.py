"""Every page of the admin in Chromium, wide and narrow, light and dark, both directions: silent, whole, accessible."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.roles import Role
from tests import make
from tests.browser.checks import axe
from tests.newsroom.test_admin_walk import one_of_each

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
NARROW: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


def faults(page: Page, path: str) -> list[str]:
    """What axe finds at `path`, and a complaint when it is wider than the window."""
    page.goto(path)
    found = [f"{path}: {each}" for each in axe(page)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{path} is wider than the window")
    return found


@pytest.mark.parametrize(("look", "language", "first"), [(WIDE, "en", 0), (NARROW, "ar", 1)])
def test_all_pages_of_the_admin(
    look: dict[str, Any], language: str, first: int, open_page: Callable[..., Page]
) -> None:
    """Every second page in each look, and all in both in the long form."""
    rows = one_of_each()
    chief = make.user(Role.CHIEF, language=language)
    page = open_page(chief, **look)
    paths = [reverse("admin:index"), reverse("admin:mail_out"), reverse("accounts:my_settings")]
    for model, row in rows.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])]
        if chief.has_perm(f"{model._meta.app_label}.add_{model._meta.model_name}"):
            paths.append(reverse(f"{name}_add"))
    assert len(paths) > 2 * len(admin.site._registry)
    if not os.environ.get("SOAK"):
        paths = paths[first::2]
    assert [fault for path in paths for fault in faults(page, path)] == []


@pytest.mark.parametrize("look", [WIDE, NARROW])
def test_the_pages_before_signing_in(look: dict[str, Any], open_page: Callable[..., Page]) -> None:
    user = make.user(Role.EDITOR)
    page = open_page(**look)
    assert faults(page, reverse("accounts:password_reset")) == []
    assert faults(page, reverse("admin:authors_author_changelist")) == []
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("do not go together")).to_be_visible()
    assert axe(page) == []
    expect(page.get_by_label("E-mail address")).to_have_value(user.email)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Authors")


def test_theme_navigation_colour_and_a_tag_made_on_the_way(chief: User, desk_page: Callable[[User], Page]) -> None:
    make.site()
    story = make.draft("Ferry is back", actor=chief)
    page = desk_page(chief)
    page.goto(reverse("admin:articles_section_add"))
    page.locator("input[type=color]").fill("#8b1e1e")
    expect(page.locator("#id_colour")).to_have_value("#8b1e1e")
    page.get_by_role("button", name="Toggle theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#nav-filter").fill("auth")
    expect(page.locator("#nav-sidebar").get_by_role("link", name="Sections")).to_be_hidden()

    page.goto(reverse("admin:articles_article_change", args=[story.pk]))
    with page.expect_popup() as opened:
        page.locator(".field-tags .add-related").click()
    opened.value.get_by_label("Name").fill("Quayside")
    opened.value.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".field-tags .select2-selection__choice")).to_contain_text("Quayside")
