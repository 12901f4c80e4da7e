"""Telegram (https://core.telegram.org/bots/api): a bot that is an administrator of the channel.

There is no key against posting twice, and a bot cannot read the channel: without an answer nobody knows.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from subscriptions.channels.answers import (
    Channel,
    Message,
    Place,
    Posted,
    Said,
    Trouble,
    bounded,
    call,
    inner,
    needed,
    text,
)
from subscriptions.models.channels import Problem


def post(place: Place, message: Message) -> Posted:
    content: dict[str, Any] = {
        "chat_id": place.address,
        "text": escape(message.text),
        "parse_mode": "HTML",
        "link_preview_options": {"url": message.link},
    }
    if message.reply_to:
        content["reply_parameters"] = {"message_id": int(message.reply_to), "allow_sending_without_reply": True}
    result = _ask(place, "sendMessage", content).data.get("result")
    number = needed(inner(result, "message_id"))
    name = text(inner(result, "chat", "username"))
    return Posted(number, f"https://t.me/{name}/{number}" if name else "")


def test(place: Place) -> str:
    bot = text(inner(_ask(place, "getMe").data, "result", "username"))
    chat = _ask(place, "getChat", {"chat_id": place.address}).data
    return f"@{bot} → {text(inner(chat, 'result', 'title')) or place.address}"


def _ask(place: Place, method: str, content: dict[str, Any] | None = None) -> Said:
    said = call(
        "POST", f"{place.server}/bot{place.keys['token']}/{method}", content=content or {}, explain=_explain
    )  # fmt: skip
    if said.data.get("ok") is not True:
        raise Trouble(Problem.GARBLED, is_certain=False)
    return said


def _explain(said: Said) -> Trouble | str:
    words = text(said.data.get("description"))
    wait = inner(said.data, "parameters", "retry_after")
    if said.status == 429 and isinstance(wait, int):
        return Trouble(Problem.BUSY, words, wait=bounded(wait))
    if said.status == 404:  # the token is part of the address
        return Trouble(Problem.CREDENTIALS, words)
    if said.status == 400 and "chat not found" in words:
        return Trouble(Problem.SERVER, words)
    if said.status == 400 and "rights" in words:
        return Trouble(Problem.FORBIDDEN, words)
    return words


CHANNEL = Channel(
    post, test, lambda: settings.TELEGRAM_URL, _("Channel"), "@harbourpost",
    {"token": _("Token of the bot")},
    note=_("Make a bot with @BotFather and make it an administrator of the channel that may post messages."),
)  # fmt: skip
