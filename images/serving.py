"""Large files, piece by piece: whole, or the one range that a player asks for (RFC 9110, section 14)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

FOR_A_YEAR = "public, max-age=31536000, immutable"
PIECE = 64 * 1024
_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*\Z")


class Piece:
    """`length` bytes of an open file from `start` on, a little at a time; whoever closes this closes the file."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file, self._left = file, length
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        while self._left and (data := self._file.read(min(PIECE, self._left))):
            self._left -= len(data)
            yield data

    def close(self) -> None:
        self._file.close()


def serve(request: HttpRequest, place: Path, *, content_type: str) -> HttpResponseBase:
    """The file, which never changes under its name: 200, 206, 304 or 416. Raises ``Http404`` if it is not there.

    One range is answered, several are not: then the whole file comes, as the RFC allows.
    """
    try:
        file = place.open("rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    size, etag = place.stat().st_size, f'"{place.name}"'
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Cache-Control": FOR_A_YEAR}
    if (unchanged := get_conditional_response(request, etag=etag)) is not None:
        file.close()
        unchanged.headers["Cache-Control"] = FOR_A_YEAR
        return unchanged
    wanted = wanted_range(request, etag=etag, size=size)
    if wanted is None:
        start, length, status = 0, size, 200
    elif wanted[1]:
        (start, length), status = wanted, 206
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    else:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    headers["Content-Length"] = str(length)
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=status, content_type=content_type, headers=headers)
    return StreamingHttpResponse(Piece(file, start, length), status=status, content_type=content_type, headers=headers)


def wanted_range(request: HttpRequest, *, etag: str, size: int) -> tuple[int, int] | None:
    """Start and length of the range that is asked for (length 0: there is no such part); None for the whole file."""
    asked = _RANGE.match(request.headers.get("Range", ""))
    if request.method != "GET" or not asked or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < int(first):
            return None  # no range at all, says the RFC: as if nothing had been asked
    elif last:
        start, end = max(0, size - int(last)), size - 1
    else:
        return None
    return (start, end - start + 1) if start < size and start <= end else (0, 0)
