"""The checks beside a story's form: while people write, when it opens, and when a publication was refused."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models.audit import AuditRow
from accounts.roles import Role
from articles.admin import checking
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from tests import make
from tests.articles.desk_form import ADD, form_of, typed

pytestmark = pytest.mark.django_db
NEW = "/admin/articles/article/checks/"


def address(article: Article) -> str:
    return reverse("admin:articles_article_checks", args=[article.pk])


def shown(html: str) -> list[str]:
    return re.findall(r'data-check="(\w+)"', html)


@pytest.fixture
def desk(editor, signed_in):
    make.site()
    return signed_in(editor)


def test_a_story_not_saved_yet_is_checked_as_typed(desk):
    form = typed(headline="Ferry resumes", standfirst="It runs.", body="<p>It costs TK.</p>", section=make.section().pk)
    answer = desk.post(NEW, form).json()
    assert (answer["required"], answer["recommended"]) == (1, 1)
    assert answer["summary"] == "1 required, 1 recommended"
    assert shown(answer["html"]) == ["placeholder", "lead_picture"]
    assert 'data-check-excerpt="TK"' in answer["html"]
    assert not Article.objects.exists()


def test_a_saved_story_is_checked_as_typed_and_not_written(desk):
    article = make.draft(standfirst="It runs.", lead_picture=make.picture().pk)
    assert desk.post(address(article), typed(article)).json()["summary"] == "Nothing stands in the way."
    answer = desk.post(address(article), typed(article, headline="", kind="longread", standfirst="")).json()
    assert shown(answer["html"]) == ["headline", "standfirst"]
    article.refresh_from_db()
    assert article.headline and article.version == 1


@pytest.mark.parametrize(
    "garbage",
    [
        {}, {"section": "999999"}, {"section": "x", "kind": "?", "language": "?", "lead_picture": "-1", "slug": "a b"},
        {"body": "<p>\x00<figure data-image='9'>", "headline": "x" * 5000}, {"bylines-TOTAL_FORMS": "no"},
        {"version": "x", "tags": ["a", "b"]},
    ],
)  # fmt: skip
def test_whatever_is_sent_is_answered_in_words(desk, garbage):
    for form in (garbage, {**typed(headline="Ferry"), **garbage}):
        answer = desk.post(NEW, form)
        assert answer.status_code == 200
        assert answer.json()["required"] == len(re.findall('data-check="', answer.json()["html"].split("<h3>")[1]))
        assert answer.json()["required"] > 0


def test_what_is_found_is_shown_as_text_and_never_as_markup(desk):
    form = typed(headline='<b>"TK"</b>', body="<p>the <em>the</em> &lt;script&gt;alert(1)&lt;/script&gt; “</p>")
    html = desk.post(NEW, form).json()["html"]
    assert "<b>" not in html
    assert "<script" not in html


def test_a_text_too_long_is_refused_in_words(desk, monkeypatch):
    monkeypatch.setattr(checking, "MOST_BYTES", 1000)
    answer = desk.post(NEW, typed(body="<p>ferry</p>" * 200))
    assert answer.status_code == 413
    assert "too long" in answer.json()["problem"]


@pytest.mark.parametrize("role", Role)
def test_who_may_write_the_story_may_have_it_checked(role, signed_in):
    make.site()
    person = make.user(role)
    client = signed_in(person)
    own, other = make.draft(actor=person), make.draft(actor=make.user("editor"))
    may_change_others = role in {Role.SUBEDITOR, Role.EDITOR, Role.CHIEF}
    assert client.post(NEW, typed()).status_code == 200
    assert client.post(address(own), typed(own)).status_code == 200
    expected = 200 if may_change_others else 403 if role == Role.REPORTER else 404
    assert client.post(address(other), typed(other)).status_code == expected


def test_strangers_and_other_methods_are_turned_away(desk):
    article = make.draft()
    assert Client().post(address(article), typed(article)).status_code == 302
    assert desk.get(address(article)).status_code == 405
    assert desk.post(f"{NEW[:-7]}999999/checks/", typed()).status_code == 404


def test_csrf_is_asked_for(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post(NEW, typed()).status_code == 403


# Without JavaScript --------------------------------------------------------------------------------------------------


def test_the_form_opens_with_what_is_found_in_the_saved_story(desk):
    page = desk.get(form_of(make.draft(body="<p>It costs TK.</p>"))).content.decode()
    assert shown(page) == ["placeholder", "standfirst", "lead_picture"]
    assert '<a href="#id_body" data-check="placeholder"' in page
    assert "1 required, 2 recommended" in page
    assert shown(desk.get(ADD).content.decode()) == []


def test_save_and_check_saves_and_leads_to_the_list(desk):
    answer = desk.post(ADD, typed(headline="Ferry", _check="1"))
    article = Article.objects.get()
    assert answer.url == form_of(article) + "#checks"
    assert "section" in shown(desk.get(answer.url).content.decode())


def test_a_refused_publication_shows_the_findings_and_an_editor_no_way_round(desk):
    article = make.draft()
    form = typed(article, body="<p>It costs TK.</p>", _publish="1", override_reason="In a hurry.")
    page = desk.post(form_of(article), form).content.decode()
    assert "placeholder" in shown(page)
    assert 'name="override_reason"' not in page
    assert not PublishedArticle.objects.exists()


def test_a_chief_is_offered_to_publish_nevertheless_with_a_reason(chief, signed_in):
    make.site()
    desk = signed_in(chief)
    article = make.draft()
    assert 'name="override_reason"' not in desk.get(form_of(article)).content.decode()
    form = typed(article, body="<p>It costs TK.</p>", _publish="1")
    page = desk.post(form_of(article), form).content.decode()
    assert 'name="override_reason"' in page
    page = desk.post(form_of(article), {**form, "override_reason": " "}).content.decode()
    assert "Still to be filled in" in page
    desk.post(form_of(article), {**form, "override_reason": "TK is a firm."})
    assert PublishedArticle.objects.get().body_html == "<p>It costs TK.</p>"
    assert AuditRow.objects.get(verb="published").detail["overridden"] == ["placeholder"]
    history = desk.get(reverse("admin:articles_article_revisions", args=[article.pk])).content.decode()
    assert "TK is a firm." in history


def test_what_nobody_may_set_aside_is_offered_to_nobody(chief, signed_in):
    make.site()
    page = signed_in(chief).post(ADD, typed(body="<p>TK</p>", _publish="1")).content.decode()
    assert "A story needs a headline" in page
    assert 'name="override_reason"' not in page


def test_a_reader_of_the_desk_sees_the_findings_and_no_button(signed_in):
    make.site()
    page = signed_in(make.user("reporter")).get(form_of(make.draft(body="<p>TK</p>"))).content.decode()
    assert "placeholder" in shown(page)
    assert 'name="_check"' not in page
