"""``POST /hooks/mail/events/``: what a mail provider tells us of letters, in its own way, read by django-anymail.

Whoever posts must know the word in the setting ``MAIL_HOOK_SECRET`` ("name:password", basic authentication), besides
what the provider signs. Without the setting, or without a provider, there is no such address.
"""

from __future__ import annotations

import hashlib
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from subscriptions import bounces
from subscriptions.bounces import Kind, Word
from subscriptions.models.letters import Delivery

LARGEST = 2 * 1024 * 1024
_ACTIONS = {
    EventType.DELIVERED: "delivered", EventType.DEFERRED: "delayed", EventType.BOUNCED: "failed",
    EventType.REJECTED: "failed",
}  # fmt: skip


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponseBase:
    """200: noted, or known, or no business of ours. 400: no good signature. 413: larger than 2 MB."""
    if not (settings.MAIL_PROVIDER and settings.MAIL_HOOK_SECRET):
        raise Http404
    view = _views().get(f"{settings.MAIL_PROVIDER}_tracking_webhook")
    if view is None:
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        answer: HttpResponseBase = view(request)
    except AnymailWebhookValidationFailure:
        return HttpResponse(status=400)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ):  # what anymail raises of bodies that are something else
        return HttpResponse(status=400)
    return answer


def connect() -> None:
    tracking.connect(note, dispatch_uid="subscriptions.tracking")


def note(sender: Any, *, event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    """Keeps what the provider says of a letter of ours. Opens and clicks are no business of this module."""
    word = _word(event)
    if word is None:
        return
    own = event.event_id or f"{event.message_id} {event.recipient} {event.event_type} {event.timestamp}"
    bounces.note(word, event_id=f"{esp_name.lower()}:{hashlib.sha256(str(own).encode()).hexdigest()[:40]}")


def _word(event: AnymailTrackingEvent) -> Word | None:
    is_complaint = event.event_type == EventType.COMPLAINED
    action = _ACTIONS.get(event.event_type or "")
    if not (action or is_complaint) or not event.message_id:
        return None
    found = Delivery.objects.select_related("subscriber").filter(provider_id=event.message_id).exclude(provider_id="")
    delivery = found.first() or bounces.named(str(event.message_id).strip("<>").partition("@")[0])
    if delivery is None or delivery.address.lower() != str(event.recipient or delivery.address).lower():
        return None
    if is_complaint or event.reject_reason == RejectReason.SPAM:
        return Word(delivery, Kind.COMPLAINT)
    status = bounces.STATUS.search(event.mta_response or "")
    code = status[1] if status else ""
    kind = bounces.kind_of(str(action), code)
    if action == "failed" and not code and event.reject_reason == RejectReason.INVALID:
        kind = Kind.HARD
    return Word(delivery, kind, code)


def _views() -> dict[str, Any]:
    from anymail.urls import urlpatterns  # noqa: PLC0415  # loads what speaks to every provider there is

    return {pattern.name: pattern.callback for pattern in urlpatterns}
