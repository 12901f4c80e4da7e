"""The list of stories: what it shows, how it is narrowed and searched, kept lists, and many stories at once."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import audited
from accounts.models import User
from accounts.roles import Role
from articles import actions, actions_desk
from articles.admin import bulk, saved_filters
from articles.models.desk import CHANGED, Article, State
from articles.models.places import Section
from articles.models.workflow import SavedFilter, ScheduledChange, SectionLimit
from articles.narrowing import narrow
from articles.searching import search
from tests import make

LIST = "/admin/articles/article/"
BULK = "admin:articles_article_bulk"


def headlines(client: Client, query: str) -> set[str]:
    return {story.headline for story in client.get(LIST + query).context["cl"].result_list}


@pytest.fixture
def desk(editor: User, signed_in: Callable[[User], Client]) -> Client:
    make.site()
    return signed_in(editor)


def test_each_condition_narrows_the_list(desk: Client, editor: User, reporter: User) -> None:
    news = make.section("News")
    below = make.section("Harbour", parent=news)
    now = timezone.now()
    plain = make.draft("Plain", actor=reporter, section=make.section("Culture"))
    make.draft("Mine", actor=editor, section=below, kind="opinion", language="fr")
    late = make.draft("Late", actor=reporter, section=news)
    actions_desk.plan(late.pk, actor=editor, due_at=now - timedelta(hours=1), assignee=reporter)
    actions_desk.flag(late.pk, actor=editor, needs_legal=True)
    actions_desk.submit(late.pk, actor=reporter)
    changed = make.draft("Changed", actor=reporter, section=news)
    actions.publish(changed.pk, actor=editor)
    actions.save(changed.pk, actor=editor, content={"kicker": "New"})
    actions.discard(make.draft("Binned", actor=editor).pk, actor=editor)
    ScheduledChange.objects.create(
        article=plain, verb="publish", revision=plain.latest_revision, at=now + timedelta(days=1)
    )
    everything = {"Plain", "Mine", "Late", "Changed"}
    for query, expected in {
        "": everything,
        "?state=nonsense": everything,
        "?state=discarded": {"Binned"},
        "?state=open": {"Plain", "Mine", "Late"},
        "?state=writing": {"Plain", "Mine"},
        f"?section={news.pk}": {"Mine", "Late", "Changed"},
        f"?section={below.pk}": {"Mine"},
        "?kind=opinion": {"Mine"},
        "?language=fr": {"Mine"},
        f"?assignee={reporter.pk}": {"Late"},
        "?assignee=anybody": {"Late"},
        "?assignee=nobody&state=open": {"Plain", "Mine"},
        "?assignee=me": set(),
        "?due=late": {"Late"},
        "?due=today": {"Late"},
        "?due=none&state=open": {"Plain", "Mine"},
        "?flag=any": {"Late"},
        "?flag=needs_legal": {"Late"},
        "?flag=is_sensitive": set(),
        "?mine=1": {"Mine"},
        "?changed=1": {"Changed"},
        "?scheduled=1": {"Plain"},
    }.items():
        assert headlines(desk, query) == expected, query


def test_rows_say_what_an_editor_must_know(desk: Client, editor: User, reporter: User) -> None:
    late = make.draft("Ferry fares", actor=reporter, body="<p>One two three.</p>", bylines=[make.author("Ada Quay")])
    actions_desk.plan(
        late.pk, actor=editor, due_at=timezone.now() - timedelta(hours=1), commissioned_length=600, assignee=reporter
    )
    actions_desk.flag(late.pk, actor=editor, needs_picture=True)
    html = desk.get(LIST).content.decode()
    for words in ("Rafi Sand", "3 of 600", "needs picture", "Ada Quay", "<span>late</span>", 'class="run-out"'):
        assert words in html


def test_the_fields_are_folded_until_something_is_chosen(desk: Client) -> None:
    for query, is_open in {"": False, "?q=ferry": False, "?mine=1": True, "?q=ferry&state=draft": True}.items():
        assert ('<details class="choices" open>' in desk.get(LIST + query).content.decode()) == is_open, query


def test_search_by_headline_byline_number_and_address(desk: Client, editor: User) -> None:
    make.story("The bridge opens at noon")
    make.draft("L’Évêque et les étudiants", actor=editor)
    signed = make.draft("Signed", actor=editor, bylines=[make.author("Ada Quay")])
    moved = make.draft("Moved", actor=editor)
    old = actions.publish(moved.pk, actor=editor).path
    actions.save(moved.pk, actor=editor, content={"slug": "elsewhere"})
    new = actions.update(moved.pk, actor=editor).path
    assert new != old
    make.story("Signed and live", kicker="Again", bylines=[make.author("Ọgbẹ́ni Òní")])
    changed = make.story("First words")
    actions.save(changed.pk, actor=editor, content={"headline": "Second words"})
    for typed, expected in {
        "noon bridge": {"The bridge opens at noon"},
        "ada quay": {"Signed"},
        "ETUDIANTS évèque": {"L’Évêque et les étudiants"},
        f"#{signed.pk}": {"Signed"},
        new: {"Moved"},
        f"https://paper.example{old}?utm_source=x": {"Moved"},
        f"paper.example{new}": {"Moved"},
        f"http://127.0.0.1{LIST}{signed.pk}/change/": {"Signed"},
        "https://[broken": set(),
        "noon bri": {"The bridge opens at noon"},
        "-noon": {"The bridge opens at noon"},
        "ONI ọgbẹ́ni": {"Signed and live"},
        "again oni": {"Signed and live"},
        "second words": {"Second words"},
        "first words": {"Second words"},  # as readers have it
        "?!": set(),
        "nothing of the kind": set(),
    }.items():
        assert {story.headline for story in search(Article.objects.all(), typed)} == expected, typed


def test_what_is_at_work_is_known_by_indexes_and_a_search_reads_nothing_else(editor: User) -> None:
    make.story("The bridge opens at noon")
    with CaptureQueriesContext(connection) as queries:
        list(search(Article.objects.defer("body"), "bridge"))
    assert len(queries) <= 10
    if connection.vendor == "sqlite":  # with three rows PostgreSQL reads a table whatever indexes it has
        steps = Article.objects.at_work().explain()
        assert "INDEX article_changed_since (state=?)" in steps
        assert not re.search(r"SCAN (articles_article|U\d)\b(?! USING)", steps), steps


def test_who_works_in_some_sections_sees_these_first(editor: User, signed_in: Callable[[User], Client]) -> None:
    news, culture = make.section("News"), make.section("Culture")
    make.draft("Here", actor=editor, section=news)
    make.draft("There", actor=editor, section=culture)
    limited = make.user(Role.EDITOR)
    SectionLimit.objects.create(user=limited, section=news)
    client = signed_in(limited)
    assert headlines(client, "") == {"Here"}
    assert headlines(client, "?section=all") == {"Here", "There"}


def test_a_contributor_finds_only_their_own(editor: User, signed_in: Callable[[User], Client]) -> None:
    contributor = make.user(Role.CONTRIBUTOR)
    make.draft("Secret plan", actor=editor)
    make.draft("My plan", actor=contributor)
    assert headlines(signed_in(contributor), "?q=plan&section=all") == {"My plan"}


def keep(client: Client, name: str, query: str, **more: str) -> None:
    address = reverse("admin:articles_article_keep_filter")
    client.post(address, {"name": name, "query": query, **more})


def test_lists_are_kept_for_oneself_or_the_whole_desk(
    desk: Client, editor: User, reporter: User, signed_in: Callable[[User], Client]
) -> None:
    keep(desk, "Late ones", "due=late&nonsense=1&state=open")
    keep(desk, "Review", "state=in_review", is_shared="on")
    keep(desk, "Everything", "")
    assert set(SavedFilter.objects.values_list("name", "query", "is_shared")) == {
        ("Late ones", "state=open&due=late", False), ("Review", "state=in_review", True),
    }  # fmt: skip
    other = signed_in(reporter)
    page = other.get(LIST).content.decode()
    assert "Review" in page
    assert "Late ones" not in page
    shared = SavedFilter.objects.get(name="Review")
    remove = reverse("admin:articles_article_remove_filter", args=[shared.pk])
    assert other.post(remove).status_code == 403
    assert other.post(reverse("admin:articles_article_keep_filter"), {
        "name": "For all", "query": "mine=1", "is_shared": "on",
    }).status_code == 403  # fmt: skip
    secret = SavedFilter.objects.get(name="Late ones")
    assert other.post(reverse("admin:articles_article_remove_filter", args=[secret.pk])).status_code == 404
    keep(desk, "Late ones", "due=today")
    assert SavedFilter.objects.get(name="Late ones").query == "due=today"
    desk.post(remove)
    assert not SavedFilter.objects.filter(name="Review").exists()


def test_lists_of_the_whole_desk_never_push_out_ones_own(editor: User, chief: User) -> None:
    query = "state=ready"
    SavedFilter.objects.bulk_create(
        SavedFilter(user=chief, name=f"A{number}", query=query, is_shared=True) for number in range(70)
    )
    SavedFilter.objects.create(user=editor, name="Zoo", query=query)
    names = [kept.name for kept in saved_filters.offered(editor)]
    assert names[-1] == "Zoo"
    assert len(names) == 60


def ask(client: Client, what: str, *stories: Article) -> str:
    """Chooses stories in the list and what is to be done with them; the address of the page that asks."""
    chosen = {f"version-{story.pk}": story.version for story in stories}
    data = {"action": what, "_selected_action": [story.pk for story in stories], "index": "0", **chosen}
    return client.post(f"{LIST}?state=draft", data).headers["Location"]


def test_many_at_once_each_by_its_verb(desk: Client, editor: User, reporter: User) -> None:
    culture = make.section("Culture")
    first, second = make.draft("First", actor=reporter), make.draft("Second", actor=reporter, tags=["Ports"])
    tag = actions.names_to_tags(["Bridges"])[0]
    for what, data in {
        "assign": {"assignee": reporter.pk},
        "due": {"due_at_date": "2027-01-02", "due_at_time": "18:00"},
        "flag": {"flag": "needs_legal", "is_set": "set"},
        "section": {"section": culture.pk},
        "tags": {"tags": "bridges"},
        "submit": {"note": "Both together, please."},
        "ready": {},
    }.items():
        for story in (first, second):
            story.refresh_from_db()
        address = ask(desk, what, first, second)
        assert "Second" in desk.get(address).content.decode()
        response = desk.post(address, data)
        assert response.headers["Location"] == f"{LIST}?state=draft", what
    second.refresh_from_db()
    assert (second.assignee, second.needs_legal, second.section) == (reporter, True, culture)
    assert second.due_at is not None
    assert {each.name for each in second.tags.all()} == {"Ports", tag.name}
    assert set(Article.objects.values_list("state", flat=True)) == {State.READY}
    assert first.comments.get().text == "Both together, please."


def test_who_chooses_more_than_go_at_once_is_told(desk: Client, editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    stories = [make.draft(headline, actor=editor) for headline in ("First", "Second", "Third")]
    page = desk.get(ask(desk, "ready", *stories)).content.decode()
    assert "You chose more than 2 stories." in page
    assert "Second" in page and "Third" not in page
    assert "You chose more" not in desk.get(ask(desk, "ready", *stories[:2])).content.decode()


def test_what_does_not_go_is_told_with_its_reason(desk: Client, editor: User) -> None:
    good = make.draft("Good", actor=editor)
    empty = make.draft("Empty", actor=editor, body="")
    stale = make.draft("Stale", actor=editor)
    address = ask(desk, "publish", good, empty, stale)
    actions.save(stale.pk, actor=editor, content={"kicker": "Newer"})
    page = desk.post(address, follow=True).content.decode()
    states = dict(Article.objects.values_list("headline", "state"))
    assert states == {"Good": "published", "Empty": "draft", "Stale": "draft"}
    assert "2 stories did not go" in page
    assert re.search(r"Stale</a> <span>Edith Oram saved this story", page)
    assert re.search(r"Empty</a> <span>\S", page)


def test_a_tag_that_nobody_made_is_refused_and_what_was_typed_stays(desk: Client, editor: User) -> None:
    address = ask(desk, "tags", make.draft("First", actor=editor))
    page = desk.post(address, {"tags": "Brigdes"}).content.decode()
    assert "There is no such tag: Brigdes" in page
    assert 'value="Brigdes"' in page


def test_roles_are_offered_what_they_may(signed_in: Callable[[User], Client], editor: User) -> None:
    story = make.draft("Others'", actor=editor)
    for role, may, may_not in (
        (Role.CONTRIBUTOR, {"submit", "discard"}, {"publish", "assign", "ready"}),
        (Role.SUBEDITOR, {"assign", "ready"}, {"publish"}),
    ):
        client = signed_in(make.user(role))
        for what in may | may_not:
            response = client.get(f"{reverse(BULK, args=[what])}?s={story.pk}.{story.version}")
            assert (response.status_code == 403) == (what in may_not), (role, what)
    assert story.state == State.DRAFT


def test_cost_of_the_list_does_not_grow_and_nothing_is_counted_whole(desk: Client, editor: User) -> None:
    def visit(query: str = "") -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(LIST + query).status_code == 200
        return [query["sql"] for query in queries]

    def more() -> None:
        story = make.draft(actor=editor, bylines=[make.author()])
        actions_desk.plan(story.pk, actor=editor, assignee=editor)

    more()
    visit()
    with_one = visit()
    more()
    more()
    assert len(visit()) == len(with_one) <= 17
    every = [*visit(), *visit("?q=ferry"), *visit("?state=open&mine=1"), *visit("?o=1"), *visit("?changed=1")]
    counts = [sql for sql in every if "COUNT(" in sql and "articles_article" in sql]
    assert counts
    assert all("LIMIT 1001" in sql for sql in counts)


def test_a_long_list_says_that_there_is_more_and_every_page_of_it_can_be_turned_to(
    desk: Client, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audited, "COUNTED", 4)
    listing = admin.site.get_model_admin(Article)
    monkeypatch.setattr(listing, "list_per_page", 2)
    monkeypatch.setattr(listing, "list_max_show_all", 1)
    now = timezone.now()
    Article.objects.bulk_create(
        Article(headline=f"Story {number}", language="en", saved_at=now - timedelta(hours=number), created_at=now)
        for number in range(11)
    )

    def turn(page: int) -> tuple[list[str], str]:
        answer = desk.get(f"{LIST}?state=draft&p={page}", follow=True)
        rows = [story.headline for story in answer.context["cl"].result_list]
        (foot,) = re.findall(r'<p class="paginator">(.*?)</p>', answer.content.decode(), re.DOTALL)
        return rows, " ".join(re.sub("<[^>]+>", " ", foot).split())

    assert turn(1) == (["Story 0", "Story 1"], "1 2 3 … more than 4 stories")
    assert turn(3) == (["Story 4", "Story 5"], "1 2 3 4 5 … more than 8 stories")
    assert turn(4) == (["Story 6", "Story 7"], "1 2 3 4 5 6 … more than 10 stories")
    assert turn(5) == (["Story 8", "Story 9"], "1 2 3 4 5 6 11 stories")
    assert turn(6) == (["Story 10"], "1 2 3 4 5 6 11 stories")
    for nowhere in (7, -1, 10**30):
        assert turn(nowhere)[0] == ["Story 0", "Story 1"], "a page that is not there leads to the first"


def test_a_long_search_says_that_there_is_more(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audited, "COUNTED", 2)
    for name in ("Ferry", "Ferries", "Ferryman"):
        make.author(name)
    assert "more than 2 results" in desk.get("/admin/authors/author/?q=ferr").content.decode()
    assert "1 result," in desk.get("/admin/authors/author/?q=ferryman").content.decode()


def test_narrowing_takes_any_nonsense(editor: User) -> None:
    make.draft("Still here", actor=editor)
    odd = dict.fromkeys(("state", "section", "assignee", "due", "flag", "kind", "language"), "²';--")
    assert narrow(Article.objects.all(), odd, editor).count() == 1
    assert Section.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL how many it expects")
def test_postgresql_knows_how_few_live_stories_are_changed(editor: User) -> None:
    for number in range(30):
        make.story(f"Ferry {number}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE articles_article")
    expected = re.search(r"rows=(\d+)", Article.objects.filter(CHANGED).explain())
    assert expected
    assert int(expected[1]) < 5  # of two columns that differ it would expect 29
