"""Arranging a front page in Chromium: by mouse and by keys, saved at each step, launched, undone; and the banner."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from articles import actions_banner, actions_fronts
from articles.fronts import Card, Container, Fill, Layout, Rule
from articles.models.fronts import Front
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from tests import make
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ARRANGE = "/admin/articles/front/en/0/"
NONE = Rule(Fill.NONE)


@pytest.fixture
def stories(live_server: LiveServer, settings: Any) -> list[PublishedArticle]:
    settings.SITE_URL = live_server.url
    make.site()
    made = [make.story(headline) for headline in ("Quay reopens", "Fares rise", "Bridge closes")]
    cards = [Card(story.pk) for story in made[:2]]
    containers = [
        Container("c1", title="Top", layout=Layout.LEAD, rule=NONE, size=3, cards=cards),
        Container("c2", title="Below", rule=NONE, cards=[Card(made[2].pk)]),
    ]
    actions_fronts.change_draft("en", None, actor=None, containers=containers)
    return made


def is_saving(response: Response) -> bool:
    return response.request.method == "POST"


def order() -> list[list[int]]:
    return [[card["story"] for card in each["cards"]] for each in Front.objects.get().draft]


def test_by_keys_and_by_mouse(open_page: Callable[..., Page], editor: User, stories: list[PublishedArticle]) -> None:
    one, two, three = (story.pk for story in stories)
    page = open_page(editor, viewport={"width": 1280, "height": 1400})
    page.goto(ARRANGE)
    assert axe(page) == []
    with page.expect_response(is_saving) as answer:
        page.locator(f"#card-{one}").focus()
        page.keyboard.press("Alt+ArrowDown")
    assert answer.value.status == 200
    expect(page.locator("[data-status]")).to_have_text("Quay reopens is now 2 of 2 in Top")
    assert order() == [[two, one], [three]]
    with page.expect_response(is_saving):
        page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(f"#card-{one}")).to_be_focused()
    assert order() == [[two], [one, three]]
    with page.expect_response(is_saving):
        page.get_by_role("button", name="Move up: Quay reopens").click()
    assert order() == [[two, one], [three]]
    expect(page.locator("[data-filled]").first).to_be_attached()
    with page.expect_response(is_saving):
        grip = page.locator(f"#card-{three} [data-grip]")
        grip.drag_to(page.locator(f"#card-{two} [data-grip]"), target_position={"x": 2, "y": 0})
    assert order() == [[three, two, one], []]
    with page.expect_response(is_saving):
        page.locator(f"#card-{two} summary").click()
        page.locator(f"#card-{two}").get_by_label("Headline here").fill("Ferry fares")
        page.keyboard.press("Tab")
    page.reload()
    expect(page.locator(f"#card-{two} [data-headline]")).to_have_text("Ferry fares")
    assert order() == [[three, two, one], []]


def test_choosing_launching_and_undoing(
    open_page: Callable[..., Page], editor: User, stories: list[PublishedArticle]
) -> None:
    picture = make.picture(alt_text="A crane at dusk")
    fourth = make.story("Census begins")
    page = open_page(editor, viewport={"width": 1280, "height": 900})
    page.goto(ARRANGE)
    page.locator("#container-c2").get_by_role("button", name="Choose stories…").click()
    page.get_by_role("dialog", name="Choose stories").get_by_role("button", name="Census begins").click()
    page.get_by_role("button", name="Put them in").click()
    expect(page.locator(f"#container-c2 #card-{fourth.pk}")).to_be_visible()
    assert order()[1] == [stories[2].pk, fourth.pk]
    card = page.locator(f"#card-{fourth.pk}")
    card.locator("summary").click()
    card.get_by_role("button", name="Choose a picture…").click()
    with page.expect_response(is_saving):
        page.get_by_role("dialog", name="Choose a picture").get_by_role("button", name="A crane at dusk").click()
    assert Front.objects.get().draft[1]["cards"][1]["picture"] == picture.pk
    page.get_by_role("button", name="Preview and launch…").click()
    assert axe(page) == []
    frame = page.frame_locator(".preview-phone iframe")
    expect(frame.get_by_role("link", name="Census begins")).to_be_visible()
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.get_by_text("Launched. Readers see it now.")).to_be_visible()
    reader = open_page(viewport={"width": 1280, "height": 900})
    reader.goto("/")
    expect(reader.get_by_role("region", name="Below").get_by_role("link")).to_have_text(
        ["Bridge closes", "Census begins"]
    )
    assert axe(reader) == []
    page.get_by_role("button", name="Undo the last launch").click()
    reader.reload()
    expect(reader.get_by_role("region", name="Below")).to_have_count(0)


def test_two_editors_lose_nothing(
    open_page: Callable[..., Page], editor: User, chief: User, stories: list[PublishedArticle]
) -> None:
    page = open_page(editor, viewport={"width": 1280, "height": 900})
    page.goto(ARRANGE)
    front = Front.objects.get()
    actions_fronts.change_draft("en", None, actor=chief, containers=[Container("c1", title="Theirs")])
    page.locator("#container-c1").get_by_label("Title").fill("Mine")
    page.locator("#container-c1").get_by_label("Title").press("Enter")
    expect(page.get_by_text("Chika Dahl changed this front page while you had it open.")).to_be_visible()
    expect(page.locator("#container-c1").get_by_label("Title")).to_have_value("Mine")
    assert Front.objects.get().draft[0]["title"] == "Theirs"
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#container-c2")).to_be_visible()
    assert Front.objects.get().draft[0]["title"] == "Mine"
    assert Front.objects.get().version == front.version + 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_dark_and_arabic(
    open_page: Callable[..., Page], editor: User, stories: list[PublishedArticle], scheme: Any
) -> None:
    editor.language = "ar"
    editor.save(update_fields=["language"])
    page = open_page(editor, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    for address in ("/admin/articles/front/", ARRANGE, f"{ARRANGE}history/", "/admin/articles/front/banner/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
        assert axe(page) == [], address
    actions_fronts.launch("en", None, actor=editor)
    until = timezone.now() + timedelta(hours=1)
    actions_banner.set_banner("en", actor=editor, text="Harbour closed", path="/news/", ends_at=until)
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe(page) == []


def test_a_banner_goes_by_itself_on_an_open_page(
    open_page: Callable[..., Page], editor: User, stories: list[PublishedArticle]
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.clock.install()
    until = timezone.now() + timedelta(minutes=5)
    actions_banner.set_banner("en", actor=editor, text="Harbour closed", ends_at=until)
    page.goto("/")
    expect(page.get_by_text("Harbour closed")).to_be_visible()
    page.clock.fast_forward("06:00")
    expect(page.get_by_text("Harbour closed")).to_be_hidden()
    assert SiteSettings.load().banners  # the worker has not been there yet
