"""Checks on how a text is written: what each finds and where, and what it leaves alone, by language."""

import time

import pytest
from django.utils import timezone

from articles import markup
from articles.checks import examine
from articles.checks.copy import Copy, read
from articles.checks.table import LEVELS, RULES
from articles.demo import content as demo
from articles.models.site import SiteSettings
from tests.articles.checked import content

PROSE = [code for code, rule in RULES.items() if rule.__module__ == "articles.checks.prose"]
SITE = SiteSettings(language="en", further_languages=["fr", "ar"])


def found(code: str, body: str, *, language: str = "en", **fields: str) -> list[str]:
    """Excerpts of what one rule finds; "" where it names no place."""
    body = body if body.startswith("<") else f"<p>{body}</p>"
    story = content(body=body, language=language, **fields)
    copy = Copy(story, read(story), SITE, None, timezone.now(), {})
    return [place.excerpt if place else "" for _, _, place in RULES[code](copy)]


@pytest.mark.parametrize(
    ("language", "text", "excerpt"),
    [
        ("en", "This was confirmed by the office confirmed on Wednesday.", "confirmed by the office confirmed"),
        ("en", "Confirmed by the office confirmed.", "Confirmed by the office confirmed"),
        ("en", "They were <em>announced</em> late announced again.", "announced late announced"),
        ("en", "The bridge closed.<br>It was opened after being opened.", "opened after being opened"),
        ("fr", "Cela a été confirmé par le port confirmé mercredi.", "confirmé par le port confirmé"),
        ("fr", "L’accord signé hier avec un accord du port.", "L’accord signé hier avec un accord"),
        ("ar", "أعلنت الهيئة أعلنت الوقف.", "أعلنت الهيئة أعلنت"),
    ],
)
def test_a_word_that_stands_twice_is_found_with_its_place(language, text, excerpt):
    assert found("repeated_word", text, language=language) == [excerpt]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "They went from house to house, street by street."),
        ("en", "It launched drones and decoy drones."),
        ("en", "The Harbour Office told the Harbour Post."),
        ("en", "It was closed. Later they closed it again."),
        ("en", "It was closed, and closed it stays."),
        ("en", "“We waited and then waited some more and we waited,” Amira said."),
        ("en", "Some had 12 metres of rope, others 15 metres."),
        ("en", "What they should have done they should do."),
        ("fr", "Qu’elle vienne ou qu’elle parte, elle décide."),
        ("fr", "Les pêcheurs et les autres pêcheurs attendent."),
        ("ar", "من البلدة نفسها وبالشاحنة نفسها."),
        ("sw", "Walisema kuwa walisema hivyo."),
    ],
)
def test_a_word_that_may_stand_twice_is_left_alone(language, text):
    assert found("repeated_word", text, language=language) == []


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The ferry left the the quay.", ["the the"]),
        ("en", "The the ferry.", ["The the"]),
        ("en", "He said that that had had no effect in Pago Pago.", []),
        ("en", "They said so. So they left.", []),
        ("fr", "Il a vu le le bateau. Nous nous levons.", ["le le"]),
        ("ar", "ذهب إلى إلى الميناء. كلا كلا.", ["إلى إلى"]),
        ("id", "orang orang", []),
    ],
)
def test_a_word_twice_in_a_row(language, text, expected):
    assert found("doubled_word", text, language=language) == expected


def test_a_word_twice_in_a_row_is_found_in_headlines_too():
    assert found("doubled_word", "Text.", headline="Ferry resumes the the service") == ["the the"]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "“We left,” she said.", []),
        ("en", "“We left, she said.", ["“We"]),
        ("en", "We left,” she said.", ["left,”"]),
        ("en", 'They said "no" and "yes.', ['"yes.']),
        ("en", 'A 12" screen, and "no".', []),
        ("en", "It’s the boats’ turn; rock ’n’ roll in the ‘90s.", []),
        ("en", "He called it ‘nonsense.", ["‘nonsense."]),
        ("en", "He called it ‘nonsense’.", []),
        ("en", "The quay (closed since May is open.", ["(closed"]),
        ("en", "The quay closed since May) is open.", ["May)"]),
        ("en", "Bring a) a ticket and b) a coat. :)", []),
        ("en", "The [new} quay.", ["[new}", "[new}"]),
        ("fr", "« Nous partons », dit-elle.", []),
        ("fr", "« Nous partons, dit-elle.", ["«"]),
        ("fr", "Elle dit : « Il a crié “non” ».", []),
        ("ar", "قال: «نعم».", []),
        ("ar", "قال: «نعم.", ["«نعم."]),
        ("ar", "قال: ”نعم“.", []),
        ("de", "Er sagte: „Ja“, und »nein«.", []),
        ("de", "Er sagte: „Ja, und ging.", ["„Ja,"]),
        ("ru", "Он сказал: «Да».", []),
        ("sv", "Hon sade: ”Ja”.", []),
        ("sv", "Hon sade: ”Ja.", ["”Ja."]),
    ],
)
def test_marks_without_a_partner(language, text, expected):
    assert found("unbalanced", text, language=language) == expected


def test_a_quotation_over_several_paragraphs_opens_each_and_closes_once():
    assert found("unbalanced", "<p>“We left.</p><p>“It was late.”</p>") == []
    assert found("unbalanced", "<p>“We left.</p><p>It was late.”</p>") == ["“We", "late.”"]


def test_marks_in_a_block_of_another_language_are_read_by_its_rules():
    assert found("unbalanced", '<p lang="de">„Ja“</p>') == []
    assert found("unbalanced", '<blockquote lang="de"><p>„Ja</p></blockquote>') == ["„Ja"]


def test_a_headline_has_marks_too():
    assert found("unbalanced", "Text.", headline="Ferry “resumes") == ["“resumes"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It cost TK francs.", ["TK"]),
        ("TKTK", ["TKTK"]),
        ("Interior minister TK NAME said so.", ["TK"]),
        ("The shop on TK Street.", ["TK"]),
        (
            "[NAME TO COME] and [two lines on the mayor to come], [réaction à venir].",
            ["[NAME TO COME]", "[two lines on the mayor to come]", "[réaction à venir]"],
        ),
        ("Mayor [name] spoke.", ["[name]"]),
        ("Le maire [nom] a parlé.", ["[nom]"]),
        ("Lorem ipsum dolor.", ["Lorem ipsum"]),
        ("The date is TBC.", ["TBC"]),
        ("Mr XXX spoke.", ["XXX"]),
        ("XXX people came.", ["XXX"]),
        ("Bowl XXX was long ago.", []),
        (
            "Flight TK1980 and TK Maxx; flight TK 1980; [sic]; “we [the town of Selin]” came; an XXXL shirt; https://paper.example/TK/",
            [],
        ),
        ("Sizes from XX to L.", []),
    ],
)
def test_what_is_still_to_be_filled_in(text, expected):
    assert found("placeholder", text) == expected


def test_a_placeholder_in_the_standfirst_is_named_there():
    story = content(standfirst="It costs TK.")
    copy = Copy(story, read(story), SITE, None, timezone.now(), {})
    ((field, message, place),) = RULES["placeholder"](copy)
    assert (field, place.start, place.end) == ("standfirst", 9, 11)
    assert message == "Still to be filled in: TK"


SPEECH = "The boats lay there for a whole month"


@pytest.mark.parametrize(
    ("language", "body", "expected"),
    [
        ("en", f"<p>“{SPEECH},” Amira Holt said.</p>", 0),
        ("en", f"<p>“{SPEECH}.”</p>", 1),
        ("en", f"<p>Amira Holt shook her head and said:</p><p>“{SPEECH}.”</p>", 0),
        ("en", f"<p>“{SPEECH}.”</p><p>Jonas Pell recalled the day.</p>", 0),
        ("en", "<p>They call it the “month of boats”.</p>", 0),
        ("en", "<p>It was the “month of boats”.</p>", 0),
        ("en", f"<p>“{SPEECH}.” — Amira Holt</p>", 0),
        ("en", f"<blockquote><p>{SPEECH}.</p></blockquote>", 1),
        ("en", f"<blockquote><p>{SPEECH}.</p><p>Yes.</p><footer>Amira Holt</footer></blockquote>", 0),
        ("en", f"<p>She wrote:</p><blockquote><p>{SPEECH}.</p></blockquote>", 0),
        ("fr", "<p>« Les bateaux sont restés là pendant tout un mois », dit Amira Holt.</p>", 0),
        ("fr", "<p>« Les bateaux sont restés là, dit-elle, pendant tout un mois. »</p>", 0),
        ("fr", "<p>« Les bateaux sont restés là pendant tout un mois. »</p>", 1),
        ("ar", "<p>وقالت أميرة: «بقيت القوارب هناك طوال شهر كامل يا صديقي».</p>", 0),
        ("ar", "<p>«بقيت القوارب هناك طوال شهر كامل يا صديقي».</p>", 1),
        ("sw", "<p>“Mashua zilikaa huko kwa mwezi mzima bila kuondoka.”</p>", 0),
    ],
)
def test_speech_that_nobody_is_said_to_have_spoken(language, body, expected):
    assert len(found("attribution", body, language=language)) == expected


def test_a_sentence_and_a_paragraph_too_long():
    words = " ".join(["ferry"] * 46)
    assert [len(each) for each in found("long_sentence", f"{words}. Short.")] == [120]
    assert found("long_sentence", f"“{words}.”") == []
    assert found("long_sentence", " ".join(["ferry"] * 45) + ".") == []
    assert found("long_sentence", "渡" * 300, language="zh") == []
    assert len(found("long_paragraph", "The ferry left. " * 61)) == 1
    assert found("long_paragraph", "The ferry left. " * 60) == []


def test_places_are_those_of_the_plain_text():
    body = '<h2>At the quay</h2><ul><li>One &amp; two</li></ul><p>It was <a href="/x/">on</a><br>the the quay.</p>'
    story = content(body=body)
    copy = Copy(story, read(story), SITE, None, timezone.now(), {})
    ((_, _, place),) = RULES["doubled_word"](copy)
    text = "\n".join(block.text for block in copy.blocks)
    assert text[place.start : place.end] == place.excerpt == "the the"
    assert markup.plain(story["body"]).replace("\n", " ") == text.replace("\n", " ")


def test_the_demos_stories_are_hardly_objected_to():
    objections = []
    for story in demo.stories():
        fields = {name: story.get(name) or "" for name in ("headline", "short_headline", "standfirst", "kicker")}
        mine = content(**fields, body=story["body"], kind=story["kind"], language=story["language"])
        copy = Copy(mine, read(mine), SITE, None, timezone.now(), {})
        for code in set(PROSE) & set(LEVELS[story["kind"]]):
            objections += [(story["key"], code, place and place.excerpt) for _, _, place in RULES[code](copy)]
    assert len(objections) <= 2, objections


HOSTILE = [
    "“", "»", "«“", '"', "(", "‘", "!", ".” ", "a’", "a-", "[na", "TK", "x ", "word ", "“word ", ", dit",
    "« a », ", "XXX ",
    "<p>“a</p>", "<blockquote><p>word word</p></blockquote>", '<a href="/x/">a</a>', "كلمة ", "\u064b", "1 ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_keeps_the_checks_busy(piece):
    """A text of 48,000 characters takes half a second; what grows faster than the text takes minutes."""
    language = "ar" if "كلمة" in piece else "fr" if "«" in piece else "en"
    story = content(body=f"<p>{piece * (48_000 // len(piece))}</p>", language=language, kind="news")
    began = time.process_time()
    copy = Copy(story, read(story), SITE, None, timezone.now(), {})
    for code in PROSE:
        list(RULES[code](copy))
    assert time.process_time() - began < 30


def test_a_hundred_thousand_characters_do_not_keep_the_checks_busy_either(db):
    story = content(body="<p>The ferry left at noon, “they said”, and came back late. It was confirmed.</p>" * 1300)
    began = time.process_time()
    examine(story, site=SITE)
    assert time.process_time() - began < 30  # about a second here
