"""The story's form in the admin: what is saved, what reaches readers, and what an error leaves standing."""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.models.audit import AuditRow
from articles import actions, signals
from articles.models.desk import Article, State
from articles.models.published import OldPath, PublishedArticle
from articles.models.revisions import Revision
from articles.registry import PublishOption
from tests import make
from tests.articles.desk_form import ADD, LIST, form_of, typed

pytestmark = pytest.mark.django_db


def said(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


@pytest.fixture
def desk(editor, signed_in):
    make.site()
    return signed_in(editor)


# Writing -------------------------------------------------------------------------------------------------------------


def test_opening_a_new_story_writes_nothing(desk):
    page = desk.get(ADD)
    assert "New story" in page.content.decode()
    assert not Article.objects.exists()


def test_a_new_story_is_kept_whole(desk, editor):
    section, author, series = make.section(), make.author("Ada Lund"), make.series()
    tag = actions.names_to_tags(["Ferries"])[0]
    response = desk.post(
        ADD,
        typed(
            headline="Ferry service\r\nresumes", body="<p>It left at noon.</p>", section=section.pk, language="fr",
            series=series.pk, tags=[tag.pk], slug="العبارة-تعود", kind="analysis", _save="1",
            bylines=[{"author": author.pk, "credit": "photographs"}, {"name": "Coastal News Agency", "ORDER": "0"}],
        ),
    )  # fmt: skip
    article = Article.objects.get()
    assert response.url == form_of(article)
    assert (article.headline, article.body) == ("Ferry service resumes", "<p>It left at noon.</p>")
    assert article.section == section
    assert (article.language, article.kind, article.slug, article.series) == ("fr", "analysis", "العبارة-تعود", series)
    assert [*article.tags.all()] == [tag]
    assert [(line.printed, line.credit) for line in article.bylines.all()] == [
        ("Coastal News Agency", ""), ("Ada Lund", "photographs"),
    ]  # fmt: skip
    assert article.created_by == editor
    assert [revision.number for revision in article.revisions.all()] == [1]
    assert not PublishedArticle.objects.exists()


def test_an_incomplete_draft_is_kept(desk):
    desk.post(ADD, typed(standfirst="Only a thought so far.", _save="1"))
    assert Article.objects.get().standfirst == "Only a thought so far."


def test_the_body_is_sanitised_on_its_way_in(desk):
    article = make.draft()
    hostile = '<p onclick="x()">Safe<script>alert(1)</script></p><iframe></iframe>'
    desk.post(form_of(article), typed(article, body=hostile))
    article.refresh_from_db()
    assert article.body == "<p>Safe</p>"


def test_saving_the_same_again_makes_no_revision(desk):
    article = make.draft(bylines=[make.author("Ada Lund"), "A guest"], tags=["Ferries"])
    desk.post(form_of(article), typed(article, tags=[tag.pk for tag in article.tags.all()], _save="1"))
    assert article.revisions.count() == 1


def test_bylines_can_be_removed_and_renamed(desk):
    author = make.author("Ada Lund")
    article = make.draft(bylines=[author, "A guest"])
    rows = [{"author": author.pk, "name": "A. Lund"}, {"name": "A guest", "DELETE": "on"}]
    desk.post(form_of(article), typed(article, bylines=rows))
    assert [(line.author, line.name) for line in article.bylines.all()] == [(author, "A. Lund")]


def test_a_credit_without_a_name_is_refused_and_kept(desk):
    article = make.draft()
    form = typed(article, headline="Changed", bylines=[{"credit": "photographs"}])
    page = desk.post(form_of(article), form).content.decode()
    assert "A credit needs a name" in page
    assert 'value="photographs"' in page
    article.refresh_from_db()
    assert article.headline != "Changed"


@pytest.mark.parametrize("slug", ["two words", "slash/es", "dots.dots"])
def test_a_slug_that_is_none_is_named(desk, slug):
    article = make.draft()
    page = desk.post(form_of(article), typed(article, slug=slug, headline="What I typed")).content.decode()
    assert re.search(r'<a href="#id_slug">Slug</a>: ', page)
    assert slug in page
    assert "What I typed" in page


def test_languages_are_the_papers_by_their_own_names(desk):
    choices = desk.get(ADD).context["adminform"].form.fields["language"].choices
    assert choices == [("en", "English"), ("fr", "Français"), ("ar", "العربية")]


# Publishing ----------------------------------------------------------------------------------------------------------


def test_publish_saves_and_publishes(desk):
    response = desk.post(ADD, typed(headline="Out now", body="<p>Text.</p>", section=make.section().pk, _publish="1"))
    published = PublishedArticle.objects.get()
    assert published.headline == "Out now"
    assert published.path in said(response)
    page = desk.get(response.url).content.decode()
    assert f'href="{published.path}"' in page
    assert "Publish changes" in page
    assert "unpublished changes" not in page


def test_what_stands_in_the_way_is_named_at_its_field_and_nothing_is_done(desk):
    page = desk.post(ADD, typed(standfirst="What I typed", _publish="1")).content.decode()
    assert "A story needs a headline" in page
    assert "Choose a section" in page
    assert "There is no text to publish" in page
    for field in ("headline", "section", "body"):
        assert f'<a href="#id_{field}">' in page
    assert "What I typed" in page
    assert not Article.objects.exists()


def test_a_slug_that_is_taken_is_named_and_the_text_kept(desk):
    make.story("First", slug="ferry")
    article = make.draft("Second")
    form = typed(article, slug="ferry", headline="Second, better", _publish="1")
    page = desk.post(form_of(article), form).content.decode()
    assert "has this slug" in page
    assert "Second, better" in page
    article.refresh_from_db()
    assert (article.state, article.headline) == (State.DRAFT, "Second")


def test_saving_a_live_story_changes_nothing_for_readers(desk):
    published = make.story("As printed")
    article = Article.objects.get()
    response = desk.post(form_of(article), typed(article, headline="A better headline", _save="1"))
    assert "Readers do not see these changes" in said(response)
    published.refresh_from_db()
    assert published.headline == "As printed"
    assert "unpublished changes" in desk.get(form_of(article)).content.decode()
    assert "unpublished changes" in desk.get(LIST).content.decode()
    article.refresh_from_db()
    desk.post(form_of(article), typed(article, _publish="1"))
    published.refresh_from_db()
    assert published.headline == "A better headline"
    assert "unpublished changes" not in desk.get(LIST).content.decode()


def test_a_double_click_on_publish_is_one_story_and_one_publication(desk):
    heard = []
    listen = lambda **kwargs: heard.append(kwargs["article_id"])  # noqa: E731
    signals.article_published.connect(listen)
    form = typed(headline="Out now", body="<p>Text.</p>", section=make.section().pk, _publish="1")
    answers = [desk.post(ADD, form), desk.post(ADD, form)]
    signals.article_published.disconnect(listen)
    article = Article.objects.get()
    assert [answer.url for answer in answers] == [form_of(article)] * 2
    assert heard == [article.pk]
    assert AuditRow.objects.filter(verb="published").count() == 1


def test_a_double_click_on_publish_changes_is_no_conflict(desk):
    make.story()
    article = Article.objects.get()
    form = typed(article, headline="Corrected", _publish="1")
    answers = [desk.post(form_of(article), form), desk.post(form_of(article), form)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert PublishedArticle.objects.get().headline == "Corrected"
    assert AuditRow.objects.filter(verb="updated").count() == 1
    assert Revision.objects.count() == 2


def test_the_ticks_of_other_rooms_travel_with_the_publication(desk, monkeypatch):
    option = PublishOption("alert", "Send an alert", lambda: "To everybody.", lambda user, number: True)
    monkeypatch.setattr("articles.registry.publish_options", [option])
    heard = []
    listen = lambda **kwargs: heard.append(kwargs["options"])  # noqa: E731
    signals.article_published.connect(listen)
    article = make.draft()
    assert "Send an alert" in desk.get(form_of(article)).content.decode()
    desk.post(form_of(article), typed(article, **{"option-alert": "on"}, _publish="1"))
    signals.article_published.disconnect(listen)
    assert heard == [{"alert": True}]
    assert "Send an alert" not in desk.get(form_of(article)).content.decode()


# Two people ----------------------------------------------------------------------------------------------------------


def test_publishing_a_stale_copy_publishes_nothing(desk):
    article = make.draft()
    opened = typed(article, headline="Mine", _publish="1")
    actions.save(article.pk, actor=None, content={"standfirst": "Theirs"})
    assert "while you had it open" in desk.post(form_of(article), opened).content.decode()
    assert not PublishedArticle.objects.exists()


def test_what_was_typed_on_a_story_killed_meanwhile_is_shown_with_the_reason(desk):
    make.story()
    article = Article.objects.get()
    opened = typed(article, headline="What I typed", _publish="1")
    actions.kill(article.pk, actor=None, notice="It was wrong.")
    page = desk.post(form_of(article), opened).content.decode()
    assert "This story is now “Killed”" in page
    assert "What I typed" in page
    assert not PublishedArticle.objects.exists()


# Taking off and putting back -----------------------------------------------------------------------------------------


def test_withdraw_and_publish_again(desk):
    path = make.story().path
    article = Article.objects.get()
    desk.post(reverse("admin:articles_article_withdraw", args=[article.pk]), {"note": "The photograph is in doubt."})
    assert OldPath.objects.get(path=path).kind == OldPath.Kind.WITHDRAWN
    history = desk.get(reverse("admin:articles_article_revisions", args=[article.pk])).content.decode()
    assert "The photograph is in doubt." in history
    article.refresh_from_db()
    desk.post(form_of(article), typed(article, _publish="1"))
    assert PublishedArticle.objects.get().path == path


def test_kill_needs_a_notice_and_keeps_it(chief, signed_in):
    path = make.story().path
    kill = reverse("admin:articles_article_kill", args=[Article.objects.get().pk])
    desk = signed_in(chief)
    assert "need a notice" in desk.post(kill, {"notice": "  "}).content.decode()
    assert PublishedArticle.objects.exists()
    desk.post(kill, {"notice": "The letter was forged."})
    old = OldPath.objects.get(path=path)
    assert (old.kind, old.notice) == (OldPath.Kind.KILLED, "The letter was forged.")
    page = desk.get(form_of(Article.objects.get())).content.decode()
    assert "Killed" in page
    assert "_publish" not in page
    assert "_save" not in page


def test_a_notice_typed_for_a_story_no_longer_live_is_kept(chief, signed_in):
    article = make.draft()
    page = signed_in(chief).post(reverse("admin:articles_article_kill", args=[article.pk]), {"notice": "Forged."})
    assert "This story is now “Draft”" in page.content.decode()
    assert "Forged." in page.content.decode()


def test_a_draft_goes_to_the_bin_and_comes_back(desk):
    article = make.draft()
    desk.post(reverse("admin:articles_article_discard", args=[article.pk]))
    article.refresh_from_db()
    assert article.state == State.DISCARDED
    desk.post(reverse("admin:articles_article_reclaim", args=[article.pk]))
    article.refresh_from_db()
    assert article.state == State.DRAFT


def test_a_revision_is_shown_and_restored(desk):
    article = make.draft("First words", body="<p>The first text.</p>")
    actions.save(article.pk, actor=None, content={"headline": "Second words", "body": "<p>The second text.</p>"})
    address = reverse("admin:articles_article_revision", args=[article.pk, 1])
    page = desk.get(address).content.decode()
    assert "First words" in page
    assert "The first text." in page
    desk.post(address)
    article.refresh_from_db()
    assert (article.headline, article.body) == ("First words", "<p>The first text.</p>")
    listed = desk.get(reverse("admin:articles_article_history", args=[article.pk]), follow=True).content.decode()
    assert "from revision 1" in listed
