"""Readers from elsewhere: looked through first, added once, whatever the file is like and whenever a worker dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import AuditRow
from subscriptions import answers, people, topics
from subscriptions.audience import importing, reading
from subscriptions.models.audience import AudienceImport
from subscriptions.models.letters import Newsletter
from subscriptions.models.people import Answer, Subscriber, Subscription, Suppression
from tests import stored
from tests.subscriptions.readers import alert, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")
PAGE = "/admin/subscriptions/subscriber/import/"
EVIDENCE = {"has_agreed": True, "agreed_where": "The form on our old site", "agreed_when": "Spring 2026"}
NO_EVIDENCE = {"has_agreed": False, "agreed_where": "", "agreed_when": ""}


@pytest.fixture
def desk(chief: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(chief)


def turn() -> int:
    done = 0
    while some := importing.turn("tests", Event()):
        done += some
    return done


def brought(data: bytes | str, actor: User, **changes: object) -> AudienceImport:
    """A list that was looked through."""
    values = {"name": "list.csv", "topics": [topic_of()], "language": "en", "time_zone": "UTC", "actor": actor}
    pieces = [data.encode() if isinstance(data, str) else data]
    row = importing.begin(pieces, **{**values, **EVIDENCE, **changes})  # type: ignore[arg-type]
    turn()
    row.refresh_from_db()
    return row


def decided(row: AudienceImport, actor: User) -> AudienceImport:
    importing.decide(row, actor=actor)
    turn()
    row.refresh_from_db()
    return row


def counts(row: AudienceImport) -> tuple[int, int, int, int]:
    return row.new, row.known, row.suppressed, row.invalid


def addresses() -> list[str]:
    return sorted(Subscriber.objects.values_list("email", flat=True))


def found(data: bytes | str, *, piece: int = 7) -> list[tuple[int, str]]:
    raw = data.encode() if isinstance(data, str) else data
    pieces = [raw[start : start + piece] for start in range(0, len(raw), piece)]
    return [(each.line, each.email) for each in reading.records(pieces)]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ("a@x.example\nb@x.example\n", [(1, "a@x.example"), (2, "b@x.example")]),
        ("Name,E-mail\nAda,a@x.example", [(2, "a@x.example")]),
        ("\ufeffemail;name\r\na@x.example;Ada\r\n\r\nb@x.example;B\r\n", [(2, "a@x.example"), (4, "b@x.example")]),
        ("name\temail\rAda\ta@x.example\r", [(2, "a@x.example")]),
        ('"Ada ""the first"", of X",a@x.example\n"open,b@x.example\nC,c@x.example\n',
         [(1, "a@x.example"), (2, ""), (3, "c@x.example")]),
        ("Ada,a@x.example".encode("utf-16"), [(1, "a@x.example")]),
        (b"a@x.example\nb\xe9@x.example\nc\x00@x.example\n",
         [(1, "a@x.example"), (2, "b\ufffd@x.example"), (3, "c\x00@x.example")]),
        ("a@x.example\n" + "b" * 50_000 + "@x.example\nc@x.example",
         [(1, "a@x.example"), (2, "b" * 10_000), (3, "c@x.example")]),
        ("بريد,الاسم\na@x.example,آدا\n", [(2, "a@x.example")]),
        ('sep=;\r\n"Name";"E-mail"\r\n"Holt; Ada";"a@x.example"\r\n', [(3, "a@x.example")]),
        ("Readers, spring\n\nName;Mail\nAda;a@x.example\n", [(1, "Readers, spring"), (4, "a@x.example")]),
        ('"Holt, Ada" <a@x.example>\nB;<b@x.example>\n<c@x.example\n',
         [(1, "a@x.example"), (2, "b@x.example"), (3, "<c@x.example")]),
        ("", []),
        ("\n\n ,, \n", []),
    ],
)  # fmt: skip
def test_a_list_is_read_as_it_comes(data: bytes | str, lines: list[tuple[int, str]]) -> None:
    assert found(data) == lines
    assert found(data, piece=100_000) == lines


def test_reading_keeps_no_list_in_memory() -> None:
    given = 0

    def pieces() -> Iterator[bytes]:
        nonlocal given
        for number in range(1_000):
            given += 1
            yield f"reader{number}@x.example\n".encode() * 20

    read = reading.records(pieces())
    assert next(read).line == 1
    assert given < 50, "what is not asked for is not read"
    assert sum(1 for _ in read) == 1_000 * 20 - 1


def test_the_dry_run_says_what_is_in_the_list_and_adds_nobody(chief: User) -> None:
    reader("known@x.example")
    people.suppress("barred@x.example", actor=None)
    row = brought("email\nnew@x.example\nKNOWN@x.example\nbarred@x.example\nnobody\n\nnew@x.example\n@\n", chief)
    assert row.state == "checked"
    assert counts(row) == (1, 2, 1, 2)
    assert row.wrong_lines == [5, 8]
    assert addresses() == ["known@x.example"]


def test_whoever_agreed_gets_letters_with_the_evidence_kept(chief: User) -> None:
    row = decided(
        brought("email,language,time_zone\nAda@X.example,ar,Africa/Lagos\nb@x.example,xx,Nowhere/None\n", chief), chief
    )
    assert (row.state, row.added) == ("done", 2)
    ada, other = Subscriber.objects.order_by("email_norm")
    assert (ada.email, ada.email_norm, ada.language, ada.time_zone) == (
        "Ada@x.example", "ada@x.example", "ar", "Africa/Lagos",
    )  # fmt: skip
    assert (other.language, other.time_zone) == ("en", "UTC")
    for each in (ada, other):
        assert (each.state, each.consent_version) == ("active", f"import {row.pk}")
        assert each.confirmed_at
    assert list(Subscription.objects.values_list("state", flat=True)) == ["active", "active"]
    assert not Answer.objects.exists()
    edition = alert()
    work()
    assert edition.deliveries.get().subscriber_id == other.pk
    said = AuditRow.objects.get(verb="list of readers imported").detail
    assert said == {"new": 2, "agreed": True, "where": EVIDENCE["agreed_where"], "when": EVIDENCE["agreed_when"]}


def test_whoever_may_not_have_agreed_is_asked_first(chief: User) -> None:
    row = decided(brought("a@x.example\n", chief, **NO_EVIDENCE), chief)
    assert row.added == 1
    assert Subscriber.objects.get().state == "pending"
    edition = alert()
    work()
    assert not edition.deliveries.exists()
    answers.turn("tests", Event())
    assert "/subscribe/confirm/" in mail.outbox[0].body


def test_known_and_suppressed_readers_stay_as_they_are(chief: User) -> None:
    left = reader("left@x.example")
    people.leave(left)
    gone = reader("gone@x.example")
    people.erase(gone)
    people.suppress("barred@x.example", actor=None)
    row = decided(brought("left@x.example\ngone@x.example\nbarred@x.example\nnew@x.example\n", chief), chief)
    assert counts(row) == (1, 1, 2, 0)
    assert row.added == 1
    assert addresses() == ["", "left@x.example", "new@x.example"]
    assert left.subscriptions.get().state == "left"
    assert Suppression.objects.count() == 2


def test_somebody_who_is_suppressed_after_the_dry_run_is_not_added(chief: User) -> None:
    row = brought("a@x.example\nb@x.example\n", chief)
    people.suppress("a@x.example", actor=None)
    assert decided(row, chief).added == 1
    assert addresses() == ["b@x.example"]


def test_a_second_press_imports_nothing(chief: User) -> None:
    row = brought("a@x.example\n", chief)
    importing.decide(row, actor=chief)
    with pytest.raises(importing.ImportProblem):
        importing.decide(row, actor=chief)
    turn()
    with pytest.raises(importing.ImportProblem):
        importing.decide(row, actor=chief)
    assert turn() == 0
    assert addresses() == ["a@x.example"]


def test_a_worker_that_dies_half_way_leaves_the_rest_to_another(chief: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PIECE", 10)
    row = brought("".join(f"reader{number}@x.example\n" for number in range(35)), chief)
    assert counts(row) == (35, 0, 0, 0)
    importing.decide(row, actor=chief)
    plain, calls = importing._add, 0

    def add(*args: object) -> int:
        nonlocal calls
        calls += 1
        added = plain(*args)  # type: ignore[arg-type]
        if calls == 3:
            raise KeyboardInterrupt
        return added

    with monkeypatch.context() as dying:
        dying.setattr(importing, "_add", add)
        with pytest.raises(KeyboardInterrupt):
            importing.turn("dead", Event())
    assert Subscriber.objects.count() == 20, "the piece at which it died is not there"
    assert turn() == 0, "somebody is at it"
    AudienceImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    turn()
    row.refresh_from_db()
    assert (row.state, row.added, Subscriber.objects.count()) == ("done", 35, 35)
    assert Subscription.objects.count() == 35


def test_a_worker_that_is_told_to_stop_lets_go_and_another_goes_on(
    chief: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PIECE", 10)
    row = brought("".join(f"reader{number}@x.example\n" for number in range(25)), chief)
    importing.decide(row, actor=chief)
    stop = Event()
    plain = importing._judge

    def judge(*args: object) -> object:
        stop.set()
        return plain(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(importing, "_judge", judge)
        importing.turn("first", stop)
    row.refresh_from_db()
    assert (row.state, row.added, row.lease_by) == ("importing", 10, "")
    turn()
    assert Subscriber.objects.count() == 25


def test_cancelling_stops_the_worker_and_deletes_the_list(
    chief: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable
) -> None:
    monkeypatch.setattr(importing, "PIECE", 10)
    row = brought("".join(f"reader{number}@x.example\n" for number in range(25)), chief)
    importing.decide(row, actor=chief)
    plain = importing._add

    def add(*args: object) -> int:
        added = plain(*args)  # type: ignore[arg-type]
        AudienceImport.objects.update(state="cancelled")
        return added

    with monkeypatch.context() as patched:
        patched.setattr(importing, "_add", add)
        importing.turn("tests", Event())
    assert Subscriber.objects.count() == 10
    other = brought("z@x.example\n", chief)
    with django_capture_on_commit_callbacks(execute=True):
        importing.cancel(other, actor=chief)
    assert not stored.readers_list(other.file).exists()


def test_the_list_is_sealed_while_it_waits_and_gone_afterwards(chief: User) -> None:
    row = brought("ada@x.example\n", chief)
    place = Path(settings.DATA_DIR) / "private" / "audience" / row.file
    assert b"ada@x.example" not in place.read_bytes()
    decided(row, chief)
    assert not place.exists()


def test_a_list_that_cannot_be_read_says_so(chief: User) -> None:
    row = brought("a@x.example\n", chief)
    stored.readers_list(row.file).write_bytes(b"broken")
    assert decided(row, chief).state == "failed"
    assert not Subscriber.objects.exists()


def test_lists_that_nobody_decides_about_go_after_a_week(
    chief: User, django_capture_on_commit_callbacks: Callable
) -> None:
    old, fresh = brought("a@x.example\n", chief), brought("b@x.example\n", chief)
    AudienceImport.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    with django_capture_on_commit_callbacks(execute=True):
        importing.forget_undecided()
    assert not stored.readers_list(old.file).exists()
    assert stored.readers_list(fresh.file).exists()


def test_five_thousand_lines(chief: User) -> None:
    lines = "".join(f'"Reader {number}, of X",reader{number}@x.example,en\n' for number in range(5_000))
    row = decided(brought("name,email,language\n" + lines, chief), chief)
    assert (row.state, row.added, counts(row)) == ("done", 5_000, (5_000, 0, 0, 0))
    assert Subscriber.objects.filter(state="active").count() == 5_000


# At the desk.


def sent(client: Client, data: bytes = b"a@x.example\n", **changes: object):
    file = SimpleUploadedFile("list.csv", data)
    values = {
        "file": file, "topics": [topic_of().pk], "cadence": "instant", "language": "en", "agreed": "yes",
        "agreed_where": "At the fair", "agreed_when": "May 2026",
    }  # fmt: skip
    return client.post(PAGE, {**values, **changes})


def test_an_editor_in_chief_brings_a_list_looks_and_imports(desk: Client) -> None:
    answered = sent(desk)
    row = AudienceImport.objects.get()
    assert answered.headers["Location"] == f"{PAGE}{row.pk}/"
    page = desk.get(answered.headers["Location"]).content.decode()
    assert "Being looked through" in page
    assert "data-waiting" in page
    turn()
    page = desk.get(answered.headers["Location"]).content.decode()
    assert "Import 1 reader" in page
    assert "At the fair, May 2026" in page
    assert "data-waiting" not in page
    for _ in range(2):
        desk.post(answered.headers["Location"], {"do": "import"})
    turn()
    assert addresses() == ["a@x.example"]
    assert AuditRow.objects.filter(verb="list of readers imported").count() == 1
    number = Subscriber.objects.get().pk
    told = desk.get(f"/admin/subscriptions/subscriber/{number}/change/").content.decode()
    assert "Imported; agreed here: At the fair, May 2026" in told


def test_readers_of_a_morning_letter_elsewhere_get_ours_in_the_morning_and_a_newsletter_when_it_is_written(
    desk: Client,
) -> None:
    newsletter = Newsletter.objects.create(name="The Friday letter", slug="friday", is_offered=True)
    topics.keep_list(newsletter)
    answered = sent(desk, topics=[topic_of().pk, newsletter.list_topic.pk], cadence="daily")
    turn()
    page = desk.get(answered.headers["Location"]).content.decode()
    assert "Every morning" in page and "The whole paper, The Friday letter" in page
    desk.post(answered.headers["Location"], {"do": "import"})
    turn()
    assert dict(Subscription.objects.values_list("topic__kind", "cadence")) == {"site": "daily", "letter": "instant"}


def test_without_evidence_the_form_asks_for_it_and_keeps_what_was_typed(desk: Client) -> None:
    answered = sent(desk, agreed_when="")
    assert not AudienceImport.objects.exists()
    page = answered.content.decode()
    assert "It is kept as evidence." in page
    assert "At the fair" in page
    assert sent(desk, agreed="no", agreed_where="", agreed_when="").status_code == 302


def test_a_list_that_is_too_large_is_refused(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscriptions.audience.forms.MOST_MB", 0)
    assert "Cut it in two" in sent(desk).content.decode()
    assert not AudienceImport.objects.exists()
