"""Uploads that are turned away before they fill the disk, and files that are a request's whole body."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from images.video_files import VideoRefused, most_bytes, refuse_unless_it_fits


class NotTooLarge(FileUploadHandler):
    """Passes over the files of a request that says it is larger than any file of ours may be."""

    _is_too_large = False

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        self._is_too_large = content_length > most_bytes()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self._is_too_large:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers that follow have the file."""


class Body:
    """The body of a request, to be read as a file.

    Raises `VideoRefused` at once where it says that it is too large, and at its end where less has come than it said:
    a connection that breaks ends a body like any other.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request, self._left = request, int(request.headers.get("Content-Length") or 0)
        refuse_unless_it_fits(self._left)

    def read(self, size: int) -> bytes:
        try:
            piece = self._request.read(size)
        except OSError:
            piece = b""
        self._left -= len(piece)
        if not piece and self._left:
            raise VideoRefused(_("The connection broke before the whole file had arrived. Try again."))
        return piece
