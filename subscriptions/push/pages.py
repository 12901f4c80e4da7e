"""Readers' side of notices: what `/subscribe/` offers a browser that can show them, and where its script asks.

No account, no cookie: whoever holds a device's endpoint, which no one else can guess, speaks for the device.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from articles import reading
from articles.languages import LANGUAGES
from articles.models.site import SiteSettings
from safeguards import form_tokens, limits
from safeguards.numbers import whole
from safeguards.problems import TokenProblem
from subscriptions.models.people import Topic
from subscriptions.push import addresses, keys
from subscriptions.push.messages import Keys
from subscriptions.topics import open_topics

FORM = "alerts"
AT_LEAST, AT_MOST = timedelta(seconds=1), timedelta(hours=12)
# From one neighbourhood of the network; a camp or a college may share one.
NEW, ASKED, PER = 30, 300, timedelta(hours=1)
LONGEST_BODY = 16_000  # bytes


class AlertsForm(forms.Form):
    """What a device wants notices about. ``chosen_topics`` are the rows of the valid choice."""

    prefix = "alerts"
    topics = forms.MultipleChoiceField(label=_("What about"), widget=forms.CheckboxSelectMultiple)
    language = forms.ChoiceField(label=_("In which language"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, paper: reading.Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {Topic.Kind.SITE.value, Topic.Kind.SECTION.value}
        self.rows = {str(topic.pk): topic for topic in open_topics() if topic.kind in offered}
        topics = cast(forms.MultipleChoiceField, self.fields["topics"])
        language = cast(forms.ChoiceField, self.fields["language"])
        topics.choices = [(number, topic.name_in(paper.language)) for number, topic in self.rows.items()]
        topics.initial = list(self.rows)[:1]
        language.choices = [(code, LANGUAGES[code].name) for code in paper.site.languages if code in LANGUAGES]
        language.initial = paper.language if paper.is_offered else paper.site.language

    @property
    def chosen_topics(self) -> list[Topic]:
        return [self.rows[number] for number in self.cleaned_data["topics"]]


def offer(paper: reading.Edition) -> dict[str, Any]:
    """What ``subscriptions/_alerts.html`` shows."""
    return {
        "form": AlertsForm(paper=paper),
        "key": keys.public(),
        "token": form_tokens.issue(FORM),
        "url": reverse("subscriptions:push"),
    }


@csrf_exempt
@require_POST
def push(request: HttpRequest) -> JsonResponse:
    """``do`` is *look*, *on* or *off*; the answer is JSON: ``is_on``, ``topics``, ``language``, and ``said`` in words.

    422 and 429 carry ``said`` alone. Exempt from the check of a CSRF cookie, because no cookie counts here.
    """
    asked = request.GET.get("lang", "")
    paper = reading.open_edition(asked if asked in SiteSettings.load().languages else "")
    said, status = _objection(request)
    found = Keys(*(request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth"))) if not said else None
    if found is None:
        return _answer(said, status)
    if request.POST.get("do") == "off":
        addresses.forget(addresses.hash_of(found.endpoint))
        return _answer(gettext("Alerts are off on this device."), is_on=False)
    if request.POST.get("do") == "on":
        return _switch_on(request, paper, found)
    address = addresses.known(found.endpoint)
    if address is None:
        return _answer("", is_on=False)
    topics = [str(number) for number in address.topics.values_list("pk", flat=True)]
    return _answer("", is_on=True, topics=topics, language=address.language)


def _objection(request: HttpRequest) -> tuple[str, int]:
    """Why the request cannot be taken, in words, with its status; ("", 200) if it can."""
    # Asked before the body is read: a length is named, and it is small.
    length = whole(request.META.get("CONTENT_LENGTH"))
    if length is None or length > LONGEST_BODY:
        return gettext("This was more than we expected. Please load the page again."), 413
    try:
        form_tokens.read(request.POST.get("token", ""), form=FORM, at_least=AT_LEAST, at_most=AT_MOST)
    except TokenProblem as problem:
        return str(problem), 422
    if not limits.hit("push asked", limits.client_address(request), limit=ASKED, per=PER):
        return _too_many(), 429
    return "", 200


def _switch_on(request: HttpRequest, paper: reading.Edition, found: Keys) -> JsonResponse:
    form = AlertsForm(request.POST, paper=paper)
    if not form.is_valid():
        return _answer(gettext("Please tick at least one thing that you want to hear about."), 422)
    try:
        addresses.check(found)
    except ValueError:
        return _answer(gettext("We cannot reach this browser's alerts. Please try another browser."), 422)
    is_new = addresses.known(found.endpoint) is None
    if is_new and not limits.hit("push", limits.client_address(request), limit=NEW, per=PER):
        return _answer(_too_many(), 429)
    addresses.take_in(found, form.chosen_topics, language=form.cleaned_data["language"])
    said = gettext("Alerts are on for this device.") if is_new else gettext("Saved.")
    return _answer(said, is_on=True)


def _too_many() -> str:
    return gettext("Too many devices asked from your network. Please try again in an hour.")


def _answer(said: str, status: int = 200, **more: Any) -> JsonResponse:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return JsonResponse({"said": said, **more}, status=status, headers=headers)
