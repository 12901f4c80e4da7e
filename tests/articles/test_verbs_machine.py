"""Two people work on one story, with pages that may be stale, by verbs in any order: nothing is lost."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import AuditRow
from accounts.roles import Role
from articles import actions, signals
from articles.models.desk import Article, State
from articles.models.published import OldPath, PublishedArticle
from articles.models.revisions import Revision
from articles.problems import DeskProblem, NotAllowed, StaleCopy, WrongState
from articles.verbs import VERBS
from tests import make

ACTORS = st.sampled_from(["editor", "chief"])
STALENESS = st.sampled_from([0, 0, 0, 1, 2])  # how many versions behind the person's page is


class TwoAtOneStory(RuleBasedStateMachine):
    headlines = Bundle("headlines")

    @initialize()
    def begin(self):
        # Each example runs in the same database transaction: it begins with no story.
        for model in (PublishedArticle, OldPath, Revision, Article):
            model.objects.all().delete()
        self.people = {role: make.user(role) for role in (Role.EDITOR, Role.CHIEF)}
        self.number = make.draft("First").pk
        self.revisions = {1: "First"}
        self.live: str | None = None
        self.state = State.DRAFT
        self.told: list[str] = []
        self.receivers = []
        for name in ("published", "updated", "withdrawn", "killed"):
            signal = getattr(signals, f"article_{name}")

            def hear(sender, article_id, name=name, **kwargs):
                self.told.append(name)

            signal.connect(hear, weak=False)
            self.receivers.append((signal, hear))
        self.expected_signals: list[str] = []

    def teardown(self):
        for signal, hear in getattr(self, "receivers", ()):
            signal.disconnect(hear)

    def attempt(self, verb, who, behind, **extra):
        """Does the verb; what came of it is judged against what must have happened. True when it went through."""
        before = Article.objects.get(pk=self.number)
        expected = max(before.version - behind, 0)
        rows = AuditRow.objects.count()
        try:
            getattr(actions, verb)(self.number, actor=self.people[who], expected_version=expected, **extra)
        except StaleCopy:
            assert behind
        except WrongState:
            assert before.state not in VERBS[verb].sources
        except NotAllowed:
            assert (verb, who) == ("kill", "editor")
        else:
            assert before.version == expected
            assert VERBS[verb].allowed(self.people[who], before)
            return True
        after = Article.objects.get(pk=self.number)
        assert (after.version, after.state, after.digest) == (before.version, before.state, before.digest)
        assert AuditRow.objects.count() == rows, "a refused verb leaves no trace"
        return False

    @rule(
        target=headlines, who=ACTORS, behind=STALENESS, headline=st.sampled_from(["First", "Second", "Third", "Fourth"])
    )
    def save(self, who, behind, headline):
        same = self.revisions[max(self.revisions)] == headline
        if self.attempt("save", who, behind, content={"headline": headline}) and not same:
            self.revisions[max(self.revisions) + 1] = headline
        return headline

    @rule(who=ACTORS, behind=STALENESS)
    def publish(self, who, behind):
        self._go_live("publish", who, behind)

    @rule(who=ACTORS, behind=STALENESS)
    def update(self, who, behind):
        self._go_live("update", who, behind)

    def _go_live(self, verb, who, behind):
        newest = self.revisions[max(self.revisions)]
        already = self.live == newest
        if self.attempt(verb, who, behind):
            if not already:
                self.expected_signals.append("published" if verb == "publish" else "updated")
            self.live, self.state = newest, State.PUBLISHED

    @rule(who=ACTORS, behind=STALENESS)
    def withdraw(self, who, behind):
        if self.attempt("withdraw", who, behind):
            self.live, self.state = None, State.WITHDRAWN
            self.expected_signals.append("withdrawn")

    @rule(who=ACTORS, behind=STALENESS)
    def kill(self, who, behind):
        if self.attempt("kill", who, behind, notice="It was wrong."):
            self.live, self.state = None, State.KILLED
            self.expected_signals.append("killed")

    @rule(who=ACTORS, behind=STALENESS, pick=st.integers(0, 20))
    def restore(self, who, behind, pick):
        number = 1 + pick % max(self.revisions)
        if self.attempt("restore", who, behind, revision=number):
            self.revisions[max(self.revisions) + 1] = self.revisions[number]

    @invariant()
    def readers_see_the_live_revision_and_nothing_else(self):
        if not hasattr(self, "number"):
            return
        shown = PublishedArticle.objects.filter(pk=self.number).first()
        assert (shown.headline if shown else None) == self.live
        gone = OldPath.objects.filter(article_number=self.number, target="").exists()
        assert gone == (self.state in (State.WITHDRAWN, State.KILLED))

    @invariant()
    def no_revision_is_lost_or_changed(self):
        if not hasattr(self, "number"):
            return
        kept = {row.number: row.content["headline"] for row in Revision.objects.filter(article=self.number)}
        assert kept == self.revisions

    @invariant()
    def state_and_signals_are_as_expected(self):
        if not hasattr(self, "number"):
            return
        assert Article.objects.get(pk=self.number).state == self.state
        assert self.told == self.expected_signals


@pytest.mark.django_db
def test_two_people_at_one_story():
    run_state_machine_as_test(
        TwoAtOneStory,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_every_refusal_has_words(db):
    article = make.draft()
    for problem in (
        NotAllowed(),
        WrongState("Publish", "Killed"),
        StaleCopy(saved_by="", saved_at=article.saved_at, version=1, revision=1),
    ):
        assert isinstance(problem, DeskProblem)
        assert len(str(problem)) > 20
