"""The desk's verbs on the story's form: handing over, comments, publishing from a phone."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles import actions, actions_desk, actions_schedule
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.models.workflow import Comment
from articles.preview import as_readers_would_see
from tests import make
from tests.articles.desk_form import ADD, LIST, form_of, typed
from tests.articles.desk_pages import at, page_of, said
from tests.articles.test_leaks import everything

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def paper(db: None) -> None:
    make.site()


@pytest.fixture
def ada(paper: None) -> User:
    return make.user(Role.CONTRIBUTOR, display_name="Ada Lund")


@pytest.fixture
def samir(paper: None) -> User:
    return make.user(Role.SUBEDITOR, display_name="Samir Best")


# Handing over ---------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_saved_and_sent_for_review_in_one_go(ada: User, signed_in: SignIn) -> None:
    form = typed(headline="Ferry resumes", body="<p>At noon.</p>", _do="submit")
    response = signed_in(ada).post(ADD, {**form, "submit-note": "Please check the fares."})
    story = Article.objects.get()
    assert (story.state, story.headline, story.created_by) == (State.IN_REVIEW, "Ferry resumes", ada)
    assert story.comments.get().text == "Please check the fares."
    assert "Sent for review" in said(response)
    page = page_of(signed_in(ada), form_of(story))
    assert "Sent for review: " in page
    assert "Nobody has taken it yet." in page
    assert "Please check the fares." in page
    assert 'name="_save"' not in page, "what is with the desk is not changed under its hands"
    assert at("recall", story.pk) in page


def test_without_scripts_it_is_saved_and_the_next_page_asks(ada: User, signed_in: SignIn) -> None:
    client = signed_in(ada)
    response = client.post(ADD, typed(headline="Ferry resumes", _then="submit"))
    story = Article.objects.get()
    assert (story.state, response.url) == (State.DRAFT, at("submit", story.pk))
    assert "Note for the desk" in page_of(client, response.url)
    client.post(response.url, {"note": "", "version": story.version})
    story.refresh_from_db()
    assert story.state == State.IN_REVIEW


def test_nothing_is_sent_and_nothing_typed_is_lost_when_the_desk_refuses(ada: User, signed_in: SignIn) -> None:
    form = typed(standfirst="What I typed", _do="submit")
    page = signed_in(ada).post(ADD, {**form, "submit-note": "My note"}).content.decode()
    assert "A story needs a headline before the desk takes it." in page
    assert "What I typed" in page
    assert "My note" in page
    assert not Article.objects.exists()


def test_a_story_is_not_returned_from_its_form_without_a_note(samir: User, signed_in: SignIn) -> None:
    story = make.draft(actor=samir)
    actions_desk.submit(story.pk, actor=samir)
    story.refresh_from_db()
    client = signed_in(make.user(Role.EDITOR))
    page = client.post(form_of(story), typed(story, headline="Shorter", _do="return")).content.decode()
    assert "Say what is to be done: the writer sees it." in page
    assert "Shorter" in page
    story.refresh_from_db()
    assert story.state == State.IN_REVIEW
    assert story.headline != "Shorter"

    done = client.post(
        form_of(story), {**typed(story, headline="Shorter", _do="return"), "return-note": "Two more lines."}
    )
    story.refresh_from_db()
    assert (story.state, story.headline, story.assignee) == (State.RETURNED, "Shorter", samir)
    assert "The writer has been told" in said(done)


def test_the_writer_reads_above_the_story_what_is_to_be_done(ada: User, samir: User, signed_in: SignIn) -> None:
    story = make.draft(actor=ada)
    actions_desk.submit(story.pk, actor=ada)
    signed_in(samir).post(at("return", story.pk), {"note": "Ask the harbour master."})
    page = page_of(signed_in(ada), form_of(story))
    standing = re.search(r'<div class="story-standing returned">(.*?)</div>', page, re.S)
    assert standing
    assert "Samir Best. It is with Ada Lund." in standing[1]
    assert "Ask the harbour master." in standing[1]
    assert 'value="submit"' in page


def test_only_what_a_person_may_do_is_offered(ada: User, samir: User, signed_in: SignIn) -> None:
    story = make.draft(actor=ada)
    actions_desk.submit(story.pk, actor=ada)
    shown = {
        person: set(re.findall(r'name="_then" value="(\w+)"', page_of(signed_in(person), form_of(story))))
        for person in (samir, make.user(Role.CHIEF))
    }
    assert [*shown.values()] == [{"ready", "return"}] * 2
    assert "_then" not in page_of(signed_in(make.user(Role.REPORTER)), form_of(story))
    assert signed_in(ada).post(at("ready", story.pk)).status_code == 403
    assert signed_in(make.user(Role.CONTRIBUTOR)).get(at("submit", story.pk)).status_code == 404


def test_a_page_that_was_opened_on_an_older_text_is_refused_once(samir: User, signed_in: SignIn) -> None:
    story = make.draft(actor=samir)
    actions_desk.submit(story.pk, actor=samir)
    actions.save(story.pk, actor=samir, content={"kicker": "New"})
    editor = signed_in(make.user(Role.EDITOR))
    page = editor.post(at("return", story.pk), {"note": "Kept words", "version": 1}).content.decode()
    assert "Samir Best saved this story while you had it open." in page
    assert "Kept words" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    editor.post(at("return", story.pk), {"note": "Kept words", "version": version[1]})
    assert Article.objects.get().state == State.RETURNED


def test_what_is_to_be_done_stands_out_and_nothing_else(editor: User, samir: User, signed_in: SignIn) -> None:
    def stands_out(client: Client, story: Article, **more: str) -> tuple[list[str], list[str]]:
        """What does now, and what will once something is typed."""
        answer = client.post(form_of(story), typed(story, **more)) if more else client.get(form_of(story))
        bar = answer.content.decode().partition('<div class="story-buttons">')[2].partition("<dialog")[0]
        buttons = re.findall(r"<button [^>]*>", bar)
        named = [(re.search(r'name="(\w+)" value="(\w+)"', each), each) for each in buttons]
        found = [(match[1] if match[2] == "1" else match[2], each) for match, each in named if match]
        return [name for name, each in found if " default" in each], [n for n, each in found if "data-once" in each]

    desk, sub = signed_in(editor), signed_in(samir)
    story = make.draft(actor=editor)
    assert stands_out(desk, story) == (["_publish"], ["_publish"])
    assert stands_out(sub, story) == (["submit"], ["submit"])
    soon = timezone.now() + timedelta(hours=1)
    change = actions_schedule.schedule(story.pk, verb="publish", at=soon, actor=editor)
    assert stands_out(desk, story) == ([], ["_save"])
    actions_schedule.cancel(change.pk, actor=editor)
    actions_desk.mark_ready(story.pk, actor=editor)
    assert stands_out(sub, story) == ([], ["_save"])
    actions.publish(story.pk, actor=editor)
    story.refresh_from_db()
    assert stands_out(desk, story) == ([], ["_publish"])
    assert stands_out(sub, story) == ([], ["submit"])
    assert stands_out(desk, story, slug="no slug!", _save="1") == (["_publish"], ["_publish"])  # refused: typed
    actions.save(story.pk, actor=editor, content={"kicker": "New"})
    assert stands_out(desk, story) == (["_publish"], ["_publish"])
    assert stands_out(sub, story) == (["submit"], ["submit"])
    actions.withdraw(story.pk, actor=editor)
    assert stands_out(desk, story) == ([], ["_publish"])


def test_taking_a_story(samir: User, signed_in: SignIn) -> None:
    story = make.draft(actor=samir)
    client = signed_in(samir)
    assert at("take", story.pk) in page_of(client, form_of(story))
    client.post(at("take", story.pk))
    assert Article.objects.get().assignee == samir
    page = page_of(client, form_of(story))
    assert "with Samir Best" in page
    assert at("take", story.pk) not in page
    assert signed_in(make.user(Role.REPORTER)).post(at("take", story.pk)).status_code == 403
    assert Article.objects.get().assignee == samir


# Comments -------------------------------------------------------------------------------------------------------------


def test_a_thread_is_begun_answered_and_resolved(ada: User, samir: User, signed_in: SignIn) -> None:
    story = make.draft(actor=ada)
    desk, writer = signed_in(samir), signed_in(ada)
    desk.post(at("comment", story.pk), {"text": "Who says so?", "excerpt": "at noon", "answers": ""})
    first = Comment.objects.get()
    assert "1 open comment" in page_of(writer, form_of(story))
    writer.post(at("comment", story.pk), {"text": "The <b>master</b>.", "answers": first.pk})
    page = desk.get(form_of(story)).content.decode()
    assert 'data-excerpt="at noon"' in page
    assert "The &lt;b&gt;master&lt;/b&gt;." in page
    desk.post(at("comment_resolve", story.pk, first.pk))
    page = page_of(writer, form_of(story))
    assert "1 open comment" not in page
    assert "Resolved by Samir Best" in page
    writer.post(at("comment_resolve", story.pk, first.pk), {"open": "1"})
    first.refresh_from_db()
    assert first.resolved_at is None


def test_an_empty_or_endless_comment_is_refused_and_kept(samir: User, signed_in: SignIn) -> None:
    story, client = make.draft(), signed_in(samir)
    assert "Write something first." in client.post(at("comment", story.pk), {"text": " "}).content.decode()
    page = client.post(at("comment", story.pk), {"text": "long " * 1000, "excerpt": "at noon"}).content.decode()
    assert "long long" in page
    assert 'value="at noon"' in page
    assert not Comment.objects.exists()


def test_a_comment_of_another_story_is_not_resolved_from_here(samir: User, signed_in: SignIn) -> None:
    said_there = actions_desk.comment(make.draft().pk, actor=samir, text="There.")
    answer = signed_in(samir).post(at("comment_resolve", make.draft().pk, said_there.pk))
    said_there.refresh_from_db()
    assert (answer.status_code, said_there.resolved_at) == (404, None)


def test_what_the_desk_says_to_itself_reaches_no_reader(samir: User, client: Client) -> None:
    live = make.story("Pelican on the pier", slug="pier")
    actions_desk.comment(live.pk, actor=samir, text="Aardvark", excerpt="Bushbaby")
    story = make.draft("Census begins", actor=samir)
    actions_desk.submit(story.pk, actor=samir, note="Caracal")
    actions_desk.send_back(story.pk, actor=make.user(Role.EDITOR), note="Dugong")
    actions_desk.plan(story.pk, actor=samir, brief="Echidna", assignee=make.user(Role.EDITOR, display_name="Fossa"))
    actions.publish(story.pk, actor=None)
    words = ("aardvark", "bushbaby", "caracal", "dugong", "echidna", "fossa")
    shown = everything(client)
    assert "Census begins" in shown["/"]
    preview = str(vars(as_readers_would_see(Article.objects.get(pk=story.pk))["story"]))
    revisions = str([revision.content for revision in story.revisions.all()])
    for place in [*shown.values(), preview, revisions]:
        assert [word for word in words if word in place.lower()] == []


def test_the_form_asks_as_often_with_three_threads_as_with_one(samir: User, signed_in: SignIn) -> None:
    story, client = make.draft(actor=samir), signed_in(samir)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            first = actions_desk.comment(story.pk, actor=samir, text="Hm.")
            actions_desk.comment(story.pk, actor=make.user(Role.EDITOR), text="Yes.", answers=first.pk)
        client.get(form_of(story))
        with CaptureQueriesContext(connection) as queries:
            client.get(form_of(story))
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Publishing from a phone ----------------------------------------------------------------------------------------------


def test_a_ready_story_is_looked_at_and_published(editor: User, samir: User, signed_in: SignIn) -> None:
    make.site()
    story = make.draft("Ferry resumes", actor=samir, standfirst="It runs.", bylines=["Ada Lund"])
    actions_desk.mark_ready(story.pk, actor=samir)
    client = signed_in(editor)
    for place in (form_of(story), LIST, at("board")):
        assert at("quick", story.pk) in page_of(client, place)
        assert at("quick", story.pk) not in page_of(signed_in(samir), place)
    page = page_of(client, at("quick", story.pk))
    for words in ("Ferry resumes", "It runs.", "Ada Lund", "There is no lead picture."):
        assert words in page
    response = client.post(at("quick", story.pk), {"version": story.version, "verb": "publish"})
    published = PublishedArticle.objects.get()
    assert published.path in said(response)
    assert "There is nothing to publish now" in said(client.get(at("quick", story.pk)))


def test_what_was_not_seen_is_not_published(editor: User, signed_in: SignIn) -> None:
    make.site()
    story = make.draft("As seen", actor=editor)
    actions.save(story.pk, actor=editor, content={"headline": "As changed"})
    client = signed_in(editor)
    for version in ("1", "", "x"):
        page = page_of_post(client, at("quick", story.pk), {"version": version, "verb": "publish"})
        assert "saved this story while you had it open" in page
        assert "As changed" in page
    assert not PublishedArticle.objects.exists()
    client.post(at("quick", story.pk), {"version": "2", "verb": "publish"})
    assert PublishedArticle.objects.get().headline == "As changed"


def page_of_post(client: Client, address: str, data: dict[str, object]) -> str:
    response = client.post(address, data)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_a_chief_sets_a_check_aside_with_a_reason_and_an_editor_does_not(
    editor: User, chief: User, signed_in: SignIn
) -> None:
    make.site()
    story = make.draft(actor=editor, body="<p>TK is a firm.</p>")
    post = {"version": story.version, "verb": "publish", "override_reason": "It is the name of a firm."}
    page = page_of_post(signed_in(editor), at("quick", story.pk), post)
    assert "Still to be filled in" in page
    assert 'name="override_reason"' not in page
    assert not PublishedArticle.objects.exists()
    assert 'name="override_reason"' in page_of_post(
        signed_in(chief), at("quick", story.pk), {**post, "override_reason": ""}
    )
    signed_in(chief).post(at("quick", story.pk), post)
    assert AuditRow.objects.get(verb="published").detail["note"] == "It is the name of a firm."


def test_changes_of_a_live_story_go_out_from_a_phone_too(editor: User, signed_in: SignIn) -> None:
    make.site()
    live = make.story("As printed")
    actions.save(live.pk, actor=editor, content={"headline": "Better"})
    client = signed_in(editor)
    assert at("quick", live.pk) in page_of(client, form_of(live))
    assert "Publish changes" in page_of(client, at("quick", live.pk))
    client.post(at("quick", live.pk), {"version": 2, "verb": "update"})
    assert PublishedArticle.objects.get().headline == "Better"
    assert at("quick", live.pk) not in page_of(client, form_of(live))  # nothing is left to publish


def test_who_may_not_publish_is_not_asked(samir: User, signed_in: SignIn) -> None:
    story = make.draft(actor=samir)
    assert signed_in(samir).get(at("quick", story.pk)).status_code == 403
    assert signed_in(samir).post(at("quick", story.pk), {"version": 1, "verb": "publish"}).status_code == 403
    assert at("quick", story.pk) not in page_of(signed_in(samir), form_of(story))


def test_copy_that_is_with_the_desk_is_read_and_not_typed_into_by_its_writer(
    ada: User, samir: User, signed_in: SignIn
) -> None:
    story = make.draft("Ferry resumes", body="<p>It left at noon.</p>", actor=ada)
    assert 'name="headline"' in signed_in(ada).get(form_of(story)).content.decode()
    actions_desk.submit(story.pk, actor=ada)
    html = signed_in(ada).get(form_of(story)).content.decode()
    assert 'name="headline"' not in html
    assert 'name="body"' not in html
    assert "It left at noon." in html
    assert "Take back" in html
    assert 'name="headline"' in signed_in(samir).get(form_of(story)).content.decode()
    refused = signed_in(ada).post(form_of(story), typed(story, headline="From an old tab", _save="1"))
    assert "From an old tab" in refused.content.decode()
