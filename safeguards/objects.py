"""Files as objects of an S3-compatible store, by django-storages and boto3: the extra ``s3``.

No object has an ACL and no link is ever signed: who may get a file is decided by views, which hand it on. All waits
have an end; after one nobody waits for a moment (`_REST`), and then one alone: a store that is slow must not take up
every thread.
"""

from __future__ import annotations

import errno
import io
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache
from os.path import commonprefix
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, cast

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from safeguards import stores
from safeguards.stores import Entry, StoreAway
from safeguards.whole_files import WholeFile

CONNECT, READ = 3, 10  # seconds
_REST = 5  # seconds
_PIECE = 1024 * 1024
_GONE = {"404", "NoSuchKey", "NotFound"}
_rests_until: dict[str, float] = {}  # by address, of stores that did not answer when they were asked last
# Not all that we write is known to every version of `mimetypes`.
_TYPES = {".avif": "image/avif", ".webp": "image/webp", ".woff2": "font/woff2"}


@cache
def _resource(endpoint: str, region: str, key: str, secret: str, patience: float, **other: Any) -> Any:
    """One for all stores and threads: what we use of it may be shared, and each takes megabytes."""
    session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name=region)
    return session.resource("s3", endpoint_url=endpoint, config=_config(patience, **other))


def _config(patience: float = READ, *, attempts: int = 2, signature: Any = "s3v4") -> Config:
    return Config(
        signature_version=signature, connect_timeout=min(CONNECT, patience), read_timeout=patience,
        max_pool_connections=64, retries={"mode": "standard", "total_max_attempts": attempts},
        s3={"addressing_style": "path"},
        # What S3 has learned lately, many stores that are like it have not.
        request_checksum_calculation="when_required", response_checksum_validation="when_required",
    )  # fmt: skip


class Objects(S3Storage):
    """One bucket, or what lies below `location` in it. Many threads may use it at once."""

    is_remote = True

    def __init__(self, **options: Any) -> None:
        super().__init__(client_config=_config(), transfer_config=TransferConfig(use_threads=False), **options)

    @property
    def connection(self) -> Any:
        return self._asking(READ)

    @property
    def client(self) -> Any:
        return self.connection.meta.client

    def url(self, name: str, *args: Any, **kwargs: Any) -> str:
        """The address of our own view, as of a file in a folder: no link leads to the store."""
        return f"/{name}"

    def exists(self, name: str) -> bool:
        with self._answering():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with self._answering():
            super().delete(name)

    def size(self, name: str) -> int:
        with self._answering():
            return int(self.client.head_object(**self._at(name))["ContentLength"])

    def present(self, names: Collection[str]) -> set[str]:
        beginning = commonprefix(list(names))  # noqa: RUF071  # letters are meant, not folders
        return {entry.name for entry in self._listed(beginning)} & set(names) if names else set()

    def files(self, below: str = "") -> Iterator[Entry]:
        return self._listed(f"{below}/" if below else "")

    def beginning(self, words: str) -> list[str]:
        return [entry.name for entry in self._listed(words)]

    def opened(self, name: str) -> BinaryIO:
        with self.stream(name) as stream:
            return io.BytesIO(stream.read())

    def stream(self, name: str, *, is_whole: bool = True) -> BinaryIO:
        stream = _Stream(self, name)
        if is_whole:
            stream.begin()
        return cast(BinaryIO, stream)

    @contextmanager
    def nearby(self, name: str, *, meanwhile: Callable[[], object] = lambda: None) -> Iterator[Path]:
        copy = self.draft(name)
        try:
            with self.stream(name) as stream, WholeFile(copy) as whole:
                while piece := stream.read(_PIECE):
                    whole.file.write(piece)
                    meanwhile()
            yield copy
        finally:
            copy.unlink(missing_ok=True)

    def draft(self, name: str) -> Path:
        folder = stores.drafts()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / token_hex(16)

    def take(self, draft: Path, name: str) -> None:
        with self._answering(), draft.open("rb") as file:
            self.client.upload_fileobj(
                file, **self._at(name), ExtraArgs=self._get_write_parameters(name), Config=self.transfer_config
            )
        draft.unlink()

    def standing(self) -> str:
        try:
            with _in_words():  # who is this impatient finds out nothing that others should go by
                self._rest_until()
                client = self._asking(2, attempts=1).meta.client
                client.list_objects_v2(Bucket=self.bucket_name, Prefix=self._key(""), MaxKeys=1)
        except (StoreAway, FileNotFoundError) as error:
            return str(error)
        return ""

    def is_open(self) -> bool:
        """Whether strangers can read what lies here: writes an object, asks for it without a key, deletes it.

        Raises `StoreAway` where the newsroom itself may not do one of these.
        """
        name = f"trial-{token_hex(8)}"
        stranger = self._asking(READ, signature=UNSIGNED).meta.client
        with self._answering():
            self.client.put_object(**self._at(name), Body=b"trial")
            try:
                self.client.get_object(**self._at(name))["Body"].read()
                stranger.head_object(**self._at(name))
            except ClientError as error:
                if error.operation_name == "HeadObject":
                    return False
                raise
            finally:
                self.client.delete_object(**self._at(name))
        return True

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        told = super().get_object_parameters(name)
        if known := _TYPES.get(Path(name).suffix):
            told["ContentType"] = known
        return told

    def part(self, name: str, start: int) -> Any:
        """For `_Stream`: the answer to a request for the object from that byte on."""
        with self._answering():
            return self.client.get_object(**self._at(name), **({"Range": f"bytes={start}-"} if start else {}))

    def _open(self, name: str, mode: str = "rb") -> File:
        return File(self.opened(name), name)

    def _save(self, name: str, content: File) -> str:
        with self._answering():
            return str(super()._save(name, content))

    def _asking(self, patience: float, **other: Any) -> Any:
        return _resource(self.endpoint_url, self.region_name, self.access_key, self.secret_key, patience, **other)

    def _key(self, name: str) -> str:
        return f"{self.location}/{name}" if self.location else name

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": self._key(name)}

    def _listed(self, beginning: str) -> Iterator[Entry]:
        asked = self.client.get_paginator("list_objects_v2")
        pages = iter(asked.paginate(Bucket=self.bucket_name, Prefix=self._key(beginning)))
        cut = len(self._key(""))
        while True:
            with self._answering():  # not while a page is handed on: whoever gets it may ask for something else
                page = next(pages, None)
            if page is None:
                return
            for each in page.get("Contents", ()):
                yield Entry(each["Key"][cut:], each["LastModified"].timestamp())

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Says what went wrong as `stores.Store` promises, and keeps others from waiting for a store that is away."""
        with _in_words():
            until = self._rest_until()
            if until is not None:
                _rests_until[self.endpoint_url] = time.monotonic() + 2 * READ  # one tries, for all
            rests = until  # what ends the block may say nothing of the store: then the next one tries
            try:
                yield
                rests = None
            except ClientError:
                rests = None
                raise
            except (BotoCoreError, Boto3Error):
                rests = time.monotonic() + _REST
                raise
            finally:
                if rests is None:
                    _rests_until.pop(self.endpoint_url, None)
                else:
                    _rests_until[self.endpoint_url] = rests

    def _rest_until(self) -> float | None:
        """Until when nobody was to ask; None for a store that answered. Raises `StoreAway` before that time."""
        until = _rests_until.get(self.endpoint_url)
        if until is not None and time.monotonic() < until:
            raise StoreAway("did not answer a moment ago")
        return until


class _Stream(io.RawIOBase):
    """An object as a file that is read: from where one is, as far as one reads. Who moves about in it asks anew."""

    def __init__(self, store: Objects, name: str) -> None:
        self._store, self._name = store, name
        self._body: Any = None
        self._size: int | None = None
        self._at = self._body_at = 0

    def begin(self) -> None:
        """Asks for it from where one is. Raises ``FileNotFoundError``, `StoreAway`."""
        answer = self._store.part(self._name, self._at)
        self._body, self._body_at = answer["Body"], self._at
        self._size = self._at + answer["ContentLength"]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, to: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            if self._size is None:
                self._size = self._store.size(self._name)
            to += self._size
        elif whence == io.SEEK_CUR:
            to += self._at
        self._at = to
        return to

    def read(self, size: int | None = -1) -> bytes:
        if self._size is not None and self._at >= self._size:
            return b""
        if self._body is None or self._body_at != self._at:
            self._let_go()
            self.begin()
        with self._store._answering():
            piece: bytes = self._body.read(None if size is None or size < 0 else size)
        self._at += len(piece)
        self._body_at = self._at
        return piece

    def close(self) -> None:
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


@contextmanager
def _in_words() -> Iterator[None]:
    """What boto3 raises, as `stores.Store` promises it."""
    try:
        yield
    except ClientError as error:
        if _code(error) in _GONE:
            raise FileNotFoundError(errno.ENOENT, "There is no such object.") from error
        raise StoreAway(_code(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise StoreAway(type(error).__name__) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) or "refused"
