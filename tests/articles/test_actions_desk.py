"""The verbs inside the desk: who may do what from which state, who is told, and two people at one story."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditRow, Notice, User
from accounts.roles import Role
from articles import actions, actions_desk, actions_schedule
from articles.models.desk import Article, State
from articles.models.revisions import Revision
from articles.models.workflow import Comment, SectionLimit
from articles.problems import DeskProblem, NotAllowed, NotReady, StaleCopy, WrongState
from articles.verbs import sections_of
from tests import make

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
# Stages: the state, and a live story's changes on their way (in capitals).
STAGES = {
    "d": (State.DRAFT, ""), "i": (State.IN_REVIEW, ""), "r": (State.RETURNED, ""), "y": (State.READY, ""),
    "p": (State.PUBLISHED, ""), "I": (State.PUBLISHED, State.IN_REVIEW), "R": (State.PUBLISHED, State.RETURNED),
    "Y": (State.PUBLISHED, State.READY), "w": (State.WITHDRAWN, ""), "k": (State.KILLED, ""),
    "x": (State.DISCARDED, ""),
}  # fmt: skip
OPEN = "dirypwIRY"
SAID = OPEN + "k"  # where something can be said
Do = Callable[[int, User], object]
# Verb -> how it is done; from which states with a story of one's own (contributors and reporters), with somebody
# else's (the same two), and with any story (subeditors, editors and chiefs).
TABLE: dict[str, tuple[Do, str, tuple[str, str], str]] = {
    "submit": (lambda number, who: actions_desk.submit(number, actor=who), "drpR", ("", ""), "drpR"),
    "recall": (lambda number, who: actions_desk.recall(number, actor=who), "iI", ("", ""), "iyIY"),
    "return": (lambda number, who: actions_desk.send_back(number, actor=who, note="Ask Ada."), "", ("", ""), "iyIY"),
    "ready": (lambda number, who: actions_desk.mark_ready(number, actor=who), "", ("", ""), "dirpIR"),
    "plan": (lambda number, who: actions_desk.plan(number, actor=who, due_at=NOON), "", ("", ""), OPEN),
    "flag": (lambda number, who: actions_desk.flag(number, actor=who, is_sensitive=True), "drpwR", ("", ""), OPEN),
    "take": (lambda number, who: actions_desk.take(number, actor=who), "", ("", ""), OPEN),
    "comment": (lambda number, who: actions_desk.comment(number, actor=who, text="Hm."), SAID, ("", SAID), SAID),
}  # fmt: skip


def trace(number: int) -> tuple[Any, ...]:
    """All that a verb of the desk could leave behind."""
    row = Article.objects.values(
        "state", "changes", "version", "assignee", "due_at", "is_sensitive", "needs_legal", "brief", "latest_revision"
    ).get(pk=number)
    return (row, AuditRow.objects.count(), Comment.objects.count(), Notice.objects.count())


@pytest.mark.parametrize("verb", TABLE)
def test_each_verb_is_for_those_roles_from_those_states(verb: str) -> None:
    act, own, others, desk = TABLE[verb]
    somebody = make.user(Role.EDITOR)
    for role in Role:
        person = make.user(role)
        for is_own in (True, False):
            story = make.draft(actor=person if is_own and role != Role.CONTRIBUTOR else somebody)
            if is_own:
                Article.objects.filter(pk=story.pk).update(created_by=person)
            writes = role in {Role.CONTRIBUTOR, Role.REPORTER}
            allowed = (own if is_own else others[role == Role.REPORTER]) if writes else desk
            for letter, (state, changes) in STAGES.items():
                with transaction.atomic():
                    live = 1 if state == State.PUBLISHED else None
                    Article.objects.filter(pk=story.pk).update(state=state, changes=changes, live_revision=live)
                    before = trace(story.pk)
                    try:
                        act(story.pk, person)
                    except (NotAllowed, WrongState):
                        assert letter not in allowed, (verb, role, is_own, letter)
                        assert trace(story.pk) == before, "a refused verb leaves no trace"
                    else:
                        assert letter in allowed, (verb, role, is_own, letter)
                        assert trace(story.pk) != before
                    transaction.set_rollback(True)


def said_to(user: User) -> list[str]:
    return [notice.text for notice in Notice.objects.filter(user=user).order_by("pk")]


@pytest.fixture
def people() -> dict[str, User]:
    make.site()
    names = {Role.CONTRIBUTOR: "Ada Lund", Role.SUBEDITOR: "Samir Best", Role.EDITOR: "Edith Oram"}
    return {role: make.user(role, display_name=name) for role, name in names.items()}


# A story's way --------------------------------------------------------------------------------------------------------


def test_a_story_is_handed_in_returned_handed_in_again_and_made_ready(people: dict[str, User]) -> None:
    ada, samir, edith = people.values()
    story = make.draft("Ferry resumes", actor=ada)
    actions_desk.submit(story.pk, actor=ada, note="The fares are not confirmed yet.")
    assert said_to(samir) == said_to(edith) == ["Ada Lund sent “Ferry resumes” for review."]
    assert said_to(ada) == []
    assert Revision.objects.get(article=story).verb == Revision.Verb.SUBMITTED

    actions_desk.take(story.pk, actor=samir)
    actions_desk.send_back(story.pk, actor=samir, note="Please ask the harbour master.")
    story.refresh_from_db()
    assert (story.state, story.assignee) == (State.RETURNED, ada)
    assert said_to(ada) == ["Samir Best returned “Ferry resumes” with a note."]

    actions.save(story.pk, actor=ada, content={"body": "<p>The harbour master says four francs.</p>"})
    actions_desk.submit(story.pk, actor=ada)
    actions_desk.mark_ready(story.pk, actor=samir, note="Read and checked.")
    story.refresh_from_db()
    assert story.state == State.READY
    assert said_to(edith)[-1] == "Samir Best marked “Ferry resumes” as ready."
    assert said_to(ada)[-1] == "Samir Best marked “Ferry resumes” as ready."
    assert [comment.text for comment in story.comments.all()] == [
        "The fares are not confirmed yet.", "Please ask the harbour master.", "Read and checked.",
    ]  # fmt: skip
    rows = AuditRow.objects.filter(thing_number=str(story.pk), thing="articles.article").order_by("pk")
    assert [row.verb for row in rows] == [
        "saved", "sent for review", "taken on", "returned", "saved", "sent for review", "marked as ready",
    ]  # fmt: skip
    assert rows.get(verb="returned").detail == {"note": "Please ask the harbour master."}


def test_it_goes_back_to_whoever_handed_it_in_and_still_works_here(people: dict[str, User]) -> None:
    ada, samir, edith = people.values()
    story = actions_desk.commission(actor=edith, content={"headline": "Census begins"}, assignee=ada)
    actions.save(story.pk, actor=ada, content={"body": "<p>It began.</p>"})
    actions_desk.submit(story.pk, actor=ada)
    actions_desk.take(story.pk, actor=samir)
    assert Article.objects.for_user(ada).filter(pk=story.pk).exists(), "who handed it in still sees it"
    actions_desk.send_back(story.pk, actor=samir, note="More, please.")
    story.refresh_from_db()
    assert story.assignee == ada
    assert "Samir Best returned “Census begins” with a note." in said_to(edith)

    actions_desk.submit(story.pk, actor=ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    actions_desk.send_back(story.pk, actor=samir, note="More, please.")
    story.refresh_from_db()
    assert story.assignee == edith, "who began it goes on when the writer has left"


@pytest.mark.parametrize("note", ["", "  \n "])
def test_a_story_is_not_returned_without_a_word(people: dict[str, User], note: str) -> None:
    story = make.draft(actor=people["contributor"])
    actions_desk.submit(story.pk, actor=people["contributor"])
    with pytest.raises(NotReady) as refused:
        actions_desk.send_back(story.pk, actor=people["subeditor"], note=note)
    assert "note" in refused.value.errors
    assert Article.objects.get().state == State.IN_REVIEW


def test_the_desk_takes_no_story_without_a_headline(people: dict[str, User]) -> None:
    story = actions.create(actor=people["contributor"])
    with pytest.raises(NotReady) as refused:
        actions_desk.submit(story.pk, actor=people["contributor"])
    assert "headline" in refused.value.errors


def test_the_first_of_two_moves_it_and_the_second_is_told_the_state(people: dict[str, User]) -> None:
    ada, samir, edith = people.values()
    story = make.draft(actor=ada)
    actions_desk.submit(story.pk, actor=ada)
    actions_desk.send_back(story.pk, actor=edith, note="Shorter, please.")
    with pytest.raises(WrongState) as refused:
        actions_desk.send_back(story.pk, actor=samir, note="Longer, please.")
    assert "Returned" in str(refused.value)
    assert Comment.objects.get().text == "Shorter, please."


@pytest.mark.parametrize("verb", ["submit", "recall", "send_back", "mark_ready", "plan", "flag"])
def test_what_was_looked_at_is_what_is_moved(people: dict[str, User], verb: str) -> None:
    story = make.draft(actor=people["editor"])
    if verb in {"recall", "send_back"}:
        actions_desk.submit(story.pk, actor=people["editor"])
    extra = {"send_back": {"note": "Hm."}, "plan": {"brief": "x"}, "flag": {"needs_legal": True}}.get(verb, {})
    with pytest.raises(StaleCopy):
        getattr(actions_desk, verb)(story.pk, actor=people["editor"], expected_version=story.version + 1, **extra)


# Plans ----------------------------------------------------------------------------------------------------------------


def test_a_commission_belongs_to_its_writer(people: dict[str, User]) -> None:
    ada, samir, _ = people.values()
    section = make.section("Harbour")
    story = actions_desk.commission(
        actor=samir, content={"headline": "Who owns the quay?", "section": section.pk},
        assignee=ada, due_at=NOON, commissioned_length=800, brief="Follow the leases.",
    )  # fmt: skip
    assert said_to(ada) == ["Samir Best gave you “Who owns the quay?”."]
    assert story.belongs_to(ada)
    assert [*Article.objects.for_user(ada)] == [story]
    actions.save(story.pk, actor=ada, content={"body": "<p>The port does.</p>"})
    row = Article.objects.get()
    assert (row.state, row.section, row.due_at, row.commissioned_length, row.brief, row.created_by) == (
        State.DRAFT, section, NOON, 800, "Follow the leases.", samir,
    )  # fmt: skip


def test_a_contributor_cannot_commission(people: dict[str, User]) -> None:
    with pytest.raises(NotAllowed):
        actions_desk.commission(actor=people["contributor"], content={"headline": "Mine"})
    assert not Article.objects.exists()


def test_planning_what_is_planned_leaves_no_trace(people: dict[str, User]) -> None:
    story = make.draft(actor=people["editor"])
    actions_desk.plan(story.pk, actor=people["editor"], assignee=people["subeditor"], due_at=NOON)
    before = trace(story.pk)
    actions_desk.plan(story.pk, actor=people["editor"], assignee=people["subeditor"], due_at=NOON)
    assert trace(story.pk) == before
    assert AuditRow.objects.get(verb="planned").detail == {"fields": ["assignee", "due_at"]}


def test_only_the_plan_is_planned(people: dict[str, User]) -> None:
    story = make.draft()
    with pytest.raises(TypeError, match="state"):
        actions_desk.plan(story.pk, actor=people["editor"], state="published")


def test_only_an_editor_clears_a_story_legally_and_its_people_are_told(people: dict[str, User]) -> None:
    ada, samir, edith = people.values()
    story = make.draft("Who owns the quay?", actor=ada)
    actions_desk.flag(story.pk, actor=ada, needs_legal=True)
    for person in (ada, samir):
        with pytest.raises(NotAllowed):
            actions_desk.flag(story.pk, actor=person, needs_legal=False)
    actions_desk.flag(story.pk, actor=edith, needs_legal=False)
    assert said_to(ada) == ["Edith Oram cleared “Who owns the quay?” legally."]
    assert not Article.objects.get().needs_legal


def test_who_had_it_is_told_that_it_was_taken_and_twice_is_once(people: dict[str, User]) -> None:
    ada, samir, edith = people.values()
    story = make.draft("Census", actor=ada)
    actions_desk.plan(story.pk, actor=edith, assignee=samir)
    for _ in range(2):
        actions_desk.take(story.pk, actor=edith)
    assert said_to(samir) == ["Edith Oram gave you “Census”.", "Edith Oram has taken on “Census”."]
    assert AuditRow.objects.filter(verb="taken on").count() == 1


# Comments -------------------------------------------------------------------------------------------------------------


def test_comments_answers_and_resolving(people: dict[str, User]) -> None:
    ada, samir, edith = people.values()
    story = make.draft("Census", actor=ada)
    first = actions_desk.comment(story.pk, actor=samir, text=" Who says so? ", excerpt="forty people")
    answer = actions_desk.comment(story.pk, actor=ada, text="The master.", answers=first.pk, excerpt="dropped")
    nested = actions_desk.comment(story.pk, actor=edith, text="Good.", answers=answer.pk)
    assert (first.text, first.excerpt) == ("Who says so?", "forty people")
    assert (answer.answers, answer.excerpt, nested.answers) == (first, "", None)
    assert said_to(ada) == ["Samir Best commented on “Census”.", "Edith Oram commented on “Census”."]
    assert said_to(samir) == ["Ada Lund commented on “Census”.", "Edith Oram commented on “Census”."]

    for who in (ada, edith):
        actions_desk.resolve(first.pk, actor=who)
    first.refresh_from_db()
    assert first.resolved_by == ada, "a second click changes nothing"
    actions_desk.resolve(first.pk, actor=edith, is_resolved=False)
    first.refresh_from_db()
    assert (first.resolved_at, first.resolved_by) == (None, None)


def test_an_answer_stays_with_its_story(people: dict[str, User]) -> None:
    elsewhere = actions_desk.comment(make.draft().pk, actor=people["editor"], text="There.")
    here = actions_desk.comment(make.draft().pk, actor=people["editor"], text="Here.", answers=elsewhere.pk)
    assert here.answers is None


def test_a_stranger_to_the_story_says_nothing(people: dict[str, User]) -> None:
    story = make.draft(actor=people["editor"])
    said = actions_desk.comment(story.pk, actor=people["editor"], text="Hm.")
    with pytest.raises(NotAllowed):
        actions_desk.comment(story.pk, actor=people["contributor"], text="Me too.")
    with pytest.raises(NotAllowed):
        actions_desk.resolve(said.pk, actor=people["contributor"])
    assert Comment.objects.filter(resolved_at=None).count() == 1


# Sections -------------------------------------------------------------------------------------------------------------


def limited(person: User, *sections: Any) -> User:
    SectionLimit.objects.bulk_create(SectionLimit(user=person, section=section) for section in sections)
    return User.objects.get(pk=person.pk)


def test_a_person_works_in_their_sections_and_below_and_nowhere_else(people: dict[str, User]) -> None:
    sport, news = make.section("Sport"), make.section("News")
    rowing = make.section("Rowing", parent=sport)
    samir = limited(people["subeditor"], sport)
    assert sections_of(samir) == {sport.pk, rowing.pk}
    for section in (sport, rowing, None):
        actions.save(make.draft(section=section).pk, actor=samir, content={"kicker": "New"})
    elsewhere = make.draft(section=news)
    verbs: list[Callable[[], object]] = [
        lambda: actions.save(elsewhere.pk, actor=samir, content={"kicker": "New"}),
        lambda: actions_desk.mark_ready(elsewhere.pk, actor=samir),
        lambda: actions_desk.take(elsewhere.pk, actor=samir),
        lambda: actions_desk.plan(elsewhere.pk, actor=samir, brief="x"),
        lambda: actions_desk.comment(elsewhere.pk, actor=samir, text="x"),
    ]
    for act in verbs:
        with pytest.raises(NotAllowed):
            act()


def test_nobody_moves_a_story_to_where_they_do_not_work(people: dict[str, User]) -> None:
    sport, news = make.section("Sport"), make.section("News")
    edith = limited(people["editor"], sport)
    story = make.draft(section=news)
    actions.save(story.pk, actor=None, content={"section": sport.pk})
    with transaction.atomic(), pytest.raises(NotReady) as refused:
        actions.save(story.pk, actor=edith, content={"section": news.pk})
    assert "section" in refused.value.errors
    with transaction.atomic(), pytest.raises(NotReady):
        actions.restore(story.pk, actor=edith, revision=1)
    with transaction.atomic(), pytest.raises(NotReady):
        actions_desk.commission(actor=edith, content={"headline": "x", "section": news.pk})
    assert Article.objects.get().section == sport


def test_nobody_is_given_a_story_of_a_section_in_which_they_do_not_work(people: dict[str, User]) -> None:
    samir = limited(people["subeditor"], make.section("Sport"))
    story = make.draft(section=make.section("News"))
    with pytest.raises(NotReady) as refused:
        actions_desk.plan(story.pk, actor=people["editor"], assignee=samir)
    assert refused.value.errors == {"assignee": ["Samir Best does not work in this section."]}


def test_the_desk_of_a_section_is_told_and_no_other(people: dict[str, User]) -> None:
    ada, samir, edith = people.values()
    sport = make.section("Sport")
    limited(samir, make.section("News"))
    limited(edith, sport)
    chief = make.user(Role.CHIEF)
    story = make.draft("Regatta", actor=ada, section=make.section("Rowing", parent=sport))
    actions_desk.submit(story.pk, actor=ada)
    assert said_to(samir) == []
    assert said_to(edith) == said_to(chief) == ["Ada Lund sent “Regatta” for review."]


def test_every_refusal_has_words(people: dict[str, User]) -> None:
    story = make.draft()
    for act in (
        lambda: actions_desk.recall(story.pk, actor=people["editor"]),
        lambda: actions_desk.submit(story.pk, actor=people["contributor"]),
        lambda: actions_desk.comment(story.pk, actor=people["editor"], text=" "),
    ):
        with pytest.raises(DeskProblem) as refused:
            act()
        assert len(str(refused.value)) > 20


def test_a_writer_hears_what_became_of_their_story(people: dict[str, User]) -> None:
    make.site()
    ada, samir, edith = people.values()
    chief = make.user(Role.CHIEF, display_name="Mara Holm")
    story = make.draft("Ferry resumes", actor=ada)
    actions_desk.submit(story.pk, actor=ada)
    actions_desk.recall(story.pk, actor=ada)
    assert said_to(samir)[-1] == said_to(edith)[-1] == "Ada Lund took “Ferry resumes” back."
    actions.publish(story.pk, actor=edith)
    actions.save(story.pk, actor=edith, content={"standfirst": "From Monday."})
    actions.update(story.pk, actor=edith)
    actions.withdraw(story.pk, actor=edith)
    actions.kill(story.pk, actor=chief, notice="There is no ferry.")
    unwanted = make.draft("Ferry stops", actor=ada)
    actions.discard(unwanted.pk, actor=edith)
    assert said_to(ada) == [
        f"{edith} published “Ferry resumes”.", f"{edith} published changes of “Ferry resumes”.",
        f"{edith} withdrew “Ferry resumes”.", "Mara Holm killed “Ferry resumes”.",
        f"{edith} put “Ferry stops” into the bin.",
    ]  # fmt: skip


def test_who_set_the_clock_hears_that_the_story_was_returned(people: dict[str, User]) -> None:
    ada, samir, edith = people.values()
    story = make.draft("Ferry resumes", actor=ada)
    actions_desk.submit(story.pk, actor=ada)
    at = timezone.now() + timedelta(days=1)
    actions_schedule.schedule(story.pk, verb="publish", at=at, actor=edith)
    actions_desk.send_back(story.pk, actor=samir, note="The fares are wrong.")
    assert said_to(edith)[-1] == "Samir Best returned “Ferry resumes” with a note."
