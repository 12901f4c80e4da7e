"""Word's .docx: unpacked within limits, turned into lines by mammoth."""

import io
import re
import zipfile
import zlib
from html import escape
from html.parser import HTMLParser
from xml.parsers.expat import ExpatError

import mammoth
from django.utils.translation import gettext as _

from articles.importing.lines import Copy, Kind, Line, tidy
from articles.importing.problems import TextTooLong, TextUnreadable

MAX_UNPACKED = 50 * 1024 * 1024
# Of its text parts alone. Python's XML reader takes quadratic time for one long text: a second for this much.
MAX_PARTS = 16 * 1024 * 1024
# mammoth takes some 40 µs and 1 kB for each; a long feature has a tenth of this.
MAX_TAGS = 200_000

_CHUNK = 64 * 1024
_BLOCKS: dict[str, Kind] = {
    "p": "p",
    "h1": "h2",
    "h2": "h2",
    "h3": "h3",
    "h4": "h3",
    "h5": "h3",
    "h6": "h3",
}
_INLINE = {"strong", "em", "s", "sub", "sup", "a"}
_BREAKS = {*_BLOCKS, "ul", "ol", "li", "br", "table", "td", "th"}
_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_BACK_TO_TEXT = re.compile(r"#(?:foot|end)note-ref-")


def read_docx(data: bytes) -> Copy:
    """The lines of a Word document: paragraphs, headings, list items, with bold, italic and links.

    A line break inside a paragraph, and a table's cell, each make a line of their own. Pictures are left out.
    Raises TextTooLong for a document that unpacks to more than 50 MB, or to more text or elements than any story has,
    and TextUnreadable for one that is damaged or locked with a password.
    """
    pictures: list[object] = []

    def leave_out(picture: object) -> list[object]:
        pictures.append(picture)
        return []

    # What mammoth raises on a broken document is not documented: these are what its parser, its readers and zipfile
    # raise. RuntimeError is a member locked with a password, and the recursion limit.
    try:
        html = mammoth.convert_to_html(
            _readable_parts(data), convert_image=leave_out, include_embedded_style_map=False
        ).value
    except (
        zipfile.BadZipFile,
        zlib.error,
        ExpatError,
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        NotImplementedError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise TextUnreadable(
            _(
                "The Word document is damaged or locked. Open it in Word or LibreOffice, "
                "save it again as .docx or plain text without a password, and try again."
            )
        ) from error
    breaker = _LineBreaker()
    breaker.feed(html)
    breaker.end_line()
    warnings = []
    if pictures:
        warnings.append(_("The pictures in the document were left out. Add them to the picture library."))
    if breaker.has_table:
        warnings.append(_("A table in the document became paragraphs, one for each cell. Check them."))
    return Copy(tuple(breaker.lines), tuple(warnings))


def is_docx(data: bytes) -> bool:
    """Whether the bytes are a zip that holds a Word document. Reads the directory of the zip only."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return False


def _readable_parts(data: bytes) -> io.BytesIO:
    """The text parts of the document, in a new zip that holds no more than it says.

    Sizes that a zip declares may be lies, so each part is unpacked here by small steps; what comes out is all that
    mammoth is given.
    """
    unpacked = tags = 0
    parts = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(parts, "w") as copy:
        if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
            raise _too_long()
        for name in dict.fromkeys(archive.namelist()):
            if not name.endswith((".xml", ".rels")):
                continue
            part = bytearray()
            with archive.open(name) as stream:
                while chunk := stream.read(_CHUNK):
                    part += chunk
                    unpacked += len(chunk)
                    tags += chunk.count(b"<")
                    if unpacked > MAX_PARTS or tags > MAX_TAGS:
                        raise _too_long()
            copy.writestr(name, bytes(part))
    parts.seek(0)
    return parts


def _too_long() -> TextTooLong:
    return TextTooLong(
        _(
            "The Word document is far larger than a story. "
            "Copy the story alone into a new document, save it, and try again."
        )
    )


class _LineBreaker(HTMLParser):
    """Cuts mammoth's HTML into lines; inline markup that runs over a break is closed before it and opened after it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self.has_table = False
        self._text: list[str] = []
        self._html: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._lists: list[Kind] = []
        self._kind: Kind = "p"
        self._skipping = False

    def end_line(self) -> None:
        text = "".join(self._text).strip()
        if text:
            html = "".join(self._html) + "".join(end for _start, end in reversed(self._open))
            self.lines.append(Line(text, html.strip(), self._lists[-1] if self._lists else self._kind))
        self._text = []
        self._html = [start for start, _end in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _INLINE:
            start, end = f"<{tag}>", f"</{tag}>"
            if tag == "a":
                href = dict(attrs).get("href") or ""
                self._skipping = bool(_BACK_TO_TEXT.match(href))
                start, end = (f'<a href="{escape(href)}">', end) if _LINK.match(href) else ("", "")
            self._open.append((start, end))
            self._html.append(start)
        elif tag in _BREAKS:
            self.end_line()
            self._kind = _BLOCKS.get(tag, self._kind)
            if tag in ("ul", "ol"):
                self._lists.append("ul" if tag == "ul" else "ol")
            self.has_table = self.has_table or tag == "table"

    def handle_endtag(self, tag: str) -> None:
        if tag in _INLINE:
            _start, end = self._open.pop()
            self._html.append(end)
            self._skipping = False
        elif tag in _BREAKS:
            self.end_line()
            if tag in ("ul", "ol"):
                self._lists.pop()

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            text = tidy(data).replace("\n", " ")
            self._text.append(text)
            self._html.append(escape(text, quote=False))
