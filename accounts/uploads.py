"""Who may send files: staff. Forms for strangers that take files read them with a handler of their own."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class StaffAlone(FileUploadHandler):
    """First of the handlers: a stranger's files are passed over, so that nobody can fill the temporary folder."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if not self.request.user.is_authenticated:  # type: ignore[union-attr]
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers that follow have the file."""
