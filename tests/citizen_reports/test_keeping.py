"""How long a report is kept: warnings before its end, keeping it longer, legal hold."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditRow, Notice, User
from accounts.roles import Role
from articles.models.workflow import SectionLimit
from citizen_reports import handling, intake, keeping, purge, retention
from citizen_reports.mail import receiving
from citizen_reports.models import InboundEmail, Report, ReportEvent
from tests import make
from tests.citizen_reports import reports
from tests.citizen_reports.test_inbox import INBOX, do, page

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def desk(signed_in, editor: User) -> Client:
    return signed_in(editor)


def ending(report: Report, left: timedelta) -> Report:
    """As if it had been quiet for so long that `left` is what remains."""
    end = timezone.now() + left
    Report.objects.filter(pk=report.pk).update(expires_at=end, warn_at=end - retention.SOON)
    return Report.objects.get(pk=report.pk)


def told() -> list[str]:
    return [each.text for each in Notice.objects.order_by("pk")]


def test_the_desk_is_told_three_times_once_each(editor: User, clock: Callable[[datetime], None]) -> None:
    clock(NOON)
    report = reports.report()
    said = []
    for day in range(89):
        clock(NOON + day * DAY + timedelta(minutes=1))
        keeping.warn()
        keeping.warn()
        said += [(90 - day, text.partition(": ")[0].rpartition("purged ")[2]) for text in told()]
        Notice.objects.all().delete()
    assert said == [(14, "within two weeks"), (7, "within a week")]
    clock(NOON + 89 * DAY + timedelta(hours=1))
    assert keeping.warn() == 1
    [last] = Notice.objects.all()
    assert last.text == f"Report {report.reference} is purged within a day: use it now, or keep it longer."
    assert (last.user, last.url) == (editor, page(report))
    assert keeping.warn() == 0


def test_a_worker_that_was_away_gives_the_latest_warning_alone_and_none_of_what_is_over(editor: User) -> None:
    late, over = ending(reports.report(), 5 * DAY), ending(reports.report(), -DAY)
    assert keeping.warn() == 1
    assert told() == [f"Report {late.reference} is purged within a week: use it, or keep it longer."]
    over.refresh_from_db()
    assert over.warn_at is None


def test_activity_begins_the_time_and_its_warnings_anew(editor: User) -> None:
    report = ending(reports.report(), 6 * DAY)
    keeping.warn()
    Notice.objects.all().delete()
    intake.write_again(report, body="More.", nonce="1" * 32)
    report.refresh_from_db()
    assert report.warn_at == report.expires_at - 14 * DAY
    assert keeping.warn() == 0


def test_who_has_it_and_the_editors_of_its_desk_are_told_and_of_nothing_but_the_reference(reporter: User) -> None:
    sport, money = make.section("Sport"), make.section("Money")
    theirs, others = make.user(Role.EDITOR), make.user(Role.EDITOR)
    SectionLimit.objects.create(user=theirs, section=money)
    SectionLimit.objects.create(user=others, section=sport)
    report = ending(reports.report(title="Planted words"), 3 * DAY)
    Report.objects.filter(pk=report.pk).update(section=money, assigned_to=reporter)
    ending(reports.report(state="spam"), 3 * DAY)
    assert keeping.warn() == 1
    assert {each.user for each in Notice.objects.all()} == {theirs, reporter}
    assert "Planted" not in "".join(f"{each.text}{each.url}{each.params}" for each in Notice.objects.all())


def test_of_a_flood_each_hears_once_with_a_way_to_the_list(desk: Client, editor: User) -> None:
    rows = [ending(reports.report(), 2 * DAY) for _ in range(5)]
    assert keeping.warn() == 5
    [notice] = Notice.objects.all()
    assert notice.text.startswith("5 reports are purged within two weeks")
    shown = desk.get(notice.url).content.decode()
    assert all(report.reference in shown for report in rows)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_warn_once() -> None:
    make.user(Role.EDITOR)
    ending(reports.report(), 2 * DAY)
    start, warned = Barrier(2), []

    def work() -> None:
        start.wait(30)
        try:
            warned.append(keeping.warn())
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    close_old_connections()
    assert sorted(warned) == [0, 1]
    assert len(told()) == 1


# Keeping it longer ----------------------------------------------------------------------------------------------------


def test_a_report_is_kept_longer_whatever_happens_to_it(desk: Client, editor: User) -> None:
    report = reports.report()
    day = timezone.localdate() + 200 * DAY
    assert do(desk, report, "keep", until=day.isoformat(), reason="The inquiry sits in autumn.").status_code == 302
    report.refresh_from_db()
    assert timezone.localtime(report.expires_at).date() == day
    handling.answer(report.pk, actor=editor, text="Which bridge?")
    intake.write_again(report, body="The old one.", nonce="2" * 32)
    report.refresh_from_db()
    assert timezone.localtime(report.expires_at).date() == day
    event = ReportEvent.objects.get(verb="kept_longer")
    assert (event.actor, event.detail["until"]) == (editor, day.isoformat())
    audit = AuditRow.objects.get(verb="kept longer")
    assert (audit.actor, audit.label, audit.detail["reason"]) == (
        editor,
        report.reference,
        "The inquiry sits in autumn.",
    )
    assert day.isoformat() in desk.get(page(report)).content.decode()


@pytest.mark.parametrize(
    ("days", "reason", "words"),
    [
        (10, "x", "Choose a later day"),
        (2000, "x", "Two years at most"),
        (200, " ", "Say why"),
        (None, "x", "later day"),
    ],
)
def test_what_is_no_longer_time_or_has_no_reason_is_refused_with_what_was_typed(
    desk: Client, days: int | None, reason: str, words: str
) -> None:
    report = reports.report()
    before = report.expires_at
    until = (timezone.localdate() + days * DAY).isoformat() if days else "9999-99-99"
    answer = do(desk, report, "keep", until=until, reason=reason)
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert f'value="{until}"' in answer.content.decode()
    report.refresh_from_db()
    assert report.expires_at == before


def test_only_verifiers_keep_or_hold(reporter: User) -> None:
    report = reports.report()
    for verb in (
        lambda: keeping.keep_longer(report.pk, actor=reporter, until=date(2031, 1, 1), reason="x"),
        lambda: keeping.put_on_hold(report.pk, actor=reporter, reason="x"),
        lambda: keeping.lift_hold(report.pk, actor=reporter, reason="x"),
    ):
        with pytest.raises(handling.HandlingRefused, match="Ask an editor"):
            verb()


# Legal hold -----------------------------------------------------------------------------------------------------------


def test_under_legal_hold_nothing_goes_until_it_is_lifted(desk: Client, editor: User, chief: User) -> None:
    report = ending(reports.report(), -DAY)
    mail = InboundEmail.objects.create(
        mailbox="pipe", raw_hash="1", raw="0" * 32, state="processed", report=report,
        received_at=timezone.now() - 40 * DAY,
    )  # fmt: skip
    assert do(desk, report, "hold", reason=" ").status_code == 409
    assert do(desk, report, "hold", reason="Court of Port Vela, 3 C 41").status_code == 302
    assert do(desk, report, "hold", reason="Again").status_code == 409
    assert purge.purge_due() == keeping.warn() == receiving.forget_old() == 0
    mail.refresh_from_db()
    assert mail.raw
    shown = desk.get(page(report)).content.decode()
    assert "Court of Port Vela, 3 C 41" in shown
    assert str(editor) in shown
    listed = desk.get(INBOX, {"state": "all", "ends": "hold"}).content.decode()
    assert report.reference in listed
    assert "legal hold" in listed

    keeping.lift_hold(report.pk, actor=chief, reason="Settled.")
    report.refresh_from_db()
    assert report.expires_at - timezone.now() > 6 * DAY, "nobody loses it the same hour"
    assert not (report.legal_hold or report.hold_since or report.hold_by or report.hold_reason)
    with pytest.raises(handling.HandlingRefused, match="no legal hold"):
        keeping.lift_hold(report.pk, actor=chief, reason="Again.")
    ending(report, -DAY)
    assert purge.purge_due() == 1
    verbs = ["put_on_hold", "hold_lifted", "purged"]
    assert list(ReportEvent.objects.filter(verb__in=verbs).order_by("pk").values_list("verb", flat=True)) == verbs
    assert AuditRow.objects.get(verb="legal hold lifted").actor == chief
    assert AuditRow.objects.get(verb="put under legal hold").detail == {"reason": "Court of Port Vela, 3 C 41"}


# What the desk sees ---------------------------------------------------------------------------------------------------


def test_the_list_and_the_report_say_when_it_ends(desk: Client) -> None:
    soon, later = ending(reports.report(), 6 * DAY), reports.report()
    held = ending(reports.report(state="closed"), 3 * DAY)
    Report.objects.filter(pk=held.pk).update(legal_hold=True)
    assert "ends in 6 days" in desk.get(INBOX).content.decode()
    assert "ends in 6 days" in desk.get(page(soon)).content.decode()
    assert "ends in" not in desk.get(page(later)).content.decode()
    within = desk.get(INBOX, {"ends": "7"}).content.decode()
    assert soon.reference in within
    assert later.reference not in within
    assert soon.reference not in desk.get(INBOX, {"ends": "1"}).content.decode()
    assert held.reference not in desk.get(INBOX, {"state": "all", "ends": "7"}).content.decode()
    assert held.reference in desk.get(INBOX, {"state": "all", "ends": "hold"}).content.decode()


def test_held_reports_cost_no_more_for_three_than_for_one(desk: Client, editor: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(INBOX, {"state": "all", "ends": "hold"})
        return len(queries)

    keeping.put_on_hold(reports.report().pk, actor=editor, reason="Court.")
    asked()
    one = asked()
    for _ in range(2):
        keeping.put_on_hold(reports.report().pk, actor=editor, reason="Court.")
    assert asked() == one
