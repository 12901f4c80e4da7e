"""The notice at the foot of a correspondent's file: where to follow the newsroom and where to write to it.

It belongs to the site's channels and not to the story, so it is told apart from a last paragraph that only mentions
such a channel: a notice addresses the reader, sentence by sentence, and nothing else stands in it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape

from articles.importing.lines import Line

_MOST_LINES = 8
# Longer than any notice; also what keeps the patterns below from crawling through a hostile line.
_LONGEST = 1000


@dataclass(frozen=True)
class Boilerplate:
    """A closing notice: its lines as written, the address to write to ("" if none), and the channels it names.

    `channels` holds "whatsapp", "telegram", "x" and "facebook" in the order found; `links` has the address of those
    that gave one.
    """

    text: str
    email: str = ""
    channels: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)


def _pattern(*wordings: str) -> re.Pattern[str]:
    return re.compile("|".join(wordings), re.IGNORECASE)


_OPENING = _pattern(
    r"(?:for|to|click|tap|follow|join|like|find|write|e-?mail|send|contact|subscribe)\b",
    r"(?:pour|cliquez|suivez|rejoignez|retrouvez|abonnez|écrivez|envoyez|contactez)\b",
    r"ل\w+|(?:اضغط|انقر|تابع|انضم|اشترك|راسل|اكتب|[أا]رسل|تواصل)",
)
_FOLLOW_US = _pattern(
    r"\b(?:follow|join|like|find|contact|e-?mail|write to) us\b",
    r"\b(?:suivez|rejoignez|retrouvez|contactez|écrivez)[- ]nous\b|\babonnez-vous\b",
    r"تابعونا|تابعنا|انضموا إلينا|راسلونا|راسلنا|تواصلوا معنا",
)
_CALLS = (
    _pattern(r"\b(?:click|tap)\b", r"\bcliquez\b", r"اضغط|انقر"),
    _pattern(
        r"\b(?:write|e-?mail|send\b.{0,60}?) (?:to|us)\b",
        r"\b(?:écrivez|envoyez)\b",
        r"راسلونا|راسلنا|اكتبوا|اكتب إلى|[أا]رسلوا",
    ),
    _FOLLOW_US,
)
_CHANNELS = {
    "whatsapp": _pattern(r"what'?s ?app|\bwa\.me/", r"وات ?س ?[اأآ]?ب"),
    "telegram": _pattern(r"telegram|télégram|(?<![\w.])t\.me/", r"تيل?[يه]?[غجق]رام|تلي?[غجق]رام"),
    "x": _pattern(r"twitter|\bx\.com/|(?<![\w./?&])x(?![\w'’])", r"تويتر|\b[إا]كس\b"),
    "facebook": _pattern(r"facebook|\bfb\.(?:com|me)/", r"فا?يسبوك"),
}
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MARKS = (
    _pattern(
        r"\bupdates?\b|\blatest news\b",
        r"\bactualités?\b|\bdernières nouvelles\b|\binfos\b|\bmises? à jour\b",
        r"أخبار|الأنباء|تحديثات|مستجدات",
    ),
    _pattern(r"\beye-? ?witness", r"\btémoi(?:n|gnage)s?\b", r"شهود|شهادات"),
    *_CALLS,
    *_CHANNELS.values(),
    _EMAIL,
)
_SENTENCE = re.compile(r"(?<=[.!?؟]) +")
_LINK = re.compile(
    r"(?<![\w.@/])(?:https?://)?(?:[\w-]+\.)*"
    r"(?:(?P<whatsapp>whatsapp\.com|wa\.me)|(?P<telegram>t\.me|telegram\.me)"
    r"|(?P<x>x\.com|twitter\.com)|(?P<facebook>facebook\.com|fb\.com|fb\.me))"
    r"/[^\s<>\"'()،]*[\w/]",
    re.IGNORECASE,
)
_HREF = re.compile(r'href="([^"]*)"')


def find_boilerplate(lines: Sequence[Line]) -> tuple[int, Boilerplate | None]:
    """How many of the last lines (none of them empty) are the notice, and what it says; `(0, None)` without one."""
    for count in range(min(_MOST_LINES, len(lines)), 0, -1):
        tail = lines[-count:]
        if sum(len(line.html) for line in tail) <= 4 * _LONGEST and _is_notice([_plain(line.bare) for line in tail]):
            return count, _boilerplate(tail)
    return 0, None


def _plain(text: str) -> str:
    """Ordinary single spaces instead of no-break and other ones."""
    return " ".join(text.split())


def _is_notice(lines: Iterable[str]) -> bool:
    lines = list(lines)
    text = " ".join(lines)
    if len(text) > _LONGEST or not all(any(mark.search(line) for mark in _MARKS) for line in lines):
        return False
    if not all(_OPENING.match(sentence) and _is_call(sentence) for sentence in _SENTENCE.split(text)):
        return False
    marks = sum(bool(mark.search(text)) for mark in _MARKS)
    # "us" is the newsroom speaking. Without it, a call and one channel may well be the story's own service to readers.
    return marks >= (2 if _FOLLOW_US.search(text) else 3)


def _is_call(sentence: str) -> bool:
    return any(call.search(sentence) for call in _CALLS)


def _boilerplate(lines: Sequence[Line]) -> Boilerplate:
    text = _plain(" ".join(line.text for line in lines))
    hrefs = [unescape(href) for line in lines for href in _HREF.findall(line.html)]
    links: dict[str, str] = {}
    for link in _LINK.finditer(" ".join([text, *hrefs])):
        address = link[0] if "://" in link[0] else f"https://{link[0]}"
        links.setdefault(link.lastgroup or "", address)
    found = {name: match.start() for name, pattern in _CHANNELS.items() if (match := pattern.search(text))}
    email = _EMAIL.search(" ".join([text, *hrefs]))
    return Boilerplate(
        text="\n".join(line.text for line in lines),
        email=email[0] if email else "",
        channels=(*sorted(found, key=found.__getitem__), *(name for name in links if name not in found)),
        links=links,
    )
