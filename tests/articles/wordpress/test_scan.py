"""An export is cut into its pieces in constant memory, wherever the chunks of the file end."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from articles.moving.media import names_of
from articles.wordpress import posts, scan
from articles.wordpress.scan import Piece, Scanner
from articles.wordpress.shortcodes import plain_html
from tests.articles.wordpress.exports import FOOT, HEAD, SITE, Item, export

ZONE = ZoneInfo("UTC")


def pieces(text: str) -> list[Piece]:
    return list(Scanner(io.BytesIO(text.encode())))


def test_the_pieces_are_the_same_wherever_a_chunk_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    text = export(Item(1, comments=1), Item(2, title="CDATA with </item> and <item> in it"), Item(3))
    whole = pieces(text)
    assert [piece.kind for piece in whole].count("item") == 3
    assert all(f"<{piece.kind}" in text.splitlines()[piece.line - 1] for piece in whole)
    for chunk in (1, 2, 3, 7, 8, 9, 64, 1000):
        monkeypatch.setattr(scan, "_CHUNK", chunk)
        assert pieces(text) == whole, chunk


def test_cdata_without_an_end_costs_its_own_piece_alone() -> None:
    broken = Item(1).xml().replace("]]></content:encoded>", "</content:encoded>")
    found = [piece for piece in pieces(export(broken, Item(2), head="")) if piece.kind == "item"]
    with pytest.raises(posts.Unreadable):
        posts.element(found[0], "utf-8")
    assert posts.item(posts.element(found[1], "utf-8"), line=1, zone=ZONE).number == "2"


class Endless(io.RawIOBase):
    """An export of so many posts that is made while it is read."""

    def __init__(self, count: int) -> None:
        self.source, self.rest = self._text(count), b""

    def _text(self, count: int) -> Iterator[bytes]:
        yield HEAD.format(site=SITE).encode()
        for number in range(count):
            yield Item(number, content="The ferry left at noon. " * 200).xml().encode()
        yield FOOT.encode()

    def read(self, size: int = -1) -> bytes:
        while len(self.rest) < size and (more := next(self.source, b"")):
            self.rest += more
        given, self.rest = self.rest[:size], self.rest[size:]
        return given


def peak(count: int) -> int:
    tracemalloc.start()
    try:
        found = sum(piece.kind == "item" for piece in Scanner(Endless(count)))  # type: ignore[arg-type]
        assert found == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_twenty_times_the_posts_take_the_same_memory() -> None:
    assert peak(4_000) < 1.2 * peak(200)


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><item><title>&a;&a;</title></item>',
        "<item><title>&undefined; &amp; fine</title></item>",
        "<item><title>1 < 2 & 3 > 2</title></item>",
        "<item><title>\x00\x01\x02</title><wp:x:y/></item>",
        "<item " + "a='1' " * 1000 + "><title>",
    ],
)
def test_hostile_pieces_are_read_or_refused_and_nothing_else(text: str) -> None:
    for piece in pieces(text):
        if piece.is_whole:
            try:
                assert "aaaaaaaaaa" not in posts.item(posts.element(piece, "utf-8"), line=1, zone=ZONE).title
            except posts.Unreadable:
                continue


@pytest.mark.parametrize("said", ["utf-16", "UTF-32", "idna", "zlib", "no-such", "UTF-8"])
def test_a_file_that_says_another_encoding_than_it_has_is_read(said: str) -> None:
    scanner = Scanner(io.BytesIO(export(Item(1, title="Café")).replace("UTF-8", said).encode()))
    items = [each for each in scanner if each.kind == "item"]
    assert [posts.item(posts.element(each, scanner.encoding), line=1, zone=ZONE).title for each in items] == ["Café"]


def test_a_sign_that_xml_forbids_costs_itself_alone() -> None:
    text = "<item><title>Fog&#8; &#x1F600;&#55357; &#xD83D;&#99999999; &#233; <![CDATA[&#8;]]></title></item>"
    assert posts.item(posts.element(*pieces(text), "utf-8"), line=1, zone=ZONE).title == "Fog \U0001f600 \ufffd é "


NEVER = "0000-00-00 00:00:00"


@pytest.mark.parametrize(
    ("gmt", "local", "feed", "at"),
    [
        ("2016-05-04 10:30:00", "2016-05-04 12:30:00", "", "2016-05-04 10:30"),
        (NEVER, "2016-05-04 12:30:00", "", "2016-05-04 09:30"),
        (NEVER, NEVER, "Wed, 04 May 2016 10:30:00 +0000", "2016-05-04 10:30"),
        (NEVER, NEVER, "Wed, 30 Nov -0001 00:00:00 +0000", ""),
        ("-0001-11-30 00:00:00", "2016-02-30 00:00:00", "yesterday", ""),
        (NEVER, "0001-01-01 00:00:00", "", "1000-01-03 00:00"),
        ("9999-12-31 23:59:59", "", "", "9999-12-29 00:00"),
    ],
)
def test_a_date_is_told_whichever_way_it_is_written(gmt: str, local: str, feed: str, at: str) -> None:
    text = export(Item(1, at=gmt, local=local)).replace("<guid", f"<pubDate>{feed}</pubDate><guid")
    piece = next(each for each in pieces(text) if each.kind == "item")
    found = posts.item(posts.element(piece, "utf-8"), line=1, zone=ZoneInfo("Europe/Kyiv")).at
    assert (f"{found:%Y-%m-%d %H:%M}" if found else "") == at


@pytest.mark.parametrize(
    "piece",
    [
        "[a ",
        "[a" + " " * 30_000,
        "[caption]",
        '[caption]<img src="x">',
        "<figure>",
        "<pre>",
        "[[",
        "<!-- wp:",
        "\n\n",
        '[x y="',
        "<p>",
    ],
)
def test_no_text_keeps_the_reader_of_shortcodes_busy(piece: str) -> None:
    import time

    began = time.process_time()
    plain_html(piece * (60_000 // len(piece) or 1))
    assert time.process_time() - began < 30  # less than a second, unless it grows faster than the text


@pytest.mark.parametrize(
    ("url", "names"),
    [
        (f"{SITE}/wp-content/uploads/2016/05/quay-300x200.jpg", ["2016/05/quay.jpg", "2016/05/quay-300x200.jpg"]),
        (f"{SITE}/wp-content/uploads/quay-e1462357800000-300x200.jpg",
         ["quay-e1462357800000.jpg", "quay-e1462357800000-300x200.jpg"]),
        (f"{SITE}/wp-content/uploads/quay-e1462357800000.jpg", ["quay-e1462357800000.jpg"]),
        (f"{SITE}/wp-content/uploads/2016/05/quay.jpg?w=3", ["2016/05/quay.jpg"]),
        (f"{SITE}/wp-content/uploads/cafe%CC%81.png", ["caf\u00e9.png"]),
        (f"{SITE}/wp-content/uploads/../../etc/passwd", []),
        ("http://[broken", []),
        (f"{SITE}/files/caf%C3%A9.png", ["café.png"]),
        ("/content/images/size/w600/format/webp/2021/03/quay.jpg", ["2021/03/quay.jpg"]),
        ("__GHOST_URL__/content/images/2021/03/quay.jpg", ["2021/03/quay.jpg"]),
    ],
)  # fmt: skip
def test_names_of_files(url: str, names: list[str]) -> None:
    assert names_of(url) == names
