"""Captions read strictly and written anew as WebVTT: times in order, words, and of tags only those that mean something.

SubRip (``.srt``) is read too. Source: https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import re
from contextlib import suppress
from html import unescape
from typing import NamedTuple

from django.utils.translation import gettext as _

MOST_BYTES = 1024 * 1024
_TIMES = re.compile(
    r"(?:(\d{1,4}):)?([0-5]\d):([0-5]\d)[.,](\d{3})[ \t]+-->[ \t]+(?:(\d{1,4}):)?([0-5]\d):([0-5]\d)[.,](\d{3})(.*)"
)
_TAG = re.compile(r"<(/?)([a-z]*+)([^<>]{0,200})>", re.IGNORECASE)
_PLAIN = {"b", "i", "u", "ruby", "rt"}
_SETTING = re.compile(
    r"(?:vertical:(?:rl|lr)|(?:line|position|size):\d{1,3}%?|align:(?:start|center|end|left|right))\Z"
)


class CaptionsRefused(Exception):
    """The file is no captions file. The message says what is wrong, and in which line."""


class Cue(NamedTuple):
    """Words from one millisecond to another; `settings` say where they stand."""

    start: int
    end: int
    settings: str
    text: str


def clean(data: bytes) -> str:
    """A WebVTT file made anew from one of WebVTT or SubRip. Raises `CaptionsRefused`."""
    if len(data) > MOST_BYTES:
        raise CaptionsRefused(_("The captions file is larger than 1 MB."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaptionsRefused(_("The captions file is not in UTF-8. Save it in UTF-8 and try again.")) from error
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_vtt = re.match(r"WEBVTT(?:[ \t]|\Z)", lines[0]) is not None
    cues = _cues(lines, first=1 if is_vtt else 0)
    if not cues:
        raise CaptionsRefused(_("There are no captions in this file. Use WebVTT (.vtt) or SubRip (.srt)."))
    return "WEBVTT\n\n" + "\n\n".join(_written(cue) for cue in cues) + "\n"


def _cues(lines: list[str], *, first: int) -> list[Cue]:
    cues: list[Cue] = []
    number = first
    if first:  # what stands right under the first line is a header
        while number < len(lines) and lines[number].strip():
            number += 1
    while number < len(lines):
        begin = number
        while number < len(lines) and lines[number].strip():
            number += 1
        block = lines[begin:number]
        number += 1
        if not block or (first and re.match(r"(?:NOTE|STYLE|REGION)(?:[ \t]|\Z)", block[0])):
            continue
        named = int("-->" not in block[0] and any("-->" in each for each in block[1:2]))  # the cue's name above
        cue = _cue(block[named:], line=begin + named + 1)
        if cues and cue.start < cues[-1].start:
            raise CaptionsRefused(
                _("Line %(line)s: these captions begin before those above them.") % {"line": begin + named + 1}
            )
        if cue.text:
            cues.append(cue)
    return cues


def _cue(block: list[str], *, line: int) -> Cue:
    times = _TIMES.fullmatch(block[0].strip()) if block else None
    if times is None:
        raise CaptionsRefused(
            _("Line %(line)s: here should be times, such as 00:00:01.000 --> 00:00:04.000.") % {"line": line}
        )
    *figures, rest = times.groups()
    start, end = _milliseconds(figures[:4]), _milliseconds(figures[4:])
    if end <= start:
        raise CaptionsRefused(_("Line %(line)s: these captions end before they begin.") % {"line": line})
    settings = " ".join(each for each in rest.split() if _SETTING.match(each))
    return Cue(start, end, settings, "\n".join(filter(None, map(_words, block[1:]))))


def _milliseconds(figures: list[str | None]) -> int:
    hours, minutes, seconds, rest = (int(each or 0) for each in figures)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _words(line: str) -> str:
    """The line with bold, italic, underlined, ruby, speakers and languages; other tags go, other signs are words."""
    line = "".join(
        character for character in line if character.isprintable() or character in "\u200c\u200d\u200e\u200f\t"
    )
    out, end = [], 0
    for tag in _TAG.finditer(line):
        out += [_escaped(line[end : tag.start()]), _tag(*tag.groups())]
        end = tag.end()
    return "".join([*out, _escaped(line[end:])]).strip()


def _tag(slash: str, name: str, rest: str) -> str:
    name = name.lower()
    if name in _PLAIN:
        return f"<{slash}{name}>"
    if name in {"v", "lang"}:
        if slash:
            return f"</{name}>"
        said = _escaped(rest.partition(" ")[2].strip()).replace("\n", " ")
        return f"<{name} {said}>" if said else ""
    return ""


def _escaped(text: str) -> str:
    with suppress(ValueError):  # a character by a number of thousands of digits stays as it is written
        text = unescape(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _written(cue: Cue) -> str:
    times = f"{_clock(cue.start)} --> {_clock(cue.end)} {cue.settings}".rstrip()
    return f"{times}\n{cue.text}"


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{rest:03}"
