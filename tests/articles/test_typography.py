"""Quotes, apostrophes, dashes, ellipses and spaces as each language sets them; what is set already stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.typography import smarten, typeset

LANGUAGES = st.sampled_from(["en", "fr", "de", "uk", "ru", "ar", "es", "pl", "ha", "nl", "he", "it"])
PIECES = st.sampled_from(
    [*"\"'“”‘’„«»‹›‚ \u202f\u00a0\n.-–—…?!;:,()[]ax15/<>", "...", "--", "---", "https://x.y/", "www.x", "5'10\""]
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "“Stay ‘here’,” she said"),
        ("en-GB", "“Stay ‘here’,” she said"),
        ("fr", "«\u202fStay ‘here’,\u202f» she said"),
        ("de", "„Stay ‚here‘,“ she said"),
        ("ar", "«Stay ‘here’,» she said"),
        ("uk", "«Stay ‘here’,» she said"),
        ("ru", "«Stay ‘here’,» she said"),
        ("es", "«Stay ‘here’,» she said"),
        ("pl", "„Stay ‘here’,” she said"),
        *((language, "“Stay ‘here’,” she said") for language in ["pt", "it", "yo", "ig", "ha", "sw", "tr", "xx", ""]),
    ],
)
def test_quotes_of_each_language(language, expected):
    assert smarten("\"Stay 'here',\" she said", language=language) == expected


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [
        ("en", '"Did "The Ferry" sail?" he asked', "“Did “The Ferry” sail?” he asked"),
        ("fr", 'Elle cite "le "vieux" port"', "Elle cite «\u202fle “vieux” port\u202f»"),
        ("uk", '"Судно "Хвиля" вийшло"', "«Судно „Хвиля“ вийшло»"),
        ("pl", '"Statek "Fala" wypłynął"', "„Statek «Fala» wypłynął”"),
        ("ar", 'قال: "سفينة "الموج" أبحرت"', "قال: «سفينة “الموج” أبحرت»"),
        ("en", "'He said \"no\" twice,' she wrote", "‘He said “no” twice,’ she wrote"),
        ("en", "\"'No,' he said,\" she wrote", "“‘No,’ he said,” she wrote"),
        ("en", "\"He said 'no'\"", "“He said ‘no’”"),
    ],
)
def test_quotes_in_quotes(language, typed, expected):
    assert smarten(typed, language=language) == expected


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [
        ("en", "don't, O'Dara's, the dogs' tails, goin' on", "don’t, O’Dara’s, the dogs’ tails, goin’ on"),
        ("en", "rock 'n' roll in the '90s and '68", "rock ’n’ roll in the ’90s and ’68"),
        ("en", "'Tis late; tell 'em", "’Tis late; tell ’em"),
        ("en", "the 1990's", "the 1990’s"),
        ("en", "'It's late,' he said", "‘It’s late,’ he said"),
        ("fr", "l'eau d'Anvar, aujourd'hui", "l’eau d’Anvar, aujourd’hui"),
        ("fr", 'l\'"eau" monte', "l’«\u202feau\u202f» monte"),
        ("uk", "м'яч і п'ять", "м’яч і п’ять"),
        ("ha", "'yan sanda sun ce 'a'a'", "’yan sanda sun ce ‘a’a’"),
        ("nl", "'s avonds in 't dorp", "’s avonds in ’t dorp"),
    ],
)
def test_apostrophes(language, typed, expected):
    assert smarten(typed, language=language) == expected


@pytest.mark.parametrize(
    "text",
    [
        "He is 5'10\" tall, the door 6' 2\" high",
        'A 12" pipe',
        "“Set” ‘already’ – by „hand“ and «so»…",
        "https://example.org/it's?a=...--b",
        'See www.example.org/a--b and https://example.org/"',
        "ratio 16:9 at 10:30",
        'צה"ל',
        " \" ' ",
        "قال إنه بخير؛ نعم، بخير؟",
        "",
    ],
)
def test_left_alone(text):
    assert smarten(text, language="en") == text.replace('org/"', "org/”")


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [
        ("en", "Late -- as ever", "Late – as ever"),
        ("en", "Late --- as ever", "Late — as ever"),
        ("en", "1914--1918, word--word", "1914–1918, word—word"),
        ("en", '"It was"--she paused--"fine."', "“It was”—she paused—“fine.”"),
        ("uk", "Київ -- столиця", "Київ — столиця"),
        ("es", "--Hola", "—Hola"),
        ("de", "spät -- wie immer", "spät – wie immer"),
        ("en", "---- <-- --> -", "---- <-- --> -"),
        ("en", "Wait... what.... no", "Wait… what.... no"),
        ("en", '"...and so"', "“…and so”"),
    ],
)
def test_dashes_and_ellipses(language, typed, expected):
    assert smarten(typed, language=language) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Vraiment? Oui! Non; bon", "Vraiment\u202f? Oui\u202f! Non\u202f; bon"),
        ("Vraiment ? Oui\u00a0! Quoi ?!", "Vraiment\u202f? Oui\u202f! Quoi\u202f?!"),
        ("Il dit: oui. Il dit : non", "Il dit\u00a0: oui. Il dit\u00a0: non"),
        ("« Oui » et «non»", "«\u202fOui\u202f» et «\u202fnon\u202f»"),
        ('"Oui!" dit-elle', "«\u202fOui\u202f!\u202f» dit-elle"),
        ("à 10:30, voir https://example.org/?a:b;c ou example.org/?p=1", None),
        ("À 21 h 41, 3 % des 200 € de 12 hommes", "À 21\u00a0h\u00a041, 3\u00a0% des 200\u00a0€ de 12 hommes"),
        ("(?) et (!)", None),
        ("Fin...", "Fin…"),
    ],
)
def test_french_spaces(typed, expected):
    assert smarten(typed, language="fr") == (expected or typed)


@pytest.mark.parametrize("language", ["en", "de", "uk", "ar"])
def test_other_languages_get_no_french_spaces(language):
    assert smarten("Really? Yes: no! So;", language=language) == "Really? Yes: no! So;"


@settings(max_examples=60)
@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=30).map("".join)), LANGUAGES)
def test_set_text_stays_set(text, language):
    once = smarten(text, language=language)

    assert smarten(once, language=language) == once


@settings(max_examples=60)
@given(st.lists(PIECES, max_size=30).map("".join), LANGUAGES)
def test_each_character_keeps_its_place(text, language):
    letters = typeset(text, language=language)

    assert len(letters) == len(text)
    assert "".join(letters) == smarten(text, language=language)
    assert all(new == old for old, new in zip(text, letters, strict=True) if old.isalnum())


@pytest.mark.parametrize("piece", ['"', "'", "'a ", '"a ', " ", "«", "1'", "--", "...", "https://", "www.", "a:", ". "])
def test_what_makes_patterns_slow(piece):
    for language in ("en", "fr"):
        assert len(typeset(piece * 50_000, language=language)) == 50_000 * len(piece)
