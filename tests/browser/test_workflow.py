"""A day at the desk in Chromium: what each role sees and does to a story on its way to readers."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import AuditRow
from articles import actions, actions_desk
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.models.workflow import Comment
from tests import make
from tests.articles.desk_form import ADD, LIST, form_of
from tests.browser.checks import axe
from tests.browser.writing import text_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
def ada(live_server):
    make.site()
    make.section("News")
    return make.user("contributor", display_name="Ada Lund")


@pytest.fixture
def samir(ada):
    return make.user("subeditor", display_name="Samir Best")


def bar(page: Page):
    return page.locator(".story-buttons")


def dialog(page: Page):
    return page.get_by_role("dialog")


def said(page: Page):
    return page.locator(".messagelist .success")


@pytest.mark.parametrize("role", ["contributor", "reporter"])
def test_a_writers_day(ada, desk_page, role):
    """From the empty page to the published one: who writes sees at every step what has become of it."""
    if role == "reporter":
        ada = make.user("reporter", display_name="Ada Lund")
    page = desk_page(ada)
    page.goto(ADD)
    page.get_by_label("Headline:", exact=True).fill("Ferry resumes")
    page.get_by_label("Section:").select_option("News")
    text_of(page).click()
    page.keyboard.type("It left at noon.")
    bar(page).get_by_role("button", name="Send for review…").click()
    expect(dialog(page).get_by_label("Note for the desk")).to_be_focused()
    page.keyboard.type("The fares are not confirmed.")
    assert axe(page) == []
    dialog(page).get_by_role("button", name="Send for review").click()
    expect(said(page)).to_contain_text("Sent for review")
    story = Article.objects.get()
    assert (story.state, story.body) == (State.IN_REVIEW, "<p>It left at noon.</p>")
    expect(page.locator(".story-standing")).to_contain_text("Nobody has taken it yet.")
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_have_count(0)
    assert axe(page) == []

    editor = make.user("editor", display_name="Edith Oram")
    actions_desk.send_back(story.pk, actor=editor, note="Ask the harbour master.")
    page.get_by_role("link", name="Notices").click()
    page.get_by_role("link", name="Edith Oram returned “Ferry resumes” with a note.").click()
    expect(page.locator(".story-standing")).to_contain_text("Ask the harbour master.")
    expect(page.locator(".story-standing")).to_contain_text("It is with Ada Lund.")
    assert axe(page) == []

    # What the desk asks is answered beside the text; what is typed there outlives a save of the story.
    actions_desk.comment(story.pk, actor=editor, text="Who sells the tickets?", excerpt="at noon")
    page.goto("/admin/")
    for_me = page.get_by_role("region", name="Comments for me")
    for_me.get_by_role("listitem").filter(has_text="Who sells the tickets?").get_by_role("link").click()
    thread = page.locator("#panel-comments .threads > li").filter(has_text="Who sells the tickets?")
    expect(thread).to_be_in_viewport()
    thread.locator("summary").click()
    thread.get_by_label("Answer").fill("The harbour office.")
    text_of(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Four francs.")
    bar(page).get_by_role("button", name="Save draft").click()
    expect(said(page)).to_be_visible()
    expect(thread.get_by_label("Answer")).to_have_value("The harbour office.")
    thread.get_by_role("button", name="Send the answer").click()
    expect(thread.locator("ol")).to_contain_text("The harbour office.")
    bar(page).get_by_role("button", name="Send for review…").click()
    dialog(page).get_by_role("button", name="Send for review").click()
    expect(said(page)).to_contain_text("Sent for review")
    story.refresh_from_db()
    assert (story.state, story.body) == (State.IN_REVIEW, "<p>It left at noon. Four francs.</p>")
    page.goto("/admin/")
    mine = page.get_by_role("region", name="My work")
    expect(mine.get_by_role("listitem").filter(has_text="Ferry resumes")).to_contain_text("In review")

    actions.publish(story.pk, actor=editor)
    page.reload()
    expect(mine).not_to_contain_text("Ferry resumes")
    page.get_by_role("link", name="Edith Oram published “Ferry resumes”.").click()
    expect(page.locator(".story-strip")).to_contain_text("Published")
    page.locator(".story-strip a[dir=ltr]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ferry resumes")
    expect(page.get_by_text("It left at noon. Four francs.")).to_be_visible()


def test_a_subeditors_day(samir, ada, desk_page):
    story = make.draft("Ferry resumes", actor=ada, body="<p>It left at noon with forty people.</p>")
    actions_desk.submit(story.pk, actor=ada)
    page = desk_page(samir)
    page.goto("/admin/")
    page.get_by_role("region", name="In review").get_by_role("link", name="Ferry resumes").click()
    page.get_by_label("Standfirst:").fill("Typed and not saved.")
    page.get_by_role("button", name="I take it").click()
    expect(page.locator(".story-strip")).to_contain_text("with Samir Best")
    comments = page.locator("#panel-comments")
    text_of(page).get_by_text("forty people").click(click_count=3)
    comments.locator("summary").first.click()
    comments.get_by_role("button", name="About the selected words").click()
    page.keyboard.type("Who counted them?")
    comments.get_by_role("button", name="Comment", exact=True).click()
    expect(comments.locator(".threads")).to_contain_text("Who counted them?")
    expect(page.locator(".story-strip")).to_contain_text("1 open comment")
    assert Comment.objects.get().excerpt == "It left at noon with forty people."
    plan = page.locator("#panel-plan")
    plan.get_by_label("Length in words").fill("800")
    plan.get_by_label("Sensitive").check()
    plan.get_by_role("button", name="Save the plan").click()
    expect(plan.get_by_text("Planned.")).to_be_visible()
    expect(page.locator(".story-strip .flag")).to_have_text("sensitive")
    assert page.get_by_label("Standfirst:").input_value() == "Typed and not saved.", "the panels leave the text alone"
    assert axe(page) == []

    bar(page).get_by_role("button", name="Return to the writer…").click()
    dialog(page).get_by_role("button", name="Return it").click()
    expect(dialog(page)).to_be_visible()  # a word is owed
    dialog(page).get_by_label("What is to be done").fill("Two more lines.")
    dialog(page).get_by_role("button", name="Return it").click()
    expect(said(page)).to_contain_text("The writer has been told")
    story.refresh_from_db()
    assert (story.state, story.standfirst, story.commissioned_length) == (State.RETURNED, "Typed and not saved.", 800)
    assert story.assignee == ada

    bar(page).get_by_role("button", name="Mark as ready…").click()
    dialog(page).get_by_role("button", name="Mark as ready").click()
    expect(said(page)).to_have_text("Marked as ready.")
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)


def test_a_refused_panel_keeps_what_was_typed_and_panels_stay_as_they_were_left(samir, desk_page):
    story = make.draft()
    page = desk_page(samir)
    page.goto(form_of(story))
    plan = page.locator("#panel-plan")
    plan.get_by_label("Length in words").fill("900000")
    plan.get_by_label("Brief").fill("Follow the leases.")
    plan.get_by_role("button", name="Save the plan").click()
    expect(plan.locator(".errorlist")).to_contain_text("50000")
    expect(plan.get_by_label("Brief")).to_have_value("Follow the leases.")
    plan.get_by_label("Length in words").fill("900")
    plan.get_by_label("Due", exact=True).fill("2026-03-04")
    plan.get_by_label("Due: time").fill("18:00")
    plan.get_by_role("button", name="Save the plan").click()
    expect(plan.get_by_text("Planned.")).to_be_visible()
    plan.locator("summary").click()
    expect(plan.get_by_label("Brief")).to_be_hidden()
    page.reload()
    expect(text_of(page)).to_be_visible()
    expect(plan.get_by_label("Brief")).to_be_hidden()
    expect(page.locator("[data-count=commissioned]")).to_have_text("900")
    story.refresh_from_db()
    assert (story.commissioned_length, story.brief) == (900, "Follow the leases.")
    assert story.due_at is not None


def test_what_was_typed_beside_a_story_outlives_work_on_another(samir, desk_page):
    first, second = make.draft("First", actor=samir), make.draft("Second", actor=samir)
    page = desk_page(samir)
    page.goto(form_of(first))
    plan = page.locator("#panel-plan")
    plan.get_by_label("Brief").fill("Follow the leases.")
    bar(page).get_by_role("button", name="Preview").click()
    page.wait_for_url("**/preview/")
    page.goto(form_of(second))
    bar(page).get_by_role("button", name="Save draft").click()
    expect(said(page)).to_be_visible()
    expect(plan.get_by_label("Brief")).to_have_value("")
    page.goto(form_of(first))
    expect(plan.get_by_label("Brief")).to_have_value("Follow the leases.")
    plan.get_by_role("button", name="Save the plan").click()
    expect(plan.get_by_text("Planned.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_editor_publishes_from_a_phone_in_two_taps(samir, open_page, scripts):
    story = make.draft("Ferry resumes", actor=samir, standfirst="It runs.", lead_picture=make.picture().pk)
    actions_desk.mark_ready(story.pk, actor=samir)
    page = open_page(make.user("editor"), **PHONE, java_script_enabled=scripts)
    page.goto(form_of(story))
    page.get_by_role("link", name="Look and publish…").click()
    card = page.get_by_role("article")
    expect(card.get_by_role("heading", name="Ferry resumes")).to_be_visible()
    expect(card.get_by_role("img")).to_be_visible()
    if scripts:
        assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Publish").click()
    expect(said(page)).to_contain_text("Published. Readers find it at")
    assert PublishedArticle.objects.get().headline == "Ferry resumes"


def test_a_chiefs_day(ada, desk_page):
    page = desk_page(make.user("chief", display_name="Chika Dahl"))
    page.goto(form_of(make.draft("A firm is founded", body="<p>TK is a firm.</p>")))
    bar(page).get_by_role("button", name="Publish", exact=True).click()
    page.get_by_label("Reason", exact=True).fill("It is the name of a firm.")
    page.get_by_role("button", name="Publish nevertheless").click()
    expect(said(page)).to_contain_text("Published")
    page.get_by_role("link", name="Kill…").click()
    page.get_by_label("Notice to readers").fill("The firm does not exist.")
    page.get_by_role("button", name="Kill the story").click()
    expect(said(page)).to_contain_text("Killed")
    page.goto("/admin/accounts/auditrow/")
    rows = page.locator("#result_list tbody tr")
    expect(rows.filter(has_text=re.compile("published.*A firm is founded", re.S))).to_have_count(1)
    expect(rows.filter(has_text=re.compile("killed.*A firm is founded", re.S))).to_have_count(1)
    assert AuditRow.objects.get(verb="published").detail["note"] == "It is the name of a firm."
    assert axe(page) == []


def test_a_commission_reaches_its_writer(samir, ada, open_page, desk_page):
    page = desk_page(samir)
    page.goto(LIST)
    page.get_by_role("link", name="New commission").click()
    page.get_by_label("Working title").fill("Who owns the quay?")
    page.get_by_label("With", exact=True).select_option(label="Ada Lund (Contributor)")
    page.get_by_label("Length in words").fill("800")
    assert axe(page) == []
    page.get_by_role("button", name="Commission").click()
    expect(said(page)).to_contain_text("Ada Lund has been told")
    writer = open_page(ada, **PHONE)
    writer.goto("/admin/notices/")
    writer.get_by_role("link", name="Samir Best gave you “Who owns the quay?”.").click()
    expect(writer.get_by_role("button", name="Save draft")).to_be_visible()
    expect(writer.locator("#panel-plan")).to_contain_text("800")


def test_without_scripts_every_step_is_a_page(samir, ada, open_page):
    story = make.draft("Ferry resumes", actor=ada)
    actions_desk.submit(story.pk, actor=ada)
    page = open_page(samir, **PHONE, java_script_enabled=False)
    page.goto(form_of(story))
    page.locator("#panel-comments summary").first.click()
    page.get_by_label("New comment").fill("Who says so?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".threads")).to_contain_text("Who says so?")
    page.get_by_role("button", name="Resolve").click()
    page.get_by_label("Brief").fill("Follow the leases.")
    page.get_by_role("button", name="Save the plan").click()
    expect(said(page)).to_have_text("Planned.")
    page.get_by_role("button", name="Return to the writer…").click()
    page.get_by_label("What is to be done").fill("Two more lines.")
    page.get_by_role("button", name="Return it").click()
    expect(said(page)).to_contain_text("The writer has been told")
    assert Article.objects.get().state == State.RETURNED


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_form_with_all_its_panels_is_for_everybody(samir, ada, open_page, language):
    story = make.draft("Ferry resumes", actor=ada)
    first = actions_desk.comment(story.pk, actor=samir, text="Who says so?", excerpt="at noon")
    actions_desk.comment(story.pk, actor=ada, text="The master.", answers=first.pk)
    done = actions_desk.comment(story.pk, actor=samir, text="Done.")
    actions_desk.resolve(done.pk, actor=samir)
    actions_desk.submit(story.pk, actor=ada, note="Please look.")
    actions.save(story.pk, actor=samir, content={"kicker": "New"})
    page = open_page(make.user("editor", language=language), **PHONE)
    page.goto(form_of(story))
    expect(text_of(page)).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    edge = "element => element.getBoundingClientRect().top"
    assert page.locator(".story-panels").evaluate(edge) > page.locator(".story-settings").evaluate(edge)
    assert axe(page) == []
