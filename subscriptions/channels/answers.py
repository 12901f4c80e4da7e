"""What a channel's server says to us, and what it means: posted, certainly not posted, or nobody knows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils import timezone

from safeguards.outgoing import fetch
from safeguards.problems import OutgoingFailed, OutgoingRefused
from subscriptions.models.channels import Problem

PATIENCE = 15.0  # seconds
LONGEST_WAIT = 3600  # seconds


class Trouble(Exception):
    """No post. Unless `is_certain`, it may be there all the same; `wait` says when it is worth trying again.

    `detail` is what the channel said, for people; it has not been cleared of our keys yet.
    """

    def __init__(
        self, problem: Problem, detail: str = "", *, is_certain: bool = True, wait: timedelta | None = None
    ) -> None:
        self.problem, self.detail, self.is_certain, self.wait = problem, detail, is_certain, wait
        super().__init__(str(problem.value))


class Place(NamedTuple):
    """Where to post: the channel's server (no slash at the end), the account's address there, and its keys."""

    server: str
    address: str
    keys: Mapping[str, str]


@dataclass(frozen=True)
class Message:
    """What to post. `key` is the same at every attempt; `reply_to` is the channel's id of the story's first post.

    `picture` is a JPEG for the link's card, only where the channel `carries_picture`; b"" without one.
    """

    text: str
    link: str
    headline: str
    standfirst: str
    language: str
    key: str
    number: int
    decided: datetime
    reply_to: str = ""
    picture: bytes = b""


class Posted(NamedTuple):
    """``is_new`` is False when the channel says that it had just this post already."""

    external_id: str = ""
    url: str = ""
    is_new: bool = True


@dataclass(frozen=True)
class Channel:
    """One kind of channel, as the desk and the worker need it; the functions raise `Trouble`."""

    post: Callable[[Place, Message], Posted]
    # A harmless question; gives the name under which the channel knows us.
    test: Callable[[Place], str]
    server: Callable[[], str]
    # Label and example of the account's address; of a channel that needs none, "".
    address: Any
    example: str
    # Names of its keys, and what the desk calls them.
    keys: dict[str, Any]
    # Looks for a post that may have got there.
    find: Callable[[Place, Message], Posted | None] | None = None
    # For how long sending the very same once more is certainly one post; None: never.
    repeats_within: timedelta | None = None
    # What there is to know before it is used.
    note: Any = ""
    is_ticked: bool = field(default=True)
    # It does not look at the story's page for its card's picture: that goes out with the post.
    carries_picture: bool = field(default=False)


@dataclass(frozen=True)
class Said:
    """A proper answer: JSON, an object."""

    status: int
    headers: Mapping[str, str]
    data: dict[str, Any]


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    content: Mapping[str, Any] | None = None,
    jpeg: bytes = b"",
    explain: Callable[[Said], Trouble | str] = lambda said: "",
) -> Said:
    """One request, with `form`, JSON `content` or a `jpeg`. Raises `Trouble` unless the answer is a good one.

    `explain` may turn a refusal into a `Trouble` of its own, or give the channel's words for it.
    """
    sent = {"Accept": "application/json", **(headers or {})}
    body = b""
    if form is not None:
        body, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
    elif content is not None:
        body, sent["Content-Type"] = json.dumps(content).encode(), "application/json"
    elif jpeg:
        body, sent["Content-Type"] = jpeg, "image/jpeg"
    try:
        answer = fetch(method, url, body=body, headers=sent, timeout=PATIENCE)
    except OutgoingRefused:
        raise Trouble(Problem.SERVER) from None
    except OutgoingFailed as failed:
        if failed.phase == "before":
            raise Trouble(Problem.AWAY, wait=timedelta()) from None
        raise Trouble(Problem.NO_ANSWER, is_certain=False) from None
    is_good = 200 <= answer.status < 300
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        if is_good:
            raise Trouble(Problem.GARBLED, is_certain=False)
        data = {}
    said = Said(answer.status, answer.headers, data)
    if is_good:
        return said
    raise refusal(said, explain(said))


def refusal(said: Said, explained: Trouble | str) -> Trouble:
    """What an answer other than 2xx means."""
    if isinstance(explained, Trouble):
        return explained
    if said.status == 429:
        return Trouble(Problem.BUSY, explained, wait=wait_of(said))
    if said.status >= 500:
        return Trouble(Problem.NO_ANSWER, explained, is_certain=False)
    if 300 <= said.status < 400 or said.status in {404, 405, 410}:
        return Trouble(Problem.SERVER, explained)
    problems = {401: Problem.CREDENTIALS, 403: Problem.FORBIDDEN}
    return Trouble(problems.get(said.status, Problem.REFUSED), explained)


def wait_of(said: Said) -> timedelta:
    """How long a 429 tells us to wait: by ``Retry-After`` in seconds, or the moment at which the limit is reset."""
    for name in ("Retry-After", "ratelimit-reset", "x-rate-limit-reset", "X-RateLimit-Reset"):
        value = str(said.headers.get(name, ""))
        if value.isdecimal() and len(value) < 12:
            seconds = int(value) if name == "Retry-After" else int(value) - time.time()
            return bounded(seconds)
        try:
            return bounded((datetime.fromisoformat(value) - timezone.now()).total_seconds())
        except (ValueError, TypeError):
            continue
    return timedelta(minutes=1)


def bounded(seconds: float) -> timedelta:
    """Somebody else's number as a wait that is neither none nor for ever."""
    return timedelta(seconds=min(max(1, seconds), LONGEST_WAIT))


def text(value: Any) -> str:
    """A string out of somebody's JSON; "" for what is none."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def inner(data: Any, *names: str) -> Any:
    """What lies in an object in an object; None where something is missing or of another kind."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def web_address(value: Any) -> str:
    """An address that may become a link: http or https, not too long; else ""."""
    found = text(value)
    return found if found.startswith(("https://", "http://")) and len(found) <= 500 else ""


def needed(value: Any) -> str:
    """The id of a post. Without it nobody knows whether there is one."""
    if found := text(value):
        return found[:300]
    raise Trouble(Problem.GARBLED, is_certain=False)
