"""A Facebook page (``POST /{page}/feed``) by the Graph API, with the page's own token.

There is no key against posting twice: after a silence the page's feed is read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from subscriptions.channels.answers import (
    Channel,
    Message,
    Place,
    Posted,
    Said,
    Trouble,
    call,
    inner,
    needed,
    text,
    wait_of,
    web_address,
)
from subscriptions.models.channels import Problem

# Codes of the Graph API's own, most of them with status 400: developers.facebook.com, "Handling Errors".
_KEY, _TOO_MANY, _UNKNOWN, _DUPLICATE = {102, 190}, {4, 17, 32, 341, 613, 80001}, {1, 2}, 506


def post(place: Place, message: Message) -> Posted:
    form = {"message": message.text, "link": message.link}
    try:
        said = _ask(place, "POST", f"{quote(place.address, safe='')}/feed", form)
    except Trouble as trouble:
        if trouble.problem == Problem.THERE_ALREADY:
            return find(place, message) or Posted(is_new=False)
        raise
    number = needed(said.data.get("id"))
    return Posted(number, f"https://www.facebook.com/{number}")


def test(place: Place) -> str:
    return text(_ask(place, "GET", f"{quote(place.address, safe='')}?fields=name").data.get("name"))


def find(place: Place, message: Message) -> Posted | None:
    """The post among the page's newest, by its very words, not older than the decision to post it."""
    query = {"fields": "id,message,permalink_url", "limit": "25", "since": f"{message.decided.timestamp():.0f}"}
    found = _ask(place, "GET", f"{quote(place.address, safe='')}/feed?{urlencode(query)}").data.get("data")
    for each in found if isinstance(found, list) else []:
        if " ".join(text(inner(each, "message")).split()) == " ".join(message.text.split()):
            number = needed(inner(each, "id"))
            return Posted(number, web_address(inner(each, "permalink_url")) or f"https://www.facebook.com/{number}")
    return None


def _ask(place: Place, method: str, path: str, form: dict[str, str] | None = None) -> Said:
    headers = {"Authorization": f"Bearer {place.keys['token']}"}
    return call(method, f"{place.server}/{path}", headers=headers, form=form, explain=_explain)


def _explain(said: Said) -> Trouble | str:
    error: Any = said.data.get("error")
    code, words = inner(error, "code"), text(inner(error, "message"))
    if code in _KEY:
        return Trouble(Problem.CREDENTIALS, words)
    if code in _TOO_MANY:
        return Trouble(Problem.BUSY, words, wait=max(wait_of(said), timedelta(minutes=5)))
    if code in _UNKNOWN:
        return Trouble(Problem.NO_ANSWER, words, is_certain=False)
    if code == _DUPLICATE:
        return Trouble(Problem.THERE_ALREADY, words)
    if code == 10 or (isinstance(code, int) and 200 <= code < 300):
        return Trouble(Problem.FORBIDDEN, words)
    return words


CHANNEL = Channel(
    post, test, lambda: settings.FACEBOOK_URL, _("Number of the page"), "104829385012",
    {"token": _("Token of the page")}, find=find,
    note=_("It takes a page token with the permissions pages_manage_posts and pages_read_engagement."),
)  # fmt: skip
