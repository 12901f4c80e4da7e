"""The inbox in depth: desks, priority, evidence, likenesses, blocks, ready answers, the word that something came."""

import secrets
from datetime import timedelta
from io import BytesIO
from threading import Event

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from accounts.models import AuditRow, Notice, User
from accounts.roles import Role
from articles.models.workflow import SectionLimit
from citizen_reports import derivatives, evidence, handling, likeness, purge, sorting
from citizen_reports.models import BlockRule, CannedAnswer, IntakeForm, Report, ReportEvent, Trace, VerificationCheck
from tests import make
from tests.citizen_reports import posts, reports
from tests.citizen_reports.test_inbox import INBOX, do, page

pytestmark = pytest.mark.django_db

LONG = (
    "At ten past four the water came over the wall behind the market in Dar Simbo, and nobody had told us that the "
    "gates were open. We carried the children to the roof of the school and waited there until it was light."
)


@pytest.fixture
def desk(signed_in, editor: User) -> Client:
    return signed_in(editor)


def of_section(section, **content) -> Report:
    report = reports.report(**content)
    Report.objects.filter(pk=report.pk).update(section=section)
    report.refresh_from_db()
    return report


# Desks, people, priority ----------------------------------------------------------------------------------------------


def test_a_report_gets_a_desk_a_person_and_a_priority(desk, editor, reporter):
    report, section = reports.report(), make.section()
    do(desk, report, "sort", priority="high", section=str(section.pk), assignee=str(reporter.pk))
    report.refresh_from_db()
    assert (report.priority, report.section, report.assigned_to) == ("high", section, reporter)
    event = ReportEvent.objects.filter(report=report.pk, verb="sorted").get()
    assert (event.actor, event.detail["priority"]) == (editor, "high")
    told = Notice.objects.get(user=reporter)
    assert told.text == f"Report {report.reference} is with you now."
    assert "bridge" not in str(told.params)

    do(desk, report, "sort", priority="high", section=str(section.pk), assignee=str(reporter.pk))
    assert ReportEvent.objects.filter(report=report.pk, verb="sorted").count() == 1
    assert do(desk, report, "sort", priority="soon").status_code == 409
    contributor = make.user(Role.CONTRIBUTOR)
    assert do(desk, report, "sort", priority="high", assignee=str(contributor.pk)).status_code == 409


def test_a_desk_sees_its_own_reports_and_those_of_nobody(signed_in):
    theirs, other = make.section("Money"), make.section("Sport")
    clerk = make.user(Role.EDITOR)
    SectionLimit.objects.create(user=clerk, section=theirs)
    mine, free, strange = of_section(theirs), reports.report(), of_section(other, title="Not for this desk")
    client = signed_in(clerk)

    shown = client.get(INBOX).content.decode()
    assert mine.reference in shown
    assert free.reference in shown
    assert strange.reference not in shown
    assert client.get(page(strange)).status_code != 200
    for verb in ("move", "judge", "check", "take", "sort", "same", "block", "answer", "note", "identity", "story"):
        fields = {"to": "triaged", "text": "x", "reason": "x", "priority": "low", "reference": mine.reference}
        assert do(client, strange, verb, **fields).status_code == 404, verb
    for verb in (handling.take, lambda number, actor: handling.move(number, actor=actor, to="triaged")):
        with pytest.raises(handling.HandlingRefused, match="Another desk"):
            verb(strange.pk, actor=clerk)
    assert ReportEvent.objects.filter(report=strange.pk).count() == 1
    assert do(client, mine, "same", reference=strange.reference).status_code == 409

    Report.objects.filter(pk=strange.pk).update(assigned_to=clerk)
    assert client.get(page(strange)).status_code == 200


def test_files_of_another_desk_are_not_found(signed_in, witness):
    posts.send(witness, files=[posts.tagged_photo("quay.jpg")])
    derivatives.turn("worker", Event())
    report = Report.objects.get()
    Report.objects.update(section=make.section("Sport"))
    clerk = make.user(Role.EDITOR)
    SectionLimit.objects.create(user=clerk, section=make.section("Money"))
    client, file = signed_in(clerk), report.attachments.get()
    assert client.get(f"{INBOX}{report.pk}/files/{file.pk}/safe/").status_code == 404
    assert client.post(f"{INBOX}{report.pk}/files/{file.pk}/original/").status_code == 404
    Report.objects.update(assigned_to=clerk)
    assert client.get(f"{INBOX}{report.pk}/files/{file.pk}/safe/").status_code == 200


def test_high_priority_needs_a_second_person(editor, chief):
    report = reports.report(state="in_verification")
    sorting.sort(report.pk, actor=editor, priority="high")
    for person in (editor, chief):
        with pytest.raises(handling.HandlingRefused, match="two people"):
            handling.move(report.pk, actor=person, to="ready", reason="No time to check.")
    handling.judge(report.pk, actor=editor, verification="verified", reason="Two videos.")
    with pytest.raises(handling.HandlingRefused, match="two people"):
        handling.move(report.pk, actor=editor, to="ready")
    assert handling.move(report.pk, actor=chief, to="ready").state == "ready"


def test_high_priority_is_not_lowered_by_who_judged_or_may_not_judge(editor, chief, reporter):
    report = reports.report(state="in_verification")
    sorting.sort(report.pk, actor=editor, priority="high")
    handling.judge(report.pk, actor=editor, verification="verified", reason="Two videos.")
    for person in (editor, reporter):
        with pytest.raises(handling.HandlingRefused, match="two people"):
            sorting.sort(report.pk, actor=person, priority="normal")
    assert sorting.sort(report.pk, actor=editor, priority="high", assignee=reporter.pk).assigned_to == reporter
    assert sorting.sort(report.pk, actor=chief, priority="normal").priority == "normal"


def test_desks_with_a_desk_above_cost_no_more(desk, editor):
    def asked(address: str) -> int:
        desk.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address).status_code == 200
        return len(queries)

    above = make.section("Money")
    report = of_section(make.section("Banks", parent=above))
    inbox, one = asked(INBOX), asked(page(report))
    for name in ("Markets", "Work"):
        of_section(make.section(name, parent=above), body=f"All quiet, says {name}.")
    assert "Money › Markets" in desk.get(INBOX).content.decode()
    assert (asked(INBOX), asked(page(report))) == (inbox, one)


def test_going_through_the_inbox(desk, editor):
    now = timezone.now()
    rows = [reports.report() for _ in range(3)]
    for hours, report in enumerate(rows):
        Report.objects.filter(pk=report.pk).update(last_activity=now - timedelta(hours=hours))
    first, second, third = (Report.objects.get(pk=report.pk) for report in rows)
    assert sorting.neighbours(second, editor) == (first, third)
    assert sorting.neighbours(first, editor) == (None, second)

    answer = do(desk, second, "spam")
    assert answer["Location"] == page(third)
    assert sorting.neighbours(first, editor) == (None, third)
    assert do(desk, third, "move", to="declined")["Location"] == INBOX


def test_the_page_asks_the_same_for_three_likenesses_as_for_one(desk):
    report = reports.report(body=LONG)
    reports.report(body=LONG)
    VerificationCheck.objects.create(report=report, aspect="date", finding="holds", by=make.user(Role.EDITOR))
    desk.get(page(report))
    with CaptureQueriesContext(connection) as one:
        desk.get(page(report))
    for _ in range(2):
        reports.report(body=LONG)
        VerificationCheck.objects.create(report=report, aspect="date", finding="holds", by=make.user(Role.EDITOR))
    with CaptureQueriesContext(connection) as three:
        shown = desk.get(page(report)).content.decode()
    assert len(three) == len(one)
    assert shown.count("the text is alike") == 3


# Evidence -------------------------------------------------------------------------------------------------------------


def test_evidence_is_added_and_stays(desk, editor, chief):
    report = reports.report()
    do(desk, report, "check", aspect="place", finding="doubtful", evidence="No such street in Port Vela.")
    do(desk, report, "check", aspect="place", finding="holds", evidence="The old town map has it.")
    place = next(line for line in evidence.checklist(report) if line.aspect == "place")
    assert place.latest is not None
    assert (place.latest.finding, place.latest.by) == ("holds", editor)
    assert [each.evidence.open() for each in place.earlier] == ["No such street in Port Vela."]
    shown = desk.get(page(report)).content.decode()
    assert "The old town map has it." in shown
    assert "1 earlier finding" in shown
    raw = VerificationCheck.objects.values_list("evidence", flat=True).first()
    assert b"town map" not in bytes(raw.sealed)

    refused = do(desk, report, "check", aspect="place", finding="holds", evidence=" ")
    assert refused.status_code == 409
    assert do(desk, report, "check", aspect="mood", finding="holds", evidence="x").status_code == 409
    assert VerificationCheck.objects.count() == 2


# Likenesses -----------------------------------------------------------------------------------------------------------


def test_the_same_text_with_a_few_words_changed_is_found_and_another_is_not():
    first = reports.report(body=LONG)
    changed = reports.report(body="Hello! " + LONG.replace("ten past four", "half past four") + " Please publish.")
    reports.report(
        body="The ferry to Nafra does not run on Tuesday and Wednesday, says a notice at the quay in Lansemba."
    )
    reports.report(body="Help!")
    [found] = likeness.alike(first)
    assert found.number == changed.pk
    assert not found.is_picture
    assert 0.3 < found.share <= 1  # reckoned from a sample of keyed numbers, which differ with the key
    assert [each.number for each in likeness.alike(changed)] == [first.pk]


def test_the_same_picture_made_smaller_is_found():
    def scene(size: tuple[int, int]) -> Image.Image:
        picture = Image.radial_gradient("L").rotate(30).crop((20, 0, 200, 120)).convert("RGB")
        picture.paste((200, 40, 30), (30, 20, 90, 70))
        return picture.resize(size)

    first, second, other = reports.report(body="Look."), reports.report(body="See."), reports.report(body="There.")
    for report, picture in (
        (first, scene((900, 600))),
        (second, _jpeg(scene((320, 213)))),
        (other, Image.linear_gradient("L").rotate(10)),
    ):
        file = report.attachments.create(display_name="x", sha256="x", dedupe_key=secrets.token_hex(8))
        likeness.trace_picture(file, picture)
    [found] = likeness.alike(first)
    assert (found.number, found.is_picture) == (second.pk, True)


def _jpeg(picture: Image.Image) -> Image.Image:
    out = BytesIO()
    picture.save(out, "JPEG", quality=40)
    return Image.open(BytesIO(out.getvalue()))


def test_numbers_say_nothing_without_the_key(settings):
    before = likeness.minima(LONG)
    assert before == likeness.minima(LONG)
    settings.PEPPER = "another installation’s"
    assert not set(before) & set(likeness.minima(LONG))


def test_one_report_is_set_aside_as_the_same_as_another(desk, editor):
    first, second, third = reports.report(), reports.report(), reports.report()
    do(desk, third, "same", reference=second.reference)
    do(desk, second, "same", reference=f" {first.reference.lower()} ")
    rows = {report.pk: report for report in Report.objects.all()}
    assert rows[second.pk].duplicate_of == rows[third.pk].duplicate_of == first
    assert rows[second.pk].state == "duplicate"
    assert rows[first.pk].state == "unscreened"
    assert do(desk, first, "same", reference=second.reference).status_code == 409
    assert do(desk, first, "same", reference="CR-NONE-00").status_code == 409
    assert first.reference in desk.get(page(second)).content.decode()


def test_what_was_set_aside_can_be_taken_up_again(desk):
    first, second = reports.report(), reports.report()
    do(desk, second, "same", reference=first.reference)
    do(desk, second, "move", to="triaged")
    second.refresh_from_db()
    assert (second.state, second.duplicate_of) == ("triaged", None)
    assert do(desk, first, "same", reference=second.reference).status_code == 302
    first.refresh_from_db()
    assert first.duplicate_of == second


# Spam -----------------------------------------------------------------------------------------------------------------


def test_a_blocked_sender_is_marked_with_the_reason_and_nobody_reads_the_address(desk, editor):
    report = reports.named()
    answer = do(desk, report, "block", reason="Sells pills every day.")
    assert answer.status_code == 302
    report.refresh_from_db()
    assert report.state == "spam"
    rule = BlockRule.objects.get()
    assert (rule.kind, rule.by, rule.reason) == ("sender", editor, "Sells pills every day.")
    assert reports.ADDRESS not in str(vars(rule))
    assert not ReportEvent.objects.filter(verb="identity_seen").exists()

    again = reports.report(exposure="named", name="Other", email=reports.ADDRESS.upper(), credit="full")
    assert (again.state, again.flags) == ("spam", ["sender"])
    rule.refresh_from_db()
    assert rule.hits == 1
    assert "This sender is blocked." in desk.get(INBOX, {"state": "spam"}).content.decode()
    assert reports.report().state == "unscreened"


def test_an_address_that_was_typed_before_does_not_count_against_who_stays_anonymous(editor):
    sorting.block(reports.named().pk, actor=editor, reason="Sells pills.")
    anonymous = reports.report(exposure="anonymous", email=reports.ADDRESS)
    assert (anonymous.state, anonymous.flags) == ("unscreened", [])
    assert BlockRule.objects.get().hits == 0


def test_blocking_needs_a_reason_the_right_and_something_to_block(desk, reporter):
    assert do(desk, reports.named(), "block", reason=" ").status_code == 409
    assert do(desk, reports.report(), "block", reason="Anonymous, and no file").status_code == 409
    with pytest.raises(handling.HandlingRefused):
        sorting.block(reports.named().pk, actor=reporter, reason="x")
    assert not BlockRule.objects.exists()


def test_a_block_is_lifted_by_an_editor_and_that_is_recorded(desk, editor):
    do(desk, reports.named(), "block", reason="Sells pills.")
    rule = BlockRule.objects.get()
    desk.post(f"/admin/citizen_reports/blockrule/{rule.pk}/delete/", {"post": "yes"})
    assert not BlockRule.objects.exists()
    assert AuditRow.objects.get(verb="block lifted").actor == editor
    assert reports.named().state == "unscreened"


def test_the_same_words_again_and_again_and_mere_links_are_marked_and_stay():
    for _ in range(3):
        assert reports.report(body=LONG).flags == []
    fourth = reports.report(body=LONG)
    assert (fourth.flags, fourth.state) == (["again"], "unscreened")
    links = reports.report(body=" ".join(f"https://pills.example/{number}" for number in range(5)))
    assert (links.flags, links.state) == (["links"], "unscreened")


# Ready answers --------------------------------------------------------------------------------------------------------


def test_a_ready_answer_is_put_into_the_field_and_not_sent(desk):
    report = reports.report()
    ready = CannedAnswer.objects.create(title="Thanks", language="en", text="Thank you. We look into it.")
    CannedAnswer.objects.create(title="Merci", language="fr", text="Merci.")
    shown = desk.get(page(report)).content.decode()
    assert "Thanks" in shown
    assert "Merci" not in shown
    answer = do(desk, report, "answer", text="Dear witness,", canned=str(ready.pk)).content.decode()
    assert "Dear witness,\n\nThank you. We look into it.</textarea>" in answer
    assert not report.messages.exists()
    assert do(desk, report, "answer", text="", canned="9" * 5).status_code == 404


# The word that something came -----------------------------------------------------------------------------------------


def test_editors_of_the_desk_are_told_once_and_of_nothing_but_the_reference(editor, reporter):
    section, elsewhere = make.section("Money"), make.user(Role.EDITOR)
    SectionLimit.objects.create(user=elsewhere, section=make.section("Sport"))
    IntakeForm.objects.filter(slug="witness").delete()
    report = of_section(section, title="Planted words")
    assert sorting.announce() == 1
    assert sorting.announce() == 0
    [told] = Notice.objects.all()
    assert (told.user, told.text) == (editor, f"A new report waits: {report.reference} (Money)")
    assert "Planted" not in f"{told.params} {told.url}"


def test_whoever_has_it_hears_that_the_witness_wrote(editor, reporter):
    from citizen_reports import intake

    report = reports.report(state="in_verification")
    sorting.announce()
    Notice.objects.all().delete()
    Report.objects.filter(pk=report.pk).update(assigned_to=reporter)
    intake.write_again(report, body="More.", nonce=secrets.token_hex(8))
    assert sorting.announce() == 1
    assert [(each.user, each.text) for each in Notice.objects.all()] == [
        (reporter, f"The witness of report {report.reference} has written.")
    ]
    reports.report(state="spam")
    assert sorting.announce() == 0


# The end --------------------------------------------------------------------------------------------------------------


def test_a_purge_takes_evidence_and_likenesses_along(editor):
    report = reports.report(body=LONG)
    evidence.check(report.pk, actor=editor, aspect="date", finding="holds", evidence="The clock on the tower.")
    Report.objects.filter(pk=report.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert purge.purge_due() == 1
    assert not VerificationCheck.objects.exists()
    assert not Trace.objects.exists()
    assert ReportEvent.objects.filter(report=report.pk, verb="checked").exists()


@pytest.mark.parametrize("typed", ["CR-7K2M-9Q", "cr 7k2m 9q", "7k2m9q", " cr-7K2M-9q ", "7K2M-9Q"])
def test_a_reference_is_known_however_it_is_typed(typed):
    assert sorting.reference_of(typed) == "CR-7K2M-9Q"


def test_a_reference_is_found_whatever_the_report_s_state(desk):
    closed, other = reports.report(state="closed"), reports.report()
    shown = desk.get(INBOX, {"q": closed.reference.lower().replace("-", " ")}).content.decode()
    assert closed.reference in shown
    assert other.reference not in shown
    assert "No report is like that." in desk.get(INBOX, {"q": "CR-NONE-00"}).content.decode()
