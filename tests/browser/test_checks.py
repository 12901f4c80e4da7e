"""The checks beside a story's form, in Chromium: they follow the typing, lead to the place, and go when mended."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from articles.models.desk import Article
from articles.models.published import PublishedArticle
from tests import make
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADD = "/admin/articles/article/add/"
SELECTED = "document.getSelection().toString()"
BLOCK = """() => {
  const { anchorNode } = document.getSelection()
  return (anchorNode?.closest ? anchorNode : anchorNode?.parentElement)?.closest("p")?.textContent
}"""


@pytest.fixture
def paper(live_server):
    make.site()
    make.section("News")


def form_of(article: Article) -> str:
    return f"/admin/articles/article/{article.pk}/change/"


def panel(page: Page):
    return page.get_by_role("region", name="Before publication")


def text_of(page: Page):
    return page.get_by_role("textbox", name="Text", exact=True)


def test_a_finding_appears_leads_to_its_place_and_goes_when_it_is_mended(paper, desk_page):
    page = desk_page(make.user("editor"))
    page.goto(ADD)
    page.get_by_label("Headline:", exact=True).fill("Ferry service resumes")
    page.get_by_label("Section:").select_option("News")
    text_of(page).click()
    page.keyboard.type("The ticket counter opened.")
    page.keyboard.press("Enter")
    page.keyboard.type("A ticket costs TK francs.")
    finding = panel(page).get_by_role("link", name="Still to be filled in: TK")
    expect(finding).to_be_visible()
    expect(panel(page).get_by_role("status")).to_contain_text("1 required")
    assert axe(page) == []

    page.get_by_label("Headline:", exact=True).focus()
    finding.click()
    for _ in range(100):  # the editor takes the focus first
        if page.evaluate(SELECTED) == "TK":
            break
        page.wait_for_timeout(100)
    assert page.evaluate(SELECTED) == "TK"
    page.keyboard.type("12")
    expect(finding).to_have_count(0)
    expect(text_of(page)).to_contain_text("A ticket costs 12 francs.")
    assert not Article.objects.exists()


def test_of_two_places_the_right_one_is_chosen_across_marks_and_lines(paper, desk_page):
    body = "<p>It left the quay.</p><ul><li>Left <strong>the</strong> the quay.</li></ul><p>And the the boat.</p>"
    page = desk_page(make.user("editor"))
    page.goto(form_of(make.draft(body=body)))
    links = panel(page).get_by_role("link", name="“the” twice in a row.")
    expect(links).to_have_count(2)
    expect(page.locator(".ProseMirror")).to_be_visible()  # before the editor is there, the links lead to the field
    for rank, paragraph in enumerate(["Left the the quay.", "And the the boat."]):
        links.nth(rank).click()
        for _ in range(50):  # the editor takes the focus first
            if page.evaluate(SELECTED) == "the the" and page.evaluate(BLOCK) == paragraph:
                break
            page.wait_for_timeout(100)
        assert (page.evaluate(SELECTED), page.evaluate(BLOCK)) == ("the the", paragraph)


def test_a_finding_in_a_field_selects_the_words_there(paper, desk_page):
    page = desk_page(make.user("editor"))
    page.goto(form_of(make.draft(standfirst="It costs TK.")))
    panel(page).get_by_role("link", name="Still to be filled in: TK").press("Enter")
    field = page.get_by_label("Standfirst:")
    expect(field).to_be_focused()
    assert field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == "TK"


def test_it_says_when_there_is_nothing_and_when_the_session_is_gone(paper, desk_page):
    page = desk_page(make.user("editor"))
    story = make.draft(standfirst="It runs.", dateline="PORT VELA", lead_picture=make.picture().pk)
    page.goto(form_of(story))
    status = panel(page).get_by_role("status")
    expect(status).to_have_text("Nothing stands in the way.")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    panel(page).get_by_role("button", name="Check now").click()
    expect(status).to_contain_text("signed out")
    assert page.get_by_label("Headline:", exact=True).input_value() == story.headline


def test_typing_asks_once_it_has_stopped_and_not_before(paper, desk_page):
    page = desk_page(make.user("editor"))
    asked = []
    page.on("request", lambda request: request.url.endswith("/checks/") and asked.append(request.url))
    page.goto(ADD)
    page.get_by_label("Headline:", exact=True).press_sequentially("Ferry service resumes at noon", delay=40)
    expect(panel(page).get_by_role("link", name="Choose a section")).to_be_visible()
    assert len(asked) == 1


def test_a_chief_publishes_nevertheless_on_a_phone_without_scripts(paper, open_page):
    page = open_page(make.user("chief"), viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page.goto(form_of(make.draft(body="<p>TK is a firm.</p>")))
    page.locator("[name=_publish]").last.click()
    page.get_by_label("Reason", exact=True).fill("It is the name of a firm.")
    page.get_by_role("button", name="Publish nevertheless").click()
    expect(page.get_by_text("Published. Readers find it at")).to_be_visible()
    assert PublishedArticle.objects.get().body_html == "<p>TK is a firm.</p>"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_refused_form_is_for_everybody_at_phone_width(paper, open_page, language):
    chief = make.user("chief", language=language)
    page = open_page(chief, viewport={"width": 360, "height": 740})
    page.goto(form_of(make.draft(body="<p>TK is is a firm.</p>")))
    page.locator("[name=_publish]").last.click()
    expect(page.locator("#override_reason")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
