"""The desk's verbs on a report."""

import pytest

from accounts.roles import Role
from articles import actions
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from citizen_reports import handling, intake
from citizen_reports.handling import HandlingRefused
from citizen_reports.models import Message, Report, ReportEvent, ReportStory
from citizen_reports.models.reports import ReportState
from tests import make
from tests.citizen_reports import reports

pytestmark = pytest.mark.django_db


def done(report: Report) -> list[str]:
    return list(ReportEvent.objects.filter(report=report.pk).order_by("pk").values_list("verb", flat=True))


def test_a_report_goes_from_unscreened_to_ready(editor):
    report = reports.report()
    handling.move(report.pk, actor=editor, to="triaged")
    handling.judge(report.pk, actor=editor, verification="verified", reason="Two videos show it.")
    handling.move(report.pk, actor=editor, to="ready")

    report.refresh_from_db()
    assert (report.state, report.verification) == ("ready", "verified")
    assert done(report) == ["received", "moved", "judged", "moved"]
    assert ReportEvent.objects.get(verb="judged").detail["reason"] == "Two videos show it."


@pytest.mark.parametrize("state", ReportState.values)
def test_every_other_move_is_refused_and_changes_nothing(editor, state):
    report = reports.report(state=state)
    for to in set(ReportState.values) - handling.MOVES[state]:
        with pytest.raises(HandlingRefused):
            handling.move(report.pk, actor=editor, to=to, reason="because")
    assert Report.objects.get(pk=report.pk).state == state
    assert done(report) == ["received"]


def test_ready_without_verification_needs_an_editors_written_reason(reporter, editor):
    report = reports.report(state="triaged")
    with pytest.raises(HandlingRefused):
        handling.move(report.pk, actor=editor, to="ready", reason=" ")
    with pytest.raises(HandlingRefused):
        handling.move(report.pk, actor=reporter, to="ready", reason="I believe it.")
    handling.move(report.pk, actor=editor, to="ready", reason="An opinion piece: nothing to verify.")
    assert Report.objects.get(pk=report.pk).state == "ready"


def test_what_verification_found_needs_grounds_and_an_editor(reporter, editor):
    report = reports.report(state="triaged")
    with pytest.raises(HandlingRefused):
        handling.judge(report.pk, actor=reporter, verification="verified", reason="I know.")
    with pytest.raises(HandlingRefused):
        handling.judge(report.pk, actor=editor, verification="false", reason="")
    with pytest.raises(HandlingRefused):
        handling.judge(report.pk, actor=editor, verification="surely", reason="Grounds.")
    assert Report.objects.get(pk=report.pk).verification == "unverified"


def test_an_answer_is_for_the_witness_and_a_note_is_not(reporter):
    report = reports.report()
    handling.answer(report.pk, actor=reporter, text=" Which bridge? ")
    handling.answer(report.pk, actor=reporter, text="Sounds real.", internal=True)

    assert [(each.direction, each.body.open()) for each in Message.objects.filter(report=report)] == [
        ("to", "Which bridge?"),
        ("internal", "Sounds real."),
    ]
    report.refresh_from_db()
    assert (report.state, report.witness_waits) == ("new", False)


def test_an_empty_answer_is_refused(reporter):
    with pytest.raises(HandlingRefused):
        handling.answer(reports.report().pk, actor=reporter, text=" \n")
    assert not Message.objects.exists()


@pytest.mark.parametrize("role", list(Role))
def test_who_the_witness_is_only_a_chief_sees_and_says_why(role):
    report, user = reports.named(), make.user(role)
    if role != Role.CHIEF:
        with pytest.raises(HandlingRefused):
            handling.look_at_identity(report.pk, actor=user, reason="To call them.")
        assert "identity_seen" not in done(report)
        return
    with pytest.raises(HandlingRefused):
        handling.look_at_identity(report.pk, actor=user, reason="")
    found = handling.look_at_identity(report.pk, actor=user, reason="To call them.")
    assert found == {"name": reports.NAME, "email": reports.ADDRESS, "may_contact": "yes"}
    event = ReportEvent.objects.get(verb="identity_seen")
    assert (event.actor, event.detail) == (user, {"reason": "To call them."})


def test_a_contributor_may_do_nothing(db):
    contributor, report = make.user(Role.CONTRIBUTOR), reports.report(state="ready")
    for attempt in (
        lambda: handling.move(report.pk, actor=contributor, to="closed"),
        lambda: handling.take(report.pk, actor=contributor),
        lambda: handling.answer(report.pk, actor=contributor, text="Hello"),
        lambda: handling.make_story(report.pk, actor=contributor),
    ):
        with pytest.raises(HandlingRefused):
            attempt()
    assert done(report) == ["received"]


def test_a_ready_report_becomes_a_draft_once(reporter):
    report = reports.report(state="ready")
    article = handling.make_story(report.pk, actor=reporter)
    again = handling.make_story(report.pk, actor=reporter)

    assert again == article == Article.objects.get()
    assert article.headline == "The bridge"
    assert article.body == "<p>The bridge fell at noon.</p><p>Nobody was on it.</p>"
    assert not article.bylines.exists(), "anonymous: no name"
    assert (article.state, article.created_by) == ("draft", reporter)
    assert Report.objects.get(pk=report.pk).state == "used"
    assert ReportStory.objects.get().consent == report.consents.get()
    assert done(report) == ["received", "became_story"]


def test_a_name_in_print_asks_once_more(reporter):
    report = reports.named(state="ready")
    with pytest.raises(HandlingRefused, match="name"):
        handling.make_story(report.pk, actor=reporter)
    assert not Article.objects.exists()
    article = handling.make_story(report.pk, actor=reporter, credit_checked=True)
    assert [line.printed for line in article.bylines.all()] == [reports.NAME]


@pytest.mark.parametrize(
    ("credit", "printed"), [("full", reports.NAME), ("first", "Planted"), ("pseudonym", "Heron"), ("anonymous", "")]
)
def test_the_credit_is_the_witnesss_own_choice(credit, printed):
    report = reports.report(exposure="named", name=reports.NAME, credit_name="Heron", credit=credit)
    assert handling.credit_line(report, report.consents.get()) == printed


def test_no_story_without_a_consent_in_force(reporter):
    never = reports.report(state="ready", publish_text=False)
    only_media = reports.report(state="ready", publish_text=False, publish_media=True)
    withdrawn = reports.report(state="ready")
    intake.withdraw_consent(withdrawn)
    for report in (never, only_media, withdrawn):
        with pytest.raises(HandlingRefused, match="agreed"):
            handling.make_story(report.pk, actor=reporter)
    assert not Article.objects.exists()


def test_no_story_before_the_report_is_ready(reporter):
    with pytest.raises(HandlingRefused, match="ready"):
        handling.make_story(reports.report(state="triaged").pk, actor=reporter)


def test_the_draft_can_be_published(editor):
    report = reports.report(state="ready")
    article = handling.make_story(report.pk, actor=editor)
    actions.save(article.pk, actor=editor, content={"section": make.section().pk})
    assert "The bridge fell at noon." in actions.publish(article.pk, actor=editor).body_html


def test_a_deleted_name_goes_from_the_draft_that_would_have_printed_it(editor):
    report = reports.named(state="ready")
    article = handling.make_story(report.pk, actor=editor, credit_checked=True)
    lines = [{"author": None, "name": name, "credit": ""} for name in (reports.NAME, "Ada Ferry")]
    actions.save(article.pk, actor=editor, content={"section": make.section().pk, "bylines": lines})
    intake.forget_contact(report)

    assert [line.printed for line in article.bylines.all()] == ["Ada Ferry"]
    assert ReportStory.objects.get().credit_line == ""
    assert [line["name"] for line in actions.publish(article.pk, actor=editor).byline] == ["Ada Ferry"]


def test_a_deleted_name_that_readers_have_seen_stays_there(editor):
    report = reports.named(state="ready")
    article = handling.make_story(report.pk, actor=editor, credit_checked=True)
    actions.save(article.pk, actor=editor, content={"section": make.section().pk})
    actions.publish(article.pk, actor=editor)
    intake.forget_contact(report)
    assert [line["name"] for line in PublishedArticle.objects.get().byline] == [reports.NAME]
    assert not Article.objects.get().has_unpublished_changes
