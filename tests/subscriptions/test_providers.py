"""Letters by a provider's interface, played by a server here: the same outcomes as by SMTP, and what it reports."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from subscriptions.models.deliveries import DeliveryEvent, Way
from subscriptions.models.letters import Delivery, Edition
from tests.subscriptions.readers import alert, outcomes, reader, work

Said = tuple[int, dict[str, Any], dict[str, str]]


class Postmark:
    """Speaks as Postmark does. `script(address)` gives another status (0: hangs up) and its heads."""

    def __init__(self) -> None:
        self.letters: list[dict[str, Any]] = []
        self.script: Callable[[str], tuple[int, dict[str, str]] | None] = lambda address: None
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                letter = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, heads = provider.script(letter["To"]) or (200, {})
                if status in {0, 200, 504}:
                    provider.letters.append(letter)
                if not status:
                    self.close_connection = True
                    return
                fine = {"ErrorCode": 0, "Message": "OK", "MessageID": f"id-{letter['To']}", "To": letter["To"]}
                inactive = f"Found inactive addresses: {letter['To']}.\nInactive recipients are ones that …"
                body = json.dumps(fine if status == 200 else {"ErrorCode": 406, "Message": inactive}).encode()
                self.send_response(status)
                for name, value in {**heads, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def __enter__(self) -> "Postmark":
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def postmark(paper: None, settings) -> Iterator[Postmark]:
    with Postmark() as running:
        settings.MAIL_TO_FILES, settings.MAIL_PROVIDER = False, "postmark"
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.MAIL_HOOK_SECRET = "desk:a long word"
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "token", "POSTMARK_API_URL": running.url, "REQUESTS_TIMEOUT": 2,
            "WEBHOOK_SECRET": settings.MAIL_HOOK_SECRET,
        }  # fmt: skip
        yield running


def edition_for(count: int) -> Edition:
    for number in range(count):
        reader(f"r{number}@x.example")
    return alert("The wall broke")


def test_a_provider_gets_each_letter_once_with_all_its_heads(postmark: Postmark):
    edition = edition_for(12)
    work()
    assert sorted(each["To"] for each in postmark.letters) == sorted(f"r{number}@x.example" for number in range(12))
    letter = postmark.letters[0]
    heads = {each["Name"]: each["Value"] for each in letter["Headers"]}
    assert letter["Subject"] == "The wall broke" and "The wall broke" in letter["HtmlBody"] and letter["TextBody"]
    assert heads["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    delivery = edition.deliveries.get(address=letter["To"])
    assert heads["Message-ID"] == delivery.message_id
    assert (delivery.state, delivery.provider_id) == ("sent", f"id-{letter['To']}")
    edition.refresh_from_db()
    assert edition.state == "done"


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        (0, "uncertain", "no answer"),
        (504, "uncertain", "no answer"),
        (422, "failed", "provider"),
        (413, "failed", "413"),
    ],
)
def test_what_a_provider_says_of_one_letter(status, state, reason, postmark: Postmark):
    edition = edition_for(3)
    postmark.script = lambda address: (status, {}) if address.startswith("r1@") else None
    work()
    delivery = edition.deliveries.get(address="r1@x.example")
    assert (delivery.state, delivery.reason) == (state, reason)
    assert outcomes(edition) == {"sent": 2, state: 1}


@pytest.mark.parametrize(
    ("status", "problem", "pause"),
    [(429, "server busy", 90), (401, "server refuses", 30), (503, "server away", 30), (500, "server away", 30)],
)
def test_a_provider_that_takes_nothing_costs_no_reader_an_attempt(status, problem, pause, postmark: Postmark):
    edition = edition_for(3)
    postmark.script = lambda address: (status, {"Retry-After": "90"} if status == 429 else {})
    work()
    edition.refresh_from_db()
    assert edition.problem == problem
    assert list(edition.deliveries.values_list("state", "attempts")) == [("ready", 0)] * 3
    closed = Way.objects.get(name="postmark").closed_until
    assert closed and pause - 15 < (closed - timezone.now()).total_seconds() <= pause
    Way.objects.update(closed_until=None)
    postmark.script = lambda address: None
    work()
    assert outcomes(edition) == {"sent": 3}


def test_a_provider_that_cannot_be_reached_has_got_nothing(settings, postmark: Postmark):
    edition = edition_for(2)
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://127.0.0.1:9/"}
    work()
    assert outcomes(edition) == {"ready": 2}


def event(client: Client, password: str = "desk:a long word", **said: Any) -> int:
    heads = {"Authorization": "Basic " + base64.b64encode(password.encode()).decode()}
    answered = client.post("/hooks/mail/events/", json.dumps(said), content_type="application/json", headers=heads)
    assert "Location" not in answered.headers and not answered.cookies
    return answered.status_code


def bounce(address: str, kind: str, **more: Any) -> dict[str, Any]:
    about = {
        "RecordType": "Bounce",
        "Type": kind,
        "MessageID": f"id-{address}",
        "Email": address,
        "ID": 4323372036854775807,
    }
    return {**about, "BouncedAt": "2026-11-23T07:00:00Z", **more}


def test_a_provider_tells_what_became_of_letters(postmark: Postmark, client):
    edition = edition_for(4)
    work()
    known = {each.address: each for each in edition.deliveries.all()}
    assert event(client, **bounce("r0@x.example", "HardBounce", Details="smtp;550 5.1.1 no such user")) == 200
    assert event(client, **bounce("r0@x.example", "HardBounce", Details="smtp;550 5.1.1 no such user")) == 200
    assert event(client, **bounce("r1@x.example", "SpamComplaint", ID=7)) == 200
    assert event(client, **bounce("r2@x.example", "SoftBounce", ID=8)) == 200
    delivered = {"RecordType": "Delivery", "MessageID": "id-r3@x.example", "Recipient": "r3@x.example"}
    assert event(client, **delivered, DeliveredAt="2026-11-23T07:00:00Z") == 200
    found = edition.deliveries.order_by("address").values_list("state", "subscriber__state")
    assert list(found) == [
        ("bounced", "suppressed"), ("complained", "suppressed"), ("bounced", "active"), ("delivered", "active"),
    ]  # fmt: skip
    assert DeliveryEvent.objects.count() == 4
    assert DeliveryEvent.objects.get(delivery=known["r0@x.example"]).status == "5.1.1"


def test_events_of_strangers_and_about_others_change_nothing(settings, postmark: Postmark, client):
    edition = edition_for(1)
    work()
    hard = bounce("r0@x.example", "HardBounce", Details="550 5.1.1")
    assert event(client, "desk:guessed", **hard) == 400
    assert client.post("/hooks/mail/events/", hard, content_type="application/json").status_code == 400
    assert client.get("/hooks/mail/events/").status_code == 405
    assert event(client, **{**hard, "Email": "other@x.example"}) == 200
    assert event(client, **{**hard, "MessageID": "unknown"}) == 200
    assert event(client, nonsense=[]) in {200, 400}
    settings.MAIL_HOOK_SECRET = ""
    assert event(client, **hard) == 404
    assert outcomes(edition) == {Delivery.State.SENT: 1}
    assert not DeliveryEvent.objects.exists()
