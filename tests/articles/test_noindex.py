"""Stories that search engines are asked to leave out."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from articles import actions, snapshots
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from tests import make
from tests.articles import desk_form

pytestmark = pytest.mark.django_db


def test_the_story_says_so_in_its_head_and_its_headers(client: Client) -> None:
    make.site()
    hidden, shown = make.story(noindex=True), make.story()
    there, other = client.get(hidden.path), client.get(shown.path)
    assert '<meta name="robots" content="noindex">' in there.content.decode()
    assert there.headers["X-Robots-Tag"] == "noindex"
    assert "noindex" not in other.content.decode()
    assert "X-Robots-Tag" not in other.headers


def test_an_editor_sets_it_on_the_form_and_takes_it_off(editor: User, signed_in: Callable[[User], Client]) -> None:
    make.site()
    story = make.story()
    desk = signed_in(editor)
    for typed, expected in (({"noindex": "on"}, True), ({}, False)):
        article = Article.objects.get(pk=story.pk)
        desk.post(desk_form.form_of(article), desk_form.typed(article, **typed, _publish="1"))
        assert PublishedArticle.objects.get(pk=story.pk).noindex is expected


def test_a_revision_from_before_the_field_still_stands(editor: User) -> None:
    article = make.draft(noindex=True)
    old = {name: value for name, value in snapshots.take(article).items() if name != "noindex"}
    first = article.revisions.get()
    type(first).objects.filter(pk=first.pk).update(content=old)
    actions.restore(article.pk, actor=editor, revision=first.number)
    assert Article.objects.get(pk=article.pk).noindex is False


def test_content_without_the_field_is_the_same_content() -> None:
    content = snapshots.take(make.draft())
    assert content["noindex"] is False
    older = {name: value for name, value in content.items() if name != "noindex"}
    assert snapshots.digest(older) == snapshots.digest(content)
    assert snapshots.digest({**content, "noindex": True}) != snapshots.digest(content)
