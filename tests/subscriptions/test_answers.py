"""Letters to single readers: people before lists, nobody who is barred by now, several over one connection."""

from datetime import timedelta
from threading import Event

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from subscriptions import answers, people
from subscriptions.audience import importing
from subscriptions.models.people import Answer, Subscriber, normal_address
from tests.subscriptions.readers import topic_of

pytestmark = pytest.mark.usefixtures("paper")
# Each of them has at most 254 characters until its domain is written as letters carry it.
LONG = ("a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".example.org", "a" * 20 + "@" + "例え." * 20 + "example")


def brought(actor: object, *emails: str) -> importing.AudienceImport:
    """A list of readers who must be asked first, imported."""
    row = importing.begin(
        ["\n".join(emails).encode()], name="list.csv", topics=[topic_of()], language="en", time_zone="UTC",
        has_agreed=False, agreed_where="", agreed_when="", actor=actor,
    )  # fmt: skip
    importing.turn("tests", Event())
    importing.decide(row, actor=actor)
    importing.turn("tests", Event())
    row.refresh_from_db()
    return row


def signup(email: str) -> None:
    people.signup(email, [topic_of()], language="en", time_zone="UTC")


def asked() -> list[str]:
    return [letter.to[0] for letter in mail.outbox]


def test_who_signs_up_is_answered_before_a_list_that_was_brought_earlier(chief, monkeypatch):
    monkeypatch.setattr(answers, "BATCH", 2)
    brought(chief, "a@list.example", "b@list.example", "c@list.example", "herself@list.example")
    signup("person@mail.example")
    signup("herself@list.example")
    Answer.objects.filter(subscriber__email="herself@list.example").update(due_at=timezone.now())
    answers.turn("tests", Event())
    assert sorted(asked()) == ["herself@list.example", "person@mail.example"]
    answers.turn("tests", Event())
    answers.turn("tests", Event())
    assert sorted(asked()[2:]) == ["a@list.example", "b@list.example", "c@list.example"]
    # Who was asked just now is not asked again within the hour, whoever types the address.
    signup("a@list.example")
    assert answers.turn("tests", Event()) == 0 == Answer.objects.count()


def test_who_is_suppressed_while_the_answer_waits_is_not_written_to(chief):
    brought(chief, "a@list.example", "b@list.example")
    signup("person@mail.example")
    for email in ("a@list.example", "person@mail.example"):
        people.suppress(email, actor=None)
    answers.turn("tests", Event())
    assert asked() == ["b@list.example"]
    assert not Answer.objects.exists()


def test_several_letters_take_one_connection_and_a_broken_one_is_not_used_again(sink, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    for name in "abc":
        signup(f"{name}@mail.example")
    answers.turn("tests", Event())
    assert (len(sink.received), sink.connections) == (3, 1)
    for name in "def":
        signup(f"{name}@mail.example")
    sink.script = lambda phase, address: "drop" if (phase, address) == ("rcpt", "d@mail.example") else ""
    answers.turn("tests", Event())
    assert sorted(sink.addresses())[3:] == ["e@mail.example", "f@mail.example"]
    again = Answer.objects.get()
    assert again.subscriber.email == "d@mail.example"
    assert again.due_at > timezone.now() + timedelta(seconds=20)


@pytest.mark.parametrize("address", LONG)
def test_an_address_too_long_for_letters_is_none(address, browser, chief):
    with pytest.raises(ValidationError):
        normal_address(address)
    row = brought(chief, "a@list.example", address)
    assert (row.state, row.added, row.invalid) == ("done", 1, 1)
    assert list(Subscriber.objects.values_list("email", flat=True)) == ["a@list.example"]
