"""Several reports to one story and back: links, the panel beside the story's text, and who sees what of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles import actions
from articles.models.desk import Article
from articles.models.workflow import SectionLimit
from citizen_reports import handling, intake, stories
from citizen_reports.handling import HandlingRefused
from citizen_reports.models import ConsentAlarm, IntakeForm, Report, ReportEvent, ReportStory, StoryCallOut
from tests import make
from tests.citizen_reports import posts, reports

pytestmark = pytest.mark.django_db
ADMIN = "/admin/citizen_reports/report/"


def address(report: Report, story: int, verb: str) -> str:
    return f"{ADMIN}{report.pk}/stories/{story}/{verb}/"


def panel(client: Client, story: int) -> str:
    """The panel on the story's form; "" where there is none."""
    html = client.get(f"/admin/articles/article/{story}/change/").content.decode()
    found = re.search(r'<details class="story-panel" id="panel-reports".*?</div>\n</details>', html, re.DOTALL)
    return found[0] if found else ""


def limited(section: Any, role: Role = Role.EDITOR) -> User:
    """Somebody who works in that section alone."""
    person = make.user(role)
    SectionLimit.objects.create(user=person, section=section)
    return person


def test_three_reports_become_one_story_and_each_says_so(editor: User, signed_in: Callable[[User], Client]) -> None:
    story, desk = make.draft("The bridge is down", actor=editor), signed_in(editor)
    three = [reports.report(state="ready") for _ in range(3)]
    for report in three:
        found = desk.get(f"{ADMIN}{report.pk}/change/", {"story": "bridge down"}).content.decode()
        assert f'href="{address(report, story.pk, "link")}"' in found
        asked = desk.get(address(report, story.pk, "link")).content.decode()
        assert 'name="prints_words" checked' in asked
        desk.post(address(report, story.pk, "link"), {"prints_words": "on", "back": "story"})

    shown = panel(desk, story.pk)
    assert all(report.reference in shown for report in three)
    assert [use.consent for use in ReportStory.objects.order_by("pk")] == [each.consents.get() for each in three]
    assert set(Report.objects.values_list("state", flat=True)) == {"used"}
    assert (
        list(ReportEvent.objects.filter(verb="linked_to_story").values_list("detail__story", flat=True))
        == [story.pk] * 3
    )
    audit = AuditRow.objects.filter(verb="report linked", thing_number=str(story.pk))
    assert {row.detail["report"] for row in audit} == {report.reference for report in three}
    assert "The bridge is down" in desk.get(f"{ADMIN}{three[0].pk}/change/").content.decode()


def test_linking_twice_is_linking_once(editor: User) -> None:
    story, report = make.draft(actor=editor), reports.report(state="ready")
    first = stories.link(report.pk, actor=editor, article=story.pk, prints_words=True)
    assert stories.link(report.pk, actor=editor, article=story.pk, prints_words=True) == first
    assert ReportEvent.objects.filter(verb="linked_to_story").count() == 1
    # A story that rests on it without its words needs no consent of theirs.
    background = stories.link(report.pk, actor=editor, article=story.pk, prints_words=False)
    assert (background.pk, background.prints_words) == (first.pk, False)


def test_words_are_printed_by_consent_alone_and_a_name_asks_once_more(editor: User, signed_in: Any) -> None:
    story = make.draft(actor=editor)
    silent = reports.report(state="ready", publish_text=False)
    with pytest.raises(HandlingRefused, match="not agreed"):
        stories.link(silent.pk, actor=editor, article=story.pk, prints_words=True)
    assert stories.link(silent.pk, actor=editor, article=story.pk, prints_words=False).consent is None

    known, desk = reports.named(state="ready"), signed_in(editor)
    refused = desk.post(address(known, story.pk, "link"), {"prints_words": "on"}).content.decode()
    assert "name will be printed" in refused
    assert 'name="credit_checked"' in refused
    assert 'name="prints_words" checked' in refused
    desk.post(address(known, story.pk, "link"), {"prints_words": "on", "credit_checked": "on"})
    assert ReportStory.objects.get(report=known).credit_line == reports.NAME


def test_a_link_is_undone_with_a_reason_and_the_report_is_ready_again(editor: User, signed_in: Any) -> None:
    story, report, desk = make.draft(actor=editor), reports.report(state="ready"), signed_in(editor)
    stories.link(report.pk, actor=editor, article=story.pk, prints_words=True)
    refused = desk.post(address(report, story.pk, "unlink"), {"reason": "  ", "back": "story"})
    assert "Say why" in refused.content.decode()
    assert 'data-in-place="panel-reports"' in refused.content.decode()
    assert ReportStory.objects.exists()

    answer = desk.post(address(report, story.pk, "unlink"), {"reason": "Another bridge", "back": "story"})
    assert answer.headers["Location"] == f"/admin/articles/article/{story.pk}/change/"
    assert not ReportStory.objects.exists()
    report.refresh_from_db()
    assert report.state == "ready"
    assert ReportEvent.objects.get(verb="unlinked_from_story").detail == {"story": story.pk, "reason": "Another bridge"}
    assert AuditRow.objects.get(verb="report unlinked").detail["note"] == "Another bridge"
    with pytest.raises(HandlingRefused, match="any more"):
        stories.unlink(report.pk, actor=editor, article=story.pk, reason="Again")


def test_what_readers_still_have_stays_on_record_until_the_story_is_published_anew(editor: User) -> None:
    report = reports.report(state="ready")
    story = handling.make_story(report.pk, actor=editor)
    actions.save(story.pk, actor=editor, content={"section": make.section().pk})
    actions.publish(story.pk, actor=editor)
    stories.unlink(report.pk, actor=editor, article=story.pk, reason="Told by another")
    assert stories.of(report) == []
    intake.withdraw_consent(report)
    assert ConsentAlarm.objects.get(ended_at=None).article_id == story.pk, "readers have the words still"

    actions.save(story.pk, actor=editor, content={"body": "<p>Told by another.</p>"})
    actions.update(story.pk, actor=editor)
    assert not ReportStory.objects.exists()
    assert not ConsentAlarm.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("unlinked_first", [False, True])
def test_linked_anew_without_its_words_it_is_watched_until_readers_have_none(
    unlinked_first: bool, editor: User
) -> None:
    report = reports.report(state="ready")
    story = handling.make_story(report.pk, actor=editor)
    actions.save(story.pk, actor=editor, content={"section": make.section().pk})
    actions.publish(story.pk, actor=editor)
    if unlinked_first:
        stories.unlink(report.pk, actor=editor, article=story.pk, reason="Told by another")
    link = stories.link(report.pk, actor=editor, article=story.pk, prints_words=False)
    assert not link.has_words
    assert stories.link(report.pk, actor=editor, article=story.pk, prints_words=False) == link
    intake.withdraw_consent(report)
    assert ConsentAlarm.objects.get(ended_at=None).article_id == story.pk, "readers have the words still"

    actions.save(story.pk, actor=editor, content={"body": "<p>Told by another.</p>"})
    actions.update(story.pk, actor=editor)
    assert not ConsentAlarm.objects.filter(ended_at=None).exists()
    settled = ReportStory.objects.get()
    assert (settled.prints_words, settled.words_out, settled.removed_at) == (False, False, None)


def test_a_report_set_aside_and_a_story_that_is_gone_are_linked_to_nothing(editor: User, chief: User) -> None:
    story = make.draft(actor=editor)
    with pytest.raises(HandlingRefused, match="set aside"):
        stories.link(reports.report(state="spam").pk, actor=editor, article=story.pk, prints_words=False)
    killed = make.story(actor=editor).pk
    actions.kill(killed, actor=chief, notice="It was wrong.")
    with pytest.raises(HandlingRefused, match="killed"):
        stories.link(reports.report().pk, actor=editor, article=killed, prints_words=False)
    assert not ReportStory.objects.exists()


def test_a_draft_can_be_made_of_a_report_that_another_story_rests_on(editor: User) -> None:
    story, report = make.draft(actor=editor), reports.report(state="triaged")
    stories.link(report.pk, actor=editor, article=story.pk, prints_words=False)
    Report.objects.filter(pk=report.pk).update(state="ready")
    made = handling.make_story(report.pk, actor=editor)
    assert made != story
    assert {use.article_id for use in stories.of(report)} == {story.pk, made.pk}


def test_were_you_there_leads_to_the_storys_own_form_and_what_comes_shows_at_once(
    witness: Client, house_form: IntakeForm, editor: User, signed_in: Any
) -> None:
    story, other = make.story("The bridge is down", actor=editor), make.story(actor=editor)
    own = IntakeForm.objects.create(slug="bridge", title="Who saw the bridge fall?")
    StoryCallOut.objects.create(story_id=story.pk, form=own)
    page = witness.get(story.path).content.decode()
    (way,) = re.findall(r'href="(/report/\?[^"]*story=\d+[^"]*)"', page)
    form = witness.get(way.replace("&amp;", "&")).content.decode()
    assert "Who saw the bridge fall?" in form
    posts.send(witness, address="/report/bridge/", token=posts.hidden(form, "token"), story=posts.hidden(form, "story"))

    report, desk = Report.objects.get(), signed_in(editor)
    assert report.answers_story_id == story.pk
    shown = panel(desk, story.pk)
    assert "not linked" in shown
    assert report.reference in shown
    assert f'action="{address(report, story.pk, "link")}"' in shown
    assert panel(desk, other.pk) == ""
    assert not ReportStory.objects.exists(), "the desk links it, nobody else"
    assert address(report, story.pk, "link") in desk.get(f"{ADMIN}{report.pk}/change/").content.decode()

    desk.post(address(report, story.pk, "link"), {"back": "story"})
    assert "not linked" not in panel(desk, story.pk)


def test_the_panel_asks_as_much_for_three_reports_as_for_one(editor: User, signed_in: Any) -> None:
    story, desk = make.story(actor=editor), signed_in(editor)

    def more() -> None:
        linked = reports.report(state="ready")
        stories.link(linked.pk, actor=editor, article=story.pk, prints_words=True)
        intake.withdraw_consent(linked)
        false = reports.report(state="triaged")
        stories.link(false.pk, actor=editor, article=story.pk, prints_words=False)
        Report.objects.filter(pk=reports.report().pk).update(answers_story=story.pk)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            shown = panel(desk, story.pk)
        assert shown.count("<li>") == Report.objects.count()
        return len(queries)

    more()
    cost()
    with_one = cost()
    more()
    more()
    assert cost() == with_one


def test_a_reports_page_asks_as_much_for_three_stories_as_for_one(editor: User, signed_in: Any) -> None:
    report, desk = reports.report(state="ready"), signed_in(editor)

    def more() -> None:
        story = make.draft("The quay is closed", actor=editor)
        stories.link(report.pk, actor=editor, article=story.pk, prints_words=True)
        make.draft("The quay is open", actor=editor)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            shown = desk.get(f"{ADMIN}{report.pk}/change/", {"story": "quay open"}).content.decode()
        assert shown.count("Unlink…") == shown.count("The quay is open") == len(stories.of(report))
        return len(queries)

    more()
    cost()
    with_one = cost()
    more()
    more()
    assert cost() == with_one


def test_a_report_of_another_desk_is_a_number_and_nothing_more(editor: User, signed_in: Any) -> None:
    news, sport = make.section("News"), make.section("Sport")
    story = make.draft(actor=editor, section=news)
    theirs, ours, asking = (reports.report(state="ready") for _ in range(3))
    Report.objects.filter(pk=theirs.pk).update(section=sport)
    Report.objects.filter(pk=asking.pk).update(section=sport, answers_story=story.pk)
    for report in (theirs, ours):
        stories.link(report.pk, actor=editor, article=story.pk, prints_words=True)
    desk = signed_in(limited(news))
    shown = panel(desk, story.pk)
    assert ours.reference in shown
    assert theirs.reference not in shown
    assert asking.reference not in shown
    assert "1 report of another desk" in shown


@pytest.mark.parametrize("verb", ["link", "unlink"])
@pytest.mark.parametrize("who", ["stranger", Role.CONTRIBUTOR, "other desk", Role.REPORTER, Role.CHIEF])
def test_who_may_link_and_unlink(who: str, verb: str, editor: User, signed_in: Any) -> None:
    news, sport = make.section("News"), make.section("Sport")
    story, report = make.draft(actor=editor, section=news), reports.report(state="ready")
    Report.objects.filter(pk=report.pk).update(section=news)
    if verb == "unlink":
        stories.link(report.pk, actor=editor, article=story.pk, prints_words=True)
    client = Client()
    if who == "other desk":
        client = signed_in(limited(sport))
    elif who != "stranger":
        client = signed_in(make.user(who))
    expected = {"stranger": 302, Role.CONTRIBUTOR: 403, "other desk": 404}.get(who, 200)
    page = address(report, story.pk, verb)
    assert client.get(page).status_code == expected
    client.post(page, {"prints_words": "on", "reason": "Because"})
    is_linked = ReportStory.objects.filter(removed_at=None).exists()
    assert is_linked == ((verb == "link") == (expected == 200))
    assert client.get(address(report, 10**9, verb)).status_code == (404 if expected == 200 else expected)


def test_a_purged_report_can_be_unlinked_and_comes_not_back_to_life(editor: User) -> None:
    report = reports.report(state="ready")
    story = make.draft(actor=editor)
    stories.link(report.pk, actor=editor, article=story.pk, prints_words=True)
    Report.objects.filter(pk=report.pk).update(state="purged", purged_at=timezone.now())
    before = Report.objects.get()
    stories.unlink(report.pk, actor=editor, article=story.pk, reason="Its time is over.")
    after = Report.objects.get()
    assert (after.state, after.expires_at, after.last_activity) == ("purged", before.expires_at, before.last_activity)
    assert not ReportStory.objects.exists()
    assert Article.objects.get() == story
