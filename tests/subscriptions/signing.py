"""A reader's hands on the sign-up: the form, the letter that answers it, and the links in that."""

import re
from threading import Event

from django.core import mail
from django.http import HttpResponse
from django.test import Client

from subscriptions import answers
from tests.subscriptions.readers import topic_of

SUBSCRIBE = "/subscribe/"


def token_in(page: str) -> str:
    return re.search(r'name="token" value="([^"]+)"', page)[1]


def sign_up(
    client: Client, email: str = "ada@mail.example", *, address: str = SUBSCRIBE, **changes: object
) -> HttpResponse:
    page = client.get(address).content.decode()
    data = {
        "token": token_in(page),
        "email": email,
        "topics": [topic_of().key],
        "language": "en",
        "website": "",
        **changes,
    }
    return client.post(address, data)


def answer() -> str:
    """The text of the one letter that the worker now sends."""
    answers.turn("tests", Event())
    (letter,) = mail.outbox
    return letter.body


def link_in(text: str, kind: str) -> str:
    return re.search(rf"http://127\.0\.0\.1:8000(/subscribe/{kind}/\S+/)", text)[1]
