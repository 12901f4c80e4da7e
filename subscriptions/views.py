"""Readers' pages: sign up, confirm, leave. No cookie, no session, no need of a script; GET and HEAD change nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles import reading
from articles.models.site import SiteSettings
from safeguards import form_tokens, limits
from safeguards.problems import TokenProblem
from subscriptions import archive, coming, links, people
from subscriptions.forms import SubscribeForm
from subscriptions.models.people import Subscriber, Subscription, Topic
from subscriptions.push import pages as push_pages
from subscriptions.topics import find, in_order, with_headlines

FORM = "subscribe"
AT_LEAST, AT_MOST = timedelta(seconds=2), timedelta(hours=12)
# From one neighbourhood of the network; a camp or a college may share one.
SIGNUPS, PER = 60, timedelta(hours=1)
# What a link to the form may name: ``?author=7``.
NAMED = (Topic.Kind.SECTION, Topic.Kind.AUTHOR, Topic.Kind.TAG, Topic.Kind.STORY, Topic.Kind.LETTER)


class LinkTooOld(Exception):
    """A link of ours whose time is over, and whose it was. `private` answers with a page that says so."""

    def __init__(self, subscriber: Subscriber, purpose: links.Purpose) -> None:
        super().__init__()
        self.subscriber, self.purpose = subscriber, purpose


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For GET, HEAD and POST, kept by nobody, its address told to nobody.

    Exempt from the check of a CSRF cookie, because there is no cookie that another site could abuse: a signed link or
    the form's own token is all that counts here, and a mailbox's one-click POST brings nothing else.
    """

    @wraps(view)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except LinkTooOld as old:
            response = _too_old(request, old)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(handle))


@private
def subscribe(request: HttpRequest) -> HttpResponse:
    """The sign-up. Its answer does not tell whether the address was known; what was typed survives every error."""
    paper = reading.open_edition(_asked_language(request))
    named = [find(f"{kind}-{request.GET[kind]}") for kind in NAMED if kind in request.GET]
    asked = [topic for topic in named if topic]
    if request.method != "POST":
        return _form(request, paper, SubscribeForm(paper=paper, asked=asked))
    form = SubscribeForm(request.POST, paper=paper, asked=asked)
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
            time_zone=form.cleaned_data["time_zone"],
            cadence=form.cleaned_data["cadence"],
        )
    return show(request, "asked", paper, gettext("Look in your mailbox"), email=form.cleaned_data["email"])


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
    context = {
        "form": form,
        "token": form_tokens.issue(FORM),
        "is_fresh": not form.is_bound,
        "alerts": push_pages.offer(paper),
        "letters": archive.path_of(paper),
        "counts_letters": paper.site.counts_letters,
    }
    return show(request, "subscribe", paper, gettext("Get our news by e-mail"), status=status, **context)


@private
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button; pressing it makes what was asked for active. A scanner that only looks changes nothing."""
    link = genuine(token, links.Purpose.CONFIRM)
    paper = reading.open_edition(link.subscriber.language)
    topics = _topics(link.subscriber, Subscription.State.PENDING)
    is_done = request.method == "POST" and people.confirm(link.subscriber)
    title = gettext("You are subscribed") if is_done else gettext("Confirm your subscription")
    if is_done:
        topics = _topics(link.subscriber, Subscription.State.ACTIVE)
    link.subscriber.refresh_from_db()
    return show(
        request, "confirm", paper, title, topics=topics, is_done=is_done, manage=_manage(link.subscriber),
        coming=coming.lines(link.subscriber) if is_done else [],
    )  # fmt: skip


@private
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """One click (RFC 8058): any POST to this address leaves, whatever it carries; the answer is 200, no redirect."""
    link = genuine(token, links.Purpose.LEAVE)
    paper = reading.open_edition(link.subscriber.language)
    is_done = request.method == "POST"
    if is_done:
        people.leave(link.subscriber, edition=link.edition)
    title = gettext("You have unsubscribed") if is_done else gettext("Unsubscribe")
    topics = _topics(link.subscriber, Subscription.State.ACTIVE)
    return show(request, "leave", paper, title, topics=topics, is_done=is_done, manage=_manage(link.subscriber))


def genuine(token: str, purpose: links.Purpose) -> links.Link:
    """Raises ``Http404`` for whatever is no link of ours for that purpose, and `LinkTooOld` for one that was."""
    link = links.read(token, purpose)
    if link:
        return link
    if subscriber := links.reader_of_old(token, purpose):
        raise LinkTooOld(subscriber, purpose)
    raise Http404


def _too_old(request: HttpRequest, old: LinkTooOld) -> HttpResponse:
    paper = reading.open_edition(old.subscriber.language)
    may_ask_again = old.purpose == links.Purpose.CONFIRM
    return show(
        request, "too_old", paper, gettext("This link is no longer good"), status=410, may_ask_again=may_ask_again
    )


def _asked_language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in SiteSettings.load().languages else ""


def _topics(subscriber: Subscriber, state: Subscription.State) -> list[str]:
    mine = Topic.objects.filter(subscriptions__subscriber=subscriber, subscriptions__state=state)
    rows = with_headlines(in_order(mine.select_related("section__parent", "author", "tag", "newsletter")))
    return [topic.name_in(subscriber.language) for topic in rows]


def _manage(subscriber: Subscriber) -> str:
    return reverse("subscriptions:manage", args=[links.make(links.Purpose.MANAGE, subscriber)])


def show(
    request: HttpRequest, name: str, paper: reading.Edition, title: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A readers' page in the paper's clothes."""
    context = {"edition": paper, "title": title, **context}
    return render(request, f"subscriptions/{name}.html", context, status=status)
