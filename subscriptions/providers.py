"""Letters by a mail provider's own interface over HTTP, one of those that django-anymail speaks.

The same rules as over SMTP: what was certainly not taken is tried again or refused, and a request that went out without
an answer is uncertain.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes, policy

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, SSLError

from subscriptions.models.letters import Delivery, Edition
from subscriptions.routes import WAIT, Outcome, Parcel, RouteClosed

State, Reason, Problem = Delivery.State, Delivery.Reason, Edition.Problem
# Heads that every provider writes itself, from what it is given besides.
_OWN = {"from", "to", "subject", "date", "mime-version", "content-type", "content-transfer-encoding"}
_NOT_CONNECTED = (NewConnectionError, ConnectTimeoutError, NameResolutionError, SSLError)
# The provider's gateway lost patience with what stands behind it, which may have taken the letter.
_NO_ANSWER = {502, 504}
_LONGEST_PAUSE = 3600


class ProviderRoute:
    """`settings.MAIL_CONNECTIONS` requests at once to the provider that `settings.MAIL_PROVIDER` names."""

    def __init__(self) -> None:
        self.name: str = settings.MAIL_PROVIDER
        self.threads = ThreadPoolExecutor(max(1, settings.MAIL_CONNECTIONS), "mail provider")
        self.idle: list[BaseEmailBackend] = [get_connection() for _ in range(max(1, settings.MAIL_CONNECTIONS))]
        self.busy: dict[Future[Outcome], tuple[int, BaseEmailBackend]] = {}
        self.closed: RouteClosed | None = None

    def ready(self, wanted: int) -> int:
        if self.closed:
            raise self.closed
        return min(len(self.idle), wanted)

    def begin(self, parcel: Parcel, following: Parcel | None = None) -> None:
        backend = self.idle.pop()
        self.busy[self.threads.submit(_send, backend, parcel)] = parcel.number, backend

    def forget(self, number: int) -> None:
        """None is ever awaited."""

    def finished(self, *, within: float = WAIT) -> Iterator[tuple[int, Outcome]]:
        for future in wait_for(self.busy, within, FIRST_COMPLETED).done if self.busy else ():
            number, backend = self.busy.pop(future)
            self.idle.append(backend)
            try:
                outcome = future.result()
            except RouteClosed as closed:
                self.closed, outcome = closed, Outcome(State.READY)
            yield number, outcome

    def close(self) -> None:
        self.threads.shutdown()
        for backend in self.idle:
            backend.close()


def _send(backend: BaseEmailBackend, parcel: Parcel) -> Outcome:
    """Raises `RouteClosed` when the provider takes nothing from us at present."""
    message = _as_django_has_it(parcel)
    try:
        backend.open()
        backend.send_messages([message])
    except (AnymailRecipientsRefused, AnymailInvalidAddress):
        return Outcome(State.FAILED, Reason.PROVIDER)
    except AnymailAPIError as error:
        return _judged(error)
    except AnymailError as error:  # it cannot do what our letters need: somebody must look at the settings
        raise RouteClosed(Problem.SERVER_REFUSES) from error
    told = message.anymail_status  # type: ignore[attr-defined]
    if told.status and told.status <= {"sent", "queued"}:
        return Outcome(State.SENT, provider_id=str(told.message_id or "")[:200])
    answer = getattr(told.esp_response, "status_code", 0)
    return Outcome(State.FAILED, str(answer)) if answer >= 400 else Outcome(State.UNCERTAIN, Reason.NO_ANSWER)


def _judged(error: AnymailAPIError) -> Outcome:
    response = error.response
    if response is None:
        if _never_connected(error):
            raise RouteClosed(Problem.SERVER_AWAY) from error
        return Outcome(State.UNCERTAIN, Reason.NO_ANSWER)
    status = response.status_code
    if status == requests.codes.too_many_requests:
        raise RouteClosed(Problem.SERVER_BUSY, _pause(response)) from error
    if status in {401, 402, 403}:
        raise RouteClosed(Problem.SERVER_REFUSES) from error
    if status < 300 or status in _NO_ANSWER:  # it may have been taken: the answer makes no sense
        return Outcome(State.UNCERTAIN, Reason.NO_ANSWER)
    if status >= 500:
        raise RouteClosed(Problem.SERVER_AWAY, _pause(response)) from error
    return Outcome(State.FAILED, str(status))


def _never_connected(error: BaseException) -> bool:
    """Whether the request never went out: somewhere among the causes is a connection that was not made."""
    todo, seen = [error], set()
    while todo:
        each = todo.pop()
        if isinstance(each, _NOT_CONNECTED):
            return True
        if id(each) not in seen:
            seen.add(id(each))
            causes = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
            todo += [cause for cause in causes if isinstance(cause, BaseException)]
    return False


def _pause(response: requests.Response) -> timedelta | None:
    with suppress(ValueError):
        return timedelta(seconds=min(_LONGEST_PAUSE, max(0, int(response.headers.get("Retry-After", "")))))
    return None


def _as_django_has_it(parcel: Parcel) -> EmailMultiAlternatives:
    """The finished letter in the parts that providers ask for."""
    letter = message_from_bytes(parcel.letter, policy=policy.default)
    texts = {}
    for kind in ("plain", "html"):
        part = letter.get_body((kind,))
        texts[kind] = part.get_content().replace("\r\n", "\n") if part else ""
    message = EmailMultiAlternatives(
        str(letter["Subject"]), texts["plain"], str(letter["From"]), [parcel.to],
        headers={name: str(value) for name, value in letter.items() if name.lower() not in _OWN},
    )  # fmt: skip
    message.attach_alternative(texts["html"], "text/html")
    return message
