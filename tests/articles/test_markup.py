"""What comes in as HTML or text comes out as the closed profile, harmless and the same the second time."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils.safestring import SafeString
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.markup import clean, from_plain, from_whatsapp, plain, render, safe, word_count

FRAGMENTS = [
    "<p>", "</p>", "<div>", "</div>", '<div dir="rtl">', "<h1>", "</h1>", "<h4>", "<b>", "</b>", "<i>", "</i>",
    "<ul>", "</ul>", "<ol start=3>", "</ol>", "<li>", "</li>", "<blockquote>", '<blockquote class="pull">',
    "</blockquote>", "<footer>", "</footer>", "<cite>", "</cite>", "<table>", "</table>", "<caption>", "<thead>",
    "<tr>", "</tr>", "<td>", "<th scope=row>", "</td>", "<br>", "<br><br>", "<hr>", '<a href="/about/">',
    '<a href="https://[x">', "</a>", "<pre>", "</pre>", "<script>", "</script>", "<!--", "-->", "<svg>", "<style>",
    "</style>", '<span lang="fr">', "</span>", '<span style="font-weight:700">', "<q>", "</q>", "&nbsp;", " ", "\n",
    "&amp;", "&lt;", "&", "<", ">", '"', "'", "a", "Oui", "10", "!", ":", "...", "--", "«", "»", "“", "”", "\u202f",
    "ا", "\x00", "\ud800", "&#0;", "&#x1F642;", '<p class="MsoListParagraph" style="mso-list:l0 level2 lfo1">',
    '<span style="mso-list:Ignore">1.</span>', '<figure data-image="12">', "<figure>", "</figure>", "<figcaption>",
    "</figcaption>", '<figure data-video="3">', '<figure data-embed="https://youtu.be/abcdefghijk?t=9">',
    '<figure data-embed="https://a.example/?a=1&amp;b=2">', '<figure data-stories="4 5">', '<section class="gallery">',
    "</section>", '<figure class="wp-block-gallery">', '<aside class="facts" lang="fr">', "</aside>", "<h3>", "</h3>",
    "<dl>", "</dl>", "<dt>", "</dt>", '<dd dir="rtl">', "</dd>", '<iframe src="https://vimeo.com/12"></iframe>',
    "https://t.me/quayside/12",
]  # fmt: skip
PIECES = st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=5))
SOURCES = st.lists(PIECES, max_size=25).map("".join)
TAGS = {
    "p", "h2", "h3", "ul", "ol", "li", "blockquote", "footer", "table", "caption", "thead", "tbody", "tr", "th", "td",
    "hr", "br", "a", "strong", "em", "sub", "sup", "s", "span", "figure", "figcaption", "section", "aside",
    "dl", "dt", "dd",
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("Hello", "<p>Hello</p>"),
        ("<p>One<p>Two", "<p>One</p><p>Two</p>"),
        ("<div>One<div>Two</div>Three</div>", "<p>One</p><p>Two</p><p>Three</p>"),
        ("<p></p><p>&nbsp;</p><h2> </h2><p>Kept</p><ul><li></li></ul>", "<p>Kept</p>"),
        ("<p>One<br><br>Two<br>lines<br></p>", "<p>One</p><p>Two<br>lines</p>"),
        ("<b>bold</b> <i>italic</i> <u>plain</u>", "<p><strong>bold</strong> <em>italic</em> plain</p>"),
        ("<p><b>a<i>b</b>c</i></p>", "<p><strong>a<em>b</em></strong><em>c</em></p>"),
        ("<b><p>One</p><p>Two</p></b>", "<p><strong>One</strong></p><p><strong>Two</strong></p>"),
        ("<strong>a</strong><strong>b</strong>", "<p><strong>ab</strong></p>"),
        ("H<sub>2</sub>O x<sup>2</sup> <del>old</del>", "<p>H<sub>2</sub>O x<sup>2</sup> <s>old</s></p>"),
        ("<h1>One</h1><h2>Two</h2><h5>Five</h5>", "<h2>One</h2><h2>Two</h2><h3>Five</h3>"),
        ("He said <q>no</q>.", '<p>He said "no".</p>'),
        ("One<hr>Two", "<p>One</p><hr><p>Two</p>"),
        ("<pre>Dear desk,\nhello\n\nYours</pre>", "<p>Dear desk,<br>hello</p><p>Yours</p>"),
        ("<p>A &amp; B &lt; C &copy; &#8211; &#x1F642;</p>", "<p>A &amp; B &lt; C © – 🙂</p>"),
    ],
)
def test_text_and_paragraphs(source, expected):
    assert clean(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<ul><li>One<li>Two</ul>", "<ul><li>One</li><li>Two</li></ul>"),
        ("<ul><li><p>One</p></li></ul>", "<ul><li>One</li></ul>"),
        ("<ul><li><p>One</p><p>Two</p></li></ul>", "<ul><li>One<br>Two</li></ul>"),
        ("<ol start='3'><li>Three</ol>", '<ol start="3"><li>Three</li></ol>'),
        ("<ol start='x' type='a'><li>One</ol>", "<ol><li>One</li></ol>"),
        ("<ul><li>One</li><ul><li>In</li></ul></ul>", "<ul><li>One<ul><li>In</li></ul></li></ul>"),
        ("<ul>Loose<li>One</li></ul>", "<ul><li>Loose</li><li>One</li></ul>"),
        ("<li>Stray</li>", "<p>Stray</p>"),
    ],
)
def test_lists(source, expected):
    assert clean(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "<blockquote>We stay.<footer>Mara Ilen</footer></blockquote>",
            "<blockquote><p>We stay.</p><footer>Mara Ilen</footer></blockquote>",
        ),
        (
            '<blockquote class="wp-block pull"><p>We stay.</p><cite>Mara Ilen</cite></blockquote>',
            '<blockquote class="pull"><p>We stay.</p><footer>Mara Ilen</footer></blockquote>',
        ),
        ("<blockquote>a<blockquote>b</blockquote>c</blockquote>", "<blockquote><p>a</p><p>b</p><p>c</p></blockquote>"),
        (
            "<blockquote>a<footer>F</footer>b<footer>G</footer></blockquote>c",
            "<blockquote><p>a</p><footer>F</footer></blockquote>"
            "<blockquote><p>b</p><footer>G</footer></blockquote><p>c</p>",
        ),
        ("<blockquote><ul><li>a</ul></blockquote>", "<blockquote><ul><li>a</li></ul></blockquote>"),
        ("<footer>Not in a quotation</footer>", "<p>Not in a quotation</p>"),
        ("<p>In <cite>The Salt Road</cite></p>", "<p>In <em>The Salt Road</em></p>"),
    ],
)
def test_quotations(source, expected):
    assert clean(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "<table><caption>Ports</caption><thead><tr><th scope=col>Port<th scope=evil>Ships</thead>"
            "<tr><td colspan=2 rowspan=1>Anvar</table>",
            '<table><caption>Ports</caption><thead><tr><th scope="col">Port</th><th>Ships</th></tr></thead>'
            '<tbody><tr><td colspan="2">Anvar</td></tr></tbody></table>',
        ),
        ("<table><tr><td>a<td></table>", "<table><tbody><tr><td>a</td><td></td></tr></tbody></table>"),
        ("<table><tr><td></td></tr></table><p>After</p>", "<p>After</p>"),
        (
            "<table><tr><td><table><tr><td>in<td>ner</table><td><b>x<td>y</table>z",
            "<table><tbody><tr><td>in<br>ner</td><td><strong>x</strong></td><td>y</td></tr></tbody></table><p>z</p>",
        ),
        ("<table>Loose<tr><td>a</table>", "<table><tbody><tr><td>Loose</td></tr><tr><td>a</td></tr></tbody></table>"),
        (
            "<table><tr><td colspan=99999999999>a</table>",
            "<table><tbody><tr><td>a</td></tr></tbody></table>",
        ),
    ],
)
def test_tables(source, expected):
    assert clean(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<p lang="fr" dir="RTL">a</p>', '<p dir="rtl" lang="fr">a</p>'),
        (
            '<div lang="ar" dir="rtl"><p>a</p>b</div>c',
            '<p dir="rtl" lang="ar">a</p><p dir="rtl" lang="ar">b</p><p>c</p>',
        ),
        ('<li>x</li><ul><li><p dir="rtl">a</p></li></ul>', '<p>x</p><ul><li dir="rtl">a</li></ul>'),
        ('The <i lang="la">status quo</i>', '<p>The <em><span lang="la">status quo</span></em></p>'),
        ('<p lang="fr&quot; onclick=1" dir="up">a</p>', "<p>a</p>"),
        ('<p id="x" class="y" style="color:red" data-z="1" title="t">a</p>', "<p>a</p>"),
    ],
)
def test_attributes(source, expected):
    assert clean(source) == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a?b=1&amp;c=2",
        "http://example.org",
        "mailto:desk@example.org",
        "tel:+15550100",
        "/about/",
        "/",
    ],
)
def test_links_that_stay(address):
    assert clean(f'<a href="{address}" target="_blank" rel="x">a</a>') == f'<p><a href="{address}">a</a></p>'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java&#9;script:alert(1)",
        "&#106;avascript:alert(1)", "&#x6A;&#x61;vascript:alert(1)", "&#0000106avascript:alert(1)",
        " javascript:alert(1)", "\x01javascript:alert(1)", "javascript&colon;alert(1)", "vbscript:x", "about.html",
        "data:text/html,<script>alert(1)</script>", "blob:https://example.org/1", "file:///etc/passwd", "#note", "?a=1",
        "/\\example.org", "https://[x", "https:", "http:example.org", "mailto:", "view-source:https://example.org",
        "https://1.2.3.4.5/", "",
    ],
)  # fmt: skip
def test_links_that_go_and_leave_their_words(address):
    assert clean(f'<p><a href="{address}">Read on</a></p>') == "<p>Read on</p>"


def test_links_are_mended():
    assert clean('<a href="//example.org/a b">a</a>') == '<p><a href="https://example.org/a%20b">a</a></p>'
    # An entity without its semicolon belongs to the address.
    assert clean('<a href="/?a=1&copy=2">a</a>') == '<p><a href="/?a=1&amp;copy=2">a</a></p>'
    assert clean('<a href="/a/">a<a href="/b/">b') == '<p><a href="/a/">a</a><a href="/b/">b</a></p>'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<script>alert(1)</script>a", "<p>a</p>"),
        ("a<SCRIPT SRC=//x.example>b", "<p>a</p>"),
        ("<scr<script>ipt>alert(1)</script>", "<p>ipt&gt;alert(1)</p>"),
        ("<p onclick=alert(1) onmouseover='x'>a</p>", "<p>a</p>"),
        ("<img src=x onerror=alert(1)>a", "<p>a</p>"),
        ("<svg onload=alert(1)><style><img src=x onerror=alert(1)></style></svg>a", "<p>a</p>"),
        ("<svg><script>alert(1)</script><a xlink:href='javascript:alert(1)'>a</a></svg>", "<p>a</p>"),
        (
            '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">a',
            "<table><tbody><tr><td>a</td></tr></tbody></table>",
        ),
        ("<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)></style>a", "<p>a</p>"),
        ("<noscript><p title='</noscript><img src=x onerror=alert(1)>'>a", "<p>'&gt;a</p>"),
        ("<template><script>alert(1)</script></template>a", "<p>a</p>"),
        ("<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>a", "<p>a</p>"),
        ("<style>p{background:url(javascript:alert(1))}</style>a", "<p>a</p>"),
        ("<textarea><script>alert(1)</script></textarea><title><b>x</b></title>a", "<p>a</p>"),
        ("<!-- > --><b>a</b><!--[if IE]><script>x</script><![endif]-->", "<p><strong>a</strong></p>"),
        ("<!--><img src=x onerror=alert(1)>-->a", "<p>--&gt;a</p>"),
        ("<!-- a --!><b>b</b>", "<p><strong>b</strong></p>"),
        ("a<!-- never closed <b>b</b>", "<p>a</p>"),
        ("<![CDATA[<b>a</b>]]>", "<p>a]]&gt;</p>"),
        ("<?php echo 1 ?>a</ b>", "<p>a</p>"),
        ("<base href=//x.example><meta http-equiv=refresh content=0><link rel=x>a", "<p>a</p>"),
        ("<p/onclick=alert(1)//>a", "<p>a</p>"),
        ("<p title=\"a>b\" x='<script>'>c", "<p>c</p>"),
        ("a\x00b<scr\x00ipt>alert(1)</script>", "<p>ab</p>"),
        ("\ud800a\udfff\ufeff\ufffe", "<p>a</p>"),
        ("&#0;&#1;&#xD800;&#99999999999999999999;a", "<p>\ufffd\ufffd\ufffda</p>"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("&amp;lt;script&amp;gt;", "<p>&amp;lt;script&amp;gt;</p>"),
        ("1 < 2 <3 <", "<p>1 &lt; 2 &lt;3 &lt;</p>"),
        ("\ufdd0lt;b", "<p>lt;b</p>"),
        ("<plaintext>a</plaintext>", "<p>a</p>"),
        ("<x-foo onclick=1>a</x-foo>", "<p>a</p>"),
        ("a<p", "<p>a</p>"),
    ],
)
def test_hostile(source, expected):
    assert clean(source) == expected


def test_digits_without_end_are_no_error():
    assert clean("&#" + "1" * 10_000 + ";a&#x" + "f" * 10_000) == "<p>\ufffda\ufffd</p>"


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("<div>", ""), ("<blockquote>", ""), ("<b>", ""), ("<b x=1><p>", ""), ("<table><tr><td>", ""), ("<ul><li>", ""),
        ("<", "<p>" + "&lt;" * 30_000 + "</p>"), ("&", "<p>" + "&amp;" * 30_000 + "</p>"), ("<!--", ""), ("<a ", ""),
        ('<a href="', ""), ("</div>", ""), ("<svg>", ""), ("<xml>", ""), ("&nbsp;", ""),
    ],
)  # fmt: skip
def test_what_makes_parsers_slow_or_deep(piece, expected):
    assert clean(piece * 30_000) == expected


def test_nesting_ends_somewhere():
    assert clean("<ul><li>" * 500 + "a").count("<ul>") == 4
    assert clean('<span lang="fr"><span lang="de">' * 500 + "a").count("<span") == 3
    assert clean("<blockquote>" * 500 + "a") == "<blockquote><p>a</p></blockquote>"


@settings(max_examples=60)
@given(SOURCES)
def test_cleaned_stays_cleaned(source):
    once = clean(source)

    assert clean(once) == once
    assert set(re.findall(r"</?(\w+)", once)) <= TAGS


@settings(max_examples=60)
@given(SOURCES, st.sampled_from(["en", "fr", "de", "uk", "ar", "ha"]))
def test_rendered_stays_rendered(source, language):
    once = render(source, language=language)

    assert render(once, language=language) == once


@settings(max_examples=60)
@given(SOURCES)
def test_rendering_loses_no_letter(source):
    letters, rendered = (
        "".join(filter(str.isalnum, plain(body))) for body in (clean(source), render(source, language="fr"))
    )

    assert letters == rendered


def test_one_sanitiser_serves_all_threads():
    sources = [f'<b>{number}</b> <a href="https://example.org/{number}">a</a>' for number in range(50)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(clean, sources)) == [clean(source) for source in sources]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a&nbsp;&nbsp; b&nbsp;c", "a b c"),
        ("&nbsp;a&nbsp;", "a"),
        ("Vraiment&nbsp;? Oui&nbsp;: non", "Vraiment&nbsp;? Oui&nbsp;: non"),
        ("«&nbsp;Oui&nbsp;»", "«&nbsp;Oui&nbsp;»"),
        ("10&nbsp;000 et 5&nbsp;km", "10&nbsp;000 et 5&nbsp;km"),
        ("<b>Oui</b>&nbsp;!", "<strong>Oui</strong>&nbsp;!"),
        ("<b>Oui&nbsp;</b>non", "<strong>Oui</strong> non"),
        ("a \n\t b", "a b"),
    ],
)
def test_no_break_spaces_stay_where_typography_wants_them(source, expected):
    assert clean(source) == f"<p>{expected}</p>"


def test_plain_text_comes_in_a_paragraph_a_line():
    assert (
        from_plain("One <b>\r\n\r\nTwo & \x00three\n  \nFour")
        == "<p>One &lt;b&gt;</p><p>Two &amp; three</p><p>Four</p>"
    )


def test_whatsapp_message():
    text = (
        "[12/05/2026, 10:22] Ada Mensu: *Breaking*: _two_ ships ~left~ stayed <at sea>\n"
        "\u200e[10:23, 12/05/2026] +44 20 5550 0100: 2*3*4 snake_case_word and *_both_*\n"
        "12/05/2026, 10:24 - Ada: https://example.org/a_b_c\n"
        "At 10:25: not a stamp\n"
    )
    assert from_whatsapp(text) == (
        "<p><strong>Breaking</strong>: <em>two</em> ships <s>left</s> stayed &lt;at sea&gt;</p>"
        "<p>2*3*4 snake_case_word and <strong><em>both</em></strong></p>"
        "<p>https://example.org/a_b_c</p>"
        "<p>At 10:25: not a stamp</p>"
    )


def test_plain_gives_words_by_block():
    body = (
        "<h2>Ports &amp; ships</h2><p>One <em>two</em><br>three</p><table><caption>C</caption><tr><td>a</td><td>b</td>"
        "</tr></table><ul><li>x<ul><li>y</li></ul></li></ul><script>z</script>"
    )
    assert plain(body) == "Ports & ships\nOne two\nthree\nC\na b\nx\ny"
    assert plain("<p>one\ntwo\n<b>three</b></p>") == "one two three"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 0),
        ("<p>Don’t well-known – stop, word—word</p><p>End.</p>", 6),
        ("<p>a<b>b</b>c</p>", 1),
        ("<p>مُحَمَّد في الميناء.</p>", 3),
        ("<p>港口 opened 今天</p>", 5),
        ("<p>... — !</p>", 0),
    ],
)
def test_word_count(body, count):
    assert word_count(body) == count


def test_rendered_quotes_pair_across_inline_elements_and_breaks():
    assert render('<p>"<em>Yes</em>," she said. <b>"</b>No"<br>"Well"</p>', language="en") == (
        "<p>“<em>Yes</em>,” she said. <strong>“</strong>No”<br>“Well”</p>"
    )


def test_rendered_blocks_follow_their_own_language():
    assert render('<p>"a"</p><blockquote lang="de"><p>"b"</p></blockquote><p>"c"</p>', language="fr") == (
        '<p>«\u202fa\u202f»</p><blockquote lang="de"><p>„b“</p></blockquote><p>«\u202fc\u202f»</p>'
    )


def test_rendered_links():
    assert render('<a href="https://example.org/it\'s--x?a=1&b=2">"a"</a> <a href="/about/">b</a>', language="en") == (
        '<p><a rel="noopener" href="https://example.org/it\'s--x?a=1&amp;b=2">“a”</a> <a href="/about/">b</a></p>'
    )


def test_rendered_headings_have_ids_of_their_own():
    body = (
        "<h2>What's <em>next</em>?</h2><h3>Whats next</h3><h2>ما نعرفه</h2><h2 lang='en'>!!!</h2><h2>Whats next 2</h2>"
    )

    assert render(body, language="en") == (
        '<h2 id="h-whats-next">What’s <em>next</em>?</h2><h3 id="h-whats-next-2">Whats next</h3>'
        '<h2 id="h-ما-نعرفه">ما نعرفه</h2><h2 id="h-section" lang="en">!!!</h2>'
        '<h2 id="h-whats-next-2-2">Whats next 2</h2>'
    )


def test_rendered_tables_have_a_named_frame():
    frame = '<div class="table-scroll" role="region" tabindex="0" aria-label="{}">'
    table = "<table><tbody><tr><td>a</td></tr></tbody></table></div>"
    named = table.replace("<tbody>", "<caption>Ships “in” <em>port</em></caption><tbody>")
    body = '<table><caption>Ships "in" <em>port</em></caption><tr><td>a</table><table><tr><td>a</table>'

    with override("fr"):  # the editor's language, not the story's
        assert render(body, language="en") == frame.format("Ships “in” port") + named + frame.format("Table") + table


def test_safe_marks_what_was_rendered():
    rendered = render("<b>a</b>", language="en")

    assert isinstance(safe(rendered), SafeString)
    assert safe(rendered) == "<p><strong>a</strong></p>"
