"""Translations at the desk: the field, the panel, the button that begins one, and who may."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from articles import actions, actions_translations
from articles.models.desk import Article
from tests import make
from tests.articles import desk_form
from tests.articles.desk_pages import at, page_of, said

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site()


def panel(client: Client, story: Article) -> str:
    found = re.search(r'id="panel-translations".*?</details>', page_of(client, desk_form.form_of(story)), re.DOTALL)
    return found[0] if found else ""


def test_the_form_links_a_translation_and_takes_the_link_off(editor: User, signed_in: SignIn) -> None:
    english, french = make.draft("Ferry resumes"), make.draft(language="fr")
    desk = signed_in(editor)
    desk.post(desk_form.form_of(french), desk_form.typed(french, original=english.pk))
    french.refresh_from_db()
    assert french.original == english
    assert "Ferry resumes" in page_of(desk, desk_form.form_of(french))
    desk.post(desk_form.form_of(french), desk_form.typed(french, original=""))
    french.refresh_from_db()
    assert french.original is None


def test_a_refusal_stands_at_the_field_and_what_was_typed_stays(editor: User, signed_in: SignIn) -> None:
    english, other = make.draft("Ferry resumes"), make.draft("Bridge opens")
    desk = signed_in(editor)
    typed = desk_form.typed(other, original=english.pk, standfirst="Typed just now.")
    page = desk.post(desk_form.form_of(other), typed).content.decode()
    assert "There is a version in this language already (English)" in page
    assert "Typed just now." in page
    other.refresh_from_db()
    assert (other.original, other.standfirst) == (None, "")


def test_the_field_offers_what_a_person_may_see_and_keeps_what_they_may_not(signed_in: SignIn) -> None:
    samir = make.user(Role.CONTRIBUTOR)
    hidden, own = make.draft("Hidden from Samir"), make.draft("His own", actor=samir)
    french = make.draft(language="fr", actor=samir)
    desk = signed_in(samir)
    query = {"app_label": "articles", "model_name": "article", "field_name": "original"}
    found = desk.get("/admin/autocomplete/", query).json()["results"]
    assert [each["text"] for each in found if each["id"] != str(french.pk)] == ["His own"]
    desk.post(desk_form.form_of(french), desk_form.typed(french, original=hidden.pk))
    french.refresh_from_db()
    assert french.original is None
    actions.save(french.pk, actor=None, content={"original": hidden.pk})
    french.refresh_from_db()
    desk.post(desk_form.form_of(french), desk_form.typed(french, original=hidden.pk, headline="Le bac"))
    french.refresh_from_db()
    assert (french.original, french.headline) == (hidden, "Le bac")
    desk.post(desk_form.form_of(french), desk_form.typed(french, original=own.pk))
    french.refresh_from_db()
    assert french.original == own


def test_a_paper_in_one_language_has_neither_field_nor_panel(editor: User, signed_in: SignIn) -> None:
    make.site(further_languages=[])
    story = make.draft()
    desk = signed_in(editor)
    page = page_of(desk, desk_form.form_of(story))
    assert 'name="original"' not in page
    assert "panel-translations" not in page
    desk.post(desk_form.form_of(story), desk_form.typed(story, headline="Another"))
    story.refresh_from_db()
    assert story.headline == "Another"


def test_a_press_on_the_button_begins_a_translation_and_opens_it(reporter: User, signed_in: SignIn) -> None:
    english = make.draft("Ferry resumes", tags=["Ferries"])
    desk = signed_in(reporter)
    shown = panel(desk, english)
    assert re.findall(r'name="language" value="(..)"', shown) == ["fr", "ar"]
    answer = desk.post(at("translate", english.pk), {"language": "fr"})
    french = Article.objects.get(language="fr")
    assert answer.headers["Location"] == desk_form.form_of(french)
    assert "Français" in said(answer)
    assert (french.headline, french.original, french.created_by) == ("Ferry resumes", english, reporter)
    again = desk.post(at("translate", english.pk), {"language": "fr"})
    assert "Select a valid choice" in again.content.decode()
    assert Article.objects.count() == 2
    page = page_of(desk, at("translate", french.pk))
    assert re.findall(r'<option value="(..)"', page) == ["ar"]


def test_the_panel_says_how_each_language_stands_and_what_the_original_changed(editor: User, signed_in: SignIn) -> None:
    english = make.draft("Ferry resumes")
    french = actions_translations.begin(english.pk, language="fr", actor=editor)
    actions.save(french.pk, actor=editor, content={"headline": "Le bac repart"})
    actions.publish(french.pk, actor=editor)
    desk = signed_in(editor)
    french.refresh_from_db()
    shown = panel(desk, english)
    assert f'<a href="{desk_form.form_of(french)}"><bdi lang="fr">Le bac repart</bdi></a>' in shown
    assert re.findall(r'class="state state-(\w+)"', shown) == ["draft", "published"]
    assert "has changed" not in shown + panel(desk, french)
    actions.save(english.pk, actor=editor, content={"standfirst": "At one."})
    compare = f"{at('compare', english.pk)}?old=1&new=2"
    assert "The original has changed since." in panel(desk, french)
    assert f'<a href="{compare}">' in panel(desk, french)
    assert "At one." in page_of(desk, compare)
    english.refresh_from_db()
    assert "the original has changed" in panel(desk, english)
    desk.post(at("in_line", french.pk), {"revision": "2"})
    assert "has changed" not in panel(desk, french) + panel(desk, english)


def test_whoever_may_not_see_a_version_finds_no_way_to_it(editor: User, signed_in: SignIn) -> None:
    samir = make.user(Role.CONTRIBUTOR)
    english = make.draft("Ferry resumes", actor=editor)
    french = make.draft("Le bac", language="fr", original=english.pk, actor=samir)
    desk = signed_in(samir)
    actions.save(english.pk, actor=editor, content={"standfirst": "At one."})
    shown = panel(desk, french)
    assert "Ferry resumes" in shown
    assert desk_form.form_of(english) not in shown
    assert "has changed" not in shown
    assert 'name="language"' not in shown
    assert desk.post(at("translate", french.pk), {"language": "ar"}).status_code == 403
    assert desk.post(at("translate", english.pk), {"language": "ar"}).status_code == 404
    assert desk.post(at("in_line", english.pk), {"revision": "1"}).status_code == 404
    assert Article.objects.count() == 2


def test_a_killed_original_is_translated_no_more(chief: User, signed_in: SignIn) -> None:
    story = make.story()
    actions.kill(story.pk, actor=chief, notice="It was wrong.")
    desk = signed_in(chief)
    article = Article.objects.get(pk=story.pk)
    assert 'name="language"' not in panel(desk, article)
    page = desk.post(at("translate", story.pk), {"language": "fr"}).content.decode()
    assert "This story is now “Killed”" in page
    assert Article.objects.count() == 1


def test_revisions_say_what_was_translated(editor: User, signed_in: SignIn) -> None:
    english, french = make.draft("Ferry resumes"), make.draft(language="fr")
    actions.save(french.pk, actor=editor, content={"original": english.pk})
    page = page_of(signed_in(editor), at("compare", french.pk))
    assert "Translation of" in page
    assert "Ferry resumes" in page


def test_the_panel_costs_as_much_for_three_translations_as_for_one(editor: User, signed_in: SignIn) -> None:
    make.site(further_languages=["fr", "ar", "es"])
    english = make.draft()
    desk = signed_in(editor)
    desk.get(desk_form.form_of(english))
    costs = []
    for shown, languages in ((2, ["fr"]), (4, ["ar", "es"])):
        for language in languages:
            make.draft(language=language, original=english.pk)
        with CaptureQueriesContext(connection) as queries:
            assert panel(desk, english).count("state-draft") == shown
        costs.append(len(queries))
    assert costs[0] == costs[1]
