"""Corrections: the verbs, what readers find on the story, on /corrections/ and in feeds, and the desk's pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditRow, Notice, User
from accounts.roles import Role
from articles import actions, actions_corrections, signals
from articles.models.corrections import Correction
from articles.models.public_record import PublishedCorrection
from articles.models.published import PublishedArticle
from articles.problems import DeskProblem, NotAllowed, NotReady, StaleCopy, WrongState
from tests import make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SignIn = Callable[[User], Client]


@pytest.fixture
def sent() -> Any:
    """What `article_corrected` was sent with."""
    heard: list[dict[str, Any]] = []

    def hear(**told: Any) -> None:
        heard.append(told)

    signals.article_corrected.connect(hear, weak=False)
    yield heard
    signals.article_corrected.disconnect(hear)


def correct(story: PublishedArticle, text: str = "The ferry left at one.", **more: Any) -> Correction:
    more = {"kind": "correction", "actor": None, **more}
    return actions_corrections.add(story.pk, text=text, **more)


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_a_correction_reaches_the_story_the_list_and_the_feed(client: Client, editor: User, sent: Any) -> None:
    make.site()
    story = make.story("Ferry at noon", at=NOON)
    note = correct(story, "It left at <one>.\n\nWe regret it.", actor=editor)
    on_story, listed, feed = page(client, story.path), page(client, "/corrections/"), page(client, "/feeds/rss.xml")
    assert "<p>It left at &lt;one&gt;.</p>" in on_story
    assert "<p>We regret it.</p>" in on_story
    assert on_story.index("<p>The ferry left at noon") < on_story.index("<p>It left at")
    assert "It left at &lt;one&gt;." in listed
    assert f'href="{story.path}#note-{note.pk}"' in listed
    assert f'id="note-{note.pk}"' in on_story
    assert feed.index("The ferry left at noon") < feed.index("It left at &amp;lt;one&amp;gt;.")
    assert "<atom:updated>" in feed
    assert [(told["article_id"], told["published"].pk, told["actor"]) for told in sent] == [
        (story.pk, story.pk, editor)
    ]
    assert PublishedArticle.objects.get().updated_at > NOON
    row = AuditRow.objects.get(verb="corrected")
    assert (row.actor, row.detail["kind"]) == (editor, "correction")


def test_what_readers_must_know_first_stands_above(client: Client) -> None:
    make.site()
    story = make.story()
    correct(story, "Read this first.", is_above=True, kind="note")
    text = page(client, story.path)
    assert text.index("Read this first.") < text.index("<p>The ferry left at noon")
    assert "Editor’s note" in text


def test_a_second_click_is_one_correction(editor: User) -> None:
    story = make.story()
    assert correct(story, actor=editor) == correct(story, actor=editor)
    assert Correction.objects.count() == PublishedCorrection.objects.count() == 1


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001])
def test_a_correction_needs_words_and_not_too_many(text: str) -> None:
    story = make.story()
    with pytest.raises(NotReady):
        correct(story, text)
    assert Correction.objects.count() == 0


def test_changes_of_the_text_go_out_with_it_only_when_that_is_meant(client: Client, editor: User) -> None:
    make.site()
    story = make.story("Ferry at noon")
    actions.save(story.pk, actor=editor, content={"headline": "Ferry at one"})
    correct(story, "First.")
    assert PublishedArticle.objects.get().headline == "Ferry at noon"
    correct(story, "Second.", actor=editor, with_changes=True)
    live = PublishedArticle.objects.get()
    assert live.headline == "Ferry at one"
    assert [note["text"] for note in live.corrections] == ["Second.", "First."]


def test_changes_that_somebody_else_made_meanwhile_do_not_go_out_unseen(editor: User) -> None:
    story = make.story("Ferry at noon")
    actions.save(story.pk, actor=editor, content={"headline": "Ferry at one"})
    with pytest.raises(StaleCopy):
        correct(story, actor=editor, with_changes=True, expected_version=1)
    assert Correction.objects.count() == 0
    assert PublishedArticle.objects.get().headline == "Ferry at noon"


def test_corrections_outlive_an_update_and_a_withdrawal(client: Client, editor: User) -> None:
    make.site()
    story = make.story()
    correct(story, "It was one o’clock.")
    actions.save(story.pk, actor=editor, content={"headline": "Another headline"})
    actions.update(story.pk, actor=editor)
    assert "It was one o’clock." in page(client, story.path)
    actions.withdraw(story.pk, actor=editor)
    assert "It was one" not in page(client, "/corrections/")
    actions.publish(story.pk, actor=editor)
    assert "It was one o’clock." in page(client, story.path)
    assert "It was one o’clock." in page(client, "/corrections/")


def test_change_and_removal(client: Client, editor: User, sent: Any) -> None:
    make.site()
    story = make.story()
    note = correct(story, "Wrong wording.")
    actions_corrections.change(note.pk, actor=editor, kind="clarification", text="Right wording.", is_above=True)
    text = page(client, story.path)
    assert ("Right wording." in text, "Wrong wording." in text, "Clarification" in text) == (True, False, True)
    with pytest.raises(NotReady):
        actions_corrections.remove(note.pk, actor=editor, reason=" ")
    actions_corrections.remove(note.pk, actor=editor, reason="It was right all along.")
    actions_corrections.remove(note.pk, actor=editor, reason="It was right all along.")
    for path in (story.path, "/corrections/", "/feeds/rss.xml"):
        assert "Right wording." not in page(client, path)
    assert len(sent) == 3
    said = AuditRow.objects.filter(verb__startswith="correction").order_by("pk")
    assert [row.verb for row in said] == ["correction changed", "correction removed"]
    assert said[1].detail["reason"] == "It was right all along."


def test_only_a_live_story_is_corrected_and_only_by_an_editor(editor: User, reporter: User) -> None:
    story = make.story()
    for person in (reporter, make.user(Role.SUBEDITOR), make.user(Role.CONTRIBUTOR)):
        with pytest.raises(NotAllowed):
            correct(story, actor=person)
    actions.withdraw(story.pk, actor=editor)
    with pytest.raises(WrongState):
        correct(story, actor=editor)


def test_whose_story_it_is_hears_of_it(editor: User, reporter: User) -> None:
    story = make.story("Ferry at noon", bylines=[make.author(user=reporter)])
    Notice.objects.all().delete()
    correct(story, actor=editor)
    notice = Notice.objects.get()
    assert (notice.user, notice.params["who"], notice.params["story"]) == (reporter, "Edith Oram", "Ferry at noon")


def test_the_list_shows_retractions_once_whatever_addresses_they_had(client: Client, editor: User) -> None:
    make.site()
    story = make.story("Census figures", slug="census")
    actions.save(story.pk, actor=editor, content={"slug": "figures"})
    actions.update(story.pk, actor=editor)
    actions.kill(story.pk, actor=None, notice="The figures were <invented>.")
    text = page(client, "/corrections/")
    assert text.count("The figures were &lt;invented&gt;.") == 1
    assert "Census figures" not in text
    assert "Retracted" in text


def test_each_edition_lists_its_own(client: Client) -> None:
    make.site()
    correct(make.story(language="fr"), "Le bac part à une heure.")
    correct(make.story(), "The ferry leaves at one.")
    assert "Le bac part" in page(client, "/fr/corrections/")
    assert "The ferry leaves at one." not in page(client, "/fr/corrections/")
    assert "Le bac part" not in page(client, "/corrections/")
    assert client.get("/en/corrections/").status_code == 404
    assert 'href="/fr/corrections/"' in page(client, "/fr/")


def test_the_list_goes_on_by_key_and_misses_nothing(client: Client) -> None:
    make.site()
    story = make.story()
    for number in range(23):
        correct(story, f"Note number {number}.")
    killed = make.story("Census figures")
    actions.kill(killed.pk, actor=None, notice="The figures were invented.")
    Correction.objects.filter(text="Note number 3.").update(at=NOON)
    PublishedCorrection.objects.filter(text="Note number 3.").update(at=NOON)
    first = client.get("/corrections/")
    older = first.context["listing"]["older"]
    second = client.get("/corrections/", {"before": older})
    shown = [entry.text for answer in (first, second) for entry in answer.context["entries"]]
    assert len(shown) == len(set(shown)) == 24
    assert (shown[0], shown[-1]) == ("The figures were invented.", "Note number 3.")
    assert second.context["listing"]["older"] == ""
    assert client.get("/corrections/", {"before": "yesterday"}).status_code == 404
    assert client.get("/corrections/", {"before": "2001-01-01T00:00:00.000000Z-1"}).status_code == 404


def test_nothing_corrected_yet_is_a_page(client: Client) -> None:
    make.site()
    assert "There is nothing here yet." in page(client, "/corrections/")


def test_the_list_costs_the_same_with_one_and_with_three(client: Client) -> None:
    make.site()
    counts = []
    for number in range(3):
        correct(make.story(), f"Note {number}.")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/corrections/")
        counts.append(len(queries))
    assert counts[0] == counts[2] <= 4


def test_the_page_declares_what_it_hangs_on(client: Client) -> None:
    make.site()
    story = make.story()
    correct(story)
    assert client.get("/corrections/").headers["Surrogate-Key"].split() == [
        "site",
        "corrections",
        f"article:{story.pk}",
    ]


# The desk's pages.


def address(name: str, *numbers: int) -> str:
    return reverse(f"admin:articles_article_{name}", args=numbers)


def test_an_editor_adds_changes_and_removes_at_the_desk(client: Client, editor: User, signed_in: SignIn) -> None:
    make.site()
    story, desk = make.story(), signed_in(editor)
    typed = {"kind": "update", "text": "It sails again.", "is_above": "above"}
    preview = desk.post(address("correction_add", story.pk), {**typed, "_preview": "1"})
    assert "What readers would see above the text" in preview.content.decode()
    assert Correction.objects.count() == 0

    done = desk.post(address("correction_add", story.pk), typed)
    assert (done.status_code, done.headers["Location"]) == (303, address("change", story.pk))
    note = Correction.objects.get()
    assert (note.kind, note.text, note.is_above, note.created_by) == ("update", "It sails again.", True, editor)
    assert "It sails again." in desk.get(address("change", story.pk)).content.decode()

    asked = desk.get(address("correction", story.pk, note.pk)).content.decode()
    assert "It sails again." in asked
    desk.post(address("correction", story.pk, note.pk), {**typed, "text": "It sails again from Monday."})
    assert "It sails again from Monday." in page(client, story.path)
    refused = desk.post(address("correction_remove", story.pk, note.pk), {"reason": ""})
    assert "Say why it goes" in refused.content.decode()
    desk.post(address("correction_remove", story.pk, note.pk), {"reason": "It does not."})
    assert "It sails again" not in page(client, story.path)


def test_the_tick_publishes_the_changes_and_a_refusal_keeps_what_was_typed(editor: User, signed_in: SignIn) -> None:
    make.site()
    story, desk = make.story("Ferry at noon"), signed_in(editor)
    add = address("correction_add", story.pk)
    assert "with_changes" not in desk.get(add).content.decode()
    actions.save(story.pk, actor=editor, content={"headline": "Ferry at one"})
    asked = desk.get(add)
    assert 'name="with_changes"' in asked.content.decode()
    version = asked.context["version"]
    actions.save(story.pk, actor=None, content={"headline": "Ferry at two"})
    typed = {"kind": "correction", "text": "It leaves at one.", "is_above": "below", "with_changes": "on"}
    refused = desk.post(add, {**typed, "version": version})
    assert refused.status_code == 200
    assert "It leaves at one." in refused.content.decode()
    assert PublishedArticle.objects.get().headline == "Ferry at noon"
    desk.post(add, {**typed, "version": int(version) + 1})
    assert PublishedArticle.objects.get().headline == "Ferry at two"


@pytest.mark.parametrize("role", [None, *Role])
def test_who_may_correct(role: Role | None, signed_in: SignIn) -> None:
    story = make.story()
    note = correct(story)
    client = signed_in(make.user(role)) if role else Client()
    may = role in {Role.EDITOR, Role.CHIEF}
    typed = {"kind": "correction", "text": "Planted", "is_above": "below", "reason": "Planted"}
    for name, numbers in (("correction_add", [story.pk]), ("correction", [story.pk, note.pk]),
                          ("correction_remove", [story.pk, note.pk])):  # fmt: skip
        assert (client.get(address(name, *numbers)).status_code == 200) == may
        assert (client.post(address(name, *numbers), typed).status_code == 303) == may
    assert AuditRow.objects.filter(verb__startswith="correct").exclude(actor=None).exists() == may


def test_a_correction_of_another_story_is_not_found(editor: User, signed_in: SignIn) -> None:
    one, other = make.story(), make.story()
    note = correct(one)
    assert signed_in(editor).get(address("correction", other.pk, note.pk)).status_code == 404


def test_the_panel_costs_the_same_with_one_and_with_three(editor: User, signed_in: SignIn) -> None:
    story, desk = make.story(), signed_in(editor)
    desk.get(address("change", story.pk))  # the first visit of all learns more
    counts = []
    for number in range(3):
        correct(story, f"Note {number}.")
        with CaptureQueriesContext(connection) as queries:
            desk.get(address("change", story.pk))
        counts.append(len(queries))
    assert counts[0] == counts[2]


def test_two_people_on_one_note(editor: User, signed_in: SignIn) -> None:
    make.site()
    story, desk = make.story(), signed_in(editor)
    note = correct(story, "First wording.\n\nOf two paragraphs.")
    address_of_note = address("correction", story.pk, note.pk)
    seen = desk.get(address_of_note).context["version"].replace("\n", "\r\n")  # as a browser sends it back
    typed = {"kind": "correction", "is_above": "below", "version": seen}
    assert desk.post(address_of_note, {**typed, "text": "Second wording."}).status_code == 303
    refused = desk.post(address_of_note, {**typed, "text": "Third wording."})
    assert "Somebody else has changed or removed this note" in refused.content.decode()
    assert "Third wording." in refused.content.decode()
    actions_corrections.remove(note.pk, actor=editor, reason="Enough.")
    with pytest.raises(DeskProblem):
        actions_corrections.change(note.pk, actor=editor, kind="note", text="Fourth.", is_above=False)
    assert Correction.objects.get().text == "Second wording."


def test_a_note_keeps_its_day_when_it_is_changed(editor: User) -> None:
    story = make.story()
    note = correct(story)
    Correction.objects.filter(pk=note.pk).update(at=NOON - timedelta(days=3))
    actions_corrections.change(note.pk, actor=editor, kind="note", text="Other words.", is_above=False)
    assert PublishedCorrection.objects.get().at == NOON - timedelta(days=3)
