"""Pictures in a story, in Chromium: chosen from the library, moved before readers, and never lost on the way."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from articles.models.desk import Article
from articles.models.published import PublishedArticle
from images.models import Picture, Rights
from tests import make
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADD = "/admin/articles/article/add/"


@pytest.fixture
def paper(live_server):
    make.site()
    make.section("News")


@pytest.fixture
def quay(paper):
    return make.picture((640, 400), "teal", alt_text="A quay at noon", caption="The quay", credit="Amira Holt")


@pytest.fixture
def boat(paper):
    return make.picture((640, 480), "navy", alt_text="A boat", credit="Jonas Pell")


def form_of(article: Article) -> str:
    return f"/admin/articles/article/{article.pk}/change/"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def text_of(page: Page):
    return page.get_by_role("textbox", name="Text", exact=True)


def test_a_story_gets_its_pictures_and_readers_see_them(desk_page, reader_page, quay, boat):
    page = desk_page(make.user("editor"))
    page.goto(ADD)
    page.get_by_label("Headline:", exact=True).fill("Ferry service resumes")
    page.get_by_label("Section:").select_option("News")

    # The lead picture, by keyboard.
    page.get_by_role("button", name="Choose a picture…").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Choose a picture")
    expect(dialog.get_by_role("searchbox", name="Search")).to_be_focused()
    page.keyboard.type("quay")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(dialog.get_by_text("The library did not answer")).to_be_hidden()
    expect(dialog.get_by_text("not ready to publish")).to_be_hidden()
    dialog.get_by_role("button", name="A quay at noon Amira Holt").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("group", name="Lead picture")).to_contain_text("A quay at noon Amira Holt")

    # One in the text, with a caption of its own.
    text_of(page).click()
    page.keyboard.type("The first boat left at noon.")
    press(page, "Photo")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    dialog.get_by_role("button", name="A boat").click()
    expect(text_of(page).get_by_role("img", name="A boat")).to_be_visible()
    page.keyboard.type("The Vela")
    page.keyboard.press("Enter")
    page.keyboard.type("It carried forty people.")
    press(page, "Publish")
    expect(page.get_by_text("Published. Readers find it at")).to_be_visible()

    article = Article.objects.get()
    assert article.lead_picture == quay
    assert article.body == (
        "<p>The first boat left at noon.</p>"
        f'<figure data-image="{boat.pk}"><figcaption>The Vela</figcaption></figure><p>It carried forty people.</p>'
    )
    reader_page.goto(PublishedArticle.objects.get().path, wait_until="networkidle")
    for name, credit in (("A quay at noon", "The quay Amira Holt"), ("A boat", "The Vela Jonas Pell")):
        figure = reader_page.get_by_role("figure").filter(has=reader_page.get_by_role("img", name=name))
        expect(figure).to_contain_text(credit)
        picture = figure.get_by_role("img")
        picture.scroll_into_view_if_needed()
        reader_page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())


# What an operating system puts into a drop or the clipboard: [[name, bytes], …], and words where there are any.
HANDED_OVER = """([name, files, words]) => {
  const held = new DataTransfer()
  for (const [file, bytes] of files) held.items.add(new File([new Uint8Array(bytes)], file, { type: "image/jpeg" }))
  if (words) held.setData("text/plain", words)
  const line = document.querySelector(".ProseMirror p")
  const { left, top } = line.getBoundingClientRect()
  const init = { bubbles: true, cancelable: true, clientX: left + 5, clientY: top + 5 }
  line.dispatchEvent(name === "paste"
    ? new ClipboardEvent(name, { ...init, clipboardData: held })
    : new DragEvent(name, { ...init, dataTransfer: held }))
}"""


def test_new_pictures_are_uploaded_without_leaving_the_form(desk_page, paper):
    reporter = make.user("reporter")
    article = make.draft(actor=reporter, body="<p>One.</p><p>Two.</p>")
    page = desk_page(reporter)
    page.goto(form_of(article))
    expect(text_of(page)).to_be_visible()
    dialog = page.get_by_role("dialog", name="Choose a picture")

    press(page, "Choose a picture…")
    expect(dialog.get_by_label("Upload pictures")).to_be_visible()
    sent = {"name": "quay.jpg", "mimeType": "image/jpeg", "buffer": make.picture_file().getvalue()}
    dialog.get_by_label("Upload pictures").set_input_files([{**sent, "buffer": b"<html>"}])
    expect(dialog.get_by_text("not a picture that can be read")).to_be_visible()
    dialog.get_by_label("Upload pictures").set_input_files([sent])
    expect(dialog.get_by_label("Description")).to_be_focused()
    dialog.get_by_label("Description").evaluate("field => field.removeAttribute('maxlength')")
    dialog.get_by_label("Description").fill("quay " * 61)
    dialog.get_by_label("Rights").select_option("own")
    dialog.get_by_label("Credit").click()
    page.keyboard.type("Amira Holt")
    page.keyboard.press("Escape")  # by mistake: what is written stays
    press(page, "Save and use")
    expect(dialog.get_by_label("Description")).to_be_focused()
    expect(dialog.get_by_text("at most 300 characters")).to_be_visible()
    expect(dialog.get_by_label("Credit")).to_have_value("Amira Holt")
    assert axe(page) == []
    dialog.get_by_label("Description").fill("A quay at noon")
    dialog.get_by_label("Credit").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("group", name="Lead picture")).to_contain_text("A quay at noon Amira Holt")

    # Two dropped on the first line, which stay in their order; one pasted where they left the cursor; words are words.
    colours = iter(("navy", "maroon", "olive"))
    dropped, pasted = (
        [[name, list(make.picture_file(colour=next(colours)).getvalue())] for name in names]
        for names in (("boat.jpg", "pier.jpg"), ("lamp.jpg",))
    )
    page.evaluate(HANDED_OVER, ["drop", dropped, ""])
    expect(dialog.get_by_label("Description")).to_have_count(2)
    dialog.get_by_label("only decoration").first.check()
    press(page, "Save and use")
    expect(text_of(page).locator("figure")).to_have_count(2)
    page.evaluate(HANDED_OVER, ["paste", pasted, ""])
    expect(dialog.get_by_label("Description")).to_have_count(1)
    press(page, "Save and use")
    expect(text_of(page).locator("figure")).to_have_count(3)
    page.evaluate(HANDED_OVER, ["paste", pasted, "Words"])
    expect(dialog).to_be_hidden()
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()

    quay, boat, pier, lamp = Picture.objects.order_by("pk")
    assert (quay.alt_text, quay.credit, quay.rights, quay.uploaded_by) == (
        "A quay at noon", "Amira Holt", Rights.OWN, reporter,
    )  # fmt: skip
    assert (boat.is_decorative, pier.is_decorative) == (True, False)
    article.refresh_from_db()
    figures = "".join(
        f'<figure data-image="{each.pk}">{words}</figure>'
        for each, words in ((boat, ""), (pier, ""), (lamp, "<figcaption>Words</figcaption>"))
    )
    assert (article.lead_picture, article.body) == (quay, f"<p>One.</p>{figures}<p>Two.</p>")


def test_opening_and_saving_loses_no_picture(desk_page, quay, boat):
    body = (
        f'<figure data-image="{quay.pk}"></figure><p>One.</p>'
        f'<figure data-image="{boat.pk}"><figcaption dir="rtl" lang="ar">قارب <em>أزرق</em></figcaption></figure>'
        f'<figure data-image="{quay.pk}"><figcaption>Two<br>lines</figcaption></figure>'
    )
    article = make.draft(body=body, lead_picture=boat.pk)
    page = desk_page(make.user("editor"))
    page.goto(form_of(article))
    expect(text_of(page).locator("figure")).to_have_count(3)
    text_of(page).get_by_text("One.").click()
    page.keyboard.press("Home")
    page.keyboard.type("X")
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    article.refresh_from_db()
    assert article.body == body.replace("One.", "XOne.")
    assert article.lead_picture == boat


def test_pictures_are_taken_out_again(desk_page, quay):
    article = make.draft(
        body=f'<p>One.</p><figure data-image="{quay.pk}"></figure><p>Two.</p><figure data-image="{quay.pk}"></figure>',
        lead_picture=quay.pk,
    )
    page = desk_page(make.user("editor"))
    page.goto(form_of(article))
    press(page, "Remove the picture")
    text_of(page).locator("figcaption").first.click()
    press(page, "Remove photo")
    expect(text_of(page).locator("figure")).to_have_count(1)
    text_of(page).locator("figcaption").click()
    expect(page.get_by_role("button", name="Remove photo")).to_be_visible()
    page.keyboard.press("Backspace")
    expect(text_of(page).locator("figure")).to_have_count(0)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(text_of(page).locator("figure")).to_have_count(2)
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+Shift+z")
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    article.refresh_from_db()
    assert (article.body, article.lead_picture) == ("<p>One.</p><p>Two.</p>", None)


def test_no_button_turns_a_picture_into_something_else(desk_page, quay):
    body = f'<p>One.</p><figure data-image="{quay.pk}"><figcaption>Own</figcaption></figure><p>Two.</p>'
    article = make.draft(body=body)
    page = desk_page(make.user("editor"))
    page.goto(form_of(article))
    text_of(page).locator("figcaption").click()
    expect(page.get_by_role("button", name="Remove photo")).to_be_visible()
    page.keyboard.press("End")
    for name in ("Heading", "Smaller heading", "Quotation", "Pull quote", "List", "Numbered list"):
        press(page, name)
    page.keyboard.type("!")
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    article.refresh_from_db()
    assert article.body == body.replace("Own", "Own!")


def test_a_picture_that_lacks_something_is_marked_and_stops_publication(desk_page, paper):
    photo = make.picture(credit="")
    article = make.draft(lead_picture=photo.pk)
    page = desk_page(make.user("editor"))
    page.goto(form_of(article))
    expect(page.locator(".ProseMirror")).to_be_visible()  # the scripts are there
    press(page, "Choose a picture…")
    expect(page.get_by_role("dialog").get_by_text("not ready to publish")).to_be_visible()
    page.keyboard.press("Escape")
    press(page, "Publish")
    page.get_by_role("alert").get_by_role("link", name="Lead picture").click()
    expect(page.get_by_role("group", name="Lead picture")).to_be_focused()
    expect(page.get_by_text("has no credit").first).to_be_visible()
    assert not PublishedArticle.objects.exists()


def test_without_the_part_for_pictures_the_editor_does_not_start(browser, live_server, signed_in, quay):
    body = f'<p>One.</p><figure data-image="{quay.pk}"><figcaption>Own</figcaption></figure>'
    article = make.draft(body=body)
    session = signed_in(make.user("editor")).cookies[settings.SESSION_COOKIE_NAME].value
    # Not watched: a page with a broken script does complain.
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.route("**/editor/photo*", lambda route: route.abort())
    page.goto(form_of(article))
    expect(page.get_by_text("The editor could not load everything it needs")).to_be_visible()
    page.get_by_label("Kicker:").fill("Harbour")
    press(page, "Save draft")
    expect(page.locator(".messagelist")).to_be_visible()
    article.refresh_from_db()
    assert (article.kicker, article.body) == ("Harbour", body)
    context.close()


def test_without_javascript_numbers_choose_pictures(open_page, quay):
    article = make.draft()
    page = open_page(make.user("editor"), java_script_enabled=False)
    page.goto(form_of(article))
    page.get_by_label("Lead picture:").fill(str(quay.pk))
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    article.refresh_from_db()
    assert article.lead_picture == quay


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_for_axe_to_find(open_page, quay, boat, width, scheme):
    article = make.draft(body=f'<p>One.</p><figure data-image="{boat.pk}"></figure>', lead_picture=quay.pk)
    page = open_page(make.user("editor"), viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(form_of(article), wait_until="networkidle")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # The bar below: every verb is in sight, and on a phone what goes along with publishing is folded away.
    is_inside = "each => each.getBoundingClientRect().left >= 0 && each.getBoundingClientRect().right <= innerWidth"
    assert page.locator(".story-actions button").evaluate_all(f"buttons => buttons.every({is_inside})")
    expect(page.get_by_role("checkbox", name="Alert subscribers by e-mail")).to_be_visible(visible=width == 1280)
    press(page, "Photo")
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(2)
    assert axe(page) == []
