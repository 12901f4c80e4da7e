"""What stands in the way of publication, and what happens when a witness takes back what readers already see."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditRow, Notice, User
from accounts.roles import Role
from articles import actions, actions_desk, actions_schedule
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from articles.models.workflow import SectionLimit
from articles.problems import NotReady
from citizen_reports import consent_alarms, handling, intake, into_library, on_behalf, stories
from citizen_reports.handling import HandlingRefused
from citizen_reports.models import Consent, ConsentAlarm, Report, ReportEvent, ReportStory
from images import library
from images.models import Picture, Video
from newsroom import health
from tests import make
from tests.articles.clock import SOON, fall_due, set_clock, work
from tests.citizen_reports import reports
from tests.images import films

pytestmark = pytest.mark.django_db
ADMIN = "/admin/citizen_reports/report/"


def live(report: Report, *, actor: User, credit_checked: bool = False) -> Article:
    """A story made of the report, as readers have it."""
    story = handling.make_story(report.pk, actor=actor, credit_checked=credit_checked)
    actions.save(story.pk, actor=actor, content={"section": make.section().pk})
    actions.publish(story.pk, actor=actor)
    return story


def is_open(story: Article) -> bool:
    return ConsentAlarm.objects.filter(article=story, ended_at=None).exists()


def refused(story: int, *, actor: User, verb: Callable[..., Any] = actions.publish, **options: Any) -> str:
    with pytest.raises(NotReady) as problem:
        verb(story, actor=actor, **options)
    return " ".join(said for messages in problem.value.errors.values() for said in messages)


def test_granted_used_withdrawn_updated(editor: User) -> None:
    report = reports.report(state="ready")
    story = live(report, actor=editor)
    assert not is_open(story)
    intake.withdraw_consent(report)
    assert is_open(story)
    intake.withdraw_consent(report)
    assert ConsentAlarm.objects.count() == 1

    # Nothing goes out with it any more: what is to be done is said.
    actions.save(story.pk, actor=editor, content={"headline": "The bridge, once more"})
    said = refused(story.pk, actor=editor, verb=actions.update)
    assert report.reference in said
    assert "unlink" in said
    assert is_open(story)
    stories.unlink(report.pk, actor=editor, article=story.pk, reason="They took it back")
    assert is_open(story), "readers have it until the story is published anew"
    actions.save(story.pk, actor=editor, content={"body": "<p>Others saw the bridge fall.</p>"})
    actions.update(story.pk, actor=editor)
    assert not is_open(story)
    assert ReportEvent.objects.get(verb="alarm_ended").detail == {"story": story.pk}
    assert not ReportStory.objects.exists()


def test_a_translation_rests_on_its_originals_reports(editor: User, signed_in: Any) -> None:
    make.site()
    report = reports.report(state="ready")
    story = live(report, actor=editor)
    french = make.draft("Le pont", actor=editor, language="fr", original=story.pk)
    actions.publish(french.pk, actor=editor)
    intake.withdraw_consent(report)
    assert (is_open(story), is_open(french)) == (True, True)
    shown = signed_in(editor).get(f"/admin/articles/article/{french.pk}/change/").content.decode()
    assert "took back their consent" in shown
    assert "Linked to the original" in shown
    actions.save(french.pk, actor=editor, content={"body": "<p>Autrement.</p>"})
    assert report.reference in refused(french.pk, actor=editor, verb=actions.update)
    actions.withdraw(french.pk, actor=editor)
    assert (is_open(story), is_open(french)) == (True, False)


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
def test_a_story_taken_off_ends_the_alarm_and_does_not_come_back_with_it(verb: str, chief: User) -> None:
    report = reports.report(state="ready")
    story = live(report, actor=chief)
    intake.withdraw_consent(report)
    options = {"notice": "The witness took it back."} if verb == "kill" else {}
    getattr(actions, verb)(story.pk, actor=chief, **options)
    assert not is_open(story)
    if verb == "withdraw":
        assert report.reference in refused(story.pk, actor=chief)
    assert not PublishedArticle.objects.exists()


def test_a_chief_sets_it_aside_with_a_reason_and_an_editor_does_not(editor: User, chief: User) -> None:
    report = reports.report(state="ready")
    story = live(report, actor=editor)
    intake.withdraw_consent(report)
    actions.save(story.pk, actor=editor, content={"headline": "The bridge, corrected"})
    assert report.reference in refused(story.pk, actor=editor, verb=actions.update, override="I know better.")
    assert report.reference in refused(story.pk, actor=chief, verb=actions.update, override=" ")
    actions.update(story.pk, actor=chief, override="A court asked for the record.")
    assert not is_open(story)
    detail = AuditRow.objects.get(verb="updated").detail
    assert (detail["note"], detail["overridden"]) == ("A court asked for the record.", ["witness_consent"])


def test_a_reason_given_to_the_clock_for_something_else_does_not_outlast_a_consent(editor: User, chief: User) -> None:
    report = reports.report(state="ready")
    story = live(report, actor=editor)
    actions.save(story.pk, actor=editor, content={"headline": "The bridge, by the clock"})
    actions_desk.flag(story.pk, actor=editor, needs_picture=True)
    at = timezone.now() + SOON
    change = set_clock(story, chief, at, override="No picture, agreed")
    assert change.set_aside == ["lead_picture"]
    intake.withdraw_consent(report)
    with pytest.raises(NotReady, match=report.reference):  # another time is no other reason
        actions_schedule.reschedule(change.pk, actor=chief, at=at + SOON, override="No picture, agreed")
    fall_due(change)
    assert work() == 1
    change.refresh_from_db()
    assert (change.state, report.reference in change.error) == ("failed", True)
    assert PublishedArticle.objects.get().headline != "The bridge, by the clock"
    assert is_open(story)

    change = set_clock(story, chief, timezone.now() + SOON, override="A court asked for the record.")
    fall_due(change)
    assert work() == 1
    assert PublishedArticle.objects.get().headline == "The bridge, by the clock"
    assert AuditRow.objects.get(verb="updated").detail["overridden"] == ["lead_picture", "witness_consent"]


def test_a_draft_of_it_does_not_go_out_and_raises_no_alarm(editor: User) -> None:
    report = reports.report(state="ready")
    story = handling.make_story(report.pk, actor=editor)
    actions.save(story.pk, actor=editor, content={"section": make.section().pk})
    intake.withdraw_consent(report)
    assert not ConsentAlarm.objects.exists()
    assert report.reference in refused(story.pk, actor=editor)


@pytest.mark.parametrize(
    ("verification", "stands_in_the_way"),
    [
        ("unverified", True), ("in_progress", True), ("false", True), ("verified", False), ("partly", False),
        ("cannot_verify", False),
    ],
)  # fmt: skip
def test_what_verification_found_is_looked_at(verification: str, stands_in_the_way: bool, editor: User) -> None:
    story, report = make.draft(actor=editor), reports.report(state="triaged")
    stories.link(report.pk, actor=editor, article=story.pk, prints_words=False)
    Report.objects.filter(pk=report.pk).update(verification=verification)
    if stands_in_the_way:
        assert report.reference in refused(story.pk, actor=editor)
    else:
        assert actions.publish(story.pk, actor=editor).pk == story.pk


def test_an_editors_written_reason_lets_an_unverified_report_go_until_somebody_judges_it(editor: User) -> None:
    story, report = make.draft(actor=editor), reports.report(state="triaged")
    stories.link(report.pk, actor=editor, article=story.pk, prints_words=True)
    assert "verified" in refused(story.pk, actor=editor)
    handling.move(report.pk, actor=editor, to="ready", reason="An opinion: nothing to verify.")
    assert actions.publish(story.pk, actor=editor).pk == story.pk
    assert Report.objects.get().state == "used", "it is in print now"

    handling.judge(report.pk, actor=editor, verification="in_progress", reason="Somebody doubts it.")
    actions.save(story.pk, actor=editor, content={"headline": "Another headline"})
    assert "verified" in refused(story.pk, actor=editor, verb=actions.update)


def picture_in(story: int, report: Report, *, actor: User) -> None:
    picture = into_library.take(report.pk, actor=actor, file=report.attachments.get().pk)
    library.change(picture, actor=actor, alt_text="A bridge in the water")
    actions.save(story, actor=actor, content={"lead_picture": picture.pk})


def test_a_picture_alone_links_its_report_and_raises_the_alarm(editor: User) -> None:
    report = reports.report(state="ready", publish_media=True)
    reports.photo_of(report)
    story = make.draft(actor=editor)
    picture_in(story.pk, report, actor=editor)
    actions.publish(story.pk, actor=editor)
    use = ReportStory.objects.get()
    assert (use.report, use.article, use.prints_words, use.by) == (report, story, False, editor)
    assert Report.objects.get().state == "used"

    intake.withdraw_consent(report)
    assert is_open(story)
    actions.save(story.pk, actor=editor, content={"headline": "Another headline"})
    said = refused(story.pk, actor=editor, verb=actions.update)
    assert "A bridge in the water" in said
    assert report.reference in said
    actions.save(story.pk, actor=editor, content={"lead_picture": None})
    actions.update(story.pk, actor=editor)
    assert not is_open(story)


def test_a_picture_that_stands_for_a_film_counts_as_any_other(editor: User) -> None:
    report = reports.named(state="ready", publish_media=True)
    reports.photo_of(report)
    poster = into_library.take(report.pk, actor=editor, file=report.attachments.get().pk, credit_checked=True)
    video = films.video(ready=False, poster=poster)
    Video.objects.update(is_ready=True)
    story = make.draft(actor=editor, body=f'<p>Boats.</p><figure data-video="{video.pk}"></figure>')
    Consent.objects.update(publish_media=False)
    assert report.reference in refused(story.pk, actor=editor)
    Consent.objects.update(publish_media=True)
    actions.publish(story.pk, actor=editor)
    assert ReportStory.objects.get().article == story
    into_library.forget_name(report)
    assert Picture.objects.get().credit == reports.NAME, "readers see it"
    intake.withdraw_consent(report)
    assert is_open(story)


def test_consent_to_words_alone_is_none_to_pictures(editor: User) -> None:
    report = reports.report(state="ready", publish_media=True)
    reports.photo_of(report)
    story = make.draft(actor=editor)
    picture_in(story.pk, report, actor=editor)
    Consent.objects.update(publish_media=False)
    said = refused(story.pk, actor=editor)
    assert report.reference in said


def test_those_concerned_are_told_once_of_reference_desk_and_link_alone(
    editor: User, reporter: User, signed_in: Any
) -> None:
    news, sport = make.section("News"), make.section("Sport")
    report = reports.named(state="ready")
    story = live(report, actor=editor, credit_checked=True)
    Report.objects.filter(pk=report.pk).update(section=sport, assigned_to=reporter)
    Notice.objects.all().delete()
    here = make.user(Role.EDITOR)
    SectionLimit.objects.create(user=here, section=news)
    elsewhere = make.user(Role.EDITOR)
    SectionLimit.objects.create(user=elsewhere, section=make.section("Weather"))
    intake.withdraw_consent(report)
    assert not Notice.objects.exists(), "a notice keeps its minute"
    assert (consent_alarms.announce(), consent_alarms.announce()) == (1, 0)

    told = {notice.user: notice for notice in Notice.objects.all()}
    assert set(told) == {editor, reporter, here}
    assert told[reporter].url == f"{ADMIN}{report.pk}/change/"
    assert told[here].url == f"/admin/articles/article/{story.pk}/change/#panel-reports"
    for notice in told.values():
        assert notice.params == {"reference": report.reference, "desk": "Sport"}
        assert report.reference in notice.text
        assert reports.NAME not in notice.text


def test_the_alarm_is_red_on_report_story_first_page_and_in_health(
    editor: User, signed_in: Any, client: Client
) -> None:
    report = reports.report(state="ready")
    story = live(report, actor=editor)
    desk = signed_in(editor)
    pages = [f"{ADMIN}{report.pk}/change/", f"/admin/articles/article/{story.pk}/change/", "/admin/"]

    def told() -> list[bool]:
        return ["took back their consent" in desk.get(page).content.decode() for page in pages]

    assert told() == [False] * 3
    intake.withdraw_consent(report)
    assert told() == [True] * 3
    assert health.report()["parts"]["witnesses_consent"]["state"] == "up", "strangers would know the second"
    consent_alarms.announce()
    part = health.report()["parts"]["witnesses_consent"]
    assert part == {"state": "late", "withdrawn_in_live_stories": 1}
    assert report.reference not in client.get("/health/").content.decode()
    actions.withdraw(story.pk, actor=editor)
    assert told() == [False] * 3
    assert health.report()["parts"]["witnesses_consent"]["state"] == "up"


def test_the_first_page_names_no_report_of_another_desk(editor: User, signed_in: Any) -> None:
    report = reports.report(state="ready")
    story = live(report, actor=editor)
    Report.objects.update(section=make.section("Sport"))
    intake.withdraw_consent(report)
    person = make.user(Role.EDITOR)
    SectionLimit.objects.create(user=person, section=make.section("Weather"))
    for page in ("/admin/", f"/admin/articles/article/{story.pk}/change/"):
        shown = signed_in(person).get(page).content.decode()
        assert f"{ADMIN}{report.pk}" not in shown
    assert "took back their consent" in signed_in(person).get("/admin/").content.decode()


def test_a_chief_leaves_a_story_as_it_is_with_a_reason(editor: User, chief: User, signed_in: Any) -> None:
    report = reports.report(state="ready")
    story = live(report, actor=editor)
    intake.withdraw_consent(report)
    page = f"{ADMIN}{report.pk}/alarms/{ConsentAlarm.objects.get().pk}/"
    with pytest.raises(HandlingRefused, match="chief"):
        consent_alarms.settle(report.pk, actor=editor, alarm=ConsentAlarm.objects.get().pk, reason="I say so")
    for person in (make.user(Role.CONTRIBUTOR), make.user(Role.REPORTER), editor):
        assert signed_in(person).get(page).status_code == signed_in(person).post(page).status_code == 403
    assert Client().post(page).status_code == 302
    away = make.user(Role.CHIEF)
    SectionLimit.objects.create(user=away, section=make.section("Weather"))
    Report.objects.update(section=make.section("Sport"))
    assert signed_in(away).get(page).status_code == signed_in(away).post(page).status_code == 404
    desk = signed_in(chief)
    assert "Why may it stay?" in desk.get(page).content.decode()
    assert "Say why" in desk.post(page, {"reason": " "}).content.decode()
    assert is_open(story)
    desk.post(page, {"reason": "Nothing of it is printed."})
    assert not is_open(story)
    event = ReportEvent.objects.get(verb="alarm_ended")
    assert (event.actor, event.detail["reason"]) == (chief, "Nothing of it is printed.")
    assert AuditRow.objects.get(verb="withdrawn consent set aside").detail["note"] == "Nothing of it is printed."
    assert desk.get(page).status_code == 404


def test_what_a_witness_takes_back_by_mail_counts_too_and_so_does_a_new_consent(editor: User) -> None:
    report = reports.named(state="ready")
    Report.objects.update(channel="email")
    story = live(report, actor=editor, credit_checked=True)
    on_behalf.withdraw_consent(report.pk, actor=editor, reason="Third mail")
    assert is_open(story)
    with pytest.raises(HandlingRefused, match="Nothing is allowed"):
        on_behalf.withdraw_consent(report.pk, actor=editor, reason="Third mail")
    allowed = {"credit": "anonymous", "credit_name": "", "reason": "Fourth mail"}
    on_behalf.note_consent(report.pk, actor=editor, publish_text=False, publish_media=True, **allowed)
    assert is_open(story), "pictures alone"
    on_behalf.note_consent(report.pk, actor=editor, publish_text=True, publish_media=True, **allowed)
    assert not is_open(story)
    on_behalf.note_consent(report.pk, actor=editor, publish_text=False, publish_media=True, **allowed)
    assert is_open(story)


def test_the_witness_who_withdraws_on_the_receipt_page_raises_the_alarm(witness: Client, editor: User) -> None:
    from tests.citizen_reports import posts

    receipt = posts.receipt_of(posts.send(witness, publish_text="on", title="The bridge fell"))
    report = Report.objects.get()
    Report.objects.update(state="ready", verification="verified")
    story = live(report, actor=editor)
    visit = posts.hidden(posts.come_back(witness, receipt).content.decode(), "visit")
    witness.post("/report/receipt/withdraw/", {"visit": visit})
    alarm = ConsentAlarm.objects.get(article=story, ended_at=None)
    assert (alarm.since.minute, alarm.since.second) == (0, 0), "of an anonymous witness only the hour"


def test_one_who_withdraws_while_the_story_goes_out_raises_it_all_the_same(editor: User, monkeypatch: Any) -> None:
    report = reports.report(state="ready")
    story = handling.make_story(report.pk, actor=editor)
    actions.save(story.pk, actor=editor, content={"section": make.section().pk})
    hold = actions.checks.hold

    def slow(*args: Any, **kwargs: Any) -> Any:
        looked = hold(*args, **kwargs)
        intake.withdraw_consent(report)
        return looked

    monkeypatch.setattr(actions.checks, "hold", slow)
    actions.publish(story.pk, actor=editor)
    assert is_open(story)


def test_the_contact_data_of_a_mail_witness_go_on_their_wish(editor: User, reporter: User, signed_in: Any) -> None:
    report = reports.named(state="ready")
    story = handling.make_story(report.pk, actor=editor, credit_checked=True)
    verb = f"{ADMIN}{report.pk}/do/contact/"
    refused = signed_in(editor).post(verb, {"reason": "Fourth mail"})
    assert (refused.status_code, "has the form" in refused.content.decode()) == (409, True)
    Report.objects.update(channel="email")
    assert signed_in(reporter).post(verb, {"reason": "Fourth mail"}).status_code == 409
    assert "Say in which message" in signed_in(editor).post(verb, {"reason": " "}).content.decode()
    assert handling.credit_line(report, report.consents.get()) == reports.NAME

    assert "forgotten" in signed_in(editor).get(f"{ADMIN}{report.pk}/change/").content.decode()
    assert signed_in(editor).post(verb, {"reason": "Fourth mail"}).status_code == 302
    assert not hasattr(Report.objects.get(), "identity")
    assert [line.printed for line in Article.objects.get(pk=story.pk).bylines.all()] == []
    assert Consent.objects.get(withdrawn_at=None).credit == "anonymous"
    assert ReportEvent.objects.get(verb="contact_removed").detail == {"reason": "Fourth mail"}
    assert AuditRow.objects.get(verb="witness’s contact deleted").label == report.reference
    again = signed_in(editor).post(verb, {"reason": "Fourth mail"})
    assert "Nothing is kept" in again.content.decode()
