"""From the bytes of a file to its text, whatever wrote it."""

import codecs
from html import escape
from pathlib import PurePath

from charset_normalizer import from_bytes
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.importing.docx import is_docx, read_docx
from articles.importing.lines import Copy, Line, tidy
from articles.importing.problems import TextEmpty, TextTooLong, TextUnreadable

MAX_FILE = 10 * 1024 * 1024
MAX_TEXT = 2_000_000

_LEGACY = ["cp1252", "cp1256", "cp1251"]
_BYTE_ORDER_MARKS = [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")]
_ALPHABETS = bytes(range(32))
# How a file of another format begins, how its name ends, and what to do about it.
_OTHER_FORMATS: list[tuple[tuple[bytes, ...], set[str], Promise]] = [
    (
        (b"%PDF-",),
        {".pdf"},
        gettext_lazy(
            "This is a PDF, which keeps pages and not paragraphs. Ask the writer for the text itself, "
            "or copy it into a document; save it as .docx or plain text and try again."
        ),
    ),
    (
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"),
        {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".heic", ".tif", ".tiff", ".bmp", ".mp4", ".mov", ".mp3"},
        gettext_lazy(
            "This is a picture or a recording, not a text. "
            "For the story, save the text as .docx or plain text and try again."
        ),
    ),
    # Every zip that is no Word document: OpenDocument, Pages, a spreadsheet, an archive.
    (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf", b"PK\x03\x04", b"PK\x05\x06"),
        {".doc", ".docx", ".dot", ".odt", ".rtf", ".pages", ".wpd", ".xls", ".xlsx", ".ppt", ".pptx", ".zip"},
        gettext_lazy(
            "This kind of document cannot be read here, or it is damaged or locked with a password. "
            "Open it in Word or LibreOffice, save it as .docx or plain text, and try again."
        ),
    ),
]


def decode(data: bytes, *, filename: str = "") -> str:
    """The text of the file: lines separated by `\\n`, no control characters, no spaces at either end of a line.

    Reads UTF-8 and UTF-16 with or without a byte order mark, windows-1252, -1256 and -1251 by guess, and .docx.
    Raises an ImportProblem: TextTooLong above 10 MB of file or two million characters of text, TextEmpty, or
    TextUnreadable for any other format.
    """
    return "\n".join(line.text for line in read_copy(data, filename=filename).lines)


def read_copy(data: bytes, *, filename: str = "") -> Copy:
    """As `decode`, but the lines keep the markup that a Word document gave them, and warnings come along."""
    if len(data) > MAX_FILE:
        raise TextTooLong(_("The file is larger than 10 MB. Save the story without its pictures and try again."))
    if not data:
        raise TextEmpty(_("The file is empty. Write the story in it and try again."))
    copy = read_docx(data) if is_docx(data) else _plain_copy(data, filename)
    if sum(len(line.text) + 1 for line in copy.lines) > MAX_TEXT:
        raise TextTooLong(
            _("The text is longer than two million characters. Import each story from a file of its own.")
        )
    if not any(line.bare for line in copy.lines):
        raise TextEmpty(_("The file holds no words. Write the story in it and try again."))
    return copy


def _plain_copy(data: bytes, filename: str) -> Copy:
    _refuse_other_formats(data, PurePath(filename).suffix.lower())
    text, warnings = _text(data)
    if "\ufffd" in text:
        warnings.append(_("Some characters could not be read and show as �. Compare the story with the file."))
    lines = (line.strip() for line in tidy(text).split("\n"))
    return Copy(tuple(Line(line, escape(line, quote=False)) for line in lines), tuple(warnings))


def _text(data: bytes) -> tuple[str, list[str]]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace"), []
    wide = _wide_text(data)
    if wide is not None:
        return wide, []
    try:
        return data.decode(), []
    except UnicodeDecodeError:
        text = data.decode(errors="replace")
    lost = text.count("\ufffd")
    # A file cut off within a letter, or pasted together from two, is still UTF-8.
    if lost * 3 <= sum(character > "\x7f" for character in text) - lost:
        return text, []
    # More forgiving than the library's own 0.2: a doubtful guess comes with a warning, a refusal helps nobody.
    guess = from_bytes(data, cp_isolation=_LEGACY, threshold=0.5).best()
    if guess is None:
        raise TextUnreadable(
            _(
                "The file is not text, or its letters are stored in a way that cannot be read. "
                "Save it as .docx or as plain text in UTF-8 and try again."
            )
        )
    return str(guess), [
        _("The file does not say how its letters are stored; %(encoding)s was guessed. Check the accents and quotes.")
        % {"encoding": guess.encoding.replace("cp", "windows-")}
    ]


def _wide_text(data: bytes) -> str | None:
    """The text if the bytes look like UTF-16 without a mark, else None.

    Then every other byte says which script a letter is of, below 32 for all alphabets, and 0 for spaces.
    """
    data = data[: len(data) // 2 * 2]
    if 0 not in data:
        return None
    for encoding, scripts in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        others = len(scripts.translate(None, _ALPHABETS))
        if others * 4 <= len(scripts):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                return None
    return None


def _refuse_other_formats(data: bytes, suffix: str) -> None:
    for signatures, suffixes, message in _OTHER_FORMATS:
        if suffix in suffixes or data.startswith(signatures):
            raise TextUnreadable(str(message))
