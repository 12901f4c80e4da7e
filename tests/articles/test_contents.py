"""Long pieces: their contents, and how long it takes to read them."""

import re

import pytest
from django.test import Client

from articles.models.published import PublishedArticle
from tests import make
from tests.articles.test_look import prose

PARTS = re.compile(r'<li><a href="#([^"]+)">([^<]*)</a></li>')


def piece(words: int = 1_300, headings: int = 4, **content: object) -> PublishedArticle:
    body = "".join(f"<h2>Part {place} &amp; more</h2>{prose(words // headings)}" for place in range(headings))
    return make.story(**{"body": body, **content})


def test_a_long_piece_lists_its_subheadings_and_leads_to_them(client: Client, db: None) -> None:
    make.site()
    page = client.get(piece().path).content.decode()
    listed = PARTS.findall(page)
    assert [words for _anchor, words in listed] == [f"Part {place} &amp; more" for place in range(4)]
    assert len({anchor for anchor, _words in listed}) == 4
    for anchor, _words in listed:
        assert page.count(f'<h2 id="{anchor}"') == 1
    assert page.index('<nav class="contents"') < page.index('<div class="text">')


def test_headings_of_any_script_have_ids_that_stay_and_differ(client: Client, db: None) -> None:
    make.site()
    body = "".join(f"<h2>{words}</h2>{prose(450)}" for words in ("المرفأ القديم", "المرفأ القديم", "…"))
    story = make.story(language="ar", body=body)
    listed = PARTS.findall(client.get(story.path).content.decode())
    assert listed == [
        ("h-المرفأ-القديم", "المرفأ القديم"),
        ("h-المرفأ-القديم-2", "المرفأ القديم"),
        ("h-section", "…"),
    ]


@pytest.mark.parametrize(("words", "headings"), [(1_100, 4), (1_300, 2), (1_300, 1)])
def test_short_and_undivided_pieces_have_no_contents(client: Client, db: None, words: int, headings: int) -> None:
    make.site()
    assert '<nav class="contents"' not in client.get(piece(words, headings).path).content.decode()


def test_headings_of_boxes_and_rows_without_ids_are_left_out(client: Client, db: None) -> None:
    make.site()
    boxes = "".join(f'<aside class="facts"><h3>Box {place}</h3><p>A fact.</p></aside>' for place in range(3))
    story = make.story(body=f"<h2>One</h2>{prose(1_300)}<h2>Two</h2>{boxes}<p>End.</p>")
    assert '<nav class="contents"' not in client.get(story.path).content.decode()
    old = piece()
    PublishedArticle.objects.filter(pk=old.pk).update(body_html=re.sub(r' id="h-[^"]*"', "", old.body_html))
    page = client.get(old.path).content.decode()
    assert '<nav class="contents"' not in page
    assert "<h2>Part 0 &amp; more</h2>" in page


@pytest.mark.parametrize(
    ("language", "words", "pictures", "minutes"),
    [
        ("en", 5, 0, 1), ("en", 912, 0, 4), ("ar", 828, 0, 6), ("zh", 1_020, 0, 4), ("ha", 920, 0, 5),
        ("en", 912, 1, 4), ("en", 912, 20, 6),
    ],
)  # fmt: skip
def test_reading_time_goes_by_the_language_and_the_pictures(
    language: str, words: int, pictures: int, minutes: int
) -> None:
    story = PublishedArticle(language=language, word_count=words, body_html="<picture><img></picture>" * pictures)
    assert story.reading_minutes == minutes
