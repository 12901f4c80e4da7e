"""The board: its columns, who may move which card, and what becomes of a move."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from articles import actions, actions_desk
from articles.admin import board
from articles.models.desk import Article, State
from articles.models.workflow import SavedFilter, ScheduledChange
from tests import make

BOARD = "admin:articles_article_board"
JSON = {"Accept": "application/json"}


def columns(user: User, **given: str) -> dict[str, list[str]]:
    made = board.columns(user, given)
    return {column.name: [card.story.headline for card in column.cards] for column in made if column.cards}


def moves(user: User, headline: str) -> list[str]:
    cards = [card for column in board.columns(user, {}) for card in column.cards]
    return next([verb for verb, _label, _to in card.moves] for card in cards if card.story.headline == headline)


def address(story: Article, verb: str) -> str:
    return reverse("admin:articles_article_move", args=[story.pk, verb])


@pytest.fixture
def desk(editor: User, signed_in: Callable[[User], Client]) -> Client:
    make.site()
    return signed_in(editor)


def in_state(headline: str, *verbs: Any, actor: User, **content: Any) -> Article:
    story = make.draft(headline, actor=actor, **content)
    for verb in verbs:
        verb(story.pk, actor=actor)
    story.refresh_from_db()
    return story


def test_stories_stand_in_the_column_of_their_state(editor: User) -> None:
    later = in_state("Due tomorrow", actor=editor)
    actions_desk.plan(later.pk, actor=editor, due_at=timezone.now() + timedelta(days=1))
    first = in_state("Due now", actor=editor)
    actions_desk.plan(first.pk, actor=editor, due_at=timezone.now())
    in_state("No time set", actor=editor)
    in_state("Handed in", actions_desk.submit, actor=editor)
    in_state("Finished", actions_desk.mark_ready, actor=editor)
    clocked = in_state("By the clock", actions_desk.mark_ready, actor=editor)
    ScheduledChange.objects.create(
        article=clocked, verb="publish", revision=clocked.latest_revision, at=timezone.now() + timedelta(hours=2)
    )
    in_state("Out", actions.publish, actor=editor)
    actions.publish(make.draft("Long ago").pk, actor=None, at=timezone.now() - timedelta(days=9))
    in_state("Binned", actions.discard, actor=editor)
    assert columns(editor) == {
        "writing": ["Due now", "Due tomorrow", "No time set"],
        "in_review": ["Handed in"],
        "ready": ["Finished"],
        "scheduled": ["By the clock"],
        "published": ["Out"],
    }


def test_it_is_narrowed_by_section_person_and_kept_list(
    desk: Client, editor: User, signed_in: Callable[[User], Client]
) -> None:
    culture = make.section("Culture")
    in_state("Opera", actor=editor, section=culture)
    in_state("Ferry", actions_desk.mark_ready, actor=editor, section=make.section("News"))
    assert columns(editor, section=str(culture.pk)) == {"writing": ["Opera"]}
    kept = SavedFilter.objects.create(user=editor, name="Culture", query=f"state=ready&section={culture.pk}")

    def shown(client: Client) -> str:
        return client.get(reverse(BOARD), {"list": kept.pk, "part": "columns"}).content.decode()

    assert "Opera" in shown(desk)
    assert "Ferry" not in shown(desk)
    assert "<html" not in shown(desk)
    assert "Ferry" in shown(signed_in(make.user(Role.EDITOR)))  # a list of somebody else's is no list


def test_a_kept_list_of_words_looked_for_is_the_same_on_the_board(desk: Client, editor: User) -> None:
    in_state("Ferry returns", actor=editor)
    in_state("Ferry sinks", actions_desk.mark_ready, actor=editor)
    in_state("Opera", actor=editor)
    kept = SavedFilter.objects.create(user=editor, name="Ferries", query="q=ferry")
    shown = desk.get(reverse(BOARD), {"list": kept.pk, "part": "columns"}).content.decode()
    assert {*re.findall(r"Ferry \w+|Opera", shown)} == {"Ferry returns", "Ferry sinks"}


def test_a_card_offers_what_its_person_may(editor: User, reporter: User) -> None:
    in_state("Theirs", actor=editor)
    in_state("Mine", actor=reporter)
    in_state("Mine, handed in", actions_desk.submit, actor=reporter)
    finished = in_state("Finished", actor=reporter)
    actions_desk.mark_ready(finished.pk, actor=editor)
    assert {name: moves(reporter, name) for name in ("Theirs", "Mine", "Mine, handed in", "Finished")} == {
        "Theirs": [], "Mine": ["submit"], "Mine, handed in": ["recall"], "Finished": [],
    }  # fmt: skip
    assert moves(editor, "Mine, handed in") == ["return", "ready", "publish"]
    assert moves(make.user(Role.SUBEDITOR), "Finished") == ["return"]


def test_a_move_is_the_verb(desk: Client, reporter: User) -> None:
    story = in_state("Handed in", actions_desk.submit, actor=reporter)
    page = desk.get(address(story, "return")).content.decode()
    assert "What is to be done" in page
    unsaid = desk.post(address(story, "return"), {"version": story.version}, headers=JSON)
    assert unsaid.status_code == 409
    assert "Say what is to be done" in unsaid.json()["refused"]
    done = desk.post(address(story, "return"), {"version": story.version, "note": "Name the source."})
    assert done.headers["Location"] == reverse(BOARD)
    story.refresh_from_db()
    assert (story.state, story.comments.get().text) == (State.RETURNED, "Name the source.")


def test_a_refusal_is_told_and_nothing_moves(desk: Client, editor: User) -> None:
    stale = in_state("Stale", actor=editor)
    actions.save(stale.pk, actor=editor, content={"kicker": "New"})
    answer = desk.post(address(stale, "submit"), {"version": stale.version}, headers=JSON)
    assert (answer.status_code, answer.json()["address"]) == (
        409, reverse("admin:articles_article_change", args=[stale.pk]),
    )  # fmt: skip
    assert "saved this story while you had it open" in answer.json()["refused"]
    assert answer.json()["version"] == Article.objects.get(pk=stale.pk).version
    empty = in_state("Empty", actor=editor, body="")
    refused = desk.post(address(empty, "publish"), {"version": empty.version}, headers=JSON)
    assert refused.status_code == 409
    assert refused.json()["refused"]
    assert set(Article.objects.values_list("state", flat=True)) == {State.DRAFT}


def test_nobody_moves_what_they_may_not(editor: User, reporter: User, signed_in: Callable[[User], Client]) -> None:
    story = in_state("Theirs", actor=editor)
    assert signed_in(reporter).post(address(story, "submit")).status_code == 403
    contributor = signed_in(make.user(Role.CONTRIBUTOR))
    assert contributor.post(address(story, "submit")).status_code == 404
    assert contributor.post(address(story, "kill")).status_code == 404
    story.refresh_from_db()
    assert story.state == State.DRAFT


def test_a_column_is_bounded_and_leads_on(desk: Client, editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "IN_A_COLUMN", 2)
    for _number in range(3):
        in_state("", actor=editor)
    html = desk.get(reverse(BOARD)).content.decode()
    assert html.count('class="card"') == 2
    assert "/admin/articles/article/?state=writing" in html


@pytest.mark.parametrize("role", [Role.REPORTER, Role.EDITOR])
def test_cost_of_the_board_does_not_grow(role: Role, signed_in: Callable[[User], Client], editor: User) -> None:
    make.site()
    person = make.user(role)
    client = signed_in(person)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(BOARD)).status_code == 200
        return len(queries)

    def more() -> None:
        for actor in (editor, person):
            story = in_state("", actor=actor)
            actions_desk.plan(story.pk, actor=editor, commissioned_length=300)
            actions_desk.submit(in_state("", actor=actor).pk, actor=actor)
            actions.publish(in_state("", actor=actor).pk, actor=editor)

    more()
    cost()
    with_few = cost()
    more()
    more()
    assert cost() == with_few <= 24
