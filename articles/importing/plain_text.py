"""A correspondent's file read as a story: section, headline, byline, dateline, body, closing notice."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.translation import gettext as _

from articles.importing.boilerplate import Boilerplate, find_boilerplate
from articles.importing.decode import read_copy
from articles.importing.lines import Line
from articles.importing.problems import HeadlineOnly

LONGEST_HEADLINE = 110  # what search engines show

_LONGEST_SECTION = 40
_LONGEST_BYLINE = 80
_MOST_QUOTED = 20  # paragraphs
_SENTENCE_END = re.compile(r"[.!?…؟۔。][\"'”’»)\]]*$")
_FULL_STOP = re.compile(r"[.۔。][\"'”’»)\]]*$")
_BYLINE = re.compile(r"(?:by|par|بقلم)\s*(?::\s*|\s)(?P<name>\S.*?)\.?", re.IGNORECASE)
_NAME_PARTICLES = {
    *("al", "and", "ben", "bin", "d", "da", "de", "del", "den", "der", "di", "dos", "du", "e", "el", "et"),
    *("ibn", "in", "la", "le", "ter", "van", "von", "y", "à"),
}
_DATELINE = re.compile(
    r"(?P<dateline>(?P<place>[^,.:;(—–]{3,40}?)(?:, [^,:;(—–]{1,30}){0,2}(?: \([^)]{1,30}\))?)"
    r"\s*(?:—|–|--|\s-)\s+(?P<start>[^\w\s]*\w)"
)
_WORD = re.compile(r"\w+(?:[.,'’-]\w+)*")
_CLOSING = {
    '"': '"',
    "'": "'",
    "“": "”",
    "”": "”“",
    "„": "“”",
    "‘": "’",
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
}


@dataclass(frozen=True)
class ParsedText:
    """A story as a file gave it; nothing of the file is lost but the "By" of a byline and the dash of a dateline.

    `section` is as written ("" if the first line is none), `byline` and `dateline` are "" if there is none.
    `body` is HTML of the closed profile, one block for each line, blocks separated by `\\n`. `warnings` are translated
    sentences for the editor. `digest` is the same for the same words under another encoding, spacing or file format.
    `word_count` counts the body. A headline may be longer than the desk allows; a warning says so.
    """

    section: str
    headline: str
    byline: str
    dateline: str
    body: str
    boilerplate: Boilerplate | None
    warnings: tuple[str, ...]
    digest: str
    word_count: int


def read(data: bytes, *, filename: str = "", section_names: Iterable[str] = ()) -> ParsedText:
    """The story in a text file or Word document; `section_names` are the site's own, which a first line may match.

    Raises an ImportProblem with a message fit for an editor: TextUnreadable, TextEmpty, HeadlineOnly, TextTooLong.
    """
    copy = read_copy(data, filename=filename)
    lines = [line for line in copy.lines if line.bare]
    known = {_folded(name) for name in section_names}
    has_section = _starts_with_section(lines, known)
    section = lines[0].text if has_section else ""
    headline, *story = lines[has_section:] or [Line("", "")]
    byline = _byline(story[0].bare) if story else ""
    if byline:
        story = story[1:]
    notice_lines, boilerplate = find_boilerplate(story)
    story = story[: len(story) - notice_lines]
    if not story:
        raise HeadlineOnly(
            _("The file has a headline but no text below it. Put each paragraph on a line of its own and try again.")
        )
    dateline, story[0] = _dateline(story[0])
    return ParsedText(
        section=section,
        headline=headline.text,
        byline=byline,
        dateline=dateline,
        body="\n".join(_blocks(story)),
        boilerplate=boilerplate,
        warnings=(*copy.warnings, *_warnings(section, headline.text, known)),
        digest=_digest(lines),
        word_count=sum(len(_WORD.findall(line.text)) for line in story),
    )


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _starts_with_section(lines: Sequence[Line], known: set[str]) -> bool:
    """A short line above a longer one that reads like a headline. In doubt the first line is the headline."""
    first = lines[0]
    if _folded(first.bare) in known:
        return True
    if len(lines) == 1 or len(first.text) > _LONGEST_SECTION or _SENTENCE_END.search(first.text):
        return False
    second = lines[1]
    return (
        len(second.text) > len(first.text)
        and not _FULL_STOP.search(second.text)
        and not second.text.endswith(":")
        and not _byline(second.bare)
        and not _dateline(second)[0]
        and (first.kind == "p" or second.kind != "p")
    )


def _byline(text: str) -> str:
    """The name in "By NAME", if nothing but names follows; else ""."""
    match = _BYLINE.fullmatch(text) if len(text) <= _LONGEST_BYLINE else None
    if match is None or re.search(r"[\d!?:;]", match["name"]):
        return ""
    words = re.findall(r"[^\W_]+", match["name"])
    if any(word.islower() and word not in _NAME_PARTICLES for word in words) or not 1 <= len(words) <= 10:
        return ""
    return match["name"]


def _dateline(line: Line) -> tuple[str, Line]:
    """The dateline in "PLACE, date — Text", and the line without it; ("", the line) where none stands."""
    match = _DATELINE.match(line.text)
    if match is None or line.kind != "p" or not match["place"].isupper() or match["start"][-1].islower():
        return "", line
    prefix = line.text[: match.start("start")]
    if not line.html.startswith(escape(prefix, quote=False)):
        return "", line
    return match["dateline"], Line(line.text[len(prefix) :], line.html[len(escape(prefix, quote=False)) :])


def _blocks(lines: Sequence[Line]) -> list[str]:
    blocks: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        end = position + 1
        if quoted := _quoted_lines(lines, position):
            end = position + quoted
            paragraphs = "".join(f"<p>{each.html}</p>" for each in lines[position:end])
            blocks.append(f"<blockquote>{paragraphs}</blockquote>")
        elif line.kind in ("ul", "ol"):
            while end < len(lines) and lines[end].kind == line.kind:
                end += 1
            items = "".join(f"<li>{each.html}</li>" for each in lines[position:end])
            blocks.append(f"<{line.kind}>{items}</{line.kind}>")
        else:
            blocks.append(f"<{line.kind}>{line.html}</{line.kind}>")
        position = end
    return blocks


def _quoted_lines(lines: Sequence[Line], position: int) -> int:
    """How many lines from here are a quotation that the line above announced with a colon; 0 if none.

    The marks stay: the text edition, search and messengers show no blockquote. A quotation of several paragraphs opens
    each with a mark and closes only the last.
    """
    if position == 0 or not lines[position - 1].bare.endswith((":", "：")):
        return 0
    opening = lines[position].bare[0]
    for count, line in enumerate(lines[position : position + _MOST_QUOTED], start=1):
        if line.kind != "p":
            return 0
        rest = _after_quotation(line.bare, opening)
        if rest is not None:
            return 0 if rest.strip(" .,!?…؟،") else count
    return 0


def _after_quotation(text: str, opening: str) -> str | None:
    """What follows where the quotation closes: "" for a line wholly inside marks, None if it does not close.

    A line that does not open with the mark is all "after".
    """
    closing = _CLOSING.get(opening)
    if closing is None or not text.startswith(opening):
        return text
    depth = 1
    for place, character in enumerate(text[1:], start=1):
        between_letters = text[place - 1].isalnum() and text[place + 1 : place + 2].isalnum()
        if character in closing and not (character in "'’" and between_letters):
            depth -= 1
            if depth == 0:
                return text[place + 1 :]
        elif character == opening:
            depth += 1
    return None


def _warnings(section: str, headline: str, known: set[str]) -> list[str]:
    warnings = []
    if not section:
        warnings.append(_("The file names no section. Choose one."))
    elif known and _folded(section) not in known:
        warnings.append(_("No section is called “%(name)s”. Choose one.") % {"name": section})
    if len(headline) > LONGEST_HEADLINE:
        warnings.append(
            _("The headline has %(count)d characters; search engines show %(most)d. Is it the headline?")
            % {"count": len(headline), "most": LONGEST_HEADLINE}
        )
    return warnings


def _digest(lines: Iterable[Line]) -> str:
    words = "\n".join(" ".join(line.text.split()) for line in lines)
    return hashlib.sha256(unicodedata.normalize("NFC", words).encode()).hexdigest()
