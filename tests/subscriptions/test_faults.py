"""Mail servers that fail in every way they know: nobody is lost, nobody written to twice, the account balances."""

import socket
from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from subscriptions import addressing, exchanging, ledger, sending
from subscriptions.models.deliveries import Way
from subscriptions.models.letters import Delivery, Edition
from tests.subscriptions.readers import alert, outcomes, parsed, reader, work
from tests.subscriptions.sink import DROP, HANG, Sink

pytestmark = pytest.mark.usefixtures("sink")
State = Delivery.State


@pytest.fixture
def one_connection(settings) -> None:
    settings.MAIL_CONNECTIONS = 1


@pytest.fixture(params=[False, True], ids=["step by step", "pipelining"])
def pipelining(request, sink: Sink) -> None:
    """Servers of both kinds."""
    sink.pipelining = request.param


def edition_for(count: int) -> Edition:
    for number in range(count):
        reader(f"r{number:03}@x.example")
    return alert()


def once(phase: str, reply: str, address: str = "r001@x.example") -> Callable[[str, str], str]:
    """A script that misbehaves the first time it comes to this phase with this address."""
    done: list[bool] = []

    def script(now: str, to: str) -> str:
        if (now, to) != (phase, address) or done:
            return ""
        done.append(True)
        return reply

    return script


def rested() -> None:
    """As if the time were over for which nobody tries the mail server."""
    Way.objects.update(closed_until=None)


def rest() -> int:
    """For how many seconds more nobody tries it."""
    until = Way.objects.get().closed_until
    return round((until - timezone.now()).total_seconds()) if until else 0


def standing(edition: Edition) -> Edition:
    edition.refresh_from_db()
    assert edition.prepared_at is None or ledger.account(edition).balances
    return edition


def test_letters_go_over_one_connection_and_arrive_as_they_were_written(one_connection, sink: Sink):
    edition = edition_for(120)
    work()
    assert sorted(sink.addresses()) == [f"r{number:03}@x.example" for number in range(120)]
    assert sink.connections == 1
    assert {parsed(each.letter)["To"] for each in sink.received} == set(sink.addresses())
    assert len({parsed(each.letter)["Message-ID"] for each in sink.received}) == 120
    assert standing(edition).state == "done"


@pytest.mark.usefixtures("pipelining")
def test_a_line_that_is_a_dot_arrives_as_a_dot(sink: Sink):
    reader()
    alert(body="<p>One.</p><p>.</p><p>..</p><p>.hidden</p>")
    work()
    assert "\n.\n\n..\n\n.hidden\n" in parsed(sink.received[0].letter).get_body(("plain",)).get_content().replace(
        "\r\n", "\n"
    )


@pytest.mark.parametrize("phase", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("reply", ["450 4.2.1 greylisted r001@x.example", "452 4.2.2 full"])
def test_a_temporary_no_puts_off_that_reader_alone(phase, reply, sink: Sink):
    edition = edition_for(3)
    sink.script = once(phase, reply)
    work()
    put_off = edition.deliveries.get(state=State.DEFERRED)
    assert put_off.address == "r001@x.example"
    assert put_off.reason == reply[:9]
    wait = put_off.due_at - timezone.now()
    assert timedelta(minutes=3, seconds=50) < wait < timedelta(minutes=6, seconds=10)
    assert standing(edition).state == "sending"
    Delivery.objects.update(due_at=timezone.now())
    work()
    assert sorted(sink.addresses()) == [f"r00{number}@x.example" for number in range(3)]
    assert standing(edition).state == "done"


def test_putting_off_ends_when_the_next_try_would_be_too_late(sink: Sink):
    edition = edition_for(1)
    Edition.objects.update(not_after=timezone.now() + timedelta(minutes=90))
    sink.script = lambda phase, address: "450 later" if phase == "rcpt" else ""
    waits = []
    for _ in range(4):
        Delivery.objects.update(due_at=timezone.now())
        work()
        delivery = edition.deliveries.get()
        waits.append(delivery.state)
    assert waits == [
        "deferred",
        "deferred",
        "deferred",
        "failed",
    ]  # after 5, 15, 45 minutes; the next would be two hours
    assert (delivery.reason, standing(edition).state, edition.failed) == ("450", "done", 1)


@pytest.mark.usefixtures("pipelining")
@pytest.mark.parametrize("phase", ["rcpt", "data", "dot"])
def test_a_final_no_is_kept_as_a_number_and_nobody_is_suppressed(phase, sink: Sink):
    edition = edition_for(3)
    sink.script = once(phase, "550 5.1.1 no such user r001@x.example")
    work()
    failed = edition.deliveries.get(state=State.FAILED)
    assert (failed.address, failed.reason) == ("r001@x.example", "550 5.1.1")
    assert failed.subscriber.state == "active"
    assert outcomes(edition) == {"sent": 2, "failed": 1}
    assert standing(edition).state == "done"


@pytest.mark.usefixtures("pipelining")
@pytest.mark.parametrize("fault", [HANG, DROP])
@pytest.mark.parametrize("phase", ["rcpt", "data"])
def test_a_connection_that_breaks_before_the_letter_is_handed_over_puts_it_off(fault, phase, sink: Sink):
    edition = edition_for(3)
    sink.script = lambda now, to: fault if (now, to) == (phase, "r001@x.example") else ""
    work()
    assert edition.deliveries.get(state=State.DEFERRED).reason == "no connection"
    assert sorted(sink.addresses()) == ["r000@x.example", "r002@x.example"]


@pytest.mark.usefixtures("pipelining")
@pytest.mark.parametrize("fault", [HANG, DROP, "what?"])
def test_silence_after_the_last_dot_is_uncertain_and_a_person_is_asked(fault, sink: Sink):
    edition = edition_for(3)
    sink.script = once("dot", fault)
    work()
    assert edition.deliveries.get(state=State.UNCERTAIN).address == "r001@x.example"
    assert outcomes(edition) == {"sent": 2, "uncertain": 1}
    assert (standing(edition).state, edition.problem, edition.uncertain) == ("needs_attention", "uncertain", 1)
    work()
    assert len(sink.received) <= 3


@pytest.mark.parametrize("script", [("connect", ""), ("mail", "newsroom@127.0.0.1")])
@pytest.mark.parametrize(
    ("reply", "problem"), [("421 busy", "server away"), (DROP, "server away"), ("450 not now", "server away")]
)
def test_a_server_that_takes_nothing_costs_no_reader_an_attempt(script, reply, problem, sink: Sink):
    edition = edition_for(3)
    sink.script = lambda phase, address: reply if (phase, address) == script else ""
    work()
    assert list(edition.deliveries.values_list("state", "attempts")) == [("ready", 0)] * 3
    assert (standing(edition).state, edition.problem) == ("sending", problem)
    assert (Way.objects.get().failures, rest()) == (1, 30)
    sink.script = lambda phase, address: ""
    rested()
    work()
    assert (standing(edition).state, edition.problem, len(sink.received)) == ("done", "", 3)


@pytest.mark.usefixtures("pipelining")
def test_a_server_that_does_not_want_us_as_a_sender_is_our_trouble(sink: Sink):
    edition = edition_for(3)
    sink.script = lambda phase, address: "550 5.7.1 not you" if phase == "mail" else ""
    work()
    assert outcomes(edition) == {"ready": 3}
    assert standing(edition).problem == "server refuses"


def test_no_server_at_all_is_waited_for_longer_and_longer(settings, sink: Sink):
    edition = edition_for(2)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = nobody.getsockname()[1]
        waits = []
        for _ in range(7):
            rested()
            work()
            waits.append(rest())
    assert waits == [30, 60, 120, 300, 600, 600, 600]
    assert list(edition.deliveries.values_list("state", "attempts")) == [("ready", 0)] * 2


def test_a_server_that_says_421_in_the_middle_is_left_alone_for_a_while(one_connection, sink: Sink):
    edition = edition_for(3)
    sink.script = once("rcpt", "421 closing")
    work()
    assert edition.deliveries.get(address="r001@x.example").state == "ready"
    assert (standing(edition).problem, rest()) == ("server away", 30)
    rested()
    work()
    assert sorted(sink.addresses()) == [f"r00{number}@x.example" for number in range(3)]


def test_an_idle_connection_that_was_closed_is_opened_again(one_connection, sink: Sink):
    edition = edition_for(4)
    calls = []

    def script(phase: str, address: str) -> str:
        calls.append(phase)
        return DROP if phase == "mail" and calls.count("mail") == 3 else ""

    sink.script = script
    work()
    assert sink.connections == 2
    assert standing(edition).state == "done"


def test_many_refusals_stop_the_letter_instead_of_striking_readers_off(one_connection, sink: Sink):
    edition = edition_for(120)
    sink.script = lambda phase, address: "554 5.7.1 spam" if phase == "dot" and address > "r030" else ""
    work()
    assert (standing(edition).state, edition.problem) == ("paused", "refusals")
    found = ledger.account(edition)
    assert (found.failed, found.sent) == (6, len(sink.received))
    assert found.waiting == 120 - 6 - len(sink.received) > 60


def test_dead_workers_leave_nothing_behind(sink: Sink):
    edition = edition_for(3)
    addressing.prepare("dead")
    one, other, third = ledger.claim(edition, worker="dead", limit=3)
    assert exchanging.exchange([], [one.pk], worker="dead") == [one.pk]
    assert ledger.recover() == 0
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert ledger.recover() == 3
    assert not exchanging.exchange([], [other.pk], worker="dead")
    assert list(edition.deliveries.order_by("pk").values_list("state", "attempts")) == [
        ("uncertain", 1), ("ready", 0), ("ready", 0),
    ]  # fmt: skip
    assert not ledger.close(one, State.FAILED, "550", worker="dead")
    assert exchanging.exchange([one.pk], [], worker="dead") == []
    one.refresh_from_db()
    assert one.state == "uncertain"
    work()
    assert sorted(sink.addresses()) == sorted([other.address, third.address])
    assert standing(edition).state == "needs_attention"


def test_a_worker_that_is_told_to_stop_gives_back_what_it_holds(one_connection, sink: Sink):
    edition = edition_for(5)
    stop = Event()

    def script(phase: str, address: str) -> str:
        if phase == "dot" and len(sink.received) == 1:
            stop.set()
        return ""

    sink.script = script
    sending.turn("tests", stop)
    assert outcomes(edition) == {"sent": 2, "ready": 3}
    assert not edition.deliveries.exclude(lease_by="").exists()


def test_two_workers_write_to_nobody_twice(sink: Sink):
    edition = edition_for(4)
    addressing.prepare("one")
    mine = ledger.claim(edition, worker="one", limit=2)
    theirs = ledger.claim(edition, worker="two", limit=9)
    assert {each.pk for each in mine} & {each.pk for each in theirs} == set()
    number = mine[0].pk
    assert exchanging.exchange([], [number], worker="two") == []
    assert exchanging.exchange([], [number], worker="one") == [number]
    assert exchanging.exchange([], [theirs[0].pk], worker="one") == []


def test_what_is_too_late_is_not_sent(sink: Sink):
    edition = edition_for(2)
    addressing.prepare("tests")
    Edition.objects.update(not_after=timezone.now())
    work()
    assert (standing(edition).state, edition.skipped, sink.received) == ("expired", 2, [])
    assert set(edition.deliveries.values_list("reason", flat=True)) == {"stale"}


def test_letters_without_a_server_are_files_and_a_full_disk_is_waited_for(settings, tmp_path):
    settings.MAIL_TO_FILES = True
    settings.MAIL_OUT_DIR = tmp_path / "file" / "below"
    (tmp_path / "file").write_text("in the way")
    edition = edition_for(1)
    work()
    assert (standing(edition).problem, outcomes(edition)) == ("server away", {"ready": 1})
    (tmp_path / "file").unlink()
    rested()
    work()
    (file,) = settings.MAIL_OUT_DIR.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert standing(edition).state == "done"
