"""How finished letters leave the house: what every route promises, and the route into files.

The point of a route is to know, whatever goes wrong, whether the other side may have the letter.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from django.conf import settings
from django.utils import timezone

from subscriptions.models.letters import Delivery, Edition

State, Reason, Problem = Delivery.State, Delivery.Reason, Edition.Problem
# Seconds that `Route.finished` waits at most, if it is not told otherwise.
WAIT = 0.5


class RouteClosed(Exception):
    """The server is away or does not take us: no fault of any reader, nothing was sent. ``problem`` says which.

    ``pause`` is how long it asked us to wait, where it did.
    """

    def __init__(self, problem: Edition.Problem, pause: timedelta | None = None) -> None:
        self.problem, self.pause = problem, pause
        super().__init__(str(problem.value))


class Outcome(NamedTuple):
    """What became of one letter: a state, and a reason without anybody's address in it.

    ``READY``: it never got as far as being tried. ``provider_id``: what the other side calls it, where it says so.
    ``awaits``: the number of the parcel that was announced behind it, for which its connection waits now.
    """

    state: Delivery.State
    reason: str = ""
    provider_id: str = ""
    awaits: int | None = None


class Parcel(NamedTuple):
    """A letter (lines end in CRLF) with the number that its outcome is told under, and what is on its envelope."""

    number: int
    sender: str
    to: str
    letter: bytes


class Route(Protocol):
    """Takes as many letters at once as it has connections, and tells later what became of each."""

    name: str

    def ready(self, wanted: int) -> int:
        """How many of `wanted` letters may be begun now; connections are made if need be, and 0 means: not yet.

        Those that are awaited come on top. Raises `RouteClosed` when there is no connection, nor will be.
        """

    def begin(self, parcel: Parcel, following: Parcel | None = None) -> None:
        """Starts handing over a letter, after `ready` said so, or an outcome that it is awaited.

        The route may announce `following` behind it, which saves time; of that one nothing but the envelope goes out.
        """

    def forget(self, number: int) -> None:
        """That letter does not go, should it be awaited."""

    def finished(self, *, within: float = WAIT) -> Iterator[tuple[int, Outcome]]:
        """Letters whose outcome is known, which may be none; waits for so many seconds if some are under way."""

    def close(self) -> None:
        """What is still under way is abandoned."""


class FileRoute:
    """Letters as ``.eml`` files in `settings.MAIL_OUT_DIR`, each whole or not at all."""

    name = "files"

    def __init__(self) -> None:
        self.done: list[tuple[int, Outcome]] = []
        self.is_closed = False

    def ready(self, wanted: int) -> int:
        if self.is_closed:
            raise RouteClosed(Problem.SERVER_AWAY)
        return min(wanted, 1)

    def begin(self, parcel: Parcel, following: Parcel | None = None) -> None:
        folder = Path(settings.MAIL_OUT_DIR)
        name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.eml"
        draft = folder / f".{name}"
        outcome = Outcome(State.SENT)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.touch(mode=0o600)
            draft.write_bytes(parcel.letter)
            draft.rename(folder / name)
        except OSError:
            outcome, self.is_closed = Outcome(State.READY), True
        self.done.append((parcel.number, outcome))

    def forget(self, number: int) -> None:
        """None is ever awaited."""

    def finished(self, *, within: float = WAIT) -> Iterator[tuple[int, Outcome]]:
        done, self.done = self.done, []
        yield from done

    def close(self) -> None:
        """Nothing is kept open."""
