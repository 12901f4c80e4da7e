"""Galleries, videos, posts elsewhere, fact boxes, questions: what comes in as any of them comes out in one shape."""

import re

import pytest
from hypothesis import given, settings

from articles.markup import clean, plain, render, word_count
from tests.articles.test_markup import SOURCES

TUBE = '<figure data-embed="https://www.youtube.com/watch?v=abcdefghijk"></figure>'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '<figure data-video="07" class="x">Own</figure>',
            '<figure data-video="7"><figcaption>Own</figcaption></figure>',
        ),
        ('<figure data-video="x"><figcaption>Own</figcaption></figure>', "<p>Own</p>"),
        ('<figure data-stories="12 15 12, 0 x 7"></figure>', '<figure data-stories="12 15 7"></figure>'),
        (
            '<figure data-stories="1 2 3 4 5 6 7 8 9"><figcaption>Read <b>on</b></figcaption></figure>',
            '<figure data-stories="1 2 3 4 5 6 7 8"><figcaption>Read <strong>on</strong></figcaption></figure>',
        ),
        ('<figure data-stories=" ">a</figure>', "<p>a</p>"),
        ('<blockquote>a<figure data-video="1"></figure></blockquote>', "<blockquote><p>a</p></blockquote>"),
    ],
)
def test_videos_and_stories(source, expected):
    assert clean(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<figure data-embed="https://youtu.be/abcdefghijk?si=x"></figure>', TUBE),
        (
            '<figure data-embed="https://a.example/1">Own</figure>b',
            '<p><a href="https://a.example/1">https://a.example/1</a></p><p>Own</p><p>b</p>',
        ),
        ('<figure data-embed="javascript:alert(1)"></figure>a', "<p>a</p>"),
        ('<figure data-embed="https://youtu.be.evil.example/abcdefghijk" onclick="x"></figure>',
         '<p><a href="https://youtu.be.evil.example/abcdefghijk">https://youtu.be.evil.example/abcdefghijk</a></p>'),
        (
            '<figure class="wp-block-embed is-type-video"><div class="wp-block-embed__wrapper">\n'
            "https://www.youtube.com/watch?v=abcdefghijk&amp;feature=share\n</div>"
            "<figcaption>The quay</figcaption></figure><p>b</p>",
            TUBE.replace("></figure>", "><figcaption>The quay</figcaption></figure>") + "<p>b</p>",
        ),
        (
            '<p>a</p><figure><div><iframe src="https://www.youtube-nocookie.com/embed/abcdefghijk?rel=0">x</iframe>'
            "</div><figcaption>The quay</figcaption></figure>b",
            "<p>a</p>" + TUBE.replace("></figure>", "><figcaption>The quay</figcaption></figure>") + "<p>b</p>",
        ),
        ('a<iframe src="about:blank" data-src="//youtu.be/abcdefghijk"></iframe>b', f"<p>a</p>{TUBE}<p>b</p>"),
        ('<iframe src="https://ads.example/1"><p>x</p></iframe>a', "<p>a</p>"),
        (
            '<ul><li>a<iframe src="https://youtu.be/abcdefghijk"></iframe></ul>',
            '<ul><li>a<br><a href="https://www.youtube.com/watch?v=abcdefghijk">'
            "https://www.youtube.com/watch?v=abcdefghijk</a></li></ul>",
        ),
        ("<p>https://youtu.be/abcdefghijk</p>", "<p>https://youtu.be/abcdefghijk</p>"),
        (
            '<figure data-image="1"><figcaption>https://youtu.be/abcdefghijk</figcaption></figure>',
            '<figure data-image="1"><figcaption>https://youtu.be/abcdefghijk</figcaption></figure>',
        ),
    ],
)  # fmt: skip
def test_posts_and_videos_elsewhere(source, expected):
    assert clean(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '<section class="gallery x" lang="fr"><figure data-image="1"><figcaption>Un</figcaption></figure>'
            '<figure data-image="2"></figure></section>',
            '<section class="gallery"><figure data-image="1"><figcaption lang="fr">Un</figcaption></figure>'
            '<figure data-image="2"></figure></section>',
        ),
        ('<section class="gallery"></section><section><p>a</p></section>', "<p>a</p>"),
        (
            '<section class="gallery">a<figure data-image="1"></figure><h2>b</h2><figure data-video="3"></figure>'
            '<figure data-image="2"></figure></section>',
            '<p>a</p><section class="gallery"><figure data-image="1"></figure></section><p>b</p>'
            '<figure data-video="3"></figure><section class="gallery"><figure data-image="2"></figure></section>',
        ),
        (
            '<figure class="wp-block-gallery has-nested-images"><figure class="wp-block-image" data-image="1">'
            '<figcaption>One</figcaption></figure><ul><li><figure data-image="2"></figure></li></ul>'
            "<figcaption>All of them</figcaption></figure>",
            '<section class="gallery"><figure data-image="1"><figcaption>One</figcaption></figure>'
            '<figure data-image="2"></figure></section><p>All of them</p>',
        ),
        (
            '<section class="gallery"><section class="gallery"><figure data-image="1"></figure></section></section>',
            '<section class="gallery"><figure data-image="1"></figure></section>',
        ),
    ],
)
def test_galleries(source, expected):
    assert clean(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '<aside class="facts" lang="fr"><h2>En bref</h2>Un<ul><li>Deux</ul><h3>Trois</h3></aside>b',
            '<aside class="facts" lang="fr"><h3>En bref</h3><p>Un</p><ul><li>Deux</li></ul><p>Trois</p></aside>'
            "<p>b</p>",
        ),
        ("<aside><p>Read our letter</p></aside>", "<p>Read our letter</p>"),
        ('<aside class="facts"><p> </p></aside>a', "<p>a</p>"),
        (
            '<aside class="facts"><p>a</p><figure data-image="1"></figure><p>b</p></aside>',
            '<aside class="facts"><p>a</p></aside><figure data-image="1"></figure>'
            '<aside class="facts"><p>b</p></aside>',
        ),
        (
            '<blockquote><aside class="facts"><h3>a</h3>b</aside></blockquote>',
            "<blockquote><p>a</p><p>b</p></blockquote>",
        ),
        (
            '<aside class="facts"><blockquote>a</blockquote><dl><dt>b<dd>c</dl><aside class="facts">d</aside></aside>',
            '<aside class="facts"><p>a</p><p>b</p><p>c</p><p>d</p></aside>',
        ),
    ],
)
def test_fact_boxes(source, expected):
    assert clean(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "<dl><dt>Why <b>now</b>?<dd>Because.<dt><p>And then?</p><dd><p>We sail.</p><ul><li>North</ul></dl>",
            "<dl><dt>Why <strong>now</strong>?</dt><dd><p>Because.</p></dd>"
            "<dt>And then?</dt><dd><p>We sail.</p><ul><li>North</li></ul></dd></dl>",
        ),
        (
            '<dl lang="fr"><div><dt>Quoi ?</dt><dd dir="rtl">a<br><br>b</dd></div></dl>',
            '<dl><dt lang="fr">Quoi ?</dt><dd dir="rtl" lang="fr"><p>a</p><p>b</p></dd></dl>',
        ),
        (
            "<dl>a<dt>b</dt>c<ul><li>d</ul></dl>",
            "<dl><dd><p>a</p></dd><dt>b</dt><dd><p>c</p><ul><li>d</li></ul></dd></dl>",
        ),
        ("<dl><dt>a</dt><dd><dl><dt>b<dd>c</dl>d</dd></dl>", "<dl><dt>a</dt><dd><p>b</p><p>c</p><p>d</p></dd></dl>"),
        ("<dl><dt></dt><dd> </dd></dl><dt>a</dt>", "<p>a</p>"),
        (
            '<dl><dd><h2>a</h2><blockquote>b</blockquote><figure data-image="1">c</figure></dd></dl>',
            "<dl><dd><p>a</p><p>b</p><p>c</p></dd></dl>",
        ),
    ],
)
def test_questions_and_answers(source, expected):
    assert clean(source) == expected


@settings(max_examples=150)
@given(SOURCES)
def test_blocks_stand_alone_and_hold_what_they_may(source):
    body = clean(source)
    inside = {
        "section": r'<section class="gallery">(?:<figure data-image="\d+">(?:<figcaption\b.*?</figcaption>)?</figure>)+'
        "</section>",
        "aside": r'<aside class="facts"[^>]*>(?:<h3[^>]*>.*?</h3>)?(?:<(p|ul|ol)\b.*</\1>)*</aside>',
        "dl": r"<dl>(?:<(dt|dd)\b.*</\1>)+</dl>",
    }
    for tag, shape in inside.items():
        for block in re.findall(rf"<{tag}\b.*?</{tag}>", body):
            assert re.fullmatch(shape, block)
            assert not re.search(r"<(section|aside|dl|blockquote|table|figure data-(?!image)|h2|hr)\b", block[4:])
    for address in re.findall(r'data-embed="([^"]*)"', body):
        assert re.match(r"https://(www\.youtube\.com|vimeo\.com|t\.me)/", address)


def test_time_grows_with_length_alone():
    for piece in (
        '<section class="gallery">',
        "<dl><dt>",
        "<figure>https://youtu.be/abcdefghijk",
        "<figure><div>" * 3 + "https://x",
        '<aside class="facts"><h3>',
        '<iframe src="https://youtu.be/abcdefghijk">',
        '<figure data-stories="1 2">',
    ):
        assert clean(clean(piece * 5000)) == clean(piece * 5000)


def test_words_are_those_that_are_read():
    body = clean(
        '<p>One two.</p><figure data-embed="https://youtu.be/abcdefghijk">Three</figure><aside class="facts"><h3>Four'
        "</h3>Five</aside><dl><dt>Six?<dd>Seven.</dl><figure data-stories='1 2'></figure>"
    )
    assert plain(body) == "One two.\nThree\nFour\nFive\nSix?\nSeven."
    assert word_count(body) == 7


def test_rendered_boxes_are_named_and_questions_whole():
    facts = '<aside class="facts" lang="en"><h3>In "short"</h3><p>a</p></aside><aside class="facts"><p>b</p></aside>'
    assert render(facts, language="en") == (
        '<aside class="facts" aria-labelledby="h-in-short" lang="en"><h2 id="h-in-short">In “short”</h2>'
        "<p>a</p></aside>"
        '<aside class="facts" aria-label="In brief"><p>b</p></aside>'
    )
    assert render("<dl><dd>a<dt>b</dl>", language="en") == "<dl><dt></dt><dd><p>a</p></dd><dt>b</dt><dd></dd></dl>"
