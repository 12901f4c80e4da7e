"""Preview: the page readers would get, for those who may see the story, kept by no cache."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from articles import actions
from articles.models.desk import Article
from tests import make
from tests.articles.desk_form import ADD, form_of, typed

pytestmark = pytest.mark.django_db


def page_of(article: Article) -> str:
    return reverse("admin:articles_article_preview_page", args=[article.pk])


@pytest.fixture
def desk(editor, signed_in):
    make.site()
    return signed_in(editor)


def test_it_is_the_readers_page_of_the_working_copy(desk, client, monkeypatch):
    published = make.story("As printed", body="<p>Old text.</p>", bylines=[make.author("Ada Lund")], tags=["Ferries"])
    article = Article.objects.get()
    with monkeypatch.context() as at_that_moment:
        at_that_moment.setattr(timezone, "now", lambda: published.updated_at)
        assert desk.get(page_of(article)).content == client.get(published.path).content
    actions.save(article.pk, actor=None, content={"headline": 'The "better" one', "body": "<p>New text.</p>"})
    page = desk.get(page_of(article)).content.decode()
    assert "The “better” one" in page
    assert "<p>New text.</p>" in page
    assert "As printed" in client.get(published.path).content.decode()


def test_a_draft_that_lacks_everything_can_be_looked_at(desk):
    article = actions.create(actor=None)
    assert "No headline yet" in desk.get(page_of(article)).content.decode()


def test_it_speaks_the_storys_language(desk):
    article = make.draft("العبارة تعود", language="ar", body="<p>غادرت ظهرا.</p>")
    assert '<html lang="ar" dir="rtl">' in desk.get(page_of(article)).content.decode()


def test_no_cache_and_no_search_engine_keeps_it(desk):
    response = desk.get(page_of(make.draft()))
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_it_is_framed_in_two_widths_and_marked(desk):
    article = make.draft()
    page = desk.get(reverse("admin:articles_article_preview", args=[article.pk])).content.decode()
    assert page.count(f'<iframe src="{page_of(article)}"') == 2
    assert "Preview, not published." in page


def test_the_button_saves_first(desk):
    answer = desk.post(ADD, typed(headline="A thought", _preview="1"))
    article = Article.objects.get()
    assert answer.url == reverse("admin:articles_article_preview", args=[article.pk])
    assert "A thought" in desk.get(page_of(article)).content.decode()
    make.story("Live")
    live = Article.objects.get(headline="Live")
    desk.post(form_of(live), typed(live, headline="Changed", _preview="1"))
    assert "Changed" in desk.get(page_of(live)).content.decode()


def test_who_may_not_see_the_story_may_not_preview_it(signed_in, client):
    article = make.draft("Secret")
    assert client.get(page_of(article)).status_code == 302
    assert signed_in(make.user(Role.CONTRIBUTOR)).get(page_of(article)).status_code == 404
    assert "Secret" in signed_in(make.user(Role.REPORTER)).get(page_of(article)).content.decode()
