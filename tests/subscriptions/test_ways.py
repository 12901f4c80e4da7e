"""Several connections, workers and editions on one route: what they share, and that slow domains hold nobody up."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Notice
from accounts.roles import Role
from subscriptions import addressing, exchanging, ledger, manual, sending, throttles, ways
from subscriptions.models.deliveries import Throttle, Way
from subscriptions.models.letters import Delivery, Edition
from subscriptions.routes import FileRoute, Outcome
from tests import make
from tests.subscriptions.readers import alert, letter_by_the_desk, outcomes, parsed, reader, work
from tests.subscriptions.sink import DROP, HANG, Sink

State = Delivery.State


def edition_for(count: int, domain: str = "x.example") -> Edition:
    for number in range(count):
        reader(f"r{number:03}@{domain}")
    return alert()


@pytest.mark.parametrize("pipelining", [False, True])
def test_several_connections_share_the_letters(pipelining, sink: Sink):
    sink.pipelining, sink.pause = pipelining, 0.005
    edition = edition_for(40)
    work()
    assert sorted(sink.addresses()) == [f"r{number:03}@x.example" for number in range(40)]
    assert 1 < sink.connections <= 4
    assert len({parsed(each.letter)["Message-ID"] for each in sink.received}) == 40
    edition.refresh_from_db()
    assert (edition.state, edition.sent) == ("done", 40)


def test_a_server_that_wants_fewer_connections_gets_fewer(sink: Sink):
    sink.pause = 0.005
    sink.script = lambda phase, address: "421 too many" if phase == "connect" and sink.connections > 1 else ""
    edition = edition_for(20)
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.problem, len(sink.received)) == ("done", "", 20)
    assert (sink.connections, Way.objects.get().closed_until) == (2, None)


def test_one_connection_that_hangs_holds_up_no_other(sink: Sink):
    edition = edition_for(30)
    sink.script = lambda phase, address: HANG if phase == "dot" and address.startswith("r000") else ""
    work()
    assert outcomes(edition) == {"sent": 29, "uncertain": 1}
    assert edition.deliveries.get(state=State.UNCERTAIN).address == "r000@x.example"


def test_a_line_that_breaks_each_time_closes_the_route(sink: Sink):
    edition = edition_for(40)
    sink.script = lambda phase, address: DROP if phase == "dot" else ""
    work()
    found = outcomes(edition)
    # Five in a row, and what was under way on the other connections.
    assert found["uncertain"] <= sending.BROKEN + 3
    assert found["ready"] == 40 - found["uncertain"]
    assert Way.objects.get().rests(timezone.now())


def test_what_one_worker_found_out_spares_the_others_and_every_edition(sink: Sink):
    first, second = edition_for(2), alert()
    sink.script = lambda phase, address: "421 busy"
    sending.turn("one", Event())
    tried = sink.connections
    sending.turn("two", Event())
    assert sink.connections == tried
    assert set(Edition.objects.values_list("problem", flat=True)) == {"server away"}
    Way.objects.update(closed_until=timezone.now())
    sink.script = lambda phase, address: ""
    sending.turn("two", Event())
    assert (outcomes(first), outcomes(second)) == ({"sent": 2}, {"sent": 2})
    way = Way.objects.get()
    assert (way.failures, way.problem, set(Edition.objects.values_list("problem", flat=True))) == (0, "", {""})


@pytest.mark.django_db
def test_refusals_are_counted_over_the_last_500_letters_of_all_workers():
    assert not ways.rests("smtp")
    assert not ways.note("smtp", "0" * 500)
    assert not ways.note("smtp", "1" * 25)  # five of a hundred
    assert len(Way.objects.get().recent) == 500
    assert ways.note("smtp", "1")
    assert Way.objects.get().recent == ""
    assert not ways.note("smtp", "1" * 5)
    assert ways.note("smtp", "1")


def test_chiefs_are_told_when_a_letter_stops_by_itself(sink: Sink):
    chief, editor = make.user(Role.CHIEF), make.user(Role.EDITOR)
    edition = edition_for(20)
    sink.script = lambda phase, address: "554 5.7.1 spam" if phase == "dot" else ""
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.problem) == ("paused", "refusals")
    (notice,) = Notice.objects.all()
    assert notice.user == chief != editor
    assert notice.params == {"subject": edition.subject}
    assert notice.url.endswith(f"/edition/{edition.pk}/change/")


def test_letters_to_a_slow_provider_wait_and_hold_up_nobody(settings, sink: Sink):
    settings.MAIL_PER_DOMAIN_PER_MINUTE = {"slow.example": 12}  # two at once, then one each five seconds
    for number in range(6):
        reader(f"s{number}@slow.example")
    edition = edition_for(3, "quick.example")
    work()
    addresses = sink.addresses()
    assert sum(each.endswith("@quick.example") for each in addresses) == 3
    assert sum(each.endswith("@slow.example") for each in addresses) == 2
    waiting = edition.deliveries.filter(state=State.READY).order_by("due_at")
    assert set(waiting.values_list("domain", "reason", "attempts")) == {("slow.example", "throttled", 0)}
    assert waiting[0].due_at > timezone.now() + timedelta(seconds=1)
    edition.refresh_from_db()
    assert edition.state == "sending"
    assert ledger.account(edition).balances
    Throttle.objects.update(at=timezone.now() - timedelta(seconds=5))
    Delivery.objects.update(due_at=timezone.now())
    work()
    assert outcomes(edition) == {"sent": 6, "ready": 3}


def test_every_other_provider_has_the_common_figure(settings, sink: Sink):
    settings.MAIL_PER_DOMAIN_PER_MINUTE = {"big.example": 600, "*": 6}
    for number in range(3):
        reader(f"b{number}@big.example")
        reader(f"s{number}@small.example")
    edition_for(2, "other.example")
    work()
    assert sorted(each.partition("@")[2] for each in sink.addresses()) == [
        *["big.example"] * 3, "other.example", "small.example",
    ]  # fmt: skip


def test_a_route_takes_no_more_than_its_minute(settings, sink: Sink, monkeypatch):
    settings.MAIL_PER_MINUTE = 30  # five at once, then one each two seconds
    monkeypatch.setattr(sending, "TURN", 0.3)
    edition = edition_for(12)
    work()
    assert 5 <= len(sink.received) <= 8
    assert outcomes(edition)["ready"] == 12 - len(sink.received)
    Throttle.objects.update(at=timezone.now() - timedelta(minutes=1))
    work()
    assert len(sink.received) >= 10


def test_breaking_news_goes_before_an_older_letter(settings, sink: Sink, monkeypatch):
    settings.MAIL_PER_MINUTE = 30
    monkeypatch.setattr(sending, "TURN", 0.3)
    letter = letter_by_the_desk()
    older = manual.decide(letter, actor=None, version=letter.version)
    breaking = edition_for(12)
    for _edition in (older, breaking):
        addressing.prepare("tests")
    work()
    assert outcomes(older) == {"ready": 12}
    assert outcomes(breaking)["sent"] == len(sink.received) >= 5


@pytest.mark.django_db
def test_buckets_fill_again_and_hold_ten_seconds_at_most():
    assert throttles.take({"a": (9, 30), "b": (1, 6)}) == {"a": 5, "b": 1}
    assert throttles.take({"a": (9, 30), "b": (1, 6)}) == {"a": 0, "b": 0}
    throttles.give_back("a", 2)
    assert throttles.take({"a": (9, 30)}) == {"a": 2}
    Throttle.objects.update(at=timezone.now() - timedelta(hours=1))
    assert throttles.take({"a": (9, 30)}) == {"a": 5}
    Throttle.objects.update(at=timezone.now() - timedelta(days=2))
    assert throttles.forget() == 2


@pytest.mark.usefixtures("paper")
def test_an_audience_is_addressed_by_the_database_alone(django_assert_max_num_queries):
    """However many readers there are, none of them passes through this process."""
    for _ in range(3):
        reader()
    few = alert()
    with django_assert_max_num_queries(40) as at_three:
        addressing.prepare("tests")
    for _ in range(20):
        reader()
    many = alert()
    with django_assert_max_num_queries(len(at_three)) as queries:
        addressing.prepare("tests")
    assert (few.deliveries.count(), many.deliveries.count()) == (3, 23)
    told = " ".join(query["sql"] for query in queries if query["sql"].startswith("SELECT"))
    assert "subscriptions_subscriber" not in told.replace("COUNT(*)", "").split("FROM")[0]
    inserts = [query["sql"] for query in queries if 'INSERT INTO "subscriptions_delivery"' in query["sql"]]
    assert len(inserts) == 1 and "SELECT" in inserts[0]


class Trickle(FileRoute):
    """Two connections, of whose letters one ends each time that it is asked."""

    def ready(self, wanted: int) -> int:
        return min(wanted, 2 - len(self.done))

    def finished(self, *, within: float = 0.5) -> Iterator[tuple[int, Outcome]]:
        if self.done:
            yield self.done.pop(0)


def test_letters_that_end_at_nearly_the_same_time_are_one_commit(paper, monkeypatch):
    edition = edition_for(6)
    monkeypatch.setattr(sending, "open_route", Trickle)
    monkeypatch.setattr(sending, "GATHER", 60)
    clock, written, exchange = [0.0], [], exchanging.exchange
    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def noted(sent, following, **how):
        clock[0] += 1  # a commit takes a second, and the letters nothing
        written.append((len(sent), len(following)))
        return exchange(sent, following, **how)

    monkeypatch.setattr(exchanging, "exchange", noted)
    work()
    assert outcomes(edition) == {"sent": 6}
    assert [each for each in written if any(each)] == [(0, 2), (2, 2), (2, 2), (2, 0)]


def test_of_many_readers_each_is_looked_up_instead_of_reading_all_wishes_for_each(paper):
    reader()
    plan = addressing.readers(alert()).explain()
    assert connection.vendor != "sqlite" or "(topic_id=? AND state=? AND subscriber_id=?)" in plan
