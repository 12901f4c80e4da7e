"""What correspondents paste, as their programs put it on the clipboard, and what is saved of it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from articles.models.desk import Article
from tests import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADD = "/admin/articles/article/add/"
CLIPBOARD = Path(__file__).resolve().parent.parent / "data" / "clipboard"
PASTE = """([html, text]) => {
  const clipboard = new DataTransfer()
  if (html) clipboard.setData("text/html", html)
  clipboard.setData("text/plain", text)
  const event = new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true })
  document.querySelector(".ProseMirror").dispatchEvent(event)
}"""

WHATSAPP = """[09:12, 22/11/2026] Rafi Sand: The ferry *left* at noon.
It carried _forty_ people, not 3 * 4 * 5.
[09:14, 22/11/2026] Rafi Sand: More at https://harbour.example/times"""


@pytest.fixture
def page(desk_page, live_server) -> Page:
    make.site()
    page = desk_page(make.user("editor"))
    page.goto(ADD)
    page.get_by_role("textbox", name="Text", exact=True).click()
    return page


def copied(name: str) -> str:
    return (CLIPBOARD / name).read_text(encoding="utf-8")


def saved_after_pasting(page: Page, html: str, text: str = "") -> str:
    page.evaluate(PASTE, [html, text])
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".story-strip")).to_be_visible()
    return Article.objects.get().body


def test_word(page):
    assert saved_after_pasting(page, copied("word.html")) == (
        "<h2>At the quay</h2>"
        "<p>The ferry left with <strong>forty</strong> people and <em>one</em> dog.</p>"
        "<ul><li>rope<ul><li>blue rope</li></ul></li><li>tar</li></ul><p>Then:</p><ol><li>load</li></ol>"
        "<table><tbody><tr><td>Monday</td><td>40</td></tr></tbody></table>"
    )


def test_google_docs(page):
    assert saved_after_pasting(page, copied("google_docs.html")) == (
        "<h2>At the quay</h2>"
        "<p>The ferry left with <strong>forty</strong> people, <em>they</em> said; "
        'see <a href="https://harbour.example/times">the times</a>.</p><ul><li>rope</li></ul>'
    )


def test_whatsapp_in_the_browser(page):
    assert saved_after_pasting(page, copied("whatsapp.html")) == (
        "<p>The ferry <strong>left</strong> at noon.</p><p>It carried forty people. ⛴</p>"
    )


def test_whatsapp_as_text(page):
    assert saved_after_pasting(page, "", WHATSAPP) == (
        "<p>The ferry <strong>left</strong> at noon.</p><p>It carried <em>forty</em> people, not 3 * 4 * 5.</p>"
        "<p>More at https://harbour.example/times</p>"
    )


def test_several_people_on_whatsapp_keep_their_names(page):
    chat = "[09:12, 22/11/2026] Rafi Sand: Is it there?\n[09:13, 22/11/2026] Ada Lund: It left."
    assert saved_after_pasting(page, "", chat) == "<p>Rafi Sand: Is it there?</p><p>Ada Lund: It left.</p>"


def test_plain_text_with_empty_lines(page):
    assert saved_after_pasting(page, "", "One.\r\n\r\nTwo. She said 5 < 6 & 7.\r\nThree.") == (
        "<p>One.</p><p>Two. She said 5 &lt; 6 &amp; 7.</p><p>Three.</p>"
    )


def test_somebody_elses_page(page):
    assert saved_after_pasting(page, copied("page.html")) == (
        '<h2>Title</h2><h3>Lower</h3><p>First.</p><p>Second, bad link <a href="/about/">good link</a>.</p>'
    )


def test_an_address_over_selected_words_links_them(page):
    page.keyboard.type("the times")
    page.keyboard.press("Control+a")
    assert saved_after_pasting(page, "", "https://harbour.example/times") == (
        '<p><a href="https://harbour.example/times">the times</a></p>'
    )


def test_our_own_text_survives_cut_and_paste(page):
    page.get_by_role("button", name="Pull quote").click()
    page.keyboard.type("Forty people.")
    page.keyboard.press("Control+a")
    html = page.evaluate("""() => {
      const clipboard = new DataTransfer()
      const editor = document.querySelector(".ProseMirror")
      editor.dispatchEvent(new ClipboardEvent("cut", { clipboardData: clipboard, bubbles: true, cancelable: true }))
      return clipboard.getData("text/html")
    }""")
    assert saved_after_pasting(page, html) == '<blockquote class="pull"><p>Forty people.</p></blockquote>'
