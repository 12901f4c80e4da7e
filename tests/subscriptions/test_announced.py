"""A letter that is announced behind the one before, where the server offers PIPELINING, has not begun to go out."""

import pytest

from subscriptions import addressing, exchanging
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscription
from tests.subscriptions.readers import outcomes, work
from tests.subscriptions.sink import DROP, Sink
from tests.subscriptions.test_faults import edition_for, once, standing

pytestmark = pytest.mark.usefixtures("announcing")
State = Delivery.State


@pytest.fixture
def announcing(settings, sink: Sink) -> None:
    settings.MAIL_CONNECTIONS, sink.pipelining = 1, True


def addressed() -> tuple[Edition, list[str]]:
    """A letter to six, and their addresses in the order of the letters: the third and all after it are announced."""
    edition = edition_for(6)
    addressing.prepare("tests")
    return edition, list(edition.deliveries.order_by("due_at", "pk").values_list("address", flat=True))


@pytest.mark.parametrize("phase", ["rcpt", "data", "dot"])
def test_a_no_to_a_letter_that_was_announced_is_about_that_letter_alone(phase, sink: Sink):
    edition, (*before, refused, fifth, sixth) = addressed()
    sink.script = once(phase, "550 5.1.1 no such user", refused)
    work()
    failed = edition.deliveries.get(state=State.FAILED)
    assert (failed.address, failed.reason, failed.attempts) == (refused, "550 5.1.1", 1)
    assert (sink.addresses(), sink.connections) == ([*before, fifth, sixth], 1)
    assert standing(edition).state == "done"


@pytest.mark.parametrize("phase", ["rcpt", "data"])
def test_a_connection_that_breaks_at_the_announcement_harms_neither_letter(phase, sink: Sink):
    edition, readers = addressed()
    sink.script = once(phase, DROP, readers[3])
    work()
    assert (sink.addresses(), sink.connections) == (readers, 2)
    assert set(edition.deliveries.values_list("state", "attempts")) == {("sent", 1)}
    assert standing(edition).state == "done"


def test_a_connection_that_breaks_at_the_end_of_a_letter_leaves_the_next_one_to_another(sink: Sink):
    edition, readers = addressed()
    sink.script = once("dot", DROP, readers[2])
    work()
    assert edition.deliveries.get(state=State.UNCERTAIN).address == readers[2]
    assert (sink.addresses(), sink.connections) == (readers, 2)
    assert outcomes(edition) == {"sent": 5, "uncertain": 1}


def test_a_reader_who_leaves_after_the_announcement_gets_no_letter(monkeypatch, sink: Sink):
    edition, (*before, leaves, fifth, sixth) = addressed()
    wish = Subscription.objects.filter(subscriber__email=leaves)
    exchange = exchanging.exchange

    def leaving(sent, following, **options):
        if Delivery.objects.filter(pk__in=following, address=leaves).exists():
            wish.update(state=Subscription.State.LEFT)
        return exchange(sent, following, **options)

    monkeypatch.setattr(exchanging, "exchange", leaving)
    work()
    left = edition.deliveries.get(state=State.SKIPPED)
    assert (left.address, left.reason) == (leaves, "unwanted")
    assert (sink.addresses(), sink.connections) == ([*before, fifth, sixth], 2)
    assert standing(edition).state == "done"
