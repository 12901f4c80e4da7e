"""The desk hears that mails wait for it: once, those who may decide, and nothing of what they say."""

import pytest

from accounts.models import Notice, User
from accounts.roles import Role
from articles.models.workflow import SectionLimit
from citizen_reports.mail import announcing, deciding, receiving
from citizen_reports.models import InboundEmail, Report
from tests import make
from tests.citizen_reports import reports
from tests.citizen_reports.mail import mails
from tests.citizen_reports.mail.conftest import work

pytestmark = pytest.mark.django_db


def held(number: int, report: Report | None = None) -> InboundEmail:
    return InboundEmail.objects.create(
        mailbox="pipe", raw_hash=str(number), state="held", reason="other_sender", report=report, raw="0" * 32,
        subject="PLANTED subject", sender="planted@mail.example",
    )  # fmt: skip


def told() -> list[tuple[User, str]]:
    return [(each.user, each.text) for each in Notice.objects.order_by("pk")]


def test_a_mail_that_is_held_is_told_of_once(editor: User, reporter: User) -> None:
    receiving.ingest(mails.mail("PLANTED offer", sender="planted@mail.example", List_Id="<pills>"), "pipe")
    work()
    mail = InboundEmail.objects.get(state="held")
    assert announcing.announce() == 1
    assert announcing.announce() == 0
    assert told() == [(editor, "A mail from a witness waits for a decision.")]
    [notice] = Notice.objects.all()
    assert notice.url == f"/admin/citizen_reports/inboundemail/{mail.pk}/change/"
    assert "PLANTED" not in f"{notice.params}{notice.text}"


def test_many_are_one_notice_and_of_another_desks_report_nobody_hears(editor: User) -> None:
    sport = make.user(Role.EDITOR)
    SectionLimit.objects.create(user=sport, section=make.section("Sport"))
    report = reports.report()
    Report.objects.filter(pk=report.pk).update(section=make.section("Money"))
    report.refresh_from_db()
    held(1, report)
    held(2)
    assert announcing.announce() == 2
    assert set(told()) == {
        (editor, "2 mails from witnesses wait for a decision."),
        (sport, "A mail from a witness waits for a decision."),
    }


def test_what_comes_back_after_a_decision_is_told_of_again(editor: User) -> None:
    mail = held(1)
    announcing.announce()
    deciding.let_in(mail.pk, actor=editor)
    InboundEmail.objects.filter(pk=mail.pk).update(state="failed", reason="raw_gone")
    assert announcing.announce() == 1
    deciding.discard(mail.pk, actor=editor)
    assert announcing.announce() == 0
