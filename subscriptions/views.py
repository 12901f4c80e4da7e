"""Readers' pages: sign up, confirm, choose, leave. No cookie, no session, no script; GET and HEAD change nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles import reading
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from articles.registry import ReaderLink
from safeguards import form_tokens, limits
from safeguards.problems import TokenProblem
from subscriptions import links, people
from subscriptions.forms import PreferencesForm, SubscribeForm
from subscriptions.models.people import Subscriber, Subscription, Topic

FORM = "subscribe"
AT_LEAST, AT_MOST = timedelta(seconds=2), timedelta(hours=12)
# From one neighbourhood of the network; a camp or a college may share one.
SIGNUPS, PER = 60, timedelta(hours=1)


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For GET, HEAD and POST, kept by nobody, its address told to nobody.

    Exempt from the check of a CSRF cookie, because there is no cookie that another site could abuse: a signed link or
    the form's own token is all that counts here, and a mailbox's one-click POST brings nothing else.
    """

    @wraps(view)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(handle))


@private
def subscribe(request: HttpRequest) -> HttpResponse:
    """The sign-up. Its answer does not tell whether the address was known; what was typed survives every error."""
    paper = reading.open_edition(_asked_language(request))
    if request.method != "POST":
        return _form(request, paper, SubscribeForm(paper=paper))
    form = SubscribeForm(request.POST, paper=paper)
    status = 422
    if form.is_valid():
        problem, status = _objection(request)
        if problem:
            form.add_error(None, problem)
    if not form.is_valid():
        return _form(request, paper, form, status=status)
    if not form.cleaned_data["website"]:
        people.signup(
            form.cleaned_data["email"],
            form.chosen_topics,
            language=form.cleaned_data["language"],
            time_zone=paper.site.newsroom_time_zone,
        )
    return _page(request, "asked", paper, gettext("Look in your mailbox"), email=form.cleaned_data["email"])


def _objection(request: HttpRequest) -> tuple[str, int]:
    """Why the form cannot be taken just now, in words, and the status that says it; ("", 200) if it can."""
    try:
        form_tokens.read(request.POST.get("token", ""), form=FORM, at_least=AT_LEAST, at_most=AT_MOST)
    except TokenProblem as problem:
        return str(problem), 422
    if not limits.hit(FORM, limits.client_address(request), limit=SIGNUPS, per=PER):
        return gettext("Too many sign-ups came from your network. Please try again in an hour."), 429
    return "", 200


def _form(request: HttpRequest, paper: reading.Edition, form: SubscribeForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "token": form_tokens.issue(FORM)}
    return _page(request, "subscribe", paper, gettext("Get our news by e-mail"), status=status, **context)


@private
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button; pressing it makes what was asked for active. A scanner that only looks changes nothing."""
    link = _genuine(token, links.Purpose.CONFIRM)
    paper = reading.open_edition(link.subscriber.language)
    topics = _topics(link.subscriber, Subscription.State.PENDING)
    is_done = request.method == "POST" and people.confirm(link.subscriber)
    title = gettext("You are subscribed") if is_done else gettext("Confirm your subscription")
    if is_done:
        topics = _topics(link.subscriber, Subscription.State.ACTIVE)
    return _page(request, "confirm", paper, title, topics=topics, is_done=is_done, manage=_manage(link.subscriber))


@private
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """What one reader gets: to change, to leave, or to be forgotten."""
    subscriber = _genuine(token, links.Purpose.MANAGE).subscriber
    paper = reading.open_edition(subscriber.language)
    form = PreferencesForm(paper=paper, subscriber=subscriber)
    done = ""
    if request.method == "POST" and request.POST.get("do") == "erase":
        people.erase(subscriber)
        return _page(request, "erased", paper, gettext("You are forgotten"))
    if request.method == "POST" and request.POST.get("do") == "leave":
        people.leave(subscriber)
        form, done = PreferencesForm(paper=paper, subscriber=subscriber), "left"
    elif request.method == "POST":
        form = PreferencesForm(request.POST, paper=paper, subscriber=subscriber)
        if form.is_valid():
            people.choose(subscriber, form.chosen_topics, language=form.cleaned_data["language"])
            paper = reading.open_edition(subscriber.language)
            form, done = PreferencesForm(paper=paper, subscriber=subscriber), "saved"
    context = {"form": form, "done": done, "email": subscriber.email}
    return _page(request, "manage", paper, gettext("Your letters"), status=422 if form.errors else 200, **context)


@private
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """One click (RFC 8058): any POST to this address leaves, whatever it carries; the answer is 200, no redirect."""
    link = _genuine(token, links.Purpose.LEAVE)
    paper = reading.open_edition(link.subscriber.language)
    is_done = request.method == "POST"
    if is_done:
        people.leave(link.subscriber, edition=link.edition)
    title = gettext("You have unsubscribed") if is_done else gettext("Unsubscribe")
    topics = _topics(link.subscriber, Subscription.State.ACTIVE)
    return _page(request, "leave", paper, title, topics=topics, is_done=is_done, manage=_manage(link.subscriber))


def reader_link(language: str, story: PublishedArticle | None) -> ReaderLink:
    """The line in the channels block under each story."""
    address = reverse("subscriptions:subscribe") + "?" + urlencode({"lang": language})
    return ReaderLink(gettext("Get our news by e-mail"), address)


def _genuine(token: str, purpose: links.Purpose) -> links.Link:
    link = links.read(token, purpose)
    if link is None:
        raise Http404
    return link


def _asked_language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in SiteSettings.load().languages else ""


def _topics(subscriber: Subscriber, state: Subscription.State) -> list[str]:
    mine = Topic.objects.filter(subscriptions__subscriber=subscriber, subscriptions__state=state)
    rows = mine.select_related("section__parent").order_by("-kind", "pk")
    return [topic.name_in(subscriber.language) for topic in rows]


def _manage(subscriber: Subscriber) -> str:
    return reverse("subscriptions:manage", args=[links.make(links.Purpose.MANAGE, subscriber)])


def _page(
    request: HttpRequest, name: str, paper: reading.Edition, title: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    context = {"edition": paper, "title": title, **context}
    return render(request, f"subscriptions/{name}.html", context, status=status)
