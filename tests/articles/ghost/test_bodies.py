"""Ghost's texts: HTML, Lexical and mobiledoc say the same, every card is known by name, and none is shown raw."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from articles import markup
from articles.ghost import bodies, cards
from tests.articles.ghost.exports import lexical

VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
WORDS = '<p>The <strong>ferry</strong> <em>left</em><br>at <a href="/noon/">noon</a>.</p>'


def words(*pairs: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"type": "extended-text", "text": text, "format": bits} for text, bits in pairs]


def clean(**row: Any) -> str:
    return markup.clean(bodies.written(row).html)


def test_lexical_and_mobiledoc_are_what_ghost_would_have_made_of_them() -> None:
    html = (
        f"{WORDS}<h2>Crew &amp; mast</h2><ul><li>one</li><li>two</li></ul><ol><li>three</li></ol>"
        "<blockquote><p>We saw it.</p></blockquote>"
    )
    paragraph = {
        "type": "paragraph",
        "children": [
            *words(("The ", 0), ("ferry", 1), (" ", 0), ("left", 2)), {"type": "linebreak"}, *words(("at ", 0)),
            {"type": "link", "url": "__GHOST_URL__/noon/", "children": words(("noon", 8))}, *words((".", 0)),
        ],
    }  # fmt: skip

    def items(kind: str, *names: str) -> dict[str, Any]:
        children = [{"type": "listitem", "children": words((name, 0))} for name in names]
        return {"type": "list", "listType": kind, "children": children}

    assert clean(html=None, lexical=lexical(
        paragraph, {"type": "extended-heading", "tag": "h2", "children": words(("Crew & mast", 0))},
        items("bullet", "one", "two"), items("number", "three"),
        {"type": "extended-quote", "children": words(("We saw it.", 0))},
    )) == markup.clean(html)  # fmt: skip

    document = {
        "version": "0.3.1", "atoms": [["soft-return", "", {}]], "cards": [],
        "markups": [["strong"], ["em"], ["a", ["href", "__GHOST_URL__/noon/"]]],
        "sections": [
            [1, "p", [[0, [], 0, "The "], [0, [0], 1, "ferry"], [0, [], 0, " "], [0, [1], 1, "left"], [1, [], 0, 0],
                      [0, [], 0, "at "], [0, [2], 1, "noon"], [0, [], 0, "."]]],
            [1, "h2", [[0, [], 0, "Crew & mast"]]],
            [3, "ul", [[[0, [], 0, "one"]], [[0, [], 0, "two"]]]], [3, "ol", [[[0, [], 0, "three"]]]],
            [1, "blockquote", [[0, [], 0, "We saw it."]]],
        ],
    }  # fmt: skip
    assert clean(html="", lexical=None, mobiledoc=json.dumps(document)) == markup.clean(html)
    assert clean(html="<p>Ghost's own</p>", lexical=lexical(paragraph)) == "<p>Ghost's own</p>"


# Each card as data, as Ghost's HTML, and what must be in the body for both.
CARDS: list[tuple[str, dict[str, Any], str, str]] = [
    ("embed", {"url": VIDEO, "html": "<iframe>"},
     '<figure class="kg-card kg-embed-card"><iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ?feature=oembed">'
     "</iframe></figure>", f'<figure data-embed="{VIDEO}"></figure>'),
    ("embed", {"url": "https://x.com/portvela/status/17"},
     '<figure class="kg-card kg-embed-card"><blockquote class="twitter-tweet"><p>Fog. <a href="https://t.co/x">pic</a></p>'
     '&mdash; Vela <a href="https://twitter.com/portvela/status/17?ref_src=x">May</a></blockquote>'
     "<script async></script></figure>", '<figure data-embed="https://x.com/portvela/status/17"></figure>'),
    ("bookmark", {"url": "https://port.example/log/", "metadata": {"title": "The log"}},
     '<figure class="kg-card kg-bookmark-card"><a class="kg-bookmark-container" href="https://port.example/log/">'
     '<div class="kg-bookmark-content"><div class="kg-bookmark-title">The log</div>'
     '<div class="kg-bookmark-description">Of all ships</div></div><div class="kg-bookmark-thumbnail"><img src="https://port.example/t.jpg"></div></a>'
     "</figure>",
     '<a href="https://port.example/log/">The log</a></p>'),
    ("callout", {"calloutText": "Bring <b>water</b>", "calloutEmoji": "x"},
     '<div class="kg-card kg-callout-card kg-callout-card-blue"><div class="kg-callout-emoji">x</div>'
     '<div class="kg-callout-text">Bring <b>water</b></div></div>',
     '<aside class="facts"><p>Bring <strong>water</strong></p></aside>'),
    ("toggle", {"heading": "Who pays?", "content": "<p>The port.</p>"},
     '<div class="kg-card kg-toggle-card" data-kg-toggle-state="close"><div class="kg-toggle-heading">'
     '<h4 class="kg-toggle-heading-text">Who pays?</h4><button class="kg-toggle-card-icon"><svg></svg></button></div>'
     '<div class="kg-toggle-content"><p>The port.</p></div></div>', "<h3>Who pays?</h3><p>The port.</p>"),
    ("button", {"buttonUrl": "https://port.example/", "buttonText": "Sail"},
     '<div class="kg-card kg-button-card kg-align-center"><a href="https://port.example/" class="kg-btn">'
     "Sail</a></div>",
     '<p><a href="https://port.example/">Sail</a></p>'),
    ("codeblock", {"code": "a < b"}, "<pre><code>a &lt; b</code></pre>", "a &lt; b"),
    ("markdown", {"markdown": "Plain words"}, "<p>Plain words</p>", "<p>Plain words</p>"),
    ("html", {"html": "<p>Own <script>track()</script>code</p>"}, "<!--kg-card-begin: html--><p>Own <script>track()"
     "</script>code</p><!--kg-card-end: html-->", "<p>Own code</p>"),
    ("horizontalrule", {}, "<hr>", "<hr>"),
    ("product", {"productTitle": "A chart", "productDescription": "<p>Of the bay</p>"},
     '<div class="kg-card kg-product-card"><h4 class="kg-product-card-title">A chart</h4><div><p>Of the bay</p></div>'
     "</div>",
     "<p>Of the bay</p>"),
    ("file", {"src": "__GHOST_URL__/content/files/tides.pdf", "fileTitle": "Tides", "fileCaption": "By hour"},
     '<div class="kg-card kg-file-card"><a class="kg-file-card-container" href="__GHOST_URL__/content/files/tides.pdf">'
     '<div class="kg-file-card-contents"><div class="kg-file-card-title">Tides</div><div class="kg-file-card-caption">'
     'By hour</div><div class="kg-file-card-metadata"><div class="kg-file-card-filename">tides.pdf</div></div></div>'
     "</a></div>", '<p><a href="/content/files/tides.pdf">Tides</a><br>By hour</p>'),
    ("header", {"header": "Spring", "subheader": "At the quay"},
     '<div class="kg-card kg-header-card"><h2>Spring</h2><p>At the quay</p></div>',
     "<h2>Spring</h2><p>At the quay</p>"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "html", "wanted"), CARDS, ids=[f"{card[0]}-{number}" for number, card in enumerate(CARDS)]
)
def test_a_card_is_the_same_from_its_data_and_from_its_html(
    name: str, data: dict[str, Any], html: str, wanted: str
) -> None:
    around = "<p>Before.</p>{}<p>Behind.</p>"
    ours = [
        clean(html=around.format(html)),
        clean(lexical=lexical({"type": "paragraph", "children": words(("Before.", 0))}, {"type": name, **data})),
        clean(mobiledoc=json.dumps({"version": "0.3.1", "cards": [[name, data]], "sections": [[10, 0]]})),
    ]
    for body in ours:
        assert wanted in body
        assert "kg-" not in body and "track" not in body
    assert ours[0].startswith("<p>Before.</p>") and ours[0].endswith("<p>Behind.</p>")


def test_cards_that_are_left_and_cards_that_nobody_knows_are_named() -> None:
    left = [name for name, card in cards.CARDS.items() if card is None]
    assert {"video", "audio", "signup", "email", "cta"} <= set(left)
    nodes = [{"type": name, "src": "/x.mp4", "html": "<p>raw</p>"} for name in [*left, "of-tomorrow"]]
    written = bodies.written({"lexical": lexical(*nodes)})
    assert (written.html, set(written.dropped)) == ("", {f"{name} card /x.mp4" for name in [*left, "of-tomorrow"]})
    html = "".join(f'<div class="kg-card kg-{name}-card"><form>raw</form></div>' for name in [*left, "of-tomorrow"])
    written = bodies.written({"html": f"<p>Kept</p>{html}"})
    assert (written.html, set(written.dropped)) == ("<p>Kept</p>", {f"{name} card" for name in [*left, "of-tomorrow"]})


def test_captions_come_along_and_so_does_markdown_of_the_first_versions() -> None:
    film = {"type": "embed", "url": VIDEO, "caption": "The quay"}
    body = clean(lexical=lexical(film, {"type": "codeblock", "code": "a", "caption": "A rule"}))
    assert body == f'<figure data-embed="{VIDEO}"><figcaption>The quay</figcaption></figure><p>a</p><p>A rule</p>'
    written = bodies.written({"html": None, "markdown": "Fog on the *quay*"})
    assert (written.html, written.is_raw) == ("<p>Fog on the *quay*</p>", True)


def test_a_player_is_named_with_its_file() -> None:
    html = (
        '<div class="kg-card kg-video-card"><video src="__GHOST_URL__/content/media/fog.mp4?a=1&amp;b=2"></video></div>'
    )
    assert bodies.written({"html": html}).dropped == {"video card /content/media/fog.mp4?a=1&b=2": 1}


def test_what_is_no_document_is_named_and_sign_up_links_are_words() -> None:
    for broken in ("no json", "[]", '{"root": 3}', '{"root": {"children": [7]}}', "[" * 100_000):
        assert bodies.written({"lexical": broken}).dropped == {"lexical": 1}
    assert bodies.written({"mobiledoc": '{"sections": [[10, 4]], "cards": []}'}).dropped == {"mobiledoc": 1}
    written = bodies.written({"html": '<p><a class="x" href="__GHOST_URL__/#/portal/signup">Join</a> us</p>'})
    assert (written.html, written.dropped) == ("<p>Join us</p>", {"#/portal": 1})


def test_a_part_that_was_not_for_everybody_is_noticed() -> None:
    block = (
        '<p>Open.</p><!--kg-gated-block:begin {} memberSegment:"status:-free" -->{}<!--kg-gated-block:end--><p>End.</p>'
    )
    offer = '<div class="kg-card kg-cta-card"><p>Join us</p></div>'
    for visible, inner, is_restricted in (
        ("nonMember:false", "<p>Paid.</p>", True), ("nonMember:true", "<p>Welcome.</p>", False),
        ("nonMember:false", offer, False), ("", '<img src="/x.jpg">', True),
    ):  # fmt: skip
        assert bodies.written({"html": block.format(visible, inner)}).is_restricted is is_restricted, (visible, inner)
    assert bodies.written({"html": "<!--kg-gated-block:begin nonMember:false--><p>cut off"}).is_restricted
    seen: list[tuple[object, bool]] = [
        ({"web": {"nonMember": False, "memberSegment": "status:-free"}, "email": {"memberSegment": ""}}, True),
        ({"web": {"nonMember": True, "memberSegment": "status:free,status:-free"}, "email": {}}, False),
        ({"showOnWeb": False, "showOnEmail": True, "segment": ""}, True), ({"showOnEmail": True}, True),
        ({"showOnWeb": True, "showOnEmail": True, "segment": "status:free"}, False), ({"emailOnly": True}, True),
        ({}, False), (None, False),
    ]  # fmt: skip
    for visibility, is_restricted in seen:
        card = {"type": "html", "html": "<p>Paid.</p>", "visibility": visibility}
        written = bodies.written({"lexical": lexical({"type": "paragraph", "children": [card]})})
        assert written.is_restricted is is_restricted, visibility
        assert markup.clean(written.html).count("Paid.") == 1


@pytest.mark.parametrize(
    "piece",
    [
        "<!--kg-gated-block:begin ", "<!--kg-gated-block:begin -->",
        '<div class="kg-card kg-callout-card">', '<figure class="kg-card kg-gallery-card"></figure>', "<div class=",
        '<div class="kg-card kg-toggle-card"><div class="kg-toggle-content">',
        '<a href="#/portal', "<figcaption>", "kg-",
    ],
)  # fmt: skip
def test_no_text_keeps_the_reader_of_cards_busy(piece: str) -> None:
    began = time.process_time()
    bodies.written({"html": piece * (60_000 // len(piece))})
    assert time.process_time() - began < 30  # less than a second, unless it grows faster than the text
