"""What the clipboard brings from the programmes that newsrooms write in, in the shapes those programmes give it."""

from articles.markup import clean, render

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=Generator content="Microsoft Word 15"><title>Ferry</title>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View><w:Zoom>0</w:Zoom></w:WordDocument></xml><![endif]-->
<style><!-- /* Font Definitions */ @font-face {font-family:"Cambria Math";} p.MsoNormal {margin:0cm;} --></style></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1><span style='font-size:20.0pt'>The ferry stays in port<o:p></o:p></span></h1>
<p class=MsoNormal><b style='mso-bidi-font-weight:normal'><span lang=EN-US>ANVAR
 -</span></b><span lang=EN-US> The night ferry&nbsp;&nbsp;did
not sail.<o:p></o:p></span></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;
</span></span></span><![endif]>Two crews<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:72.0pt;mso-list:l0 level2 lfo1'><!--[if !supportLists]--><span
style='mso-list:Ignore'>o<span style='font:7.0pt "Times New Roman"'>&nbsp; </span></span><!--[endif]-->One
<i>by night</i></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><span
style='mso-list:Ignore'>·</span>One ship</p>
<p class=MsoNormal>Then:</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.<span>&nbsp;
</span></span>Load
</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>2.</span>Sail</p>
<table class=MsoTableGrid border=1 style='border-collapse:collapse'><tr style='mso-yfti-irow:0'>
<td width=225 valign=top style='width:168.75pt'><p class=MsoNormal>Port</p></td>
<td width=225><p class=MsoNormal><o:p>&nbsp;</o:p></p></td></tr></table>
<p class=MsoNormal dir=RTL style='text-align:right'><span lang=AR-SA>بقيت العبّارة في الميناء</span></p>
<p class=MsoNormal>See <a href="https://example.org/ferry">the timetable</a> and note<a href="#_ftn1" name="_ftnref1"
title=""><span class=MsoFootnoteReference><span style='vertical-align:super'>[1]</span></span></a></p>
<!--EndFragment--></body></html>"""


def test_word():
    assert clean(WORD) == (
        "<h2>The ferry stays in port</h2>"
        "<p><strong>ANVAR -</strong> The night ferry did not sail.</p>"
        "<ul><li>Two crews<ul><li>One <em>by night</em></li></ul></li><li>One ship</li></ul>"
        "<p>Then:</p>"
        "<ol><li>Load</li><li>Sail</li></ol>"
        "<table><tbody><tr><td>Port</td><td></td></tr></tbody></table>"
        '<p dir="rtl">بقيت العبّارة في الميناء</p>'
        '<p>See <a href="https://example.org/ferry">the timetable</a> and note<sup>[1]</sup></p>'
    )


GOOGLE_DOCS = """<meta charset='utf-8'><meta charset="utf-8"><b style="font-weight:normal;"
id="docs-internal-guid-0b1c2d3e-7fff-1234-5678-9abcdef01234"><h1 dir="ltr" style="line-height:1.38;margin-top:20pt;">
<span style="font-size:20pt;font-family:Arial,sans-serif;color:#000000;font-weight:400;">Harbour vote</span></h1>
<p dir="ltr" style="line-height:1.38;"><span style="font-weight:400;font-style:normal;text-decoration:none;
vertical-align:baseline;white-space:pre-wrap;">The </span><span style="font-weight:700;font-style:normal;
text-decoration:none;">council</span><span style="font-weight:400;"> voted </span><span style="font-weight:700;
font-style:italic;">twice</span><span style="font-weight:400;text-decoration:line-through;">&nbsp;once</span><span
style="font-weight:400;">, </span><a href="https://example.org/vote" style="text-decoration:none;"><span
style="color:#1155cc;text-decoration:underline;">the clerk said</span></a><span>.</span></p><br />
<ol style="margin-top:0;"><li dir="ltr" style="list-style-type:decimal;" aria-level="1"><p dir="ltr"
role="presentation"><span style="font-weight:400;">First</span></p></li><ul><li dir="ltr" aria-level="2"><p dir="ltr"
role="presentation"><span>Inner</span></p></li></ul></ol>
<p dir="rtl"><span style="font-weight:400;">صوّت المجلس مرتين</span></p>
<div dir="ltr" align="left"><table style="border:none;"><colgroup><col width="301" /></colgroup><tbody><tr
style="height:0pt"><td style="border-left:solid #000000 1pt;"><p dir="ltr"><span>For</span></p></td><td><p
dir="ltr"><span style="font-weight:700">9</span></p></td></tr></tbody></table></div></b><br
class="Apple-interchange-newline">"""


def test_google_docs():
    assert clean(GOOGLE_DOCS) == (
        "<h2>Harbour vote</h2>"
        "<p>The <strong>council</strong> voted <strong><em>twice</em></strong> <s>once</s>, "
        '<a href="https://example.org/vote">the clerk said</a>.</p>'
        "<ol><li>First<ul><li>Inner</li></ul></li></ol>"
        '<p dir="rtl">صوّت المجلس مرتين</p>'
        "<table><tbody><tr><td>For</td><td><strong>9</strong></td></tr></tbody></table>"
    )


WHATSAPP = """<meta charset="utf-8"><div class="copyable-text" data-pre-plain-text="[10:22, 12/05/2026] Ada Mensu: ">
<div class="_akbu"><span dir="ltr" class="_ao3e selectable-text copyable-text" style="min-height: 0px;"><span>Water is
at the <strong class="_ao3e selectable-text copyable-text" data-app-text-template="*${appText}*">bridge</strong> <img
crossorigin="anonymous" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP" alt="🌊" draggable="false" class="b62 emoji"
data-plain-text="🌊"> since nine</span></span><span class=""><span class="x3nfvp2"
aria-hidden="true"></span></span></div></div>
<div class="copyable-text"><span dir="rtl" class="selectable-text copyable-text">الماء عند الجسر</span></div>"""


def test_whatsapp_web():
    assert clean(WHATSAPP) == ("<p>Water is at the <strong>bridge</strong> 🌊 since nine</p><p>الماء عند الجسر</p>")


OUTLOOK = """<div class="WordSection1"><p class="MsoNormal"><span style="font-size:11.0pt" lang="EN-US">Dear
desk,</span></p><p class="MsoNormal"><span lang="EN-US">&nbsp;</span></p></div>
<div style="font-family: Calibri, Arial; font-size: 12pt;" class="elementToProof">The mill closed.<br></div>
<div class="elementToProof"><br></div>
<div class="elementToProof"><b>Owners</b> said &quot;no comment&quot;.</div>
<blockquote style="margin-left:0.8ex;border-left:3px solid rgb(200,200,200)"><div>On Monday, Rafi wrote:
<blockquote><div>Is it true?</div></blockquote></div></blockquote>
<table border="0" cellpadding="0"><tbody><tr><td><p class="MsoNormal"><span style="display:none">Preheader</span>
R. Sand</p>
<p class="MsoNormal">Desk</p></td></tr></tbody></table>"""


def test_outlook():
    assert clean(OUTLOOK) == (
        '<p>Dear desk,</p><p>The mill closed.</p><p><strong>Owners</strong> said "no comment".</p>'
        "<blockquote><p>On Monday, Rafi wrote:</p><p>Is it true?</p></blockquote>"
        "<table><tbody><tr><td>R. Sand<br>Desk</td></tr></tbody></table>"
    )


def test_a_paste_goes_through_to_readers():
    assert "<p><strong>Owners</strong> said “no comment”.</p>" in render(OUTLOOK, language="en")
