"""A reader's own page, by the signed link in each letter; and the page that confirms a new address."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from articles import reading
from articles.clocks import city
from safeguards import limits
from subscriptions import addresses, coming, export, links, people
from subscriptions.models.people import Subscriber, address_hash, normal_address
from subscriptions.preferences import AddressForm, Finder, PreferencesForm, kept, look_for
from subscriptions.views import genuine, private, show

# Letters that ask new addresses: from one neighbourhood of the network, to one address, and for one reader, whoever
# holds a link of hers.
ASKED, PER = 20, timedelta(hours=1)
ASKED_BY_HER, DAY = 3, timedelta(days=1)
ASKED_THERE = 1
ASK_EVERY = timedelta(minutes=5)
# How often one reader may look for authors and subjects.
FINDS = 120


@private
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """What one reader gets, and when: to change, to take along, to leave, or to be forgotten."""
    subscriber = genuine(token, links.Purpose.MANAGE).subscriber
    paper = reading.open_edition(subscriber.language)
    do = _pressed(request.POST) if request.method == "POST" else ""
    if do == "erase":  # its button lies beside others, and nothing brings her back: she is asked once more
        return show(request, "forget", paper, gettext("Are you sure?"), email=subscriber.email)
    if do == "forget":
        people.erase(subscriber)
        return show(request, "erased", paper, gettext("You are forgotten"))
    if do == "export":
        return _file(subscriber)
    form = PreferencesForm(paper=paper, subscriber=subscriber)
    address = AddressForm(subscriber=subscriber)
    done, finder = "", None
    if do == "leave":
        people.leave(subscriber)
        done = "left"
    elif do == "keep-address":
        addresses.call_off(subscriber)
        done = "kept"
    elif do == "address":
        address = AddressForm(request.POST, subscriber=subscriber)
        done = "asked" if _ask(request, subscriber, address) else ""
    elif do == "find":
        finder = _looked_for(request, subscriber, paper.language)
        form = PreferencesForm(initial=kept(request.POST), paper=paper, subscriber=subscriber, found=finder.topics)
    elif do:
        form = PreferencesForm(request.POST, paper=paper, subscriber=subscriber)
        if form.is_valid():
            people.choose(subscriber, form.wishes, **form.preferences)
            paper = reading.open_edition(subscriber.language)
            done = "saved"
    if done:
        form = PreferencesForm(paper=paper, subscriber=subscriber)
    status = 422 if form.errors or address.errors else 200
    context = _context(form, address, done, subscriber)
    return show(request, "manage", paper, gettext("Your letters"), status=status, finder=finder, **context)


def _pressed(data: QueryDict) -> str:
    """The button that was meant. Enter in any field looks for a name that has not been looked for, and else saves."""
    button = data.get("do", "enter")
    if button != "enter":
        return button
    typed = data.get("find", "").strip()
    return "find" if typed and typed != data.get("found", "") else "save"


def _looked_for(request: HttpRequest, subscriber: Subscriber, language: str) -> Finder:
    typed = request.POST.get("find", "")
    if limits.hit(f"topics for {subscriber.pk}", "", limit=FINDS, per=PER):
        return look_for(typed, language)
    return Finder(typed, [], gettext("You have searched very often. Please try again in an hour."))


def _context(form: PreferencesForm, address: AddressForm, done: str, subscriber: Subscriber) -> dict[str, Any]:
    zone = ZoneInfo(subscriber.time_zone)
    return {
        "form": form,
        "groups": form.groups(),
        "when": [form["digest_hour"], form["digest_weekday"]],
        "address": address,
        "waiting": addresses.waiting(subscriber),
        "done": done,
        "email": subscriber.email,
        "coming": coming.lines(subscriber),
        "city": city(zone),
        "now": timezone.now().astimezone(zone).strftime("%H:%M"),
    }


def _ask(request: HttpRequest, subscriber: Subscriber, form: AddressForm) -> bool:
    """Has the new address asked; or leaves in the form, in words, why not."""
    if not form.is_valid():
        return False
    last = addresses.waiting(subscriber)
    if last and last.asked_at > timezone.now() - ASK_EVERY:
        form.add_error("email", gettext("A letter is on its way already. Please wait five minutes before the next."))
    elif not limits.hit(f"new address for {subscriber.pk}", "", limit=ASKED_BY_HER, per=DAY):
        form.add_error("email", gettext("We have asked three addresses for you today. Please try again tomorrow."))
    elif not limits.hit("new address", limits.client_address(request), limit=ASKED, per=PER):
        form.add_error("email", gettext("Too many requests came from your network. Please try again in an hour."))
    elif not limits.hit(f"new address {_hash(form)}", "", limit=ASKED_THERE, per=PER):
        form.add_error("email", gettext("We wrote to this address less than an hour ago. Please try again in an hour."))
    else:
        addresses.ask(subscriber, form.cleaned_data["email"])
        return True
    return False


def _hash(form: AddressForm) -> str:
    return address_hash(normal_address(form.cleaned_data["email"]))


def _file(subscriber: Subscriber) -> HttpResponse:
    text = json.dumps(export.everything(subscriber), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="my-letters.json"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


@private
def address(request: HttpRequest, token: str) -> HttpResponse:
    """A button in the new mailbox; pressing it has the letters sent there. Who only looks changes nothing."""
    link = genuine(token, links.Purpose.ADDRESS)
    subscriber = link.subscriber
    paper = reading.open_edition(subscriber.language)
    change = addresses.waiting(subscriber, link.edition) if link.edition else None
    is_done = request.method == "POST" and addresses.confirm(subscriber, link.edition)
    manage = ""
    if is_done:
        subscriber.refresh_from_db()
        manage = links.make(links.Purpose.MANAGE, subscriber)
    title = gettext("Your letters come here now") if is_done else gettext("Is this your address?")
    return show(request, "address", paper, title, is_done=is_done, manage=manage, email=change.email if change else "")
