"""Search: the same for SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles import actions
from articles.models.search import SearchText, SearchWord
from articles.search import engines, find
from articles.search.query import Query, Term, understand
from articles.search.words import fold, folded
from tests import make
from tests.articles.test_blocks import TUBE, gallery, video

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def found(typed: str, **filters: object) -> list[str]:
    page = find.by_relevance(understand(typed), find.Filters(**filters))  # type: ignore[arg-type]
    return [hit.story.headline for hit in page.hits]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Ọṣun River rises", "osun"), ("Osun River rises", "Ọṣun"), ("Ìgbò phrasebook", "igbo"), ("Ndị Igbo", "ndi"),
        ("Café reopens", "CAFE"), ("Cafe reopens", "café"), ("Straße closed", "strasse"), ("Łódź train", "lodz"),
        ("Київ чекає", "Киів"), ("Ґанок", "ганок"), ("مدرسةٌ جديدة", "مدرسه"), ("أخبار المدينة", "اخبار"),
        ("اخبار", "أخبار"), ("الـــبحر", "البحر"), ("٢٠٢٦", "2026"), ("L’eau monte", "eau"), ("東京の川", "東京"),
        ("П’ять мостів", "пʼять"), ("Пʼять мостів", "п'ять"), ("П`ять мостів", "пять"), ("Пять мостів", "П’ять"),
        ("don't stop", "don't"), ("COVID19 figures", "covid19"), ("mail@example.org bounced", "example.org"),
        ("Ƙofa a Ɗanja", "kofa danja"), ("Kofa a Danja", "ƙofa Ɗanja"), ("Jour\u00adnal du port", "journal"),
        ("Əhali", "ehali"),
    ],
)  # fmt: skip
def test_words_are_found_however_they_are_written(written: str, typed: str) -> None:
    make.site()
    make.story(written)
    make.story("Nothing of the kind")
    assert found(typed) == [make_set(written)]


def make_set(headline: str) -> str:
    from articles import markup

    return markup.smarten(headline, language="en")


def test_folding_is_the_same_twice() -> None:
    for text in ("Ọṣun", "مدرسةٌ", "Straße", "Ǆ", "ﬁ"):
        assert fold(fold(text)) == fold(text)


def test_headline_over_text_and_phrases_exclusions_beginnings() -> None:
    make.site()
    make.story("Rain in the hills", body="<p>The ferry was late and the bridge closed.</p>")
    make.story("Ferry resumes", body="<p>It left at noon from the old bridge.</p>")
    assert found("ferry") == ["Ferry resumes", "Rain in the hills"]
    assert found('"old bridge"') == ["Ferry resumes"]
    assert found("bridge -noon") == ["Rain in the hills"]
    assert found("ferr*") == ["Ferry resumes", "Rain in the hills"]
    assert found("ferr") == []
    assert found("ferry hills") == ["Rain in the hills"]
    assert found("-ferry") == []


def test_what_is_typed_is_understood() -> None:
    assert understand('ferry "old bridge" -noon har*').terms == (
        Term(("ferry",)), Term(("old", "bridge")), Term(("noon",), is_excluded=True), Term(("har",), is_prefix=True),
    )  # fmt: skip
    marked = understand("\u200f-noon\u200f \u2067ferr*\u2069")
    assert marked.terms == (Term(("noon",), is_excluded=True), Term(("ferr",), is_prefix=True))
    assert understand("out-of-date").terms == (Term(("out", "of", "date")),)
    assert not understand("  -a  ")
    assert not understand("!!! \0 ***")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=80) | st.text(alphabet="\"'*-()&|!:<> NEARORAND{}^abc\\%", max_size=40))
def test_any_input_is_safe(typed: str) -> None:
    query = understand(typed)
    if query:
        find.by_relevance(query, find.Filters(language="en"))
        find.by_date(query, find.Filters())
        find.meant(query)


def test_filters() -> None:
    make.site()
    news, sport = make.section("News"), make.section("Sport")
    port = make.section("Port", parent=news)
    ada = make.author("Ada Lind")
    make.story("Ferry in news", section=news, at=NOON - timedelta(days=9), bylines=[ada])
    make.story("Ferry in sport", section=sport, at=NOON - timedelta(days=5), tags=["Harbour"])
    make.story("Ferry in port", section=port, at=NOON, language="fr")
    tag = make.story("Other", tags=["Harbour"], body="<p>Nothing.</p>").tags.get()
    assert set(found("ferry")) == {"Ferry in news", "Ferry in sport", "Ferry in port"}
    assert set(found("ferry", sections=(news.pk, port.pk))) == {"Ferry in news", "Ferry in port"}
    assert found("ferry", language="fr") == ["Ferry in port"]
    assert found("ferry", authors=(ada.pk,)) == ["Ferry in news"]
    assert found("ferry", tags=(tag.pk,)) == ["Ferry in sport"]
    assert found("ferry", since=NOON - timedelta(days=6), until=NOON) == ["Ferry in sport"]


@pytest.mark.parametrize(
    ("field", "typed", "number"),
    [
        ("author", "adaeze-okafor", 1), ("author", "ADAẸZẸ OKAFOR", 1), ("author", "okafor", 2), ("author", "oka", 0),
        ("author", "Лисенко", 1), ("author", "!!!", 0), ("author", "ـ", 0), ("tag", "École du port", 1),
        ("tag", "ecole", 1), ("tag", "المدرسه", 1), ("tag", "sport", 0),
    ],
)  # fmt: skip
def test_authors_and_subjects_are_found_by_their_names_as_people_write_them(
    client: Client, field: str, typed: str, number: int
) -> None:
    make.site()
    make.story("Ferry one", bylines=[make.author("Adaeze Okafor", slug="adaeze-okafor")], tags=["Ecole du port"])
    make.story("Ferry two", bylines=[make.author("Zoe Okafor")], tags=["المدرسة"])
    make.story("Ferry three", bylines=[make.author("Ганна ЛИСЕНКО")], tags=["Airports"])
    hits = client.get("/search/", {"q": "ferry", field: typed}).context["hits"]
    assert len(hits) == number


def test_what_holds_no_word_is_answered_too(client: Client) -> None:
    make.site()
    make.story("Ferry resumes")
    for typed in ("-ferry", '"" - *', "!!!"):
        page = client.get("/search/", {"q": typed}).content.decode()
        assert "Nothing found" in page
        assert "Try fewer or other words." in page
    for typed in ("", "  ", "\u200f"):
        assert "Nothing found" not in client.get("/search/", {"q": typed}).content.decode()


def test_the_index_follows_the_verbs() -> None:
    make.site()
    story = make.story("Ferry resumes", body="<p>At noon.</p>")
    actions.save(story.pk, actor=None, content={"headline": "Tram resumes"})
    assert found("tram") == []
    actions.update(story.pk, actor=None)
    assert (found("ferry"), found("tram")) == ([], ["Tram resumes"])
    actions.withdraw(story.pk, actor=None)
    assert found("tram") == []
    assert not SearchText.objects.exists()
    assert not SearchWord.objects.exists()
    actions.publish(story.pk, actor=None)
    assert found("tram") == ["Tram resumes"]


def test_a_verb_that_fails_leaves_the_index_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    make.site()
    story = make.story("Ferry resumes")
    monkeypatch.setattr("articles.actions.record", lambda **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.withdraw(story.pk, actor=None)
    assert found("ferry") == ["Ferry resumes"]


@pytest.mark.parametrize("sort", ["", "date"])
def test_pages_follow_one_another_and_miss_nothing(client: Client, sort: str) -> None:
    make.site()
    wanted = {make.story(f"Ferry {number}", at=NOON - timedelta(hours=number)).pk for number in range(45)}
    seen: list[int] = []
    address = f"/search/?q=ferry&sort={sort}"
    while address:
        response = client.get(address)
        seen += [hit["story"].pk for hit in response.context["hits"]]
        address = f"/search/?{response.context['more']}" if response.context["more"] else ""
        back = f'<a href="?q=ferry{f"&amp;sort={sort}" if sort else ""}">Back to the beginning</a>'
        assert (back in response.content.decode()) == (len(seen) > 20)
    assert len(seen) == 45
    assert set(seen) == wanted


def test_marks_and_snippets_are_safe_and_whole() -> None:
    text = "Before it. " * 40 + "The <b>Ọṣun</b> river & the ferry. " + "After it. " * 60
    shown = find.snippet(text, understand("osun ferry"))
    assert "&lt;b&gt;<mark>Ọṣun</mark>&lt;/b&gt; river &amp; the <mark>ferry</mark>" in shown
    assert shown.startswith("… ") and shown.endswith(" …")
    assert find.marked("<script>", understand("script")) == "&lt;<mark>script</mark>&gt;"


def test_what_blocks_say_to_be_used_and_other_stories_headlines_are_not_a_storys_words(client: Client) -> None:
    make.site()
    other = make.story("Census begins", body="<p>Nine million.</p>")
    photo = make.picture(is_sensitive=True, caption="The mole.", credit="Ida Vance")
    story = make.story(
        "Ferry resumes",
        body=f'<p>It left.</p><figure data-image="{photo.pk}"></figure><p>At noon.</p>'
        f'<figure data-video="{video().pk}"></figure>{TUBE}<figure data-stories="{other.pk}"></figure>'
        f"{gallery(photo.pk, make.picture().pk)}<p>So.</p>",
    )
    for words in ("graphic", '"read also"', "download", "watch", "internet", "youtube", "load"):
        assert found(words) == [], words
    assert found("census") == ["Census begins"]
    for words in ("mole", "vance", "quay", "vela", "noon", "so"):  # captions, credits and text
        assert found(words) == [story.headline], words
    hit = client.get("/search/?q=left").context["hits"][0]
    assert "<mark>left</mark>. The mole. At noon. The “Vela” The quay" in hit["snippet"]


def test_did_you_mean(client: Client) -> None:
    make.site()
    make.story("Harbour ferry resumes")
    assert find.meant(understand("harbuor")) == "harbour"
    assert find.meant(understand("harbour")) == ""
    response = client.get("/search/", {"q": "fery"})
    assert 'href="?q=ferry"' in response.content.decode()


def test_the_page_works_without_script_and_keeps_what_was_asked(client: Client) -> None:
    make.site()
    story = make.story("Ferry resumes")
    response = client.get("/search/", {"q": "ferry", "section": "news", "since": "2020-01-01"})
    page = response.content.decode()
    assert f'<a href="{story.path}"><mark>Ferry</mark> resumes</a>' in page
    assert 'value="ferry"' in page
    assert '<option value="news" selected>' in page
    assert response["X-Robots-Tag"] == "noindex"
    empty = client.get("/search/", {"q": "zeppelin", "section": "nowhere"}).content.decode()
    assert "Nothing found" in empty
    assert 'value="zeppelin"' in empty
    everywhere = 'href="?q=zeppelin&amp;section=nowhere&amp;in=all"'
    assert everywhere in empty
    assert "in=all" not in client.get("/search/", {"q": "zeppelin", "in": "all"}).content.decode()


@pytest.mark.parametrize("after", ["x", "1_", "nan_1", "1e999_3", "9" * 60, "2026-99-99T00:00:00.000000Z-1"])
@pytest.mark.parametrize(("name", "sort"), [("after", ""), ("before", "date")])
def test_a_place_that_we_never_wrote_is_not_found(client: Client, after: str, name: str, sort: str) -> None:
    make.site()
    make.story("Ferry resumes")
    answer = client.get("/search/", {"q": "ferry", name: after, "sort": sort})
    # A number that no score has is a place, at the end of the list or at its beginning.
    assert answer.status_code == (200 if (name, after) == ("after", "1e999_3") else 404)


def test_queries_do_not_grow_with_hits(client: Client) -> None:
    make.site()

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get("/search/?q=ferry")
        return len(captured)

    make.story("Ferry one")
    one = queries()
    make.story("Ferry two")
    make.story("Ferry three")
    assert queries() == one <= 6


def test_only_the_newest_of_many_are_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "RANKED", 3)
    make.site()
    for number in range(6):
        make.story(f"Ferry {number}")
    assert set(found("ferry")) == {"Ferry 3", "Ferry 4", "Ferry 5"}


def test_folded_words_have_single_spaces() -> None:
    assert folded("A  café—(old),\nnew!") == "a cafe old new"
    assert Query("", ()).wanted == ()


@pytest.mark.parametrize("common", [1, 25], ids=["words that are common", "words that are rare"])
def test_at_the_desk_stories_with_the_very_words_come_before_those_with_longer_ones(
    monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    monkeypatch.setattr(engines, "_COMMON", common)
    make.site()
    old, longer = make.story("Ferry north"), make.story("Northern ferries")
    new, newest = make.story("Ferry goes north"), make.story("Northern ferry")
    assert find.titled("north ferr") == [newest.pk, new.pk, longer.pk, old.pk]
    assert find.titled("north ferry") == [new.pk, old.pk, newest.pk]
    monkeypatch.setattr(find, "TITLED", 3)
    assert find.titled("north ferr") == [newest.pk, new.pk, longer.pk]
    assert find.titled("north ferry") == [new.pk, old.pk, newest.pk]
    monkeypatch.setattr(find, "TITLED", 1)
    assert find.titled("north ferry") == [new.pk]
