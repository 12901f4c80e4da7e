"""Every address of this app, visited by everybody, by GET and by POST: the table says who gets what.

The list of addresses is the resolver's own: a new one fails here until the table says whose it is. Whoever is refused
sees no word of a report and changes nothing; by GET nobody changes anything.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any, NamedTuple

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import RANK, Role
from articles.models.desk import Article
from articles.models.workflow import SectionLimit
from citizen_reports import derivatives
from citizen_reports.inbox_verbs import VERBS
from citizen_reports.models import (
    BlockRule,
    CannedAnswer,
    ConsentAlarm,
    InboundEmail,
    IntakeForm,
    Report,
    ReportStory,
)
from tests import make
from tests.citizen_reports import posts

pytestmark = pytest.mark.django_db
R, E, C = Role.REPORTER, Role.EDITOR, Role.CHIEF
NOBODY = None
OTHER_DESK = "editor of another desk"
PEOPLE = ["stranger", *Role, OTHER_DESK]
WHY = {"reason": "Because of the inquiry."}


class Row(NamedTuple):
    """The lowest role that gets the page, and that may post to it; what is posted; what must be so beforehand."""

    get: Role | None
    post: Role | None
    data: dict[str, str] = {}
    before: dict[str, Any] = {}


DO = "citizen_reports_report_do"
MAIL = "citizen_reports_inboundemail_do"
HELD = {"state": "held", "reason": "other_sender"}
# By the address's name, and by the verb where there is one. What is of a desk is for that desk's people alone.
ADMIN: dict[str, Row] = {
    "citizen_reports_report_changelist": Row(R, R),
    "citizen_reports_report_add": Row(NOBODY, NOBODY),
    "citizen_reports_report_change": Row(R, R),
    "citizen_reports_report_history": Row(R, R),
    "citizen_reports_report_delete": Row(NOBODY, NOBODY),
    "citizen_reports_report_safe_copy": Row(R, R),
    "citizen_reports_report_poster": Row(NOBODY, NOBODY),  # it is no film
    "citizen_reports_report_original": Row(NOBODY, E),
    "citizen_reports_report_blur": Row(R, R),
    "citizen_reports_report_anew": Row(NOBODY, E),
    "citizen_reports_report_link": Row(R, R),
    "citizen_reports_report_unlink": Row(R, R, WHY),
    "citizen_reports_report_library": Row(R, R),
    "citizen_reports_report_settle": Row(C, C, WHY),
    "citizen_reports_report_delete_now": Row(E, E, {"reference": "cr 7k2m9q", **WHY}, {"reference": "CR-7K2M-9Q"}),
    f"{DO} move": Row(NOBODY, R, {"to": "triaged"}),
    f"{DO} spam": Row(NOBODY, R),
    f"{DO} judge": Row(NOBODY, E, {"verification": "verified", **WHY}),
    f"{DO} check": Row(NOBODY, R, {"aspect": "date", "finding": "holds", "evidence": "The clock."}),
    f"{DO} take": Row(NOBODY, R),
    f"{DO} sort": Row(NOBODY, R, {"priority": "low"}),
    f"{DO} same": Row(NOBODY, R, {"reference": "CR-0THE-R0"}),
    f"{DO} block": Row(NOBODY, E, WHY),
    f"{DO} answer": Row(NOBODY, R, {"text": "Which bridge?"}),
    f"{DO} note": Row(NOBODY, R, {"text": "Seen."}),
    f"{DO} consent": Row(NOBODY, E, {"publish_text": "on", "credit": "anonymous", **WHY}),
    f"{DO} unconsent": Row(NOBODY, R, WHY),
    f"{DO} contact": Row(NOBODY, E, WHY),
    f"{DO} keep": Row(NOBODY, E, {"until": f"{timezone.localdate() + timedelta(days=300)}", **WHY}),
    f"{DO} hold": Row(NOBODY, E, WHY),
    f"{DO} lift": Row(NOBODY, E, WHY, {"legal_hold": True}),
    f"{DO} decline": Row(NOBODY, E, {"text": "A court asked for it."}, {"deletion_asked_at": timezone.now()}),
    f"{DO} identity": Row(NOBODY, C, WHY),
    f"{DO} story": Row(NOBODY, R, {"credit_checked": "on"}, {"state": "ready"}),
    f"{DO} nonsense": Row(NOBODY, NOBODY),
    "citizen_reports_inboundemail_changelist": Row(E, E),
    "citizen_reports_inboundemail_add": Row(NOBODY, NOBODY),
    "citizen_reports_inboundemail_change": Row(E, E),
    "citizen_reports_inboundemail_history": Row(E, E),
    "citizen_reports_inboundemail_delete": Row(NOBODY, NOBODY),
    f"{MAIL} let-in": Row(NOBODY, E),
    f"{MAIL} attach": Row(NOBODY, E),
    f"{MAIL} discard": Row(NOBODY, E),
    f"{MAIL} fetch-again": Row(NOBODY, E, {}, {"state": "failed", "reason": "unfetchable"}),
    f"{MAIL} sender": Row(NOBODY, C, WHY),
    f"{MAIL} download": Row(NOBODY, NOBODY, WHY),  # its file is gone
    f"{MAIL} nonsense": Row(NOBODY, NOBODY),
    "citizen_reports_intakeform_changelist": Row(E, E),
    "citizen_reports_intakeform_add": Row(C, C),
    "citizen_reports_intakeform_change": Row(E, C),
    "citizen_reports_intakeform_history": Row(E, E),
    "citizen_reports_intakeform_delete": Row(NOBODY, NOBODY),
    "citizen_reports_cannedanswer_changelist": Row(R, R),
    "citizen_reports_cannedanswer_add": Row(E, E),
    "citizen_reports_cannedanswer_change": Row(R, E),
    "citizen_reports_cannedanswer_history": Row(R, R),
    "citizen_reports_cannedanswer_delete": Row(E, E, {"post": "yes"}),
    "citizen_reports_blockrule_changelist": Row(E, E),
    "citizen_reports_blockrule_add": Row(NOBODY, NOBODY),
    "citizen_reports_blockrule_change": Row(E, NOBODY),
    "citizen_reports_blockrule_history": Row(E, E),
    "citizen_reports_blockrule_delete": Row(E, E, {"post": "yes"}),
}
# What everybody gets alike, without a token, a receipt or a signature: by GET, by POST.
PUBLIC = {
    "citizen_reports:start": (200, 422),
    "citizen_reports:safety": (200, 405),
    "citizen_reports:receipt": (200, 422),
    "citizen_reports:write": (302, 422),
    "citizen_reports:withdraw_consent": (302, 422),
    "citizen_reports:forget_contact": (302, 422),
    "citizen_reports:ask_deletion": (302, 422),
    "citizen_reports:upload": (405, 405),
    "citizen_reports:upload_to": (405, 412),
    "citizen_reports:report": (200, 422),
    "mail_hook": (405, 404),
}


def addresses() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names and arguments of every address that this app answers."""

    def walk(patterns: list[Any], space: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        for pattern in patterns:
            if not isinstance(pattern, URLPattern):
                yield from walk(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)
            elif pattern.name and (
                pattern.name.startswith("citizen_reports_") or pattern.callback.__module__.startswith("citizen_reports")
            ):
                regex = getattr(pattern.pattern, "regex", None)
                parts = tuple(pattern.pattern.converters) or tuple(regex.groupindex if regex else ())
                yield f"{space}{pattern.name}".removeprefix("admin:"), parts

    return walk(get_resolver().url_patterns, "")


@pytest.fixture
def planted(house_form: IntakeForm) -> dict[str, Any]:
    """One of everything, of the desk "Sport", and the arguments that lead there."""
    sport, chief = make.section("Sport"), make.user(Role.CHIEF)
    posts.send(
        Client(), body="PLANTED words of what happened", title="PLANTED", exposure="named", name="PLANTED",
        email="planted@mail.example", credit="full", publish_text="on", publish_media="on", may_contact="on",
        files=[posts.tagged_photo()],
    )  # fmt: skip
    derivatives.turn("worker", Event())
    Report.objects.update(section=sport, channel="email", state="in_verification")
    report, story = Report.objects.get(), Article.objects.get(pk=make.story(actor=chief).pk)
    other = Report.objects.get()
    other.pk, other.reference, other.receipt_lookup, other.token_lookup = None, "CR-0THE-R0", "o", "o"
    other.save(force_insert=True)
    consent = report.consents.get()
    ReportStory.objects.create(report=report, article=story, consent=consent, by=chief, prints_words=False)
    alarm = ConsentAlarm.objects.create(report=report, article=story, since=timezone.now())
    mail = InboundEmail.objects.create(mailbox="pipe", raw_hash="0", raw="0" * 32, subject="PLANTED", report=report,
                                       sender="planted@mail.example", **HELD)  # fmt: skip
    things = {
        "report": report, "inboundemail": mail, "intakeform": house_form,
        "cannedanswer": CannedAnswer.objects.create(title="Thanks", text="Thank you."),
        "blockrule": BlockRule.objects.create(kind="file", lookup="x", reason="Pills.", by=chief),
    }  # fmt: skip
    return {
        "things": things, "file": report.attachments.get().pk, "story": story.pk, "alarm": alarm.pk, "slug": "witness",
        "name": "0" * 32,
    }  # fmt: skip


@contextmanager
def written() -> Iterator[list[str]]:
    """What is written meanwhile into this app's tables or the audit."""
    found: list[str] = []

    def look(execute: Any, sql: str, *others: Any) -> Any:
        if re.match(r"(INSERT INTO|UPDATE|DELETE FROM) .?(citizen_reports_|accounts_auditrow)", sql):
            found.append(sql)
        return execute(sql, *others)

    with connection.execute_wrapper(look):
        yield found


def whoever(person: str, signed_in: Any) -> tuple[Client, Role | None]:
    if person == "stranger":
        return Client(), None
    user: User = make.user(Role.EDITOR if person == OTHER_DESK else Role(person))
    if person == OTHER_DESK:
        SectionLimit.objects.create(user=user, section=make.section("Money"))
    return signed_in(user), Role(user.role)


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_gets_what_is_theirs_and_nothing_else(person: str, signed_in: Any, planted: dict[str, Any]) -> None:
    client, role = whoever(person, signed_in)
    arguments = dict(addresses())
    for key, row in ADMIN.items():
        name, _space, verb = key.partition(" ")
        thing = planted["things"][name.split("_")[2]]
        given = {**planted, "number": thing.pk, "object_id": thing.pk, "verb": verb}
        address = reverse(f"admin:{name}", kwargs={part: given[part] for part in arguments[name]})
        of_a_desk = name.split("_")[2] in ("report", "inboundemail") and not name.endswith("_changelist")
        for method, lowest in (("GET", row.get), ("POST", row.post)):
            may = bool(lowest and role and RANK[role] >= RANK[lowest]) and not (of_a_desk and person == OTHER_DESK)
            with transaction.atomic():
                if row.before:
                    type(thing)._default_manager.filter(pk=thing.pk).update(**row.before)
                with written() as changes:
                    answer = client.get(address) if method == "GET" else client.post(address, row.data)
                where = (person, method, key, answer.status_code)
                went = answer.status_code in (200, 302) and answer.headers.get("Location", "")[:18] not in (
                    "/admin/", "/admin/login/?next",
                )  # fmt: skip
                assert went == may, where
                if not may:
                    words = b"" if answer.streaming else answer.content
                    assert b"PLANTED" not in words or answer.status_code == 409, where
                if not may or method == "GET":
                    assert not changes, where
                transaction.set_rollback(True)
    if person == OTHER_DESK:
        for page in ("report", "inboundemail"):
            shown = client.get(reverse(f"admin:citizen_reports_{page}_changelist"), {"state": "all"}).content
            assert b"PLANTED" not in shown
            assert planted["things"]["report"].reference.encode() not in shown


@pytest.mark.parametrize("person", ["stranger", Role.CHIEF])
def test_what_is_public_is_the_same_for_all(person: str, signed_in: Any, planted: dict[str, Any]) -> None:
    client, _role = whoever(person, signed_in)
    arguments = dict(addresses())
    for name, expected in PUBLIC.items():
        address = reverse(name, kwargs={part: planted[part] for part in arguments[name]})
        with written() as changes:
            answers = client.get(address), client.post(address)
        assert not changes, name
        for answer, status in zip(answers, expected, strict=True):
            assert answer.status_code == status, (name, address)
            assert b"PLANTED" not in answer.content
            assert planted["things"]["report"].reference.encode() not in answer.content
            assert not answer.cookies


def test_the_tables_name_every_address_and_every_verb() -> None:
    named = {key.partition(" ")[0] for key in ADMIN} | set(PUBLIC)
    assert {name for name, _arguments in addresses()} == named
    verbs = {key.partition(" ")[2] for key in ADMIN if key.startswith(f"{DO} ")}
    assert verbs == {*VERBS, "identity", "story", "nonsense"}
