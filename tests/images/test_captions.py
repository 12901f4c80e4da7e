import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.captions import CaptionsRefused, clean


def test_subrip_becomes_webvtt() -> None:
    srt = (
        "1\r\n00:00:01,000 --> 00:00:02,500\r\nThe boats leave\r\nat noon\r\n\r\n2\r\n"
        "00:00:03,000 --> 00:00:04,000\r\n<i>Gulls</i>\r\n"
    )
    assert clean(srt.encode()) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nThe boats leave\nat noon\n\n"
        "00:00:03.000 --> 00:00:04.000\n<i>Gulls</i>\n"
    )


def test_webvtt_keeps_words_times_and_place_and_loses_the_rest() -> None:
    vtt = (
        "\ufeffWEBVTT Kind: captions\nX-Author: Somebody\n\nNOTE made by Somebody\n\n"
        "STYLE\n::cue { background: url(//e) }\n\n"
        "first\n01:01.000 --> 01:02.000 align:start region:r1 line:90%\n"
        "<v.loud Amira Holt>We & they <c.red>left</c></v>\n\n"
        "1:00:00.000 --> 1:00:01.000\n<b onclick=x>So</b> "
        "<script>alert(1)</script> 3 < 4 <00:59:59.000>late <lang ar>نعم</lang>\n"
    )
    assert clean(vtt.encode()) == (
        "WEBVTT\n\n00:01:01.000 --> 00:01:02.000 align:start line:90%\n<v Amira Holt>We &amp; they left</v>\n\n"
        "01:00:00.000 --> 01:00:01.000\n<b>So</b> alert(1) 3 &lt; 4 late <lang ar>نعم</lang>\n"
    )


def test_a_character_by_a_number_of_thousands_of_digits_stays_as_it_is_written() -> None:
    words = f"&#{'9' * 5000};"
    assert words.replace("&", "&amp;") in clean(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{words}\n".encode())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no captions"),
        ("WEBVTT", "no captions"),
        ("WEBVTT\n\nNOTE nothing", "no captions"),
        ("WEBVTT\n\n00:01.000 -> 00:02.000\nOne", "Line 3"),
        ("WEBVTT\n\none\n00:02.000 --> 00:01.000\nOne", "Line 4: these captions end before they begin"),
        (
            "WEBVTT\n\n00:05.000 --> 00:06.000\nOne\n\n00:01.000 --> 00:02.000\nTwo",
            "Line 6: these captions begin before",
        ),
        ("WEBVTT\n\n00:99.000 --> 01:00.000\nOne", "here should be times"),
        ("<html><body>no", "here should be times"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(CaptionsRefused) as refusal:
        clean(text.encode())
    assert said in str(refusal.value)


def test_another_encoding_and_a_huge_file_are_refused() -> None:
    with pytest.raises(CaptionsRefused, match="UTF-8"):
        clean("WEBVTT\n\n00:01.000 --> 00:02.000\nDéjà".encode("latin-1"))
    with pytest.raises(CaptionsRefused, match="1 MB"):
        clean(b"WEBVTT\n" * 200_000)


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n")), min_size=1, max_size=4))
def test_cleaned_captions_are_clean_and_hold_no_html(lines: list[str]) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n" + "\n".join(line or "x" for line in lines)
    try:
        once = clean(text.encode())
    except CaptionsRefused:
        return
    assert clean(once.encode()) == once
    assert "<script" not in once.lower()
