"""What correspondents paste, as their programs put it on the clipboard, and what is saved of it."""

import pytest
from playwright.sync_api import Page, expect

from articles.models.desk import Article
from tests import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADD = "/admin/articles/article/add/"
PASTE = """([html, text]) => {
  const clipboard = new DataTransfer()
  if (html) clipboard.setData("text/html", html)
  clipboard.setData("text/plain", text)
  const event = new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true })
  document.querySelector(".ProseMirror").dispatchEvent(event)
}"""

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta http-equiv=Content-Type content="text/html; charset=utf-8"><meta name=Generator content="Microsoft Word 15">
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]-->
<style><!-- p.MsoNormal {margin:0cm; font-size:12.0pt; font-family:"Calibri",sans-serif;} --></style></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1>At the quay<o:p></o:p></h1>
<p class=MsoNormal><span lang=EN-US style='font-family:"Times New Roman"'>The ferry left with <b style='mso-bidi-font-weight:
normal'>forty</b> people&nbsp;and <i>one</i> dog.<o:p></o:p></span></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span></span><![endif]>rope<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:72.0pt;text-indent:-18.0pt;mso-list:l0 level2 lfo1'><![if !supportLists]><span
style='font-family:"Courier New"'><span style='mso-list:Ignore'>o<span style='font:7.0pt "Times New Roman"'>&nbsp; </span></span></span><![endif]>blue rope<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span></span><![endif]>tar<o:p></o:p></p>
<p class=MsoNormal>Then:<o:p></o:p></p>
<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>1.<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>load<o:p></o:p></p>
<table class=MsoTableGrid border=1 cellspacing=0 style='border-collapse:collapse'><tr><td width=300 valign=top
style='width:225.4pt'><p class=MsoNormal>Monday<o:p></o:p></p></td><td width=300><p class=MsoNormal>40<o:p></o:p></p></td></tr></table>
<!--EndFragment--></body></html>"""

DOCS = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-4f0c2a1e-7fff-1234-5678-9abcdef01234">
<h2 dir="ltr" style="line-height:1.38;margin-top:18pt;"><span style="font-size:16pt;font-family:Arial;font-weight:400;">At the quay</span></h2>
<p dir="ltr" style="line-height:1.38;margin-top:0pt;"><span style="font-size:11pt;font-weight:400;white-space:pre-wrap;">The ferry left with </span><span style="font-weight:700;white-space:pre-wrap;">forty</span><span style="font-weight:400;white-space:pre-wrap;"> people, </span><span style="font-style:italic;">they</span><span> said; see </span><a href="https://www.google.com/url?q=https://harbour.example/times&amp;sa=D&amp;source=editors" style="text-decoration:none;"><span style="color:#1155cc;text-decoration:underline;">the times</span></a><span>.</span></p><br />
<ul style="margin-top:0;padding-inline-start:48px;"><li dir="ltr" style="list-style-type:disc;" aria-level="1"><p dir="ltr" role="presentation"><span style="font-size:11pt;">rope</span></p></li></ul></b><br class="Apple-interchange-newline">"""

WHATSAPP_WEB = """<meta charset='utf-8'><div class="copyable-text" data-pre-plain-text="[09:12, 22/11/2026] Rafi Sand: "><div class="_akbu"><span dir="ltr" class="_ao3e selectable-text copyable-text" style="min-height: 0px;"><span>The ferry <strong class="_ao3e selectable-text copyable-text" data-app-text-template="*${appText}*">left</strong> at noon.
It carried forty people. <img crossorigin="anonymous" src="data:image/gif;base64,R0lGODlhAQABAIAAAP///////yH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" alt="⛴" draggable="false" class="emoji selectable-text copyable-text"></span></span></div></div>"""

WHATSAPP = """[09:12, 22/11/2026] Rafi Sand: The ferry *left* at noon.
It carried _forty_ people, not 3 * 4 * 5.
[09:14, 22/11/2026] Rafi Sand: More at https://harbour.example/times"""

PAGE = """<meta charset='utf-8'><div class="advert"><script>alert(1)</script></div><h1 style="color: red">Title</h1><h4>Lower</h4>
<div onclick="alert(1)">First.</div><figure><img src="https://elsewhere.example/x.jpg" alt="A photograph"></figure>
<p style="text-align:center" class="x">Second, <a href="javascript:alert(1)">bad link</a> <a href="/about/" target="_blank">good link</a>.</p>"""


@pytest.fixture
def page(desk_page, live_server) -> Page:
    make.site()
    page = desk_page(make.user("editor"))
    page.goto(ADD)
    page.get_by_role("textbox", name="Text", exact=True).click()
    return page


def saved_after_pasting(page: Page, html: str, text: str = "") -> str:
    page.evaluate(PASTE, [html, text])
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".story-strip")).to_be_visible()
    return Article.objects.get().body


def test_word(page):
    assert saved_after_pasting(page, WORD) == (
        "<h2>At the quay</h2>"
        "<p>The ferry left with <strong>forty</strong> people and <em>one</em> dog.</p>"
        "<ul><li>rope<ul><li>blue rope</li></ul></li><li>tar</li></ul><p>Then:</p><ol><li>load</li></ol>"
        "<table><tbody><tr><td>Monday</td><td>40</td></tr></tbody></table>"
    )


def test_google_docs(page):
    assert saved_after_pasting(page, DOCS) == (
        "<h2>At the quay</h2>"
        "<p>The ferry left with <strong>forty</strong> people, <em>they</em> said; "
        'see <a href="https://harbour.example/times">the times</a>.</p><ul><li>rope</li></ul>'
    )


def test_whatsapp_in_the_browser(page):
    assert saved_after_pasting(page, WHATSAPP_WEB) == (
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
    assert saved_after_pasting(page, PAGE) == (
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
