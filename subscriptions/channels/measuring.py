"""How long a text may be on each channel, in its own measure. `static/subscriptions/channels.js` counts so too.

X: twitter-text, configuration 3. Bluesky: the lexicon ``app.bsky.feed.post``. Telegram: the Bot API's ``sendMessage``,
in UTF-16 units as its entities are. Mastodon counts characters as people see them, addresses as 23.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import regex
from django.utils.translation import gettext_lazy as _

from subscriptions.models.channels import ChannelKind

LINK = "{link}"  # stands for the story's address
LINK_LENGTH = 120  # counted for it where its own length counts and is not known yet
SHORT = 23  # what X and Mastodon count for an address, however long
BYTES = 3000  # of a text on Bluesky
# What follows an address, such as a full stop or a bracket, is no part of it.
_ADDRESS = re.compile(r"https?://\S*[^\s.,;:!?'\"()\[\]{}<>«»“”‘’…]")
# X makes links of bare domains too, and ends addresses at most other alphabets. What only looks like one counts as no
# less.
_END = r"[!-~À-ɏЀ-ӿ]*[A-Za-z0-9À-ɏЀ-ӿ/=_#&+~%$@-]"
_DOMAIN = re.compile(rf"https?://{_END}|(?:[A-Za-z0-9-]+\.)+[A-Za-z]{{2,}}(?:/(?:{_END})?)?")
_MENTION = re.compile(r"(?<![\w/])(@\w+)@[\w.-]+\w")
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[0-9#*]\uFE0F?\u20E3")
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # characters that X counts once; all others twice


@dataclass(frozen=True)
class Measure:
    """A limit, how much a text takes of it, and what the unit is called. `name` is how the script knows it."""

    name: str
    limit: int
    count: Callable[[str], int]
    unit: Any
    is_link_short: bool = False

    def used(self, text: str, *, link: str = "") -> int:
        """How much of `limit` the text takes with the story's address in it, known or not."""
        unknown = "https://x.example" if self.is_link_short else "x" * LINK_LENGTH
        return self.count(text.strip().replace(LINK, link or unknown))

    def fits(self, text: str, *, link: str = "") -> bool:
        return self.used(text, link=link) <= self.limit and (
            self.name != "graphemes" or len(text.replace(LINK, link or "x" * LINK_LENGTH).encode()) <= BYTES
        )


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def graphemes(text: str) -> int:
    """Characters as people see them: an emoji of several code points is one."""
    return len(regex.findall(r"\X", text))


def weighted(text: str) -> int:
    """As X counts: addresses 23, emoji 2, letters of most alphabets 1, all else 2."""
    text = unicodedata.normalize("NFC", text)
    total, end = 0, 0
    for match in _DOMAIN.finditer(text):
        total += _weight(text[end : match.start()])
        total += SHORT if "://" in match[0] else max(SHORT, _weight(match[0]))
        end = match.end()
    return total + _weight(text[end:])


def _weight(text: str) -> int:
    return sum(
        2 if _EMOJI.search(cluster) else sum(_heaviness(each) for each in cluster)
        for cluster in regex.findall(r"\X", text)
    )


def _heaviness(character: str) -> int:
    return 1 if any(first <= ord(character) <= last for first, last in _LIGHT) else 2


def as_mastodon(text: str) -> int:
    """Characters as people see them; an address counts 23, of a mention only the name."""
    return graphemes(_MENTION.sub(r"\1", _ADDRESS.sub("x" * SHORT, text)))


_CHARACTERS = _("characters")
MEASURES = {
    ChannelKind.TELEGRAM: Measure("utf16", 4096, utf16_units, _CHARACTERS),
    ChannelKind.WHATSAPP: Measure("characters", 4096, len, _CHARACTERS),
    ChannelKind.X: Measure("weighted", 280, weighted, _("weighted characters"), is_link_short=True),
    ChannelKind.FACEBOOK: Measure("characters", 63206, len, _CHARACTERS),
    ChannelKind.BLUESKY: Measure("graphemes", 300, graphemes, _CHARACTERS),
    ChannelKind.MASTODON: Measure("mastodon", 500, as_mastodon, _CHARACTERS, is_link_short=True),
}


def measure_of(kind: str) -> Measure:
    return MEASURES[ChannelKind(kind)]
