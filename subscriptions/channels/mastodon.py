"""Mastodon (https://docs.joinmastodon.org): ``POST /api/v1/statuses``, whose ``Idempotency-Key`` holds for an hour."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from subscriptions.channels.answers import Channel, Message, Place, Posted, Said, call, needed, text, web_address


def post(place: Place, message: Message) -> Posted:
    content = {"status": message.text, "language": message.language}
    said = call(
        "POST", f"{place.server}/api/v1/statuses", content=content, explain=_explain,
        headers={**_signed(place), "Idempotency-Key": message.key},
    )  # fmt: skip
    return Posted(needed(said.data.get("id")), web_address(said.data.get("url")))


def test(place: Place) -> str:
    path = "/api/v1/accounts/verify_credentials"
    said = call("GET", place.server + path, headers=_signed(place), explain=_explain)
    return f"@{text(said.data.get('acct'))}"


def _signed(place: Place) -> dict[str, str]:
    return {"Authorization": f"Bearer {place.keys['token']}"}


def _explain(said: Said) -> str:
    return text(said.data.get("error"))


CHANNEL = Channel(
    post, test, lambda: settings.MASTODON_URL, "", "",
    {"token": _("Access token")},
    # It forgets after an hour; a request may be on its way for a while.
    repeats_within=timedelta(minutes=50),
    note=_("Make an application in the account’s settings under “Development”, with the right write:statuses."),
)  # fmt: skip
