"""“Report an error”: what a reader may send, and what the desk makes of it."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditRow, Notice, User
from accounts.roles import Role
from articles import actions, actions_notes, reader_notes
from articles.models.reader_notes import ReaderNote
from articles.views import reader_notes as view
from safeguards import form_tokens
from tests import make

pytestmark = pytest.mark.django_db
FORM = "/corrections/report/"
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "AT_LEAST", timedelta(0))


def send(client: Client, story: Any, text: str = "The bridge has two lanes.", **more: Any) -> Any:
    return client.post(FORM, {"story": story.pk, "text": text, "token": form_tokens.issue(view.FORM), **more})


def note(story: Any, text: str = "The bridge has two lanes.", contact: str = "") -> ReaderNote:
    return reader_notes.receive(story, text=text, contact=contact)


def page_of(row: ReaderNote) -> str:
    return reverse("admin:articles_readernote_change", args=[row.pk])


def test_a_reader_says_what_is_wrong_and_is_thanked(client: Client) -> None:
    make.site()
    story = make.story("Bridge reopens")
    link = f'href="{FORM}?story={story.pk}"'
    assert link in client.get(story.path).content.decode()
    asked = client.get(FORM, {"story": story.pk})
    assert "Bridge reopens" in asked.content.decode()
    assert asked.headers["X-Robots-Tag"] == "noindex"
    assert asked.headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in asked.content.decode()

    sent = send(client, story, contact="ada@reader.example")
    assert sent.status_code == 303
    assert "Your note has reached the newsroom." in client.get(sent.headers["Location"]).content.decode()
    row = ReaderNote.objects.get()
    assert (row.article_number, row.headline, row.text) == (story.pk, "Bridge reopens", "The bridge has two lanes.")
    assert row.contact.open() == "ada@reader.example"
    assert client.cookies == {}


def test_a_second_click_is_one_note(client: Client) -> None:
    make.site()
    story = make.story()
    send(client, story)
    send(client, story)
    assert ReaderNote.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"text": ""}, 422), ({"text": " \n"}, 422), ({"text": "x" * 2001}, 422), ({"contact": "x" * 201}, 422),
     ({"token": ""}, 422), ({"token": "forged"}, 422), ({"text": "a\x00b"}, 422)],
)  # fmt: skip
def test_what_cannot_be_taken_comes_back_as_it_was_typed(client: Client, changed: dict[str, str], status: int) -> None:
    make.site()
    answer = send(client, make.story(), **{"contact": "ada@reader.example", **changed})
    assert answer.status_code == status
    assert ReaderNote.objects.count() == 0
    text = answer.content.decode()
    assert 'role="alert"' in text
    assert changed.get("contact", "ada@reader.example") in text


def test_too_quick_and_too_many_are_told_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make.site()
    story = make.story()
    monkeypatch.setattr(view, "MOST", 1)
    send(client, story, "One error.")
    refused = send(client, story, "Another error.")
    assert refused.status_code == 429
    assert "Another error." in refused.content.decode()
    monkeypatch.setattr(view, "AT_LEAST", timedelta(seconds=3))
    assert send(client, story, "A third.").status_code == 422
    assert ReaderNote.objects.count() == 1


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(client: Client) -> None:
    make.site()
    assert send(client, make.story(), website="https://spam.example/").status_code == 303
    assert ReaderNote.objects.count() == 0


def test_only_of_stories_that_readers_find(client: Client, editor: User) -> None:
    make.site()
    story, draft = make.story("Gone headline"), make.draft("Secret headline")
    for number in (draft.pk, 0, "x", "9" * 30, "", "١"):
        assert client.get(FORM, {"story": number}).status_code == 404
    actions.withdraw(story.pk, actor=editor)
    answer = send(client, story, "I typed this for an hour.")
    assert answer.status_code == 410
    assert "I typed this for an hour." in answer.content.decode()
    assert "Gone headline" not in answer.content.decode()
    assert ReaderNote.objects.count() == 0


def test_in_the_storys_language_and_escaped(client: Client) -> None:
    make.site()
    story = make.story("عبارة <ب>", language="ar")
    text = client.get(FORM, {"story": story.pk}).content.decode()
    assert '<html lang="ar" dir="rtl">' in text
    assert "عبارة &lt;ب&gt;" in text
    assert client.put(FORM).status_code == 405


def test_nothing_that_a_reader_sent_is_public_or_logged(
    client: Client, caplog: pytest.LogCaptureFixture, editor: User
) -> None:
    make.site()
    story = make.story()
    caplog.set_level(logging.DEBUG)
    send(client, story, "Aardvark text", contact="bushbaby@reader.example")
    assert "aardvark" not in caplog.text.lower()
    assert "bushbaby" not in caplog.text
    for path in ("/", story.path, "/corrections/", "/feeds/rss.xml", f"{FORM}?story={story.pk}&sent=1"):
        shown = client.get(path).content.decode().lower()
        assert "aardvark" not in shown
        assert "bushbaby" not in shown
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact FROM articles_readernote")
        assert b"bushbaby" not in bytes(cursor.fetchone()[0])
    assert not any("bushbaby" in str(vars(row)) for row in [*AuditRow.objects.all(), *Notice.objects.all()])


def test_whose_story_it_is_hears_of_the_first_open_note(reporter: User) -> None:
    writer = make.user(Role.CONTRIBUTOR)
    story = make.story("Bridge reopens", bylines=[make.author(user=reporter), make.author(user=writer)])
    first = note(story)
    note(story, "And it is red.")
    told = {notice.user: notice.url for notice in Notice.objects.all()}
    assert told == {reporter: page_of(first), writer: reverse("admin:articles_article_change", args=[story.pk])}


def test_notes_go_after_ninety_days() -> None:
    story = make.story()
    old, fresh = note(story, "Old."), note(story, "Fresh.")
    ReaderNote.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=91))
    ReaderNote.objects.filter(pk=fresh.pk).update(at=timezone.now() - timedelta(days=89))
    assert reader_notes.forget_old() == 1
    assert list(ReaderNote.objects.all()) == [fresh]


# The desk.


def test_the_desk_settles_a_note_and_opens_it_again(signed_in: SignIn) -> None:
    make.site()
    row, person = note(make.story()), make.user(Role.SUBEDITOR)
    desk = signed_in(person)
    assert actions_notes.waiting(person) == 1
    for state in ("refused", "done", "open"):
        desk.post(page_of(row), {"_state": state})
        row.refresh_from_db()
        assert row.state == state
        assert (row.handled_by, row.handled_at is None) == ((None, True) if state == "open" else (person, False))
    desk.post(page_of(row), {"_state": "open"})
    desk.post(page_of(row), {"_state": "published"})
    assert AuditRow.objects.filter(thing="articles.readernote").count() == 3
    assert ReaderNote.objects.get().state == "open"


@pytest.mark.parametrize("role", Role)
def test_who_sees_notes_settles_them_and_sees_how_to_answer(role: Role, signed_in: SignIn) -> None:
    make.site()
    row = note(make.story(), contact="ada@reader.example")
    person = make.user(role)
    desk = signed_in(person)
    ranks = list(Role)
    sees, settles, answers = (
        ranks.index(role) >= ranks.index(lowest) for lowest in (Role.REPORTER, Role.SUBEDITOR, Role.EDITOR)
    )
    shown = desk.get(page_of(row))
    assert (shown.status_code == 200) == sees
    assert "ada@reader.example" not in shown.content.decode()
    assert actions_notes.waiting(person) == (1 if sees else 0)
    asked = desk.post(page_of(row), {"_contact": "1"})
    assert ("mailto:ada@reader.example?subject=" in asked.content.decode()) == answers
    assert AuditRow.objects.filter(verb="looked how to answer a reader", actor=person).exists() == answers
    desk.post(page_of(row), {"_state": "done"})
    assert (ReaderNote.objects.get().state == "done") == settles


def test_the_list_shows_what_is_open_first_and_costs_the_same(editor: User, signed_in: SignIn) -> None:
    make.site()
    desk, address = signed_in(editor), reverse("admin:articles_readernote_changelist")
    counts = []
    for number in range(3):
        note(make.story(f"Story {number}"), f"Error {number}")
        with CaptureQueriesContext(connection) as queries:
            shown = desk.get(address).content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[2]
    actions_notes.settle(ReaderNote.objects.get(text="Error 1").pk, actor=editor, state="done")
    shown = desk.get(address).content.decode()
    assert ("Error 0" in shown, "Error 1" in shown) == (True, False)
    assert "Error 1" in desk.get(address, {"state": "done"}).content.decode()


def test_the_storys_form_leads_to_its_open_notes(editor: User, signed_in: SignIn) -> None:
    make.site()
    story, desk = make.story(), signed_in(editor)
    note(story, "Its own error.")
    note(make.story(), "Of another story.")
    link = f"{reverse('admin:articles_readernote_changelist')}?article_number={story.pk}"
    assert link in desk.get(reverse("admin:articles_article_change", args=[story.pk])).content.decode()
    shown = desk.get(link).content.decode()
    assert ("Its own error." in shown, "Of another story." in shown) == (True, False)


def test_a_way_to_answer_that_is_no_mail_address_is_shown_as_text(editor: User, signed_in: SignIn) -> None:
    make.site()
    row = note(make.story(), contact="<b>Ask for Ada</b> at the quay")
    shown = signed_in(editor).post(page_of(row), {"_contact": "1"}).content.decode()
    assert "&lt;b&gt;Ask for Ada&lt;/b&gt; at the quay" in shown
    assert "mailto:" not in shown
