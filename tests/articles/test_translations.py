"""One story in several languages: what the desk may link, and what readers and search engines then find."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Notice, User
from accounts.models.audit import AuditRow
from accounts.roles import Role
from articles import actions, actions_corrections, actions_translations, snapshots
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.problems import NotAllowed, NotReady, WrongState
from tests import make
from tests.articles.desk_form import form_of

pytestmark = pytest.mark.django_db
ALTERNATE = re.compile(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">')
HEADLINES = {"en": "Ferry resumes", "fr": "Le bac repart", "ar": "عودة العبّارة"}


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site()


def group(*languages: str, **content: Any) -> dict[str, PublishedArticle]:
    """The story in these languages, published; the first one is the original."""
    first, *others = languages
    original = make.story(HEADLINES[first], language=first, **content)
    made = {each: make.story(HEADLINES[each], language=each, original=original.pk, **content) for each in others}
    return {first: original, **made}


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def path_of(address: str) -> str:
    assert address.startswith(settings.SITE_URL)
    return unquote(urlsplit(address).path)


def alternates(page: str) -> list[tuple[str, str]]:
    """Language and path of what the page's head tells search engines."""
    return [(language, path_of(address)) for language, address in ALTERNATE.findall(page)]


# At the desk


def test_who_names_a_translation_means_its_original() -> None:
    english, french = make.draft(), make.draft(language="fr")
    actions.save(french.pk, actor=None, content={"original": english.pk})
    arabic = make.draft(language="ar", original=french.pk)
    assert arabic.original == english
    assert snapshots.take(arabic)["original"] == english.pk
    assert arabic.revisions.get().content["original"] == english.pk


def refusal(number: int, **content: Any) -> dict[str, list[str]]:
    before = snapshots.take(Article.objects.get(pk=number))
    with pytest.raises(NotReady) as refused:
        actions.save(number, actor=None, content=content)
    assert snapshots.take(Article.objects.get(pk=number)) == before
    return refused.value.errors


def test_a_language_comes_once_in_a_group() -> None:
    english = make.draft("Ferry resumes")
    french, again = make.draft("Le bac repart", language="fr", original=english.pk), make.draft(language="fr")
    said = f"There is a version in this language already (Français): story {french.pk}, “Le bac repart”."
    assert refusal(again.pk, original=english.pk) == {"original": [said]}
    assert list(refusal(make.draft().pk, original=english.pk)) == ["original"]
    assert list(refusal(english.pk, language="fr")) == ["language"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=again.pk).update(original=english)


def test_an_original_has_no_original_and_none_is_its_own() -> None:
    english, other = make.draft(), make.draft("Bridge opens", language="ar")
    french = make.draft("Le bac repart", language="fr", original=english.pk)
    assert f"story {french.pk}, “Le bac repart”" in refusal(english.pk, original=other.pk)["original"][0]
    for itself in (english, french):
        assert "no translation of itself" in refusal(english.pk, original=itself.pk)["original"][0]


def test_what_is_in_the_bin_leaves_its_place_and_comes_back_only_if_that_is_free(editor: User) -> None:
    english = make.draft()
    first = make.draft(language="fr", original=english.pk)
    actions.discard(first.pk, actor=editor)
    second = make.draft(language="fr", original=english.pk)
    with pytest.raises(NotReady):
        actions.reclaim(first.pk, actor=editor)
    assert Article.objects.get(pk=first.pk).state == State.DISCARDED
    actions.discard(second.pk, actor=editor)
    actions.reclaim(first.pk, actor=editor)
    assert Article.objects.get(pk=first.pk).state == State.DRAFT


def test_who_comes_out_of_the_bin_follows_its_original_to_that_ones_original(editor: User) -> None:
    english, french = make.draft("Ferry resumes"), make.draft(language="fr")
    arabic = make.draft(language="ar", original=french.pk)
    actions.discard(arabic.pk, actor=editor)
    actions.save(french.pk, actor=editor, content={"original": english.pk})
    actions.reclaim(arabic.pk, actor=editor)
    arabic = Article.objects.get(pk=arabic.pk)
    assert (arabic.state, arabic.original, arabic.original_revision) == (State.DRAFT, english, 1)
    assert arabic.revisions.get(number=arabic.latest_revision).content["original"] == english.pk
    assert arabic.digest == snapshots.digest(snapshots.take(arabic))


def test_a_revision_brings_the_link_back_and_one_from_before_it_has_none(editor: User) -> None:
    english, french = make.draft(), make.draft(language="fr")
    actions.save(french.pk, actor=None, content={"original": english.pk})
    old = {name: value for name, value in french.revisions.get(number=1).content.items() if name != "original"}
    assert snapshots.digest(old) == french.revisions.get(number=1).digest
    french.revisions.filter(number=1).update(content=old)
    actions.restore(french.pk, actor=editor, revision=1)
    assert Article.objects.get(pk=french.pk).original is None
    actions.restore(french.pk, actor=editor, revision=2, field="original")
    assert Article.objects.get(pk=french.pk).original == english


def test_a_translation_is_begun_with_all_that_its_original_has(reporter: User) -> None:
    english = make.draft(
        "Ferry resumes", standfirst="At noon.", slug="ferry", lead_picture=make.picture().pk, tags=["Ferries"],
        bylines=[make.author("Ada Lind"), "Harbour Wire"], series=make.series(), kind="analysis",
    )  # fmt: skip
    draft = actions_translations.begin(english.pk, language="fr", actor=reporter)
    expected = {**snapshots.take(english), "language": "fr", "slug": "", "original": english.pk}
    assert snapshots.take(draft) == expected
    assert (draft.state, draft.created_by, draft.original_revision) == (State.DRAFT, reporter, 1)
    row = AuditRow.objects.get(verb="translation begun")
    assert (row.thing_number, row.detail) == (str(english.pk), {"story": draft.pk, "language": "fr"})
    arabic = actions_translations.begin(draft.pk, language="ar", actor=reporter)
    assert (arabic.original, arabic.headline) == (english, "Ferry resumes")


def test_a_translation_is_begun_once_in_languages_of_the_paper_from_what_still_stands(
    reporter: User, chief: User
) -> None:
    english, contributor = make.story(), make.user(Role.CONTRIBUTOR)
    for language in ("en", "de", ""):
        with pytest.raises(NotReady):
            actions_translations.begin(english.pk, language=language, actor=reporter)
    with pytest.raises(NotAllowed):
        actions_translations.begin(english.pk, language="fr", actor=contributor)
    actions.kill(english.pk, actor=chief, notice="It was wrong.")
    with pytest.raises(WrongState):
        actions_translations.begin(english.pk, language="fr", actor=reporter)
    assert Article.objects.count() == 1


def test_publishing_brings_a_translation_in_line_with_its_original_and_the_clock_does_not(editor: User) -> None:
    english = make.draft()
    french = actions_translations.begin(english.pk, language="fr", actor=editor)

    def follows() -> int | None:
        return Article.objects.values_list("original_revision", flat=True).get(pk=french.pk)

    actions.save(english.pk, actor=editor, content={"standfirst": "At one."})
    assert follows() == 1
    actions.publish(french.pk, actor=editor, frozen=1)
    assert follows() == 1
    actions.save(french.pk, actor=editor, content={"standfirst": "À une heure."})
    actions.update(french.pk, actor=editor)
    assert follows() == 2
    actions.save(english.pk, actor=editor, content={"standfirst": "At two."})
    actions_translations.mark_in_line(french.pk, revision=9, actor=editor)
    assert follows() == 2, "nobody has seen what is not there"
    actions_translations.mark_in_line(french.pk, revision=3, actor=editor)
    actions_translations.mark_in_line(french.pk, revision=2, actor=editor)
    assert follows() == 3
    assert AuditRow.objects.filter(verb="in line with the original").count() == 1


def test_whose_translation_it_is_hears_of_changes_in_its_original(reporter: User, editor: User) -> None:
    english = make.story("Ferry resumes")
    for language in ("fr", "ar"):
        make.draft(f"Draft {language}", language=language, original=english.pk, actor=reporter)
    actions.discard(Article.objects.get(language="ar").pk, actor=editor)
    Notice.objects.all().delete()
    actions.save(english.pk, actor=editor, content={"standfirst": "At one."})
    assert not Notice.objects.exists()
    actions.update(english.pk, actor=editor)
    notice = Notice.objects.get(user=reporter)
    assert notice.text == f"{editor} published changes in the original of “Draft fr”."
    assert notice.url == form_of(Article.objects.get(language="fr"))


def test_whose_translation_it_is_hears_of_a_correction_a_withdrawal_and_a_kill_of_its_original(
    reporter: User, editor: User, chief: User
) -> None:
    english = make.story("Ferry resumes", actor=editor)
    french = make.draft("Brouillon", language="fr", original=english.pk, actor=reporter)
    own = make.draft("Draft", language="ar", original=english.pk, actor=editor)
    Notice.objects.all().delete()
    actions_corrections.add(english.pk, kind="correction", text="It left at one.", actor=chief)
    actions.withdraw(english.pk, actor=chief)
    actions.kill(english.pk, actor=chief, notice="It was wrong.")
    said = [f"{chief} {did} “Ferry resumes”." for did in ("changed the corrections of", "withdrew", "killed")]
    heard = Notice.objects.filter(user=reporter).order_by("pk")
    assert [(notice.text, notice.url) for notice in heard] == [(each, form_of(french)) for each in said]
    assert [notice.text for notice in Notice.objects.filter(user=editor).order_by("pk")] == said, "once to each"
    assert not Notice.objects.filter(url=form_of(own)).exists()


# Before readers


def test_every_page_of_a_group_names_the_whole_group_and_the_original_for_all_others(client: Client) -> None:
    stories = group("fr", "en", "ar")
    expected = [(language, stories[language].path) for language in ("en", "fr", "ar")]
    for story in stories.values():
        assert alternates(read(client, story.path)) == [*expected, ("x-default", stories["fr"].path)]


def test_a_reader_finds_the_other_languages_under_their_own_names(client: Client) -> None:
    stories = group("en", "fr", "ar")
    page = read(client, stories["en"].path)
    switch = re.findall(r'<a href="([^"]+)" rel="alternate" lang="(..)" hreflang="(..)" dir="(...)">([^<]+)</a>', page)
    assert switch == [
        (stories["fr"].path, "fr", "fr", "ltr", "Français"),
        (stories["ar"].path, "ar", "ar", "rtl", "العربية"),
    ]
    masthead = re.findall(r'<li><a href="([^"]+)" lang=".." hreflang=".."', page)
    assert masthead == ["/", stories["fr"].path, stories["ar"].path]


def test_a_story_in_one_language_says_nothing_of_others(client: Client) -> None:
    story = make.story()
    make.draft(language="fr", original=story.pk)
    page = read(client, story.path)
    assert alternates(page) == []
    assert 'class="versions"' not in page
    assert "ranslation" not in "".join(re.findall(r"ld\+json.*?</script>", page, re.DOTALL))


def told(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])[0]


def test_machines_are_told_which_work_translates_which(client: Client) -> None:
    stories = group("en", "fr", "ar")
    original, french = (told(read(client, stories[each].path)) for each in ("en", "fr"))
    assert [each["inLanguage"] for each in original["workTranslation"]] == ["fr", "ar"]
    assert original["workTranslation"][0]["@id"] == french["@id"]
    assert french["translationOfWork"] == {"@type": "NewsArticle", "@id": original["@id"], "inLanguage": "en"}
    assert "translationOfWork" not in original
    assert "workTranslation" not in french


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
@pytest.mark.parametrize("gone", ["en", "fr"])
def test_what_is_taken_off_leaves_the_pages_of_its_group(client: Client, chief: User, verb: str, gone: str) -> None:
    stories = group("en", "fr", "ar")
    more: dict[str, Any] = {"notice": "It was wrong."} if verb == "kill" else {}
    getattr(actions, verb)(stories[gone].pk, actor=chief, **more)
    left = {each: story for each, story in stories.items() if each != gone}
    for story in left.values():
        page = read(client, story.path)
        assert {language for language, _path in alternates(page)} == {*left, *({"x-default"} if gone != "en" else ())}
        assert stories[gone].path not in page
        assert HEADLINES[gone] not in page
    if verb == "withdraw":
        again = actions.publish(stories[gone].pk, actor=chief)
        assert (gone, again.path) in alternates(read(client, stories["ar"].path))


def test_what_search_engines_leave_out_is_for_readers_alone(client: Client) -> None:
    english = make.story("Ferry resumes")
    french = make.story("Le bac repart", language="fr", original=english.pk, noindex=True)
    for story, other in ((english, french), (french, english)):
        page = read(client, story.path)
        assert f'href="{other.path}" rel="alternate"' in page
        assert alternates(page) == []


def test_fronts_and_section_fronts_name_each_other_on_their_first_page(client: Client) -> None:
    make.section("News")
    for language in ("en", "fr"):
        for _each in range(25):
            make.story(language=language)
    pages = {"/": "", "/fr/": "", "/news/": "news/", "/fr/news/": "news/", "/ar/news/": "news/"}
    for path, tail in pages.items():
        assert dict(alternates(read(client, path))) == {
            "en": f"/{tail}",
            "fr": f"/fr/{tail}",
            "ar": f"/ar/{tail}",
            "x-default": f"/{tail}",
        }, path
    page = read(client, "/news/")
    older = re.search(r'<link rel="next" href="([^"]+)"', page)
    assert older
    assert '<a href="/fr/news/" lang="fr"' in page
    assert alternates(read(client, "/news/" + older[1])) == []
    make.site(further_languages=[])
    assert alternates(read(client, "/")) == []


def test_the_sitemap_of_a_month_names_translations_of_other_months(
    client: Client, django_assert_num_queries: Any
) -> None:
    june, july = datetime(2026, 6, 10, tzinfo=UTC), datetime(2026, 7, 10, tzinfo=UTC)
    alone = make.story(at=june)
    english = make.story(at=june, slug="ferry")
    french = make.story(at=july, language="fr", original=english.pk, slug="bac")
    make.story(at=july, language="ar", original=english.pk, slug="hidden", noindex=True)
    links = re.compile(r"<url><loc>([^<]+)</loc><lastmod>[^<]+</lastmod>((?:<xhtml:link[^>]*></xhtml:link>)*)</url>")
    for month in ("2026-06", "2026-07"):
        with django_assert_num_queries(4):
            text = read(client, f"/sitemaps/{month}.xml")
        entries = {path_of(path): re.findall(r'hreflang="(..)"', others) for path, others in links.findall(text)}
        expected = {"2026-06": {alone.path: [], english.path: ["en", "fr"]}, "2026-07": {french.path: ["en", "fr"]}}
        assert entries == expected[month]
        assert 'xmlns:xhtml="http://www.w3.org/1999/xhtml"' in text


@pytest.mark.parametrize("count", [1, 3])
def test_a_story_costs_four_queries_whatever_stands_beside_it(
    client: Client, count: int, django_assert_num_queries: Any
) -> None:
    for _each in range(count):
        make.story(tags=["Ferries"])
    stories = group(*["en", "fr", "ar"][:count], tags=["Ferries"])
    with django_assert_num_queries(4):
        page = read(client, stories["en"].path)
    assert page.count("<li><p><a") == count
