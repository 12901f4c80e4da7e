"""What stands in brackets: never a shortcode before readers, never a word of a writer's lost."""

from __future__ import annotations

import pytest

from articles.moving import figures, texts
from articles.wordpress.shortcodes import plain_html


def text(content: str) -> texts.Text:
    return texts.body_of(
        plain_html(content), hosts={"old.example"}, picture=lambda asked: None, gallery=lambda numbers: []
    )


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("[divider]", "divider"),
        ("[adsense]", "adsense"),
        ("Give today: [donate]!", "donate"),
        ("<p> [recentposts]\u00a0</p>", "recentposts"),
        ("[whatever] [something]", "something"),
        ("[ultimate_poll id=1]", "ultimate_poll"),
        ("[contact-form-7]", "contact-form-7"),
        ('[button text="<b>Buy</b>" url="/sale"]', "button"),
        ('[product ids="[1,2]" name="A"]', "product"),
        ("[map where='a]b' of=\"it's\"]", "map"),
        (f'[builder data="{"x]" * 5000}"]', "builder"),
        ("[vc_raw_html]JTNDc2NyaXB0JTNF[/vc_raw_html]", "vc_raw_html"),
        ('[vc_raw_js a="b"]JTNDc2NyaXB0JTNF\n\nJTND[/VC_RAW_JS]', "vc_raw_js"),
    ],
)
def test_a_shortcode_is_not_shown_and_is_named(content: str, name: str) -> None:
    found = text(f"Before.\n\n{content}\n\nAfter.")
    for sign in ("[", "]", name, "JTN", "Buy"):
        assert sign not in found.body, found.body
    assert found.body.startswith("<p>Before.</p>")
    assert found.body.endswith("<p>After.</p>")
    assert found.dropped[f"[{name}]"] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[quote author="Me > you"]Quoted words[/quote]', "Quoted words"),
        ('[x foo="a]b"]inner words[/x]', "inner words"),
        ("[Box]Boxed words[/box]", "Boxed words"),
        ('[button text="not ended] The words [tag a="b"] go on', "The words go on"),
    ],
)
def test_what_a_shortcode_is_around_stays(content: str, words: str) -> None:
    assert text(content).body == f"<p>{words}</p>"


@pytest.mark.parametrize(
    "words",
    [
        "It was late [sic] that [the] mayor's [friends of [old] days] said [they] won [applause]",
        "[laughs]", "[rires]", "[A pause]", "[Silence]", "[пример]", "[élan]", "[a]", "Note [1]",
        "[video by Mira Okono]", "[the mayor's office", "[[gallery]",
    ],
)  # fmt: skip
def test_a_writers_own_words_stay(words: str) -> None:
    found = text(words)
    assert texts.markup.plain(found.body) == words.replace("[[gallery]", "[")
    assert not found.dropped


@pytest.mark.parametrize(
    ("content", "is_restricted"),
    [
        ("[ihc-hide-content]x[/ihc-hide-content]", True),
        ('[access level="1"]x[/access]', True),
        ('[if user_role="x"]x[/if]', True),
        ('[show to_members="yes"]x[/show]', True),
        ('[content-for user-capability="read"]x[/content-for]', True),
        ("[sociallocker]x[/sociallocker]", True),
        ("[lock]x[/lock]", True),
        ("[protected]x[/protected]", True),
        ("[subscribers]x[/subscribers]", True),
        ("[subscribe]", False),
        ('[heading level="2"]x[/heading]', False),
        ("[content_block]x[/content_block] [flock]x[/flock]", False),
        ('[box plane="blue" controller="x"]x[/box]', False),
        ("[[hide]]x[[/hide]]", False),
        ("[members of parliament] left", False),
        ('[team_member name="x"]x[/team_member]', False),
    ],
)
def test_words_that_plugins_kept_from_some_are_known(content: str, is_restricted: bool) -> None:
    assert plain_html(content).is_restricted is is_restricted


@pytest.mark.parametrize(
    ("said", "is_restricted"),
    [
        ("premium-content/subscriber-view", True),
        ('pmpro/membership {"levels":["1"]}', True),
        ("jetpack/paywall /", True),
        ('group {"metadata":{"blockVisibility":false}}', True),
        ('heading {"blockVisibility":{"controlSets":[{"id":1}]}}', True),
        ('block {"ref":77} /', True),
        ('heading {"metadata":{"name":"blockVisibility"},"blockVisibility":{}}', False),
        ("premium/heading", False),
        ("genesis-blocks/team-member", False),
        ("block /", False),
    ],
)
def test_words_that_blocks_kept_from_some_are_known(said: str, is_restricted: bool) -> None:
    shown = {"77": "<!-- wp:jetpack/paywall /--><p>Of many posts</p>"}
    block = f"<!-- wp:{said} -->".replace("/ -->", "/-->")
    assert plain_html(f"{block}<p>x</p>", shown).is_restricted is is_restricted


def test_what_a_body_has_no_place_for_is_named() -> None:
    found = text(
        '<p>A</p><iframe width="1" src="https://docs.example/forms/x?y=1"></iframe><video src="/v.mp4"></video><audio>'
        '<source src="a.mp3"></audio><form action="/vote"><input name="q"></form><svg></svg>'
        '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe><p>B</p>'
        '<!-- wp:latest-posts {"postsToShow":3} /--><!-- wp:jetpack/form /--><!-- wp:more /-->'
        "<!-- wp:paragraph --><p>C</p><!-- /wp:paragraph -->"
    )
    assert found.dropped == {
        "<iframe> https://docs.example/forms/x": 1, "<video> /v.mp4": 1, "<audio>": 1, "<form> /vote": 1, "<svg>": 1,
        "wp:latest-posts": 1, "wp:jetpack/form": 1,
    }  # fmt: skip
    assert 'data-embed="https://www.youtube.com/watch?v=dQw4w9WgXcQ"' in found.body
    assert "<p>C</p>" in found.body


def test_what_only_counts_readers_is_no_picture() -> None:
    asked: list[str] = []
    found = texts.body_of(
        plain_html('<p>A</p><img src="https://count.example/r.gif?p=1" height="1" width="1"><img src="/q.jpg">'),
        hosts=(), picture=lambda each: asked.append(each.url), gallery=lambda numbers: [],
    )  # fmt: skip
    assert (found.body, asked, found.missing) == ("<p>A</p>", ["/q.jpg"], ["/q.jpg"])
    assert found.dropped == {"<img> https://count.example/r.gif": 1}


def test_a_reusable_text_stands_where_it_was_shown_or_is_named() -> None:
    content = '<!-- wp:p --><p>A</p><!-- /wp:p --><!-- wp:block {"ref":77} /--><!-- wp:block {"ref":78} /-->'
    found = plain_html(content, {"77": "<p>Of many posts</p>"})
    assert found.html == "<p>A</p><p>Of many posts</p>"
    assert found.dropped == {"wp:block 78": 1}
    much = plain_html('<!-- wp:block {"ref":1} /-->' * 3000, {"1": "x" * 1000})
    assert len(much.html) <= 1024 * 1024 + 100
    assert much.dropped["wp:block 1"] == 3000 - 1024 * 1024 // 1000


@pytest.mark.parametrize(
    "part",
    [
        '[a b="[a b=c" ', "[a b='", '[a b="\n', '[a b="x] ', "[a ", "[[a", "[/a", "[vc_raw_html]", '[a b="]', "[a]",
        "[aa ]", "[x " + "a" * 400, "[caption]", "<!-- wp:a ",
    ],
)  # fmt: skip
def test_hostile_brackets_cost_no_more_than_their_length(part: str) -> None:
    content = part * (60_000 // len(part))
    assert len(plain_html(content).html) <= 40 * len(content)
    assert plain_html(f"[x {'a' * 60_000}]").html


def pictured(content: str, footnotes: str = "") -> str:
    """The body, where each picture that is asked for by the address of a file is to be had."""
    asked = {"https://files.example/2016/quay.jpg": 1, "https://old.files.wordpress.com/2016/fog.jpg": 2}
    return texts.body_of(
        plain_html(content, footnotes=footnotes), hosts={"old.example"},
        picture=lambda found: int(found.number) if found.number else asked.get(found.url),
        gallery=lambda numbers: [*map(int, numbers)],
    ).body  # fmt: skip


FIVE, SIX = '<figure data-image="5"></figure>', '<figure data-image="6"></figure>'
FILM = '<figure data-embed="https://www.youtube.com/watch?v=dQw4w9WgXcQ"></figure>'
QUAY, FOG = '<figure data-image="1"></figure>', '<figure data-image="2"></figure>'


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (
            '[caption id="a_1" width="30" caption="The quay, <em>in fog</em>"]<a href="/x"><img src="'
            'https://files.example/2016/quay.jpg" /></a>[/caption]\n\nWords.',
            '<figure data-image="1"><figcaption>The quay, <em>in fog</em></figcaption></figure><p>Words.</p>',
        ),
        (
            '<!-- wp:cover --><div class="wp-block-cover has-parallax" style="min-height:2px;background-image:url('
            'https://files.example/2016/quay.jpg)"><p>Words.</p></div><!-- /wp:cover -->',
            QUAY + "<p>Words.</p>",
        ),
        (
            '<!-- wp:cover --><div class="wp-block-cover"><div role="img" class="wp-block-cover__image-background" '
            "style=\"background-image:url('https://i0.wp.com/old.files.wordpress.com/2016/fog.jpg?w=30')\"></div>"
            "<div><p>Words.</p></div></div><!-- /wp:cover -->",
            FOG + "<p>Words.</p>",
        ),
        ('<img src="https://i2.wp.com/files.example/2016/quay.jpg?resize=30%2C20&amp;ssl=1" alt="">', QUAY),
        ('<img src="https://old.files.wordpress.com/2016/fog.jpg?w=30&h=20" alt="">', FOG),
    ],
)  # fmt: skip
def test_a_picture_is_found_wherever_it_stands(content: str, body: str) -> None:
    assert pictured(content) == body


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ('[vc_row][vc_single_image image="5" img_size="large"][/vc_row]', FIVE),
        ('[et_pb_image src="https://files.example/2016/quay.jpg" alt="The quay" /]', QUAY),
        ('[fusion_imageframe image_id="5|full"]https://o.example/a.jpg[/fusion_imageframe]', FIVE),
        ('[fusion_imageframe lightbox="no"]https://files.example/2016/quay.jpg[/fusion_imageframe]', QUAY),
        ('[vc_gallery images="5,6"]', f'<section class="gallery">{FIVE}{SIX}</section>'),
        ('[et_pb_gallery gallery_ids="5, 6," /]', f'<section class="gallery">{FIVE}{SIX}</section>'),
        ('[vc_custom_heading text="The tide" font_container="tag:h2"]', "<h2>The tide</h2>"),
        ('[vc_video link="https://youtu.be/dQw4w9WgXcQ"]', FILM),
        ("[youtube]dQw4w9WgXcQ[/youtube]", FILM),
        ("[embed]https://youtu.be/dQw4w9WgXcQ[/embed]", FILM),
        ('[fusion_youtube id="dQw4w9WgXcQ"]', FILM),
        ("[vimeo 12345]", '<figure data-embed="https://vimeo.com/12345"></figure>'),
        ('[vc_row video_bg="yes" video_bg_url="https://youtu.be/dQw4w9WgXcQ"]Words.[/vc_row]', "<p>Words.</p>"),
        ('<div class="fb-post" data-href="https://www.facebook.com/a/posts/1"></div>',
         '<figure data-embed="https://www.facebook.com/a/posts/1"></figure>'),
    ],
)  # fmt: skip
def test_what_page_builders_show_is_shown(content: str, body: str) -> None:
    assert pictured(content) == body


A, B = '<img src="https://files.example/2016/quay.jpg">', '<img class="wp-image-5" src="x">'
CAPTIONED = '<figure data-image="1"><figcaption>The <em>quay</em></figcaption></figure>'


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (f"<ul><li>one {A}</li><li>two</li></ul><p>End.</p>", f"<ul><li>one</li><li>two</li></ul>{QUAY}<p>End.</p>"),
        (f"<blockquote><p>Said.</p>{A}</blockquote>", f"<blockquote><p>Said.</p></blockquote>{QUAY}"),
        (f"<h2>Tide {A}</h2><p>End.</p>", f"<h2>Tide</h2>{QUAY}<p>End.</p>"),
        (f"<table><tr><td>a</td><td>{A}</td></tr></table>",
         f"<table><tbody><tr><td>a</td><td></td></tr></tbody></table>{QUAY}"),
        (f"<ul><li>one<p>Not ended {A}", f"<ul><li>one<br>Not ended</li></ul>{QUAY}"),
        (f"<figure>{A}{B}<figcaption>The <em>quay</em></figcaption></figure>", CAPTIONED + FIVE),
        (f'<div class="wp-caption"><a href="x">{A}</a><p class="wp-caption-text">The <em>quay</em></p></div>',
         CAPTIONED),
        (f'<table class="tr-caption-container"><tbody><tr><td><a href="x">{A}</a></td></tr><tr>'
         '<td class="tr-caption">The <em>quay</em></td></tr></tbody></table>', CAPTIONED),
        (f'<!-- wp:gallery --><ul class="wp-block-gallery columns-2"><li>{A}</li><li>{B}</li></ul><!-- /wp:gallery -->',
         f'<section class="gallery">{QUAY}{FIVE}</section>'),
        ('<img src="data:image/gif;base64,R0lGOD" data-src="https://files.example/2016/quay.jpg">', QUAY),
        ('<img src="/wait.gif" data-lazy-src="https://files.example/2016/quay.jpg">', QUAY),
    ],
)  # fmt: skip
def test_no_picture_is_lost_for_where_it_stands(content: str, body: str) -> None:
    assert pictured(content) == body


def test_a_picture_of_a_gallery_that_is_not_to_be_had_is_named() -> None:
    assert text('[gallery ids="21,23"]').missing == ["21", "23"]
    assert text("[gallery]").missing == ["[gallery]"]
    assert text('<img src="data:image/png;base64,iVBORw0KGgo=">').missing == ["data:image/png;base64"]


@pytest.mark.parametrize(
    "part",
    ["<div wp-caption ", '<div class="wp-caption"><img>', "<ul swiper-wrapper ", '<ul class="swiper-wrapper">', "<ul>",
     '<table class="tr-caption-container"><td tr-caption ', "<ul></ol>", '<figure data-image="5">', "wp-caption ",
     '<section class="gallery"><figure data-image="5"></figure>', "[x]1", "[x]a/b [/x", "[image src='/a.jpg']/a.jpg"],
)  # fmt: skip
def test_hostile_pictures_cost_no_more_than_their_length(part: str) -> None:
    content = part * (60_000 // len(part))
    assert len(figures.set_free(plain_html(content).html)) <= 40 * len(content)


def test_footnotes_stand_where_wordpress_shows_them() -> None:
    content = "<!-- wp:paragraph --><p>A claim<sup>1</sup>.</p><!-- /wp:paragraph --><!-- wp:footnotes /-->"
    body = pictured(content, '[{"content": "The <em>proof</em>.", "id": "1f"}]')
    assert body == "<p>A claim<sup>1</sup>.</p><ol><li>The <em>proof</em>.</li></ol>"
    for broken in ("", "[", '["x"]', "[]"):
        assert plain_html(content, footnotes=broken).dropped == {"wp:footnotes": 1}


def test_a_file_is_linked_once_and_documents_are_named_wherever_they_lie() -> None:
    href = "https://i0.wp.com/old.files.wordpress.com/2016/tides.pdf"
    found = text(
        f'<!-- wp:file --><div class="wp-block-file"><a href="{href}">The tides</a><a href="{href}" '
        'class="wp-block-file__button" download>Download</a></div><!-- /wp:file -->'
        '<p><a href="/wp-content/uploads/list.ods">x</a> <a href="/about.html">y</a></p>'
    )
    assert texts.markup.plain(found.body) == "The tides\nx y"
    assert found.documents == [href, "/wp-content/uploads/list.ods"]
    assert text('[pdf-embedder url="https://old.example/a/tides.pdf"]').dropped == {
        "[pdf-embedder] https://old.example/a/tides.pdf": 1
    }


def test_blocks_and_tables_keep_what_they_mean() -> None:
    film = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    for content, body in (
        ('<!-- wp:pullquote --><figure class="wp-block-pullquote alignleft"><blockquote><p>Wait.</p><cite>Mira</cite>'
         "</blockquote></figure><!-- /wp:pullquote -->",
         '<blockquote class="pull"><p>Wait.</p><footer>Mira</footer></blockquote>'),
        (f'<!-- wp:embed --><figure class="wp-block-embed is-type-video"><div class="wp-block-embed__x">\n{film}\n'
         "</div><figcaption>The quay</figcaption></figure><!-- /wp:embed -->",
         f'<figure data-embed="{film}"><figcaption>The quay</figcaption></figure>'),
        ("Read too:\n\nhttps://old.example/2016/05/fog/?a=1&amp;b=2\n\nWords.",
         '<p>Read too:</p><p><a href="/2016/05/fog/?a=1&amp;b=2">https://old.example/2016/05/fog/?a=1&amp;b=2</a></p>'
         "<p>Words.</p>"),
        ("<table><tfoot><tr><td>Sum</td></tr></tfoot><tbody><tr><td>One</td></tr></tbody></table>",
         "<table><tbody><tr><td>One</td></tr></tbody><tbody><tr><td>Sum</td></tr></tbody></table>"),
    ):  # fmt: skip
        assert text(content).body == body
