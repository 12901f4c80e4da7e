"""What a file is, by its first bytes. What its sender or its name says of it is never believed."""

import codecs

# (offset, bytes, type); the first that fits counts.
_SIGNATURES: list[tuple[int, bytes, str]] = [
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftyphevc", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypmsf1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypqt  ", "video/quicktime"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (8, b"WAVE", "audio/wav"),
    (0, b"%PDF-", "application/pdf"),
    (30, b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
]
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_ZIP = b"PK\x03\x04"
_TEXT_CONTROLS = frozenset(b"\t\n\r\x0c\x1b")

# Those of which a safe copy can be made: our type → Pillow's name; HEIC, which phones make, has a reader of its own.
HEIC = "HEIC"
PICTURES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
    "image/heic": HEIC,
}
FILMS = frozenset({"video/mp4", "video/quicktime", "video/3gpp", "video/webm"})
SOUNDS = frozenset({"audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav"})
MEDIA = FILMS | SOUNDS


def sniff(head: bytes) -> str:
    """The type of a file that begins with `head` (a few kilobytes are enough); "" when we do not know it."""
    for offset, signature, found in _SIGNATURES:
        if head.startswith(signature, offset) and (offset != 8 or head.startswith(b"RIFF")):
            return found
    if head.startswith(_ZIP) and (b"word/" in head or b"[Content_Types].xml" in head[:64]):
        return _WORD
    return "text/plain" if head and _is_text(head) else ""


def _is_text(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # its last character may be cut off
    except UnicodeDecodeError:
        return False
    return all(byte >= 32 or byte in _TEXT_CONTROLS for byte in head)
