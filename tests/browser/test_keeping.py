"""No word is lost: a server that dies, a session that ends, a disk that is full, two people on one story."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from articles import actions, autosaves
from articles.models.desk import Article
from articles.models.workflow import Autosave
from tests import make
from tests.articles.desk_form import ADD, form_of
from tests.browser.checks import axe
from tests.browser.writing import text_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEADLINE = "#id_headline"


@pytest.fixture
def story(live_server) -> Article:
    make.site()
    return make.draft("As saved", body="<p>One.</p><p>Two.</p><p>Three.</p>")


@pytest.fixture
def unguarded(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """A signed-in page on which things go wrong on purpose, and the browser may complain."""
    profiles = []

    def opened(user: User) -> Page:
        profile = browser.new_context(locale="en-GB", base_url=live_server.url)
        profile.set_default_timeout(15_000)
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        profile.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
        profiles.append(profile)
        return profile.new_page()

    yield opened
    for profile in profiles:
        profile.close()


def write(page: Page, words: str) -> None:
    """At the end of the text, as somebody types."""
    text_of(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def kept(page: Page):
    return page.locator("[data-kept]")


def no_copies(page: Page) -> None:
    page.wait_for_function("() => !Object.keys(localStorage).some(key => key.startsWith('desk-kept:'))")


def copies(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('desk-kept:'))")


def test_what_is_typed_is_kept_offered_back_and_forgotten_when_saved(desk_page, story):
    page = desk_page(make.user("editor"))
    page.goto(form_of(story))
    write(page, " Not saved.")
    page.fill(HEADLINE, "As typed")
    expect(kept(page)).to_contain_text("Kept at")
    page.close()  # the browser dies

    page = page.context.new_page()
    page.goto(form_of(story))
    expect(page.locator("[data-offered]")).to_contain_text("did not save it")
    assert axe(page) == []
    page.get_by_role("link", name="See what differs").click()
    expect(page.locator("ins", has_text="Not saved.")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Put it into the form").click()
    expect(text_of(page)).to_contain_text("Not saved.")
    expect(page.locator(HEADLINE)).to_have_value("As typed")
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    expect(page.locator("[data-offered]")).to_have_count(0)
    story.refresh_from_db()
    assert (story.headline, "Not saved." in story.body) == ("As typed", True)
    no_copies(page)


def test_opening_a_form_is_not_typing(desk_page, story):
    page = desk_page(make.user("editor"))
    page.goto(form_of(story))
    page.evaluate("django.jQuery('#id_section').trigger('change')")  # as the form's lists do while they are set up
    page.wait_for_timeout(3_500)  # longer than the pause after which typed text is kept
    assert page.locator("#article_form[data-unsaved]").count() == 0
    page.goto(form_of(story))
    expect(page.locator("[data-offered]")).to_have_count(0)


def test_a_new_story_survives_the_browser(desk_page, story):
    page = desk_page(make.user("editor"))
    page.goto(ADD)
    write(page, "First words.")
    expect(kept(page)).to_contain_text("Kept at")
    page.close()
    page = page.context.new_page()
    page.goto(ADD)
    page.get_by_role("link", name="Put it into the form").click()
    expect(text_of(page)).to_contain_text("First words.")


def test_without_a_network_the_browser_keeps_it_and_offers_it_back(unguarded, story):
    page = unguarded(make.user("editor"))
    page.goto(form_of(story))
    expect(text_of(page)).to_be_visible()
    page.context.set_offline(True)
    write(page, " Typed at sea.")
    expect(kept(page)).to_contain_text("Not kept on the server")
    expect(kept(page)).to_contain_text("in this browser")
    assert not Autosave.objects.exists()
    page.close()
    page = page.context.new_page()
    page.context.set_offline(False)
    page.goto(form_of(story))
    page.get_by_role("button", name="Put it into the form").click()
    expect(text_of(page)).to_contain_text("Typed at sea.")
    no_copies(page)


def test_with_the_network_back_the_server_has_it_again(unguarded, story):
    page = unguarded(make.user("editor"))
    page.goto(form_of(story))
    expect(text_of(page)).to_be_visible()
    page.context.set_offline(True)
    write(page, " Typed at sea.")
    expect(kept(page)).to_contain_text("Not kept on the server")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(kept(page)).to_contain_text("Kept at")
    assert "Typed at sea." in Autosave.objects.get().fields["body"][0]
    no_copies(page)


def test_a_full_disk_loses_nothing_and_says_so(unguarded, story, monkeypatch):
    page = unguarded(make.user("editor"))
    page.goto(form_of(story))
    expect(text_of(page)).to_be_visible()

    def full(*args: object, **kwargs: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(autosaves, "keep", full)
        disk.setattr(actions, "save", full)
        write(page, " Typed on a full disk.")
        expect(kept(page)).to_contain_text("in this browser")
        page.locator("[name=_save]").click()
        page.wait_for_url("**/change/")
        expect(page.locator("#article_form")).to_have_count(0)
    page.goto(form_of(story))
    page.get_by_role("button", name="Put it into the form").click()
    expect(text_of(page)).to_contain_text("Typed on a full disk.")


def test_a_session_that_ends_while_writing_loses_nothing(unguarded, story):
    editor = make.user("editor")
    page = unguarded(editor)
    page.goto(form_of(story))
    expect(text_of(page)).to_be_visible()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    write(page, " Typed while signed out.")
    expect(kept(page)).to_contain_text("you are signed out")
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist")).to_contain_text("What you typed is kept")
    page.fill("[name=login]", editor.email)
    page.fill("[name=password]", make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(text_of(page)).to_contain_text("Typed while signed out.")
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    story.refresh_from_db()
    assert "Typed while signed out." in story.body
    no_copies(page)


def test_a_session_that_ends_before_any_other_form_is_sent_loses_nothing(unguarded, story):
    chief = make.user("chief")
    actions.publish(story.pk, actor=chief)
    page = unguarded(chief)
    page.goto(f"/admin/articles/article/{story.pk}/kill/")
    page.fill("[name=notice]", "The figures were wrong, as we have learned.")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Kill the story").click()
    page.fill("[name=login]", chief.email)
    page.fill("[name=password]", make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("[name=notice]")).to_have_value("The figures were wrong, as we have learned.")
    expect(page.get_by_text("You had been signed out.")).to_be_visible()
    page.get_by_role("button", name="Kill the story").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    story.refresh_from_db()
    assert story.state == "killed"
    assert page.evaluate("sessionStorage.getItem('desk-held')") is None


def test_signing_out_leaves_nothing_on_a_shared_machine_but_asks_first(unguarded, story):
    page = unguarded(make.user("editor"))
    page.goto(form_of(story))
    expect(text_of(page)).to_be_visible()
    page.context.set_offline(True)
    write(page, " Mine alone.")
    expect(kept(page)).to_contain_text("in this browser")
    page.context.set_offline(False)
    page.close()
    page = page.context.new_page()
    page.goto("/admin/")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("button", name="Sign out").click()
    assert len(asked) == len(copies(page)) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    no_copies(page)


def test_two_people_on_one_story_and_both_texts_in_the_end(desk_page, story):
    first, second = desk_page(make.user("editor", display_name="Amira Holt")), desk_page(make.user("chief"))
    for page in (first, second):
        page.goto(form_of(story))
        expect(text_of(page)).to_be_visible()
    expect(second.locator("[data-company]")).to_contain_text("Amira Holt has this story open")
    text_of(first).locator("p").first.click()
    first.keyboard.press("End")
    first.keyboard.type(" Amira was here.")
    write(second, " And so was I.")
    first.locator("[name=_save]").click()
    expect(first.locator(".messagelist .success")).to_be_visible()
    expect(second.locator("[data-newer]")).to_contain_text("Amira Holt saved this story at", timeout=20_000)
    second.get_by_role("button", name="Put both together now").click()
    expect(second.locator("h1")).to_contain_text("Two versions")
    assert axe(second) == []
    second.get_by_role("button", name="Put together, and go on in the form").click()
    expect(text_of(second)).to_contain_text("Amira was here.")
    expect(text_of(second)).to_contain_text("And so was I.")
    second.locator(".story-buttons [name=_save]").click()
    expect(second.locator(".messagelist .success")).to_be_visible()
    story.refresh_from_db()
    assert story.body == "<p>One. Amira was here.</p><p>Two.</p><p>Three. And so was I.</p>"


def test_a_second_window_of_ones_own_is_called_that(desk_page, story):
    page = desk_page(make.user("editor"))
    page.goto(form_of(story))
    expect(text_of(page)).to_be_visible()
    other = page.context.new_page()
    other.goto(form_of(story))
    expect(other.locator("[data-company]")).to_have_text("You have this story open in another window.")


def test_a_double_click_on_save_is_one_save(desk_page, story):
    page = desk_page(make.user("editor"))
    page.goto(form_of(story))
    write(page, " Once.")
    page.locator(".story-buttons [name=_save]").dblclick()
    expect(page.locator(".messagelist .success")).to_be_visible()
    story.refresh_from_db()
    assert (story.version, story.body.count("Once.")) == (2, 1)


def test_leaving_with_unsaved_words_is_warned_of(desk_page, story):
    page = desk_page(make.user("editor"))
    page.goto(form_of(story))
    write(page, " Unsaved.")
    expect(kept(page)).to_contain_text("Kept at")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/admin/")
    assert asked == ["beforeunload"]


# A server that is killed ---------------------------------------------------------------------------------------------


@pytest.fixture
def server(live_server) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a server process on the test's database and `port`, as often as it is killed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    name = str(connection.settings_dict["NAME"])
    outside = os.environ["DATABASE_URL"]
    database = f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{outside.rpartition('/')[0]}/{name}"
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        running.append(
            subprocess.Popen(
                [sys.executable, "manage.py", "runserver", "--noreload", "--skip-checks", f"127.0.0.1:{port}"],
                cwd=settings.BASE_DIR,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database},
            )
        )
        end = time.monotonic() + 90
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return running[-1]
            except OSError:
                assert time.monotonic() < end, "the server did not come up"
                time.sleep(0.25)

    start.port = port
    yield start
    for process in running:
        process.kill()
        process.wait()


def test_a_server_killed_while_somebody_types_costs_no_word(unguarded, server, story):
    process, there = server(), f"http://localhost:{server.port}{form_of(story)}"
    page = unguarded(make.user("editor"))
    page.goto(there)
    write(page, " Typed before.")
    process.kill()
    process.wait()
    page.keyboard.type(" Typed after.")
    expect(kept(page)).to_contain_text("in this browser")
    page.locator(".story-buttons [name=_save]").click()  # nobody answers
    page.wait_for_url("chrome-error://**")
    page.close()

    server()
    page = page.context.new_page()
    page.goto(there)
    page.get_by_role("button", name="Put it into the form").click()
    expect(text_of(page)).to_contain_text("Typed before. Typed after.")
    page.locator(".story-buttons [name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    story.refresh_from_db()
    assert story.body == "<p>One.</p><p>Two.</p><p>Three. Typed before. Typed after.</p>"
