"""Merging authors and tags: stories, addresses and old revisions all come to the one that stays."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles import actions, publication
from articles.actions_merge import merge_authors, merge_tags
from articles.models.desk import Article, Byline
from articles.models.merges import Merged
from articles.models.places import Tag
from articles.models.published import OldPath, PublishedArticle, PublishedByline, PublishedTag
from articles.problems import NotAllowed, NotReady
from authors.models import Author
from tests import make

pytestmark = pytest.mark.django_db


def test_an_authors_stories_are_the_others_and_names_stay_as_printed(client: Client, chief: User) -> None:
    make.site()
    gone, stays = make.author("A. Holt", slug="a-holt"), make.author("Amira Holt", slug="amira-holt")
    story, draft = make.story(bylines=[gone, "Harbour Wire"]), make.draft(bylines=[gone])
    both = make.story(bylines=[gone, stays])
    merge_authors(gone.pk, into=stays.pk, actor=chief)

    assert not Author.objects.filter(pk=gone.pk).exists()
    live = PublishedArticle.objects.get(pk=story.pk)
    assert live.byline[0] == {"name": "A. Holt", "credit": "", "path": "/author/amira-holt/"}
    assert [line.printed for line in Byline.objects.filter(article=draft)] == ["A. Holt"]
    assert PublishedByline.objects.filter(article=both.pk).count() == 1
    answer = client.get("/author/a-holt/")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/author/amira-holt/")
    shown = client.get("/author/amira-holt/").content.decode()
    assert story.path in shown
    assert both.path in shown
    row = AuditRow.objects.get(verb="merged")
    assert (row.actor, row.detail["gone"], row.detail["stories"], row.detail["published"]) == (chief, "A. Holt", 3, 2)


def test_two_of_one_name_follow_a_later_change_of_name(chief: User) -> None:
    gone, stays = make.author("Amira Holt"), make.author("Amira Holt")
    draft = make.draft(bylines=[gone])
    merge_authors(gone.pk, into=stays.pk, actor=chief)
    assert Byline.objects.get(article=draft).name == ""


def test_old_revisions_know_who_is_meant(client: Client, chief: User) -> None:
    make.site()
    first, gone, stays = (make.author(slug=slug) for slug in ("first", "gone", "stays"))
    story = make.story(bylines=[first], tags=["Floods"])
    make.draft(tags=["Water"])
    floods, water = Tag.objects.get(name="Floods"), Tag.objects.get(name="Water")
    merge_authors(first.pk, into=gone.pk, actor=chief)
    merge_authors(gone.pk, into=stays.pk, actor=chief)
    merge_tags(floods.pk, into=water.pk, actor=chief)
    assert set(Merged.objects.filter(kind="author").values_list("into", flat=True)) == {stays.pk}

    publication.rebuild(Article.objects.get(pk=story.pk))
    live = PublishedArticle.objects.get(pk=story.pk)
    assert live.byline[0]["path"] == "/author/stays/"
    assert [link["name"] for link in live.tag_links] == ["Water"]
    assert PublishedByline.objects.get(article=story.pk).author == stays

    actions.save(story.pk, actor=chief, content={"bylines": [], "tags": []})
    actions.restore(story.pk, actor=chief, revision=1)
    assert Byline.objects.get(article=story.pk).author == stays
    assert list(Article.objects.get(pk=story.pk).tags.all()) == [water]


def test_a_sign_in_goes_along_and_two_do_not_fit(chief: User, reporter: User, editor: User) -> None:
    gone, stays = make.author(user=reporter), make.author()
    merge_authors(gone.pk, into=stays.pk, actor=chief)
    assert Author.objects.get(pk=stays.pk).user == reporter
    other = make.author(user=editor)
    with pytest.raises(NotReady):
        merge_authors(other.pk, into=stays.pk, actor=chief)
    assert Author.objects.get(pk=other.pk).user == editor


def test_a_tags_stories_carry_the_other_once(client: Client, editor: User) -> None:
    make.site()
    story, both = make.story(tags=["Floods"]), make.story(tags=["Floods", "High water"])
    draft = make.draft(tags=["Floods", "Harbour"])
    gone, stays = Tag.objects.get(name="Floods"), Tag.objects.get(name="High water")
    merge_tags(gone.pk, into=stays.pk, actor=editor)
    for number in (story.pk, both.pk):
        assert PublishedArticle.objects.get(pk=number).tag_links == [{"name": "High water", "path": "/tag/high-water/"}]
    assert PublishedTag.objects.filter(tag=stays).count() == 2
    assert sorted(draft.tags.values_list("name", flat=True)) == ["Harbour", "High water"]
    assert client.get("/tag/floods/").headers["Location"] == "/tag/high-water/"
    assert OldPath.objects.get(path="/tag/floods/").is_prefix
    assert not Tag.objects.filter(name="Floods").exists()


def test_nothing_is_merged_into_itself_and_not_by_everybody(editor: User) -> None:
    author = make.author()
    with pytest.raises(NotReady):
        merge_authors(author.pk, into=author.pk, actor=None)
    with pytest.raises(NotAllowed):
        merge_authors(author.pk, into=make.author().pk, actor=editor)
    assert Author.objects.count() == 2


def test_a_merge_asks_no_more_of_the_database_for_more_stories(chief: User) -> None:
    counts = []
    for stories in (1, 3):
        gone, stays = make.author(), make.author()
        for _ in range(stories):
            make.story(bylines=[gone])
        with CaptureQueriesContext(connection) as queries:
            merge_authors(gone.pk, into=stays.pk, actor=chief)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_desk_sees_what_changes_before_it_is_done(chief: User, signed_in: Callable[[User], Client]) -> None:
    make.site()
    gone, stays = make.author("A. <Holt>", slug="a-holt"), make.author("Amira Holt", slug="amira-holt")
    make.story(bylines=[gone])
    desk, address = signed_in(chief), reverse("admin:articles_article_merge_author", args=[gone.pk])
    change = reverse("admin:authors_author_change", args=[gone.pk])
    assert address in desk.get(change).content.decode()
    shown = desk.post(address, {"into": stays.pk}).content.decode()
    assert "1 published story changes" in shown
    assert "This cannot be undone." in shown
    assert "A. &lt;Holt&gt;" in shown
    assert Author.objects.count() == 2
    assert "Choose another one" in desk.post(address, {"into": gone.pk, "_sure": "1"}).content.decode()
    done = desk.post(address, {"into": stays.pk, "_sure": "1"})
    assert (done.status_code, done.headers["Location"]) == (
        303,
        reverse("admin:authors_author_change", args=[stays.pk]),
    )
    assert Author.objects.get() == stays


@pytest.mark.parametrize("role", [None, *Role])
def test_who_may_merge(role: Role | None, signed_in: Callable[[User], Client]) -> None:
    make.draft(tags=["Floods", "Water"], bylines=[make.author(), make.author()])
    client = signed_in(make.user(role)) if role else Client()
    rows: dict[str, list[Any]] = {"author": [*Author.objects.all()], "tag": [*Tag.objects.all()]}
    for kind, (gone, stays) in rows.items():
        address = reverse(f"admin:articles_article_merge_{kind}", args=[gone.pk])
        may = role == Role.CHIEF or (kind == "tag" and role == Role.EDITOR)
        assert (client.get(address).status_code == 200) == may
        assert (client.post(address, {"into": stays.pk, "_sure": "1"}).status_code == 303) == may
        assert type(gone).objects.filter(pk=gone.pk).exists() != may
