"""X (``POST /2/tweets``) in the name of one user, by OAuth 1.0a (RFC 5849) as oauthlib signs.

The same text again is refused with 403 “duplicate content”: then it is there.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from oauthlib.oauth1 import Client

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
)
from subscriptions.models.channels import Problem


def post(place: Place, message: Message) -> Posted:
    try:
        data = _ask(place, "POST", "/2/tweets", {"text": message.text}).data
    except Trouble as trouble:
        if trouble.problem == Problem.THERE_ALREADY:
            return Posted(is_new=False)
        raise
    number = needed(inner(data, "data", "id"))
    return Posted(number, f"https://x.com/i/web/status/{number}")


def test(place: Place) -> str:
    return f"@{text(inner(_ask(place, 'GET', '/2/users/me').data, 'data', 'username'))}"


def _ask(place: Place, method: str, path: str, content: dict[str, Any] | None = None) -> Said:
    names = ("consumer_key", "consumer_secret", "token", "token_secret")
    url = place.server + path
    _url, headers, _body = Client(*[place.keys[name] for name in names]).sign(url, http_method=method)
    return call(method, url, headers=headers, content=content, explain=_explain)


def _explain(said: Said) -> Trouble | str:
    words = text(said.data.get("detail")) or text(said.data.get("title"))
    if said.status == 403 and "duplicate content" in words.lower():
        return Trouble(Problem.THERE_ALREADY, words)
    if said.status == 402:  # the account's credits are used up
        return Trouble(Problem.FORBIDDEN, words)
    return words


CHANNEL = Channel(
    post, test, lambda: settings.X_URL, "", "",
    {
        "consumer_key": _("API key"),
        "consumer_secret": _("API key secret"),
        "token": _("Access token"),
        "token_secret": _("Access token secret"),
    },
    note=_("X charges for each post, and more for one with a link. That is why its tick is off unless you set it."),
    is_ticked=False,
)  # fmt: skip
