"""The list, the board, the search and the keys in Chromium: by mouse, by keyboard, on a phone, for everybody."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.roles import Role
from articles import actions_desk
from articles.models.desk import Article, State
from tests import make
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = reverse("admin:articles_article_changelist")
BOARD = reverse("admin:articles_article_board")


def handed_in(headline: str, actor: User) -> Article:
    story = make.draft(headline, actor=actor)
    return actions_desk.submit(story.pk, actor=actor)


def test_cards_move_by_menu_and_by_dragging(chief: User, reporter: User, desk_page: Callable[[User], Page]) -> None:
    make.site()
    returned, ready = handed_in("Ferry fares rise", reporter), handed_in("Bridge opens", reporter)
    empty = make.draft("Nothing in it", actor=chief, body="")
    page = desk_page(chief)
    page.goto(BOARD)

    # By the keyboard, with the note that is owed.
    page.locator(f"#card-{returned.pk}-menu").press("Enter")
    page.get_by_role("link", name="Return to the writer").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note").fill("Name the source.")
    assert axe(page) == []
    dialog.get_by_role("button", name="Return to the writer").press("Enter")
    expect(page.locator("[data-column=writing]")).to_contain_text("Ferry fares rise")
    expect(page.locator(f"#card-{returned.pk}-open")).to_be_focused()

    # By dragging; where no verb leads, it is said.
    page.locator(f"#card-{ready.pk}").drag_to(page.locator("[data-column=ready]"))
    dialog.get_by_role("button", name="Mark as ready").click()
    expect(page.locator("[data-column=ready]")).to_contain_text("Bridge opens")
    page.locator(f"#card-{ready.pk}").drag_to(page.locator("[data-column=in_review]"))
    expect(page.get_by_role("status")).to_have_text("This card cannot go there.")
    page.locator(f"#card-{ready.pk}").drag_to(page.locator("[data-column=scheduled]"))
    page.wait_for_url(f"**/{ready.pk}/schedule/")

    # A refusal stands in the dialog. (The browser reports the answer 409 on its console, so it is asked without it.)
    page.goto(reverse("admin:articles_article_move", args=[empty.pk, "publish"]))
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".errorlist")).to_be_visible()
    states = dict(Article.objects.values_list("headline", "state"))
    assert states == {"Ferry fares rise": State.RETURNED, "Bridge opens": State.READY, "Nothing in it": State.DRAFT}


def test_the_board_keeps_itself_fresh_and_the_focus_where_it_is(
    chief: User, reporter: User, desk_page: Callable[[User], Page]
) -> None:
    make.site()
    story = handed_in("Ferry fares rise", reporter)
    page = desk_page(chief)
    page.clock.install()
    page.goto(BOARD)
    page.locator(f"#card-{story.pk}-open").focus()
    handed_in("Bridge opens", reporter)
    page.clock.fast_forward(21_000)
    expect(page.locator("[data-column=in_review]")).to_contain_text("Bridge opens")
    expect(page.locator(f"#card-{story.pk}-open")).to_be_focused()


def test_keys_lead_through_the_desk_and_can_be_switched_off(chief: User, desk_page: Callable[[User], Page]) -> None:
    make.site()
    older, newer = make.draft("Older", actor=chief), make.draft("Newer", actor=chief)
    page = desk_page(chief)
    page.goto(reverse("admin:index"))
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url(f"**{LIST}")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Newer")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Older")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{newer.pk}/change/**")
    page.goto(LIST)
    page.keyboard.press("/")
    expect(page.locator("#desk-search")).to_be_focused()
    page.keyboard.type("older?")  # typed, not obeyed
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator("#desk-search").fill("older")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/search/?q=older")
    expect(page.locator(".stories")).to_contain_text("Older")
    assert axe(page) == []

    page.keyboard.press("?")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Go to the board")
    assert axe(page) == []
    sheet.get_by_label("Use these keys in this browser").uncheck()
    sheet.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    page.keyboard.press("n")
    expect(sheet).to_be_hidden()
    page.get_by_role("button", name="Keys").click()
    expect(sheet.get_by_label("Use these keys in this browser")).not_to_be_checked()
    assert older.pk


def test_many_stories_are_chosen_and_given_to_somebody(
    chief: User, reporter: User, desk_page: Callable[[User], Page]
) -> None:
    make.site()
    for headline in ("Ferry fares rise", "Bridge opens"):
        make.draft(headline, actor=chief)
    page = desk_page(chief)
    page.goto(LIST)
    page.locator("#action-toggle").check()
    expect(page.locator(".action-counter")).to_have_text("2 of 2 selected")
    page.locator("select[name=action]").select_option(label="Give to…")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("With").select_option(label="Rafi Sand")
    assert axe(page) == []
    page.get_by_role("button", name="Give to").click()
    expect(page.locator(".messagelist")).to_contain_text("done with 2 stories")
    assert set(Article.objects.values_list("assignee", flat=True)) == {reporter.pk}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_on_a_phone_all_fits_and_is_accessible(language: str, open_page: Callable[..., Page]) -> None:
    make.site()
    editor = make.user(Role.EDITOR, language=language)
    story = make.draft("A headline of a length that is met with every day in any paper", actor=editor)
    actions_desk.flag(story.pk, actor=editor, needs_legal=True, needs_picture=True)
    handed_in("Bridge opens", editor)
    page = open_page(editor, viewport={"width": 360, "height": 740}, color_scheme="dark")
    found = f"{reverse('admin:search')}?q=bridge"
    for path in (LIST, f"{LIST}?state=open&mine=1", BOARD, found, reverse("admin:index")):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert axe(page) == [], path
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
