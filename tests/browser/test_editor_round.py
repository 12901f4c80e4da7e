"""An editor's day in Chromium: from the empty form to the notice at a killed story's address, and back."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from articles import actions, markup
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.models.revisions import Revision
from tests import make
from tests.browser.checks import axe, faults_in_all_looks, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/articles/article/"
# Every element of the profile, as the server cleans it.
EVERYTHING = markup.clean(
    "<p>The ferry left with <strong>forty</strong> <em>people</em>, <s>fifty</s>, x<sub>1</sub>, x<sup>2</sup>.</p>"
    '<h2>What <a href="https://example.org/a?b=1&amp;c=2">happened</a></h2><h3>At the quay</h3>'
    '<ul><li>one</li><li>two<ul><li>nested</li></ul></li></ul><ol start="3"><li>three</li></ol>'
    "<blockquote><p>We saw smoke.</p><p>Then nothing.</p><ul><li>in it</li></ul><footer>Ada Lund</footer></blockquote>"
    '<blockquote class="pull"><p>Nobody told us.</p></blockquote><hr>'
    '<table><caption>Arrivals</caption><thead><tr><th scope="col">Day</th><th scope="col">People</th></tr></thead>'
    '<tbody><tr><td colspan="2">Monday</td></tr></tbody></table>'
    '<p lang="ar" dir="rtl">مرحبا <span lang="fr">bonjour</span><br>second line</p>'
)


@pytest.fixture
def paper(live_server):
    make.site()
    make.section("News")
    make.section("Culture")


def form_of(article: Article) -> str:
    return f"{LIST}{article.pk}/change/"


def text_of(page: Page):
    return page.get_by_role("textbox", name="Text", exact=True)


def write(page: Page, *lines: str) -> None:
    text_of(page).click()
    for number, line in enumerate(lines):
        if number:
            page.keyboard.press("Enter")
        page.keyboard.type(line)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.both_databases
def test_the_round(desk_page, reader_page, paper):
    page = desk_page(make.user("chief"))
    page.goto(LIST)
    page.get_by_role("link", name="Add story").click()

    # Write and look.
    page.get_by_label("Headline:", exact=True).fill("Ferry service resumes")
    page.get_by_label("Section:").select_option("Culture")
    write(page, "The first boat left at noon.", "It carried forty people.")
    press(page, "Preview")
    phone = page.frame_locator("iframe[title*=phone]")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ferry service resumes")
    page.get_by_role("radio", name="Desktop").check()
    desktop = page.frame_locator("iframe[title*=desktop]")
    expect(desktop.get_by_text("It carried forty people.")).to_be_visible()
    expect(page.get_by_text("Preview, not published.")).to_be_visible()
    article = Article.objects.get()
    assert article.body == "<p>The first boat left at noon.</p><p>It carried forty people.</p>"
    assert not PublishedArticle.objects.exists()

    # Publish.
    page.get_by_role("link", name="Back to the story").click()
    press(page, "Publish")
    expect(page.get_by_text("Published. Readers find it at")).to_be_visible()
    path = PublishedArticle.objects.get().path
    reader_page.goto(path)
    expect(reader_page.get_by_role("heading", level=1)).to_have_text("Ferry service resumes")

    # Change: readers see nothing until it is published again. What is to be done stands out, and only that.
    publish = page.get_by_role("button", name="Publish changes", exact=True)
    expect(publish).not_to_have_class(re.compile("default"))
    page.get_by_label("Headline:", exact=True).fill("Ferry service resumes after four days")
    expect(publish).to_have_class(re.compile("default"))
    press(page, "Save draft")
    expect(page.locator(".story-strip").get_by_text("unpublished changes")).to_be_visible()
    reader_page.reload()
    expect(reader_page.get_by_role("heading", level=1)).to_have_text("Ferry service resumes")
    press(page, "Publish changes")
    expect(page.locator(".story-strip").get_by_text("unpublished changes")).to_be_hidden()
    reader_page.reload()
    expect(reader_page.get_by_role("heading", level=1)).to_have_text("Ferry service resumes after four days")

    # Withdraw, put back an old revision, publish, kill.
    page.get_by_role("link", name="Withdraw…").click()
    page.get_by_label("Note for colleagues").fill("The count is in doubt.")
    press(page, "Withdraw the story")
    expect(page.get_by_text("Withdrawn. Readers no longer find it.")).to_be_visible()
    assert reader_page.request.get(path).status == 410
    page.get_by_role("link", name="Revisions and history").click()
    page.get_by_role("link", name="Revision 1", exact=True).click()
    press(page, "Restore")
    expect(page.get_by_label("Headline:", exact=True)).to_have_value("Ferry service resumes")
    press(page, "Publish")
    expect(page.get_by_text("Published. Readers find it at")).to_be_visible()
    assert reader_page.request.get(path).status == 200
    page.get_by_role("link", name="Kill…").click()
    page.get_by_label("Notice to readers:").fill("There was no ferry.")
    press(page, "Kill the story")
    expect(page.locator(".story-strip").get_by_text("Killed")).to_be_visible()
    gone = reader_page.request.get(path)
    assert gone.status == 410
    assert "There was no ferry." in gone.text()


def test_nothing_of_a_body_is_lost_by_opening_and_saving_it(desk_page, paper):
    article = make.draft(body=EVERYTHING)
    page = desk_page(make.user("editor"))
    page.goto(form_of(article))
    text_of(page).locator("p").first.click()
    page.keyboard.press("Home")
    page.keyboard.type("X")
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    article.refresh_from_db()
    assert article.body == EVERYTHING.replace("<p>The", "<p>XThe", 1)


def test_typed_spaces_stay_ordinary_spaces(desk_page, paper):
    page = desk_page(make.user("editor"))
    page.goto(LIST + "add/")
    write(page, "one two  three ", "four")
    press(page, "Save draft")
    expect(page.locator(".story-strip")).to_be_visible()
    assert Article.objects.get().body == "<p>one two three</p><p>four</p>"


def test_quotation_list_link_and_table_by_the_buttons(desk_page, paper):
    page = desk_page(make.user("editor"))
    page.goto(LIST + "add/")
    text_of(page).click()
    press(page, "Heading")
    page.keyboard.type("At the quay")
    page.keyboard.press("Enter")
    press(page, "Quotation")
    page.keyboard.type("We waited.")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("The harbour master")
    page.keyboard.press("Enter")
    press(page, "Pull quote")
    page.keyboard.type("Forty people.")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    press(page, "List")
    page.keyboard.type("boats")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("See ")
    press(page, "Link")
    page.get_by_role("textbox", name="Address").fill("javascript:alert(1)")
    press(page, "Set the link")
    expect(page.get_by_text("Write an address like")).to_be_visible()
    page.get_by_role("textbox", name="Address").fill("harbour.example/times")
    page.get_by_role("textbox", name="Address").press("Enter")
    page.keyboard.press("Enter")
    press(page, "Table")
    page.keyboard.type("Day")
    press(page, "Remove row")
    page.get_by_label("Caption").fill("Arrivals")
    press(page, "Save draft")
    expect(page.locator(".story-strip")).to_be_visible()
    body = Article.objects.get().body
    assert body.startswith(
        "<h2>At the quay</h2><blockquote><p>We waited.</p><footer>The harbour master</footer></blockquote>"
        '<blockquote class="pull"><p>Forty people.</p></blockquote><ul><li>boats</li></ul>'
        '<p>See <a href="https://harbour.example/times">harbour.example/times</a></p>'
    )
    assert "<caption>Arrivals</caption>" in body
    assert "style" not in body
    assert "colgroup" not in body


def test_a_quotation_can_be_undone_and_left(desk_page, paper):
    page = desk_page(make.user("editor"))
    page.goto(LIST + "add/")
    text_of(page).click()
    press(page, "Quotation")
    page.keyboard.type("first")
    page.keyboard.press("Enter")
    page.keyboard.type("second")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("after")
    expect(text_of(page).locator("blockquote p")).to_have_text(["first", "second"])
    expect(text_of(page).locator(":scope > p")).to_have_text(["after"])
    text_of(page).locator("blockquote p").first.click()
    expect(page.get_by_role("button", name="Quotation")).to_have_attribute("aria-pressed", "true")
    press(page, "Quotation")
    expect(text_of(page).locator(":scope > p")).to_have_text(["first", "second", "after"])
    page.keyboard.press("Control+z")
    expect(text_of(page).locator("blockquote p")).to_have_text(["first", "second"])


def test_saving_by_keyboard_and_the_warning_before_leaving(desk_page, paper):
    page = desk_page(make.user("editor"))
    page.goto(LIST + "add/")
    write(page, "Some words.")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Home").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert Article.objects.get().body == "<p>Some words.</p>"
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="My work")).to_be_visible()
    assert asked == ["beforeunload"]


def test_two_quick_clicks_on_publish_publish_once(desk_page, paper):
    page = desk_page(make.user("editor"))
    page.goto(LIST + "add/")
    page.get_by_label("Headline:", exact=True).fill("Once")
    page.get_by_label("Section:").select_option("News")
    write(page, "Text.")
    page.get_by_role("button", name="Publish", exact=True).dblclick()
    expect(page.get_by_text("Published. Readers find it at")).to_be_visible()
    assert Article.objects.count() == PublishedArticle.objects.count() == Revision.objects.count() == 1


def test_bylines_are_added_and_chosen(desk_page, paper):
    author = make.author("Ada Lund")
    page = desk_page(make.user("editor"))
    page.goto(LIST + "add/")
    page.get_by_label("As printed").first.fill("Coastal News Agency")
    press(page, "Add a byline")
    page.get_by_role("combobox", name="Author").last.click()
    page.get_by_role("searchbox", name="Author").fill("ada")
    page.get_by_role("option", name="Ada Lund").click()
    press(page, "Save draft")
    expect(page.locator(".story-strip")).to_be_visible()
    lines = Article.objects.get().bylines.all()
    assert [(line.author, line.printed) for line in lines] == [(None, "Coastal News Agency"), (author, "Ada Lund")]


def test_errors_keep_what_was_typed_and_lead_to_the_field(desk_page, paper):
    page = desk_page(make.user("editor"))
    page.goto(LIST + "add/")
    page.get_by_label("Headline:", exact=True).fill("Without a section")
    write(page, "The text stays.")
    press(page, "Publish")
    page.get_by_role("alert").get_by_role("link", name="Section").click()
    expect(page.get_by_label("Section:")).to_be_focused()
    expect(text_of(page)).to_have_text("The text stays.")
    page.get_by_label("Section:").select_option("News")
    press(page, "Publish")
    expect(page.get_by_text("Published. Readers find it at")).to_be_visible()
    assert PublishedArticle.objects.get().body_html == "<p>The text stays.</p>"


def test_two_people_on_one_story(desk_page, paper):
    first, second = make.user("editor", display_name="Edith Oram"), make.user("editor")
    article = make.draft("As opened", actor=first)
    page = desk_page(second)
    page.goto(form_of(article))
    actions.save(article.pk, actor=first, content={"headline": "Theirs"})
    page.get_by_label("Headline:", exact=True).fill("Mine")
    press(page, "Save draft")
    expect(page.get_by_text("Somebody saved this story while you had it open")).to_contain_text("Edith Oram")
    press(page, "Put together and save")
    expect(page.get_by_text("Saved: one text out of both.")).to_be_visible()
    assert [revision.content["headline"] for revision in article.revisions.all()] == ["Mine", "Theirs", "As opened"]


def test_without_every_module_the_editor_does_not_start(browser, live_server, paper, signed_in):
    article = make.draft(body=EVERYTHING)
    session = signed_in(make.user("editor")).cookies[settings.SESSION_COOKIE_NAME].value
    # Not watched: a page with a broken script does complain.
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    empty = {"body": "export const Nothing = 1", "content_type": "text/javascript"}
    page.route("**/quotation*", lambda route: route.fulfill(**empty))
    page.goto(form_of(article))
    expect(page.get_by_text("The editor could not load everything it needs")).to_be_visible()
    assert page.locator("textarea[name=body]").get_attribute("readonly") is not None
    page.get_by_label("Kicker:").fill("Harbour")
    press(page, "Save draft")
    expect(page.locator(".messagelist")).to_be_visible()
    article.refresh_from_db()
    assert (article.kicker, article.body) == ("Harbour", EVERYTHING)
    context.close()


def test_without_javascript_the_text_area_holds_the_text(open_page, paper):
    article = make.draft(body="<p>Before.</p>")
    page = open_page(make.user("editor"), java_script_enabled=False)
    page.goto(form_of(article))
    area = page.locator("textarea[name=body]")
    expect(area).to_have_value("<p>Before.</p>")
    area.fill("<p>After.</p>")
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    article.refresh_from_db()
    assert article.body == "<p>After.</p>"


def test_nothing_for_axe_to_find(desk_page, paper):
    article = make.draft("Ferry service resumes", body=EVERYTHING, bylines=[make.author("Ada Lund")], tags=["Ferries"])
    actions.publish(article.pk, actor=None)
    page = desk_page(make.user("chief"))
    for address in (
        LIST, LIST + "add/", form_of(article), f"{LIST}{article.pk}/revisions/", f"{LIST}{article.pk}/revisions/1/",
        f"{LIST}{article.pk}/preview/", f"{LIST}{article.pk}/kill/", LIST + "import/",
    ):  # fmt: skip
        visit(page, address, width=1280)
        if page.locator("textarea[name=body]").count():
            expect(page.locator(".ProseMirror")).to_be_visible()
        assert faults_in_all_looks(page, (1280, 360)) == [], address


def test_a_killed_story_is_only_shown(desk_page, paper):
    article = make.draft("Killed", body=EVERYTHING)
    actions.publish(article.pk, actor=None)
    actions.kill(article.pk, actor=None, notice="Wrong.")
    page = desk_page(make.user("editor"))
    page.goto(form_of(article))
    expect(page.locator(".story-text blockquote").first).to_contain_text("We saw smoke.")
    expect(page.get_by_role("button", name="Save draft")).to_have_count(0)
    assert axe(page) == []
    assert Article.objects.get().state == State.KILLED
