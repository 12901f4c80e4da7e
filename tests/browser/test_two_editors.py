"""Two editors at one story in two browsers: whoever comes second, by any way, overwrites nothing and loses nothing."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from articles import actions
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from tests import make
from tests.articles.desk_form import LIST, form_of
from tests.browser.writing import text_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def write(page: Page, paragraph: int, words: str) -> None:
    text_of(page).locator("p").nth(paragraph).click()
    page.keyboard.press("End")
    page.keyboard.type(words)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def told(page: Page) -> None:
    expect(page.locator(".messagelist .success").first).to_be_visible()


def test_by_every_way_of_saving(desk_page, live_server):
    make.site()
    story = make.draft("Ferry resumes", body="<p>One.</p><p>Two.</p>", section=make.section("News"))
    actions.names_to_tags(["Harbour"])
    amira = desk_page(make.user("editor", display_name="Amira Holt"))
    ben = desk_page(make.user("editor", display_name="Ben Ode"))

    def amira_saves(words: str) -> None:
        """While Ben has the same story open."""
        amira.goto(form_of(story))
        write(amira, 0, words)
        press(amira, "Save draft")
        told(amira)

    def put_together(theirs: str, mine: str) -> None:
        """Ben is shown both texts, nothing has been written, and both are in the story then."""
        expect(ben.locator("h1")).to_contain_text("Two versions")
        expect(ben.locator("ins", has_text=theirs)).to_be_visible()
        expect(ben.locator("ins", has_text=mine)).to_be_visible()
        assert mine not in Article.objects.get().body
        press(ben, "Put together and save")
        expect(ben.locator(".messagelist .success")).to_contain_text("one text out of both")
        body = Article.objects.get().body
        assert theirs in body
        assert mine in body

    # The form.
    ben.goto(form_of(story))
    write(ben, 1, " Ben saved.")
    amira_saves(" Amira, first.")
    press(ben, "Save draft")
    put_together("Amira, first.", "Ben saved.")

    # What was kept while typing, and the browser gone.
    write(ben, 1, " Ben typed.")
    expect(ben.locator("[data-kept]")).to_contain_text("Kept at")
    ben.close()
    amira_saves(" Amira, second.")
    ben = ben.context.new_page()
    ben.goto(form_of(story))
    expect(ben.locator("[data-offered]")).to_contain_text("The story has been saved since.")
    ben.get_by_role("link", name="Put it into the form").click()
    expect(text_of(ben)).to_contain_text("Ben typed.")
    press(ben, "Save draft")
    put_together("Amira, second.", "Ben typed.")

    # A verb, with a note; and what stands beside the text.
    write(ben, 1, " Ben is done.")
    amira_saves(" Amira, third.")
    press(ben, "Mark as ready…")
    ben.get_by_role("dialog").get_by_label("Note for the desk").fill("Call the harbour master.")
    press(ben, "Mark as ready")
    expect(ben.get_by_text("Call the harbour master.")).to_be_visible()
    put_together("Amira, third.", "Ben is done.")
    assert Article.objects.get().state == State.DRAFT
    press(ben, "Mark as ready…")
    expect(ben.get_by_role("dialog").get_by_label("Note for the desk")).to_have_value("Call the harbour master.")
    press(ben, "Mark as ready")
    expect(ben.locator(".messagelist .success")).to_have_text("Marked as ready.")
    amira.get_by_label("Brief").fill("Amira's brief.")
    press(amira, "Save the plan")
    expect(amira.get_by_text("Planned.")).to_be_visible()
    panel = ben.locator("#panel-plan")
    panel.get_by_label("Brief").fill("Ben's brief.")
    press(ben, "Save the plan")
    expect(panel.locator(".errorlist")).to_contain_text("Somebody changed this meanwhile to “Amira's brief.”")
    expect(panel.get_by_label("Brief")).to_have_value("Ben's brief.")
    assert Article.objects.get().brief == "Amira's brief."
    press(ben, "Save the plan")
    expect(panel.get_by_text("Planned.")).to_be_visible()

    # The list, for many at once, and the page that publishes by two taps: both opened before she saves.
    phone = ben.context.new_page()
    phone.goto(reverse("admin:articles_article_quick", args=[story.pk]))
    ben.goto(LIST)
    ben.locator("#action-toggle").check()
    ben.locator("select[name=action]").select_option(label="Add tags…")
    press(ben, "Go")
    ben.get_by_label("Tags").fill("harbour")
    amira_saves(" Amira, last.")
    press(phone, "Publish")
    expect(phone.get_by_role("alert")).to_have_text("Amira Holt saved this story while you had it open.")
    assert not PublishedArticle.objects.exists()
    press(phone, "Publish")
    told(phone)
    press(ben, "Add tags")
    expect(ben.get_by_text("Amira Holt saved this story while you had it open.")).to_be_visible()
    expect(ben.get_by_label("Tags")).to_have_value("harbour")
    assert not story.tags.exists()
    press(ben, "Add tags")
    told(ben)
    assert [tag.name for tag in story.tags.all()] == ["Harbour"]
    assert PublishedArticle.objects.get().body_html.count("Amira, ") == 4
    assert Article.objects.get().body == (
        "<p>One. Amira, first. Amira, second. Amira, third. Amira, last.</p>"
        "<p>Two. Ben saved. Ben typed. Ben is done.</p>"
    )
