"""Bluesky and other servers of the AT Protocol (https://docs.bsky.app): ``createSession``, then ``putRecord``.

The record's key is made from our own number, so that the same post twice is one. A link's card shows only what the
record says of it: its picture goes up first (``uploadBlob``), and should that fail, the post goes out without.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from subscriptions.channels.answers import Channel, Message, Place, Posted, Said, Trouble, call, inner, needed, text
from subscriptions.models.channels import Problem

log = logging.getLogger(__name__)
PICTURE_BYTES = 1_000_000  # of a card's picture, by the lexicon ``app.bsky.embed.external``
_SORTED_32 = "234567abcdefghijklmnopqrstuvwxyz"
_FACET = re.compile(r"(?P<link>https?://[^\s<>]*[^\s<>.,;:!?)\]}»”’'\"])|(?<!\w)#(?P<tag>[^\W\d_]\w{0,62})")


def post(place: Place, message: Message) -> Posted:
    session = _sign_in(place)
    did, token = needed(session.get("did")), text(session.get("accessJwt"))
    key = record_key(message)

    def put(thumb: dict[str, Any]) -> Said:
        content = {
            "repo": did, "collection": "app.bsky.feed.post", "rkey": key, "record": _record(message, thumb),
        }  # fmt: skip
        return _ask(place, "com.atproto.repo.putRecord", token=token, content=content)

    thumb = _thumb(place, message, token)
    try:
        said = put(thumb)
    except Trouble as trouble:
        if not thumb or trouble.problem != Problem.REFUSED:
            raise
        said = put({})
    return Posted(needed(said.data.get("uri")), f"https://bsky.app/profile/{quote(did, safe=':')}/post/{key}")


def _record(message: Message, thumb: dict[str, Any]) -> dict[str, Any]:
    card = {"uri": message.link, "title": message.headline, "description": message.standfirst, **thumb}
    return {
        "$type": "app.bsky.feed.post",
        "text": message.text,
        "createdAt": message.decided.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "langs": [message.language],
        "facets": facets(message.text),
        "embed": {"$type": "app.bsky.embed.external", "external": card},
    }


def _thumb(place: Place, message: Message, token: str) -> dict[str, Any]:
    """The card's picture, put up; {} without one, and whatever goes wrong: the post does not wait for it."""
    if not 0 < len(message.picture) <= PICTURE_BYTES:
        return {}
    try:
        said = _ask(place, "com.atproto.repo.uploadBlob", token=token, jpeg=message.picture)
    except Trouble as trouble:
        log.warning("post %s goes out without its picture: %s", message.number, trouble)
        return {}
    link = text(inner(said.data, "blob", "ref", "$link"))
    blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": "image/jpeg", "size": len(message.picture)}
    return {"thumb": blob} if link else {}


def test(place: Place) -> str:
    session = _sign_in(place)
    said = _ask(place, "com.atproto.server.getSession", token=text(session.get("accessJwt")))
    return f"@{text(said.data.get('handle'))}"


def record_key(message: Message) -> str:
    """A TID (https://atproto.com/specs/tid) that is the same for the same post: its moment, and our number in it."""
    number = (int(message.decided.timestamp() * 1_000_000) << 10) | (message.number % 1024)
    return "".join(_SORTED_32[(number >> shift) & 31] for shift in range(60, -1, -5))


def facets(words: str) -> list[dict[str, Any]]:
    """Links and tags of the text by their places in its UTF-8 bytes."""
    found = []
    for match in _FACET.finditer(words):
        link, tag = match["link"], match["tag"]
        start = len(words[: match.start()].encode())
        feature = (
            {"$type": "app.bsky.richtext.facet#link", "uri": link}
            if link
            else {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
        )
        ends = start + len(match[0].encode())
        found.append({"index": {"byteStart": start, "byteEnd": ends}, "features": [feature]})
    return found


def _sign_in(place: Place) -> dict[str, Any]:
    """A session. Whatever goes wrong here, nothing has been posted."""
    content = {"identifier": place.address.removeprefix("@"), "password": place.keys["password"]}
    try:
        data = _ask(place, "com.atproto.server.createSession", content=content).data
    except Trouble as trouble:
        if trouble.is_certain:
            raise
        raise Trouble(Problem.AWAY, trouble.detail, wait=timedelta()) from None
    return data


def _ask(
    place: Place, method: str, *, content: dict[str, Any] | None = None, jpeg: bytes = b"", token: str = ""
) -> Said:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    verb = "POST" if content is not None or jpeg else "GET"
    return call(verb, f"{place.server}/xrpc/{method}", headers=headers, content=content, jpeg=jpeg, explain=_explain)


def _explain(said: Said) -> Trouble | str:
    words = text(said.data.get("message")) or text(said.data.get("error"))
    if said.data.get("error") in {"ExpiredToken", "InvalidToken", "AuthenticationRequired", "AccountTakedown"}:
        return Trouble(Problem.CREDENTIALS, words)
    return words


CHANNEL = Channel(
    post, test, lambda: settings.BLUESKY_URL, _("Handle"), "harbourpost.bsky.social",
    {"password": _("App password")},
    repeats_within=timedelta(days=3650),
    carries_picture=True,
    note=_("Make an app password for the newsroom in Bluesky’s settings: never enter the account’s own password."),
)  # fmt: skip
