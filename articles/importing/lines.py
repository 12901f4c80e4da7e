"""The small form between a file and a story: its lines, whatever the file was."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["p", "h2", "h3", "ul", "ol"]

# Vertical tab and form feed are what a word processor's line and page breaks turn into when copied.
LINE_END = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
# Controls but for the tab; the byte order mark, which sits mid-text where files were joined; two code points that are
# no characters and that XML refuses.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
# Zero-width spaces and joiners, and marks that only steer the direction of text.
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2060\u2066\u2067\u2068\u2069\u061c"


@dataclass(frozen=True)
class Line:
    """One line as written: `text` without markup, `html` with the inline markup it had, and which block it is.

    `ul` and `ol` are items of a list. `text` and `html` have no space at either end and hold no line end.
    """

    text: str
    html: str
    kind: Kind = "p"

    @property
    def bare(self) -> str:
        """The text without marks at either end that print nothing; "" for a line that looks empty."""
        return self.text.strip(_INVISIBLE).strip()


@dataclass(frozen=True)
class Copy:
    """All lines of one file in order, empty ones included, and what an editor should know about the reading."""

    lines: tuple[Line, ...]
    warnings: tuple[str, ...] = ()


def tidy(text: str) -> str:
    """The text with `\\n` for every kind of line end and without control characters."""
    return _UNWANTED.sub("", LINE_END.sub("\n", text))
