"""Files for readers; large ones piece by piece, whole or the one range that is asked for (RFC 9110, section 14)."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from safeguards import stores

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


def whole(name: str, *, content_type: str) -> HttpResponse | FileResponse:
    """A small file of the public store, as it always is under its name. Raises ``FileNotFoundError``, `StoreAway`."""
    store = stores.public()
    file = store.opened(name)
    headers = {"Cache-Control": FOR_A_YEAR}
    if store.is_remote:  # it is in memory, whole
        return HttpResponse(file.read(), content_type=content_type, headers=headers)
    return FileResponse(file, content_type=content_type, headers=headers)


def serve(request: HttpRequest, name: str, *, content_type: str) -> HttpResponseBase:
    """A file of the public store, which never changes under its name: 200, 206, 304 or 416. Raises as `whole` does.

    One range is answered, several are not: then the whole file comes, as the RFC allows.
    """
    size, etag = stores.public().size(name), f'"{name.rpartition("/")[2]}"'
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Cache-Control": FOR_A_YEAR}
    if (unchanged := get_conditional_response(request, etag=etag)) is not None:
        unchanged.headers["Cache-Control"] = FOR_A_YEAR
        return unchanged
    wanted = wanted_range(request, etag=etag, size=size)
    if wanted is None:
        start, length, status = 0, size, 200
    elif wanted[1]:
        (start, length), status = wanted, 206
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    else:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    headers["Content-Length"] = str(length)
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=content_type, headers=headers)
    file = stores.public().stream(name, is_whole=False)
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
