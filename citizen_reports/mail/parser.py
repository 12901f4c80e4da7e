"""Run as a program of its own, under limits: reads one mail from standard input and says what is in it.

``parser.py <bytes of memory> <seconds of processor>``

It prints one line of JSON and then the bytes of the files, one after the other. Only Python's own library is used, with
its forgiving policy (compat32): the strict one fails on much that people really send. What a mail says of itself
decides nothing here but how to decode it.
"""

import codecs
import email
import hashlib
import html
import json
import re
import resource
import sys
from email.errors import MessageError
from email.generator import BytesGenerator
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from io import BytesIO
from typing import Any, cast

HEADERS = 256 * 1024
PARTS, DEPTH, FILES = 100, 20, 20
STRUCTURES = 500  # more headers "Content-Type" than that are not taken apart
TEXT = 50_000
HTML = 2_000_000
VALUE = 8_000
NAMES = ("auto-submitted", "precedence", "x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-loop",
         "return-path", "x-failed-recipients", "list-id", "list-unsubscribe", "list-post", "list-help",
         "x-spam-flag", "x-spam-status", "x-spam", "authentication-results", "content-type")  # fmt: skip
RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to")
# Codecs that only decode text; others of Python's unpack archives or run escapes.
CHARSETS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp(125\d|866|874|932|936|949|950|1125)|koi8-[rtu]|gb(2312|k|18030)|hz"
    r"|big5(hkscs)?|shift_jis(x0213|_2004)?|euc_(jp|kr|jis_2004|jisx0213)|iso2022_(jp(_\w+)?|kr)|mac-\w+|tis-620|ptcp154"
)
TAGS = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)([^<>]*+)>|([^<]+|<)")
LINK = re.compile(r"""\bhref\s*=\s*["']?(https?://[^\s"'<>]{1,500})""", re.IGNORECASE)
UNREAD = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object"})
BLOCKS = frozenset(
    ["p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "hr", "pre", "section", "article"]
    + [f"h{level}" for level in range(1, 7)]
)
CONTROLS = dict.fromkeys([*range(32), 127, *range(0x80, 0xA0), 0x202D, 0x202E]) | {9: "\t", 10: "\n"}
# What the library raises at parts and parameters that are no mail's: unknown codecs, numbers of thousands of digits,
# payloads of another kind than is said. Whatever else goes wrong ends this program, and the mail waits for the desk.
BROKEN = (MessageError, LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)
UNSEEN = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF])


def main(memory: str, processor: str) -> None:
    for what, most in (
        (resource.RLIMIT_AS, int(memory)), (resource.RLIMIT_CPU, int(processor)), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))
    told, files = read(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    for data in files:
        sys.stdout.buffer.write(data)


def read(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Facts about the mail, and the bytes of its files in the order of ``files``."""
    head = data[: found.start()] if (found := re.search(rb"\r?\n\r?\n", data)) else data
    over = "headers" if len(head) > HEADERS else ""
    if not over and data.lower().count(b"\ncontent-type:") > STRUCTURES:
        over = "parts"
    message: Message = BytesHeaderParser().parsebytes(head[:HEADERS])
    leaves: list[Message] = []
    if not over:
        try:
            message = email.message_from_bytes(data)
            leaves, over = take_apart(message)
        except RecursionError:
            over = "depth"
        except BROKEN:  # it cannot even be said where its parts begin
            over = "parts"
    headers = headers_of(message)
    senders = headers.get("from", [])
    name, sender = next(iter(getaddresses(senders[:1])), ("", "")) if len(senders) == 1 else ("", "")
    text, files, left_out = contents(leaves)
    answers = headers.get("in-reply-to", []) + headers.get("references", [])
    told = {
        "sender": sender,
        "sender_name": one_line(words(name)),
        "recipients": [one for key in RECIPIENTS for _name, one in getaddresses(headers.get(key, [])) if one][:200],
        "subject": one_line(words(next(iter(headers.get("subject", [])), ""))),
        "message_id": next(iter(headers.get("message-id", [])), ""),
        "references": re.findall(r"<[^<>\s]{1,998}>", " ".join(answers)),
        "languages": " ".join(headers.get("content-language", []) + headers.get("accept-language", [])),
        "signals": {key: " ".join(headers[key]) for key in NAMES if key in headers},
        "text": text,
        "over": over,
        "left_out": left_out,
        "files": [(file_name, kind, len(content)) for file_name, kind, content in files],
    }  # fmt: skip
    return told, [content for _name, _kind, content in files]


def headers_of(message: Message) -> dict[str, list[str]]:
    """Values by lower-case name, unfolded and cut; 8-bit ones decoded as far as they make sense."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        raw = str(value)[:VALUE].encode("utf-8", "surrogateescape")
        found.setdefault(name.lower(), []).append(re.sub(r"[\r\n]+[ \t]*", " ", decoded(raw, "")).strip())
    return found


def take_apart(message: Message) -> tuple[list[Message], str]:
    """The parts that hold something, and "parts" or "depth" where there were more than are looked at."""
    leaves: list[Message] = []
    over = ""

    def walk(part: Message, depth: int) -> None:
        nonlocal over
        if part.get_content_maintype() != "multipart" or not part.is_multipart():
            leaves.append(part)
            return
        if depth >= DEPTH:
            over = over or "depth"
            return
        for each in cast("list[Message]", part.get_payload()):
            if len(leaves) >= PARTS:
                over = over or "parts"
                return
            walk(each, depth + 1)

    walk(message, 0)
    return leaves, over


def contents(leaves: list[Message]) -> tuple[str, list[tuple[str, str, bytes]], int]:
    """The text (plain, else made of HTML), the files (name, declared type, bytes), and how many files were left out."""
    plain: list[str] = []
    hyper: list[str] = []
    files: list[tuple[str, str, bytes]] = []
    seen: set[bytes] = set()
    left_out = 0
    for part in leaves:
        kind = part.get_content_type()
        name = file_name(part)
        data = payload(part)
        is_file = bool(name) or str(part.get("content-disposition", "")).lower().lstrip().startswith("attachment")
        if kind in ("text/plain", "text/html") and not is_file and data is not None:
            (plain if kind == "text/plain" else hyper).append(decoded(data, charset_of(part)))
        elif data is None or len(files) >= FILES:
            left_out += 1
        elif data and (digest := hashlib.sha256(data).digest()) not in seen:
            seen.add(digest)
            files.append((name, kind, data))
    text = cleaned("\n\n".join(plain))
    if not text:
        text = cleaned("\n\n".join(map(text_of_html, hyper)))
    if len(text) > TEXT:
        files.append(("message.txt", "text/plain", text.encode()))
        text = text[:TEXT]
    return text, files, left_out


def payload(part: Message) -> bytes | None:
    """The part's bytes; a mail within the mail as it is. None where they cannot be had."""
    try:
        if part.is_multipart():
            out = BytesIO()
            for each in cast("list[Message]", part.get_payload()):
                BytesGenerator(out, mangle_from_=False, policy=each.policy.clone(max_line_length=0)).flatten(each)
            return out.getvalue()
        found = part.get_payload(decode=True)
    except BROKEN:  # the others shall be read
        return None
    return found if isinstance(found, bytes) else None


def file_name(part: Message) -> str:
    try:
        name = str(part.get_filename() or "").encode("utf-8", "surrogateescape")
        return one_line(words(decoded(name, "")))
    except BROKEN:  # RFC 2231 has many ways to be wrong
        return ""


def charset_of(part: Message) -> str:
    try:
        return str(part.get_param("charset", "", unquote=True) or "")
    except BROKEN:
        return ""


def words(value: str) -> str:
    """A header's text with its encoded words (RFC 2047) decoded; as it stands where they are broken."""
    try:
        pieces = decode_header(value[:VALUE])
    except (MessageError, ValueError):
        return value
    return "".join(piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces)


def decoded(data: bytes, charset: str) -> str:
    """By the charset if it is one of texts, else UTF-8, else Windows-1252; what fits none is replaced."""
    try:
        known = codecs.lookup(charset.strip("\"' ").lower()).name
    except (LookupError, ValueError):
        known = ""
    if known not in ("ascii", "utf-8") and CHARSETS.fullmatch(known):
        return data.decode(known, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")


def cleaned(text: str) -> str:
    """Without control characters, and without what turns the direction of writing round."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip().encode("utf-8", "replace").decode()


def one_line(text: str) -> str:
    return " ".join(cleaned(text).translate(UNSEEN).split())[:1000]


def text_of_html(source: str) -> str:
    """Words and links of HTML, nothing of which is ever shown as HTML.

    Not by Python's own parser, which takes a time that grows with the square of what is left open.
    """
    first, *others = source[:HTML].split("<!--")
    source = first + "".join(each.partition("-->")[2] for each in others)
    pieces: list[str] = []
    unread = ""
    for closes, tag, inside, text in TAGS.findall(source):
        name = tag.lower()
        if unread:
            unread = "" if (closes and name == unread) or name == "body" else unread
        elif text:
            pieces.append(re.sub(r"\s+", " ", unescaped(text)))
        elif name in UNREAD and not closes:
            unread = name
        elif name in BLOCKS:
            pieces.append("\n")
        elif name == "a" and (address := LINK.search(inside)):
            pieces.append(f"{unescaped(address[1])} ")
    lines = (line.strip() for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a number of thousands of digits
        return text


if __name__ == "__main__":
    main(*sys.argv[1:])
