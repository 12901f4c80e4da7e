"""Changes of a live story on their way through the desk: readers keep what they have until an editor publishes them."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditRow, Notice, User
from accounts.roles import Role
from articles import actions, actions_desk
from articles.admin import board
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.problems import DeskProblem, WrongState
from tests import make
from tests.articles.desk_form import LIST, form_of, typed
from tests.articles.desk_pages import at, page_of, said

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LIVE, BETTER = "Ferry resumes", "Ferry resumes at noon"


@pytest.fixture
def ada() -> User:
    make.site()
    return make.user(Role.CONTRIBUTOR, display_name="Ada Lund")


@pytest.fixture
def samir() -> User:
    return make.user(Role.SUBEDITOR, display_name="Samir Best")


@pytest.fixture
def story(ada: User) -> Article:
    """Ada's, live, as she had handed it in."""
    made = make.draft(LIVE, actor=ada)
    actions_desk.submit(made.pk, actor=ada)
    actions.publish(made.pk, actor=make.user(Role.EDITOR))
    Notice.objects.all().delete()
    made.refresh_from_db()
    return made


def readers_have(story: Article) -> str:
    return PublishedArticle.objects.get(pk=story.pk).headline


def heard(person: User) -> list[str]:
    return [notice.text for notice in Notice.objects.filter(user=person).order_by("pk")]


def hand_in(story: Article, ada: User, headline: str = BETTER) -> None:
    actions.save(story.pk, actor=ada, content={"headline": headline})
    actions_desk.submit(story.pk, actor=ada)
    story.refresh_from_db()


def test_a_contributor_hands_in_changes_of_her_live_story_and_an_editor_publishes_them(
    ada: User, samir: User, story: Article, editor: User, signed_in: SignIn
) -> None:
    writer = signed_in(ada)
    asked = page_of(writer, form_of(story))
    assert "Readers keep what they have until an editor publishes the changes." in asked
    assert 'name="_publish"' not in asked
    sent = writer.post(form_of(story), {**typed(story, headline=BETTER, _do="submit"), "submit-note": "The hour."})
    assert "Sent for review" in said(sent)
    story.refresh_from_db()
    assert (story.stage, story.headline, readers_have(story)) == ("published in_review", BETTER, LIVE)
    row = AuditRow.objects.filter(thing_number=str(story.pk), verb="sent for review").first()
    assert row
    assert (row.actor, row.detail) == (ada, {"note": "The hour.", "live": True})
    assert heard(samir) == [f"Ada Lund sent changes to the live story “{BETTER}” for review."]

    page = page_of(writer, form_of(story))
    assert "Sent for review: " in page
    assert "unpublished changes: In review" in page
    assert 'name="_save"' not in page, "what is with the desk is not changed under its hands"
    writer.post(form_of(story), typed(story, headline="Behind their backs"))
    assert writer.post(at("quick", story.pk), {"verb": "update", "version": story.version}).status_code == 403
    story.refresh_from_db()
    assert (story.headline, readers_have(story)) == (BETTER, LIVE)

    desk = signed_in(samir)
    for address in (f"{LIST}?state=in_review", at("board"), reverse("admin:index")):
        text = page_of(desk, address)
        assert BETTER in text, address
        assert "unpublished changes" in text, address
    listed = desk.get(f"{LIST}?state=in_review").content.decode()
    assert f'<bdi lang="en">{BETTER}</bdi></a>' in listed, "its headline, without a byline"
    assert desk.post(at("quick", story.pk), {"verb": "update", "version": story.version}).status_code == 403
    desk.post(at("ready", story.pk), {"version": story.version})
    signed_in(editor).post(at("quick", story.pk), {"verb": "update", "version": story.version})
    story.refresh_from_db()
    assert (story.stage, readers_have(story)) == ("published", BETTER)
    assert f"{editor} published changes of “{BETTER}”." in heard(ada)
    assert 'name="_save"' in page_of(writer, form_of(story))


def test_returned_changes_are_her_work_again_with_the_note(
    ada: User, samir: User, story: Article, signed_in: SignIn
) -> None:
    hand_in(story, ada)
    assert signed_in(samir).post(at("return", story.pk), {"note": ""}).status_code == 200
    signed_in(samir).post(at("return", story.pk), {"note": "Which noon?", "version": story.version})
    story.refresh_from_db()
    assert (story.stage, story.assignee, readers_have(story)) == ("published returned", ada, LIVE)
    assert heard(ada) == [f"Samir Best returned “{BETTER}” with a note."]
    writer = signed_in(ada)
    page = page_of(writer, form_of(story))
    assert 'class="story-standing returned"' in page
    assert "Which noon?" in page
    for address in (reverse("admin:index"), f"{LIST}?state=writing&mine=1", f"{LIST}?state=open&mine=1", at("board")):
        assert BETTER in page_of(writer, address), address
    writer.post(form_of(story), typed(story, headline="Ferry resumes on Monday at noon", _do="submit"))
    story.refresh_from_db()
    assert (story.stage, readers_have(story)) == ("published in_review", LIVE)
    writer.post(at("recall", story.pk), {"version": story.version})
    story.refresh_from_db()
    assert (story.stage, story.has_unpublished_changes) == ("published", True)


def test_changes_that_a_subeditor_began_go_back_to_the_subeditor(ada: User, samir: User, story: Article) -> None:
    actions.save(story.pk, actor=samir, content={"headline": BETTER})
    actions_desk.mark_ready(story.pk, actor=samir)
    actions_desk.send_back(story.pk, actor=make.user(Role.EDITOR), note="Shorter.")
    story.refresh_from_db()
    assert story.assignee == samir


def test_others_live_stories_are_not_hers(story: Article, reporter: User, signed_in: SignIn) -> None:
    stranger = make.user(Role.CONTRIBUTOR)
    for person, refusal in ((stranger, 404), (reporter, 403)):
        client = signed_in(person)
        for verb in ("submit", "recall", "return", "ready"):
            assert client.post(at(verb, story.pk), {"note": "Mine."}).status_code == refusal, (person, verb)
            assert client.post(at("move", story.pk, verb), {"note": "Mine."}).status_code == refusal, (person, verb)
    story.refresh_from_db()
    assert story.stage == "published"


def test_there_is_nothing_to_hand_in_where_readers_have_it_all(ada: User, samir: User, story: Article) -> None:
    rows = AuditRow.objects.count()
    for act, who in ((actions_desk.submit, ada), (actions_desk.mark_ready, samir)):
        with pytest.raises(DeskProblem, match="there are no changes to hand on"):
            act(story.pk, actor=who)
    assert AuditRow.objects.count() == rows
    assert board.columns(ada, {})[-1].cards[0].moves == []


def test_changes_that_came_to_nothing_or_went_with_the_story_wait_for_nobody(
    ada: User, samir: User, story: Article, chief: User
) -> None:
    hand_in(story, ada)
    actions.save(story.pk, actor=samir, content={"headline": LIVE})
    story.refresh_from_db()
    assert (story.stage, story.has_unpublished_changes) == ("published", False)
    hand_in(story, ada)
    with pytest.raises(WrongState, match="Published · unpublished changes: In review"):
        actions_desk.submit(story.pk, actor=ada)
    actions.withdraw(story.pk, actor=chief)
    story.refresh_from_db()
    assert story.stage == "withdrawn"
    with pytest.raises(IntegrityError, match="article_changes_of_a_live_one"), transaction.atomic():
        Article.objects.filter(pk=story.pk).update(changes=State.READY)


def test_the_clock_takes_only_what_was_frozen(ada: User, story: Article, editor: User) -> None:
    hand_in(story, ada)
    first = story.latest_revision
    actions.save(story.pk, actor=editor, content={"kicker": "Harbour"})
    actions.update(story.pk, actor=editor, frozen=first)
    story.refresh_from_db()
    assert (story.stage, readers_have(story)) == ("published in_review", BETTER), "the rest still waits"


def test_the_queue_costs_no_query_for_each_story(ada: User, samir: User, story: Article, signed_in: SignIn) -> None:
    client, counted = signed_in(samir), []
    hand_in(story, ada)
    for more in (0, 2):
        for _each in range(more):
            other = make.draft(actor=ada)
            actions.publish(other.pk, actor=None)
            hand_in(other, ada)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{LIST}?state=in_review").status_code == 200
        with CaptureQueriesContext(connection) as of_board:
            client.get(at("board"))
        counted.append((len(queries), len(of_board)))
    assert counted[0] == counted[1]
