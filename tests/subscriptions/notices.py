"""Builders for notices: devices that want them, and what became of those that went out."""

from threading import Event

from subscriptions.models.push import PushDelivery, PushRound
from subscriptions.push import addresses, sending
from subscriptions.push.messages import Keys
from tests.subscriptions.pushing import Device, PushService
from tests.subscriptions.readers import topic_of


def device(service: PushService, *topics: object, language: str = "en") -> Device:
    """A browser that asked for notices about the whole paper, or these topics."""
    made = Device(service.url)
    addresses.take_in(Keys(**made.keys), topics or [topic_of()], language=language)
    return made


def work() -> int:
    """Turns of the worker until nothing is due."""
    done = 0
    while some := sending.turn("tests", Event()):
        done += some
    return done


def outcome() -> list[tuple[str, str]]:
    return list(PushDelivery.objects.order_by("pk").values_list("state", "reason"))


def the_round() -> PushRound:
    return PushRound.objects.get()
