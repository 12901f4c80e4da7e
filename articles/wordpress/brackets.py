"""Shortcodes among the brackets of a text: which are WordPress's, where each ends, which are a writer's own words.

WordPress ends a shortcode at the first bracket; its plugins have long written brackets and tags into quoted values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from articles.moving.texts import attributes

_START = re.compile(r"\[(/?)([A-Za-z][\w-]{0,60})(?=[\s=\]/])")
# All up to the bracket that ends it. What is quoted may hold anything but an empty line; each sign is looked at twice
# at most, whatever is written.
_SAID = re.compile(
    r"""(?:(?<=[=\s])(?:"(?:[^"\n]|\n(?![ \t]*\n))*+"|'(?:[^'\n]|\n(?![ \t]*\n))*+')(?=[\s/\]])|[^\[\]<>])*+"""
)
_CLOSING = re.compile(r"\[/([A-Za-z][\w-]{0,60})\s*+\]")
# Names that are shortcodes without attributes and without an end, wherever they stand: [tweet 123456].
_KNOWN = {
    "ad", "ads", "adsense", "adrotate", "archives", "audio", "button", "caption", "cart", "checkout", "clear",
    "contact", "currentyear", "divider", "donate", "donation", "donations", "embed", "facebook", "gallery",
    "googlemaps", "hr", "instagram", "login", "more", "newsletter", "playlist", "recentposts", "register",
    "searchform", "separator", "share", "sharing", "sitemap", "slider", "soundcloud", "spacer", "spotify", "subscribe",
    "toc", "tweet", "twitter", "video", "vimeo", "wpforms", "youtube",
}  # fmt: skip
_ASSIGNED = re.compile(r"\s*+[\w-]++=")
_VALUE = re.compile(r"(?=\S*[\d/.])\S+|/?")  # a number, an address; no words: [video by Mira Okono]
# Of plugins that keep a part of a text from those who have not signed in or paid.
_RESTRICTED = re.compile(
    r"restrict|(?<!team[_-])member|private|logged|paywall|protect|premium(?!/)|s2if|wlm|pmpro|mepr|secret|hidden|hide|only|"
    r"locker|(?<![a-z])(?:un)?lock|gated|(?<![a-z])vip(?![a-z])|patron|patreon"
)
# What they ask for, in words of their own: [if user_role="editor"]. Headings have levels too.
_FOR_SOME = re.compile(r"(?:.*[_-])?(?:role|level|member|capabilit|cap(?![a-z])|logged|subscri|plan(?![a-z])|tier)")
_FORMS = re.compile(r"login|subscri")  # around nothing they are a form
_HEADS = re.compile(r"head|title|list|toc")
# What writers put into brackets on a line of its own; within a line any plain word is theirs: "[the] mayor".
_OF_WRITERS = {
    "applause", "applaudissements", "applausi", "applaus", "aplausos", "beifall", "boos", "break", "cheering", "cheers",
    "chorus", "continued", "coughs", "cries", "cross", "crosstalk", "deleted", "edited", "ellipsis", "end", "ends",
    "inaudible", "inaudibile", "interruption", "interval", "lacht", "laughs", "laughter", "musik", "music", "musique",
    "ndlr", "ndr", "ndt", "pausa", "pause", "redacted", "refrain", "ride", "rires", "rire", "risas", "risate", "risos",
    "sic", "sighs", "silence", "silencio", "silenzio", "sings", "song", "stille", "stop", "suite", "translated",
    "translation", "unclear", "unintelligible", "verse", "whispers",
}  # fmt: skip
_LINE = (
    "address|article|aside|blockquote|br|center|dd|details|div|dl|dt|figcaption|figure|footer|form|h[1-6]|header|hr|li|"
    "main|nav|ol|p|pre|section|summary|table|tbody|td|th|thead|tr|ul"
)
_LINE_BEGINS = re.compile(rf"(?s:.*<)/?(?:{_LINE})\b[^<>]*>", re.IGNORECASE)
_LINE_ENDS = re.compile(rf"\Z|[\n\[]|</?(?:{_LINE})\b", re.IGNORECASE)
_LOOKED_AT = 300  # of what stands before and behind


class Bracket(NamedTuple):
    """A shortcode: its name in lower case, what is said after it, where it starts and ends in the text.

    ``is_end``: ``[/name]``. ``is_shown``: in double brackets, written so that readers see it. ``has_end``: its end
    stands somewhere in the text.
    """

    name: str
    said: str
    known: dict[str, str]
    start: int
    end: int
    is_end: bool
    is_shown: bool
    has_end: bool

    @property
    def is_restricted(self) -> bool:
        """Whether it is, by its name or by what it asks for, around words that were not for everybody."""
        if is_for_some(self.name):
            return True
        asks = not _HEADS.search(self.name) and any(map(_FOR_SOME.match, self.known))
        return self.has_end and bool(asks or _FORMS.search(self.name))


def is_for_some(name: str) -> bool:
    """Whether a shortcode or block of this name keeps words from those who have not signed in or paid."""
    return bool(_RESTRICTED.search(name))


def brackets(html: str) -> Iterator[Bracket]:
    """In order, in linear time; a writer's own words in brackets are none."""
    ended = {name.lower() for name in _CLOSING.findall(html)}
    at = 0
    while found := _START.search(html, at):
        said = _SAID.match(html, found.end())
        at = said.end() if said else found.end()
        if not said or html[at : at + 1] != "]":
            continue  # what was read is no shortcode, nor what its quotations hold
        at += 1
        name, is_end = found[2].lower(), bool(found[1])
        known = attributes(said[0])
        is_shown = html[found.start() - 1 : found.start()] == "[" and html[at : at + 1] == "]"
        is_known = name in ended or _ASSIGNED.match(said[0]) or (name in _KNOWN and _VALUE.fullmatch(said[0].strip()))
        if not (is_end or is_shown or known or is_known or _is_code(found, said[0], html, at)):
            continue
        start = found.start() - is_shown
        at += is_shown
        yield Bracket(name, said[0], known, start, at, is_end, is_shown, name in ended)


def _is_code(found: re.Match[str], said: str, html: str, end: int) -> bool:
    """Whether a name that nothing is known of is a shortcode's: no writer's word is written so, or stands there so."""
    name, said = found[2], said.strip()
    if said == "/":
        return True
    if said or len(name) == 1 or not name.isascii():
        return False  # [laughs loudly]
    if "_" in name or any(sign.isdigit() for sign in name) or "-" in name:
        return True
    if not name.islower() or name in _OF_WRITERS:
        return False
    before = html[max(0, found.start() - _LOOKED_AT) : found.start()].rstrip(" \t\xa0")
    behind = html[end : end + _LOOKED_AT].lstrip(" \t\xa0")
    begins = before[-1:] in {"", "\n", "]"} or (before[-1] == ">" and _LINE_BEGINS.fullmatch(before))
    return bool(begins and _LINE_ENDS.match(behind))
