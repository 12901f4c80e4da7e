"""A correspondent's file, in all the forms in which it arrives."""

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.importing import decode as decoding
from articles.importing.decode import decode
from articles.importing.plain_text import ParsedText, read
from articles.importing.problems import HeadlineOnly, ImportProblem, TextEmpty, TextTooLong, TextUnreadable

DATA = Path(__file__).parent.parent / "data"
BRIDGE = (DATA / "bridge.txt").read_text(encoding="utf-8")
BRIDGE_LINES = [line for line in BRIDGE.splitlines() if line]
SCHOOL = (DATA / "school_ar.txt").read_text(encoding="utf-8")
QUOTE = next(line for line in BRIDGE_LINES if line.startswith("“You carried"))


def plain_lines(body: str) -> list[str]:
    return unescape(re.sub(r"<[^>]+>", "", body.replace("</p><p>", "\n"))).split("\n")


def read_lines(*lines: str, section_names: tuple[str, ...] = ()) -> ParsedText:
    return read("\n".join(lines).encode(), section_names=section_names)


def story(*lines: str) -> ParsedText:
    return read_lines("News", "Ferry to run all night from April", *lines)


def test_the_parts_of_a_story():
    parsed = read(BRIDGE.encode(), section_names=["NEWS", "Sport"])
    assert parsed.section == "News"
    assert parsed.headline == "Port Vela opens new river bridge after two years of ferries"
    assert (parsed.byline, parsed.dateline, parsed.warnings) == ("", "", ())
    assert parsed.boilerplate.text == BRIDGE_LINES[-1]
    assert parsed.boilerplate.email == "desk@harbourlights.example"
    assert parsed.boilerplate.channels == ("whatsapp", "telegram", "x", "facebook")
    assert parsed.boilerplate.links == {}
    assert parsed.word_count == 163


def test_every_line_comes_through_as_a_paragraph_of_its_own():
    body = read(BRIDGE.encode()).body
    assert plain_lines(body) == BRIDGE_LINES[2:-1]
    assert "<p>Some 2,000 people came to the ceremony &amp; walked" in body
    assert body.count("<p>") == len(BRIDGE_LINES) - 3


def test_a_quotation_after_a_colon_is_a_blockquote():
    body = read(BRIDGE.encode()).body
    assert f"saying:</p>\n<blockquote><p>{QUOTE}</p></blockquote>\n<p>She then" in body
    assert body.count("<blockquote>") == 1


@pytest.mark.parametrize(
    "data",
    [
        BRIDGE.replace("\n", "\r\n").encode(),
        BRIDGE.replace("\n", "\r").encode(),
        BRIDGE.replace("\n", "\r\r\n").encode(),
        BRIDGE.replace("\n", "\u2028").encode(),
        BRIDGE.replace("\n", " \t\n\n\n").encode(),
        BRIDGE.encode("utf-8-sig"),
        BRIDGE.encode("utf-16"),
        b"\xfe\xff" + BRIDGE.encode("utf-16-be"),
        BRIDGE.encode("utf-16-le"),
        BRIDGE.encode("utf-16-be"),
        BRIDGE.encode("cp1252"),
        b"\0" + BRIDGE.replace("bridge", "br\0id\x07ge").encode() + b"\x1a",
    ],
)
def test_the_same_story_in_another_form(data: bytes):
    parsed, original = read(data), read(BRIDGE.encode())
    assert parsed.body == original.body
    assert parsed.boilerplate == original.boilerplate
    assert parsed.digest == original.digest


def test_another_story_has_another_digest():
    assert read(BRIDGE.replace("Monday", "Sunday").encode()).digest != read(BRIDGE.encode()).digest


def test_decode_gives_the_lines():
    assert decode("Pont\r\n\r\nOuvert\r".encode("utf-16")) == "Pont\n\nOuvert\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8", "cp1256"])
def test_arabic(encoding: str):
    parsed = read(SCHOOL.replace("«", '"').replace("»", '"').encode(encoding))
    lines = [line.replace("«", '"').replace("»", '"') for line in SCHOOL.splitlines() if line]
    assert (parsed.section, parsed.headline, parsed.byline) == (lines[0], lines[1], "سلمى الراوي")
    assert plain_lines(parsed.body) == lines[3:7]
    assert f"<blockquote><p>{lines[5]}</p></blockquote>" in parsed.body
    assert parsed.boilerplate.text.splitlines() == lines[7:]
    assert parsed.boilerplate.channels == ("whatsapp", "telegram", "x", "facebook")
    assert parsed.boilerplate.email == "desk@harbourlights.example"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Société\nLes élèves de Port Vela retrouvent leur école\nAprès l’été, la cour a été repavée."),
        ("cp1251", "Новости\nВ Порт-Веле открыли новый мост через реку\nМост строили два года, сказала мэр."),
    ],
)
def test_old_windows_encodings_are_guessed_and_the_editor_is_told(encoding: str, text: str):
    parsed = read(text.encode(encoding))
    assert [parsed.section, parsed.headline, *plain_lines(parsed.body)] == text.split("\n")
    assert any(encoding.replace("cp", "windows-") in warning for warning in parsed.warnings)


def test_a_file_cut_off_within_a_letter_is_still_utf8():
    parsed = read(BRIDGE.encode()[: BRIDGE.encode().index("’s memory".encode()) + 1])
    assert plain_lines(parsed.body)[-1].endswith("this town�")
    assert "“You carried" in parsed.body
    assert any("�" in warning for warning in parsed.warnings)


def test_a_file_without_a_section():
    parsed = read_lines("Ferry to run all night from April", "The ferry will run all night, the council said.", "Good.")
    assert (parsed.section, parsed.headline) == ("", "Ferry to run all night from April")
    assert parsed.body == "<p>The ferry will run all night, the council said.</p>\n<p>Good.</p>"
    assert parsed.warnings == ("The file names no section. Choose one.",)


@pytest.mark.parametrize(
    "second",
    ["By Ama Okon", "PORT VELA, April 2 — The ferry will run all night", "The council’s reasons for it are these:"],
)
def test_a_short_headline_is_not_taken_for_a_section(second: str):
    parsed = read_lines("Ferry by night", second, "It ran once before, in 1987.")
    assert (parsed.section, parsed.headline) == ("", "Ferry by night")


def test_a_section_of_the_site_is_known_even_above_a_full_stop():
    lines = ("life &  culture", "Nothing is lost.", "A film from Port Vela opens the festival.")
    assert read_lines(*lines).headline == "life &  culture"
    parsed = read_lines(*lines, section_names=("Life & Culture",))
    assert (parsed.section, parsed.headline, parsed.warnings) == ("life &  culture", "Nothing is lost.", ())


def test_a_section_that_the_site_does_not_have():
    parsed = read_lines("Nwes", "Ferry to run all night", "It began on Monday.", section_names=("News",))
    assert parsed.section == "Nwes"
    assert parsed.warnings == ("No section is called “Nwes”. Choose one.",)


def test_a_paragraph_in_the_place_of_the_headline_is_pointed_out():
    (warning,) = read_lines("News", "A headline " * 12, "It began on Monday.").warnings
    assert "131 characters" in warning


@pytest.mark.parametrize(
    ("line", "byline"),
    [
        ("By Ama Okon", "Ama Okon"),
        ("BY AMA OKON AND J. R. DE VRIES", "AMA OKON AND J. R. DE VRIES"),
        ("Par Inès d’Arbois et Luc Terral", "Inès d’Arbois et Luc Terral"),
        ("بقلم سلمى الراوي", "سلمى الراوي"),
        ("\u200fبقلم: سلمى الراوي", "سلمى الراوي"),
        ("By Monday night, the water had gone", ""),
        ("By 2030 The Bridge Will Need Paint", ""),
        ("Par ailleurs, le pont reste fermé", ""),
        ("Bye Bye Ferry", ""),
    ],
)
def test_bylines(line: str, byline: str):
    parsed = story(line, "It began on Monday.")
    assert parsed.byline == byline
    assert plain_lines(parsed.body) == (["It began on Monday."] if byline else [line, "It began on Monday."])


@pytest.mark.parametrize(
    ("line", "dateline", "rest"),
    [
        ("PORT VELA — The bridge is open.", "PORT VELA", "The bridge is open."),
        ("PORT VELA, May 3, 2025 (H. Wire) – “Open,” he said.", "PORT VELA, May 3, 2025 (H. Wire)", "“Open,” he said."),
        ("ÉVREMONT, 3 mars - Le pont & la route sont ouverts.", "ÉVREMONT, 3 mars", "Le pont & la route sont ouverts."),
    ],
)
def test_datelines(line: str, dateline: str, rest: str):
    parsed = story(line, "Cars followed.")
    assert (parsed.dateline, plain_lines(parsed.body)) == (dateline, [rest, "Cars followed."])


@pytest.mark.parametrize(
    "line",
    [
        "NATO — the alliance — sent a bridge layer.",
        "Port Vela — The bridge is open.",
        "A bridge, said Tarrow — The Bridge, even.",
    ],
)
def test_a_dash_in_the_first_sentence_makes_no_dateline(line: str):
    parsed = story(line, "Cars followed.")
    assert (parsed.dateline, plain_lines(parsed.body)) == ("", [line, "Cars followed."])


@pytest.mark.parametrize(
    "quote",
    [
        "“It holds.”",
        '"It holds, and that\'s that."',
        "« Il tient, a-t-on dit. »",
        "„Sie hält.“",
        "»Sie hält.«",
        "«الجسر صامد.»",
        "”الجسر صامد.“",
        "“He said ‘it holds’ and “so it did”.”",
        "‘It’s holding.’",
        "“It holds”.",
    ],
)
def test_quotation_marks_of_many_languages(quote: str):
    body = story("The mayor said:", quote, "Cars followed.").body
    assert body.split("\n")[1] == f"<blockquote><p>{quote}</p></blockquote>"


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("The mayor said.", "“It holds.”"),
        ("The mayor said:", "“It holds,” she said, “so far.”"),
        ("The mayor said:", "“It holds,” she said."),
        ("The mayor said:", "“It holds."),
        ("The mayor said:", "It holds."),
        ("The mayor said:", "“"),
    ],
)
def test_what_is_no_quotation_of_its_own_stays_a_paragraph(before: str, line: str):
    assert story(before, line, "Cars followed.").body == f"<p>{before}</p>\n<p>{line}</p>\n<p>Cars followed.</p>"


def test_a_quotation_of_several_paragraphs():
    body = story("She said:", "“It holds.", "“It is ours.", "“Use it.”", "“Thanks,” they said.").body
    assert body == (
        "<p>She said:</p>\n<blockquote><p>“It holds.</p><p>“It is ours.</p><p>“Use it.”</p></blockquote>\n"
        "<p>“Thanks,” they said.</p>"
    )


@pytest.mark.parametrize(
    ("notice", "channels"),
    [
        (["Follow us on X or Facebook"], ("x", "facebook")),
        (["Follow us on Facebook."], ("facebook",)),
        (["FOR HARBOUR LIGHTS UPDATES CLICK ON TELEGRAM OR WHATS APP"], ("telegram", "whatsapp")),
        (
            ["For Harbour Lights updates click on:", "WhatsApp", "Telegram", "Facebook"],
            ("whatsapp", "telegram", "facebook"),
        ),
        (
            [
                "For Harbour Lights Updates click on WhatsApp or Telegram For eyewitness",
                "accounts write to a@hl.example",
            ],
            ("whatsapp", "telegram"),
        ),
        (
            [
                "Pour suivre les actualités du Phare, cliquez sur WhatsApp ou Telegram.",
                "Pour vos témoignages, reportages ou articles, écrivez à : bureau@phare.example.",
                "Suivez-nous sur X (anciennement Twitter) ou Facebook",
            ],
            ("whatsapp", "telegram", "x", "facebook"),
        ),
    ],
)
def test_closing_notices(notice: list[str], channels: tuple[str, ...]):
    parsed = story("Cars followed.", *notice)
    assert parsed.body == "<p>Cars followed.</p>"
    assert parsed.boilerplate.text == "\n".join(notice)
    assert parsed.boilerplate.channels == channels


def test_the_addresses_in_a_closing_notice():
    notice = story("Cars followed.", "Follow us on Telegram (t.me/harbourlights), https://wa.me/1555?x=1.").boilerplate
    assert notice.channels == ("telegram", "whatsapp")
    assert notice.links == {"telegram": "https://t.me/harbourlights", "whatsapp": "https://wa.me/1555?x=1"}


@pytest.mark.parametrize(
    "last",
    [
        "The minister announced it on WhatsApp, Telegram and Facebook.",
        "Residents can write to help@portvela.example or follow the town on Facebook and Telegram.",
        "For updates, residents were told to click on WhatsApp. Many of them did not, and wrote to the paper instead.",
        "For eyewitness accounts the court relied on WhatsApp and Telegram.",
        "“Follow us on X or Facebook,” the ferrymen said.",
        "To apply, write to jobs@portvela.example.",
        "Cars followed.",
    ],
)
def test_a_last_paragraph_that_only_mentions_a_channel_stays(last: str):
    parsed = story("The bridge is open.", last)
    assert parsed.boilerplate is None
    assert plain_lines(parsed.body) == ["The bridge is open.", last]


def test_a_notice_in_the_middle_is_not_the_closing_one():
    parsed = story("The bridge is open.", BRIDGE_LINES[-1], "Cars followed.")
    assert parsed.boilerplate is None
    assert len(plain_lines(parsed.body)) == 3


@pytest.mark.parametrize(
    ("data", "filename", "advice"),
    [
        (b"%PDF-1.7 ...", "story.txt", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 ...", "", "Word or LibreOffice"),
        (b"News\nA headline\nText", "story.odt", "Word or LibreOffice"),
        (b"{\\rtf1 text}", "", "Word or LibreOffice"),
        (b"\x89PNG\r\n\x1a\n", "", "picture"),
        (b"anything", "photo.JPG", "picture"),
        (b"PK\x03\x04 cut off", "story.docx", "damaged"),
        (b"not a zip", "story.docx", "damaged"),
        (bytes(range(128, 256)) * 4, "story.txt", "UTF-8"),
    ],
)
def test_other_formats_are_refused_with_advice(data: bytes, filename: str, advice: str):
    with pytest.raises(TextUnreadable, match=advice):
        read(data, filename=filename)


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n\xc2\xa0", b"\0\0\0\0", "\ufeff\u200f\n".encode()])
def test_an_empty_file(data: bytes):
    with pytest.raises(TextEmpty, match="Write the story"):
        read(data)


@pytest.mark.parametrize(
    "lines",
    [
        ["Port Vela opens new bridge"],
        ["News", "Port Vela opens new bridge"],
        ["News"],
        ["News", "Port Vela opens new bridge", "By Ama Okon"],
        [*BRIDGE_LINES[:2], BRIDGE_LINES[-1]],
    ],
)
def test_a_file_without_a_text(lines: list[str]):
    with pytest.raises(HeadlineOnly, match="no text below it"):
        read_lines(*lines, section_names=("News",))


def test_limits():
    with pytest.raises(TextTooLong, match="10 MB"):
        read(b"a" * (decoding.MAX_FILE + 1))
    with pytest.raises(TextTooLong, match="two million"):
        read(b"News\n" + b"word " * 400_001)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_read_or_refused_in_words(data: bytes):
    try:
        parsed = read(data)
    except ImportProblem as problem:
        assert str(problem).endswith(".")
    else:
        assert parsed.headline and plain_lines(parsed.body)
        assert "\0" not in parsed.body
