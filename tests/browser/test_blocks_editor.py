"""Galleries, videos, cards and related stories in the editor, in Chromium; what holds for every block."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from articles.editor import story_facts
from articles.models.desk import Article
from images.models import Picture, Rights, Video
from tests import make
from tests.browser.checks import axe
from tests.browser.editing import insert, keys, opened, press, text_of, written

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILM = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
CARD = f'<figure data-embed="{FILM}"></figure>'
PASTE = """text => {
  const clipboard = new DataTransfer()
  clipboard.setData("text/plain", text)
  const event = new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true })
  document.querySelector(".ProseMirror").dispatchEvent(event)
}"""


@pytest.fixture(autouse=True)
def paper(live_server):
    make.site()
    make.section("News")


@pytest.fixture
def pictures() -> list[Picture]:
    looks = {"quay": "teal", "boat": "navy", "tower": "maroon"}
    return [make.picture((640, 400), colour, alt_text=f"A {name}") for name, colour in looks.items()]


@pytest.fixture
def write(desk_page):
    """As `editing.opened`, for an editor."""
    return lambda body="", **content: opened(desk_page(make.user("editor")), body, **content)


def gallery(*pictures: Picture) -> str:
    return f'<section class="gallery">{"".join(photo(each) for each in pictures)}</section>'


def photo(picture: Picture, caption: str = "") -> str:
    return f'<figure data-image="{picture.pk}">{f"<figcaption>{caption}</figcaption>" if caption else ""}</figure>'


def all_blocks(quay: Picture, boat: Picture, story: int) -> str:
    return (
        f"<p>One.</p>{gallery(quay, boat)}{CARD}"
        f'<figure data-stories="{story} 999"><figcaption>Read also</figcaption></figure>'
        '<aside class="facts" lang="ar"><h3>القارب</h3><p>قديم</p><ul><li>أزرق</li></ul></aside>'
        "<dl><dt>Who <em>are</em> you?</dt><dd><p>The captain.</p><ol><li>Since noon</li></ol></dd>"
        '<dt lang="fr">Et après&nbsp;?</dt><dd lang="fr"><p>Rien.</p></dd></dl>'
        '<figure data-video="77"><figcaption lang="ar">فيلم</figcaption></figure><p>Two.</p>'
    )


def test_opening_changes_nothing_and_every_block_is_named_to_the_server(write, pictures):
    body = all_blocks(pictures[0], pictures[1], make.story("The <i>ferry</i> is back").pk)
    page = write(body)
    text = text_of(page)
    assert written(page) == body
    for words in ("YouTube: Video", "The <i>ferry</i> is back", "№ 999", "not published", "№ 77"):
        expect(text.get_by_text(words, exact=False).first).to_be_visible()
    text.get_by_text("One.").click(position={"x": 2, "y": 8})
    keys(page, "X")
    assert written(page) == body.replace("One.", "XOne.")
    assert set(page.locator("[data-body-nodes]").input_value().split()) >= {
        "photo", "gallery", "video", "embed", "stories", "factBox", "questions", "question", "answer",
    }  # fmt: skip


@pytest.mark.parametrize("block", ["gallery", "photo", "embed", "stories", "facts", "questions", "video"])
def test_a_story_of_one_block_alone_is_kept(write, pictures, block):
    body = {
        "gallery": gallery(*pictures), "photo": photo(pictures[0]), "embed": CARD,
        "stories": '<figure data-stories="12"></figure>', "video": '<figure data-video="3"></figure>',
        "facts": '<aside class="facts"><p>Blue.</p></aside>', "questions": "<dl><dt>Why?</dt><dd><p>So.</p></dd></dl>",
    }[block]  # fmt: skip
    page = write(body)
    expect(page.locator("[data-body-refused]")).to_be_hidden()
    text_of(page).locator("figcaption, dd p, aside > p:last-child").last.click()
    keys(page, "End", "x", "Backspace")
    assert written(page) == body


@pytest.mark.parametrize("body", ['<aside class="facts"><h3>Only</h3></aside>', "<dl><dt>Why?</dt></dl><p>Two.</p>"])
def test_a_block_without_its_second_half_opens_too(write, body):
    page = write(body)
    expect(page.locator("[data-body-refused]")).to_be_hidden()
    text_of(page).locator("dt, .fact-heading").click()
    keys(page, "End", "Enter", "N", "o")
    assert "<p>No</p></" in written(page)
    assert written(page).startswith(body.partition("</")[0])


@pytest.mark.parametrize("module", ["gallery", "embed", "stories", "facts", "questions", "video", "block", "insert"])
def test_without_one_of_its_parts_the_editor_does_not_start_and_nothing_is_lost(
    browser, live_server, signed_in, pictures, module
):
    body = all_blocks(pictures[0], pictures[1], 12)
    article = make.draft()
    Article.objects.filter(pk=article.pk).update(body=body)
    session = signed_in(make.user("editor")).cookies[settings.SESSION_COOKIE_NAME].value
    # Not watched: a page with a broken script does complain.
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.route(f"**/editor/{module}*", lambda route: route.abort())
    page.goto(f"/admin/articles/article/{article.pk}/change/")
    expect(page.get_by_text("The editor could not load everything it needs")).to_be_visible()
    field = page.locator("textarea[data-body-editor]")
    expect(field).to_have_attribute("readonly", "")
    assert (field.input_value(), page.locator("[data-body-nodes]").input_value()) == (body, "")
    context.close()


def test_a_gallery_is_chosen_by_keyboard_in_an_order_of_its_own_and_saved(write, pictures):
    quay, _boat, tower = pictures
    page = write()
    page.keyboard.type("Before.")
    press(page, "Insert")
    keys(page, "ArrowDown", "ArrowUp", "Enter")
    dialog = page.get_by_role("dialog", name="Choose a picture")
    done = dialog.get_by_role("button", name="Put them in")
    expect(done).to_be_disabled()
    for name in ("A tower", "A boat", "A quay"):
        dialog.get_by_role("list").first.get_by_role("button", name=name).focus()
        page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="A boat", pressed=True)).to_be_visible()
    dialog.get_by_role("button", name="Earlier: A quay").press("Enter")
    expect(dialog.get_by_role("button", name="Earlier: A quay")).to_be_focused()
    dialog.get_by_role("button", name="Remove: A boat").press("Enter")
    expect(dialog.get_by_role("button", name="A boat", pressed=False)).to_be_visible()
    done.press("Enter")
    expect(text_of(page).locator(".gallery img")).to_have_count(2)
    expect(text_of(page)).to_be_focused()
    page.keyboard.type("First")
    page.keyboard.press("Enter")
    page.keyboard.type("Second")
    page.keyboard.press("Enter")
    page.keyboard.type("After.")
    body = (
        f'<p>Before.</p><section class="gallery">{photo(tower, "First")}{photo(quay, "Second")}</section><p>After.</p>'
    )
    assert written(page).removesuffix("<p></p>") == body
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert Article.objects.get().body == body


def test_every_block_survives_the_server(write, pictures):
    body = all_blocks(pictures[0], pictures[1], 12)
    page = write(body)
    text_of(page).get_by_text("One.").click()
    keys(page, "Home", "X")
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert Article.objects.get().body == body.replace("One.", "XOne.")
    expect(page.locator("[data-body-refused]")).to_be_hidden()


def test_a_gallery_is_put_in_order_grows_and_shrinks(write, pictures):
    quay, boat, tower = pictures
    page = write(f"<p>One.</p>{gallery(quay, boat)}<p>Two.</p>")
    images = text_of(page).locator(".gallery img")
    images.first.click()
    expect(page.get_by_role("button", name="Earlier")).to_have_attribute("aria-disabled", "true")
    press(page, "Later")
    assert written(page) == f"<p>One.</p>{gallery(boat, quay)}<p>Two.</p>"
    keys(page, "Alt+Shift+ArrowLeft")
    assert written(page) == f"<p>One.</p>{gallery(quay, boat)}<p>Two.</p>"
    press(page, "Add pictures…")
    dialog = page.get_by_role("dialog", name="Choose a picture")
    dialog.get_by_role("button", name="A tower").click()
    dialog.get_by_role("button", name="Put them in").click()
    assert written(page) == f"<p>One.</p>{gallery(quay, tower, boat)}<p>Two.</p>"
    press(page, "Remove photo")
    assert written(page) == f"<p>One.</p>{gallery(quay, boat)}<p>Two.</p>"
    # The last one takes the gallery with it; undo brings it back.
    for _each in range(2):
        images.first.click()
        page.keyboard.press("Delete")
    assert written(page) == "<p>One.</p><p>Two.</p>"
    keys(page, "Control+z", "Control+z")
    assert written(page) == f"<p>One.</p>{gallery(quay, boat)}<p>Two.</p>"


def test_a_picture_of_a_gallery_is_dragged(write, pictures):
    quay, boat, tower = pictures
    page = write(f"<p>One.</p>{gallery(quay, boat, tower)}<p>Two.</p>")
    images = text_of(page).locator(".gallery img")
    images.nth(2).drag_to(images.nth(0), target_position={"x": 4, "y": 20})
    assert written(page) == f"<p>One.</p>{gallery(tower, quay, boat)}<p>Two.</p>"
    images.nth(1).drag_to(text_of(page).get_by_text("Two."), target_position={"x": 2, "y": 2})
    assert written(page).count("data-image") == 3
    assert photo(quay) + "<p>Two.</p>" in written(page)


def test_a_video_of_the_library_is_put_in(write):
    video = Video.objects.create(
        form="webm", size=1, seconds=65, alt_text="Boats at the quay", credit="Jonas Pell", rights=Rights.OWN
    )
    page = write()
    insert(page, "Video")
    dialog = page.get_by_role("dialog", name="Choose a video")
    expect(dialog.get_by_text("not ready to publish")).to_be_visible()
    assert axe(page) == []
    dialog.get_by_role("button", name="Boats at the quay Jonas Pell").click()
    expect(text_of(page)).to_be_focused()
    page.keyboard.type("Own")
    expect(text_of(page).locator("figure")).to_contain_text("▶ 1:05")
    figure = f'<figure data-video="{video.pk}"><figcaption>Own</figcaption></figure>'
    assert written(page).startswith(figure)
    press(page, "Save draft")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert Article.objects.get().body == figure
    expect(text_of(page).locator("figure")).to_contain_text("Boats at the quay")


def test_an_address_is_recognised_in_the_dialog_or_refused_in_words(write):
    page = write()
    insert(page, "Post or video from elsewhere")
    dialog = page.get_by_role("dialog", name="Post or video from elsewhere")
    address = dialog.get_by_role("textbox", name="Address")
    expect(address).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Paste the address")
    address.fill("https://harbour.example/times")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("not the address of a post or video")
    expect(address).to_have_value("https://harbour.example/times")
    assert axe(page) == []
    address.fill("youtu.be/dQw4w9WgXcQ?si=tracked")
    expect(dialog.get_by_role("status")).to_have_text("YouTube: Video")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(text_of(page)).to_be_focused()
    page.keyboard.type("A film")
    assert written(page).startswith(f'<figure data-embed="{FILM}"><figcaption>A film</figcaption></figure>')


def test_a_pasted_address_becomes_a_card_and_undo_makes_it_a_line_again(write):
    page = write()
    page.keyboard.type("Before.")
    page.keyboard.press("Enter")
    page.evaluate(PASTE, "https://youtu.be/dQw4w9WgXcQ")
    expect(text_of(page).get_by_text("YouTube: Video")).to_be_visible()
    assert written(page) == f"<p>Before.</p>{CARD}<p></p>"
    expect(page.get_by_text("has become a card from YouTube")).to_be_attached()
    page.keyboard.type("After.")
    assert written(page) == f"<p>Before.</p>{CARD}<p>After.</p>"
    keys(page, "Control+z", "Control+z")
    assert written(page) == "<p>Before.</p><p>https://youtu.be/dQw4w9WgXcQ</p>"
    # Within a sentence, or of no provider, it stays what it is.
    with page.expect_response("**/embed/?url=**"):
        page.evaluate(PASTE, " and https://youtu.be/dQw4w9WgXcQ\nhttps://harbour.example/times")
    page.wait_for_timeout(200)
    assert "<figure" not in written(page)
    assert written(page).endswith("<p>https://harbour.example/times</p>")


def test_related_stories_are_chosen_put_in_order_and_changed(write):
    ferry, market = make.story("Ferry service resumes"), make.story("Market reopens")
    page = write(headline="Bridge closed")
    insert(page, "Related stories")
    dialog = page.get_by_role("dialog", name="Choose stories")
    offers = dialog.get_by_role("list").first.get_by_role("button")
    expect(offers).to_have_count(2)
    dialog.get_by_role("searchbox").fill("ferry")
    expect(offers).to_have_count(1)
    offers.first.click()
    dialog.get_by_role("searchbox").fill("")
    expect(offers).to_have_count(2)
    offers.filter(has_text="Market").click()
    expect(dialog.get_by_role("button", name="Later: Ferry service resumes")).to_be_enabled()
    assert axe(page) == []
    dialog.get_by_role("button", name="Put them in").click()
    expect(text_of(page)).to_be_focused()
    page.keyboard.type("Read also")
    card = text_of(page).locator("figure")
    expect(card.get_by_role("listitem")).to_have_text(
        [f"{ferry.headline}{line(ferry)}", f"{market.headline}{line(market)}"]
    )
    caption = "<figcaption>Read also</figcaption>"
    assert f'<figure data-stories="{ferry.pk} {market.pk}">{caption}</figure>' in written(page)

    press(page, "Change the stories…")
    dialog.get_by_role("button", name="Earlier: Market reopens").click()
    dialog.get_by_role("button", name="Put them in").click()
    assert f'<figure data-stories="{market.pk} {ferry.pk}">{caption}</figure>' in written(page)


def line(story) -> str:
    facts = story_facts(story)
    return f"{facts['section']} · {facts['published']}"


def test_a_story_is_not_offered_to_itself(desk_page):
    story = make.story("Ferry service resumes")
    page = desk_page(make.user("editor"))
    page.goto(f"/admin/articles/article/{story.pk}/change/")
    text_of(page).click()
    insert(page, "Related stories")
    expect(page.get_by_role("dialog").get_by_text("No published story was found.")).to_be_visible()


def test_no_more_than_eight_stories(write):
    for number in range(9):
        make.story(f"Day {number}")
    page = write()
    insert(page, "Related stories")
    dialog = page.get_by_role("dialog", name="Choose stories")
    offers = dialog.get_by_role("list").first.get_by_role("button")
    expect(offers).to_have_count(9)
    for number in range(9):
        offers.nth(number).click()
    expect(dialog.get_by_text("That is as many as fit.")).to_be_visible()
    dialog.get_by_role("button", name="Put them in").click()
    expect(text_of(page).get_by_role("listitem")).to_have_count(8)


@pytest.mark.parametrize(
    ("kind", "remove"),
    [("photo", "Remove photo"), ("embed", "Remove card"), ("stories", "Remove stories"), ("video", "Remove video")],
)
def test_a_block_is_chosen_and_taken_out_by_key_click_and_button(write, pictures, kind, remove):
    values = {
        "photo": f'image="{pictures[0].pk}"',
        "embed": f'embed="{FILM}"',
        "stories": 'stories="7"',
        "video": 'video="7"',
    }
    body = f"<p>One.</p><figure data-{values[kind]}><figcaption>Own</figcaption></figure><p>Two.</p>"
    page = write(body)
    figure = text_of(page).locator("figure")
    gone = "<p>One.</p><p>Two.</p>"

    def undo() -> None:
        keys(page, "Control+z")
        assert written(page) == body

    # Escape leads out of the caption; a letter then replaces nothing.
    figure.locator("figcaption").click()
    keys(page, "Escape", "x")
    expect(figure).to_have_class("block-" + kind + " ProseMirror-selectednode")
    assert written(page) == body
    keys(page, "Delete")
    assert written(page) == gone
    undo()
    # From the line below, twice.
    text_of(page).get_by_text("Two.").click()
    keys(page, "Home", "Backspace")
    assert written(page) == body
    keys(page, "Backspace")
    assert written(page) == gone
    undo()
    figure.locator("[contenteditable=false]").click(position={"x": 5, "y": 5})
    keys(page, "Backspace")
    assert written(page) == gone
    undo()
    figure.locator("figcaption").click()
    press(page, remove)
    assert written(page) == gone
    undo()


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1280, "light", "en"), (360, "dark", "en"), (360, "light", "ar")]
)
def test_nothing_for_axe_to_find(open_page, pictures, width, scheme, language):
    article = make.draft()
    body = all_blocks(pictures[0], pictures[1], make.story().pk)
    Article.objects.filter(pk=article.pk).update(body=body)
    page = open_page(
        make.user("editor", language=language), viewport={"width": width, "height": 800}, color_scheme=scheme,
    )  # fmt: skip
    page.goto(f"/admin/articles/article/{article.pk}/change/", wait_until="networkidle")
    expect(page.locator("[data-body-refused]")).to_be_hidden()
    for block in ("section figure img", "figure[class*=embed]", "figure[class*=stories]", "aside p", "dl dt"):
        text = page.locator(f".ProseMirror {block}").first
        text.click()
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".insert-menu > button").click()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
