"""The file of a backup: a tar stream, sealed on its way to the disk, in constant memory.

The first member is ``manifest.json``, the last ``sums.json``: the SHA-256 of every other. The key is the setting
``BACKUP_KEY``, else ``DATA_DIR/secrets/backup``: it is in no backup, so whoever finds one learns nothing, and whoever
loses the key has none.
"""

from __future__ import annotations

import binascii
import hashlib
import io
import json
import secrets
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from django.conf import settings

from safeguards import keys
from safeguards.problems import Unsealable
from safeguards.sealing import CHUNK, Sealing, unseal_stream
from safeguards.whole_files import WholeFile

CONTEXT = "newsroom backup 1"
SUFFIX = ".newsroom-backup"
MANIFEST, SUMS = "manifest.json", "sums.json"
KEY_FILE = "backup"


class BadBackup(Exception):
    """The file is no backup, is cut off or changed, or the key is another; ``str()`` says which."""


def key() -> bytes:
    """32 bytes. Raises `BadBackup` when ``BACKUP_KEY`` is not 64 hexadecimal digits."""
    text = settings.BACKUP_KEY or keys.read_or_make(keys.folder(), KEY_FILE, lambda: secrets.token_hex(32))
    try:
        found = binascii.unhexlify(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise BadBackup("BACKUP_KEY must be 64 hexadecimal digits (32 bytes).")
    return found


class _Pipe(io.RawIOBase):
    """Bytes from an iterator, as a file that can be read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.rest = pieces, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self.rest) < size:
            try:
                piece = next(self.pieces, b"")
            except Unsealable:
                said = "This is no whole backup, or it was made with another key (BACKUP_KEY)."
                raise BadBackup(said) from None
            if not piece:
                break
            self.rest += piece
        size = len(self.rest) if size < 0 else size
        given, self.rest = self.rest[:size], self.rest[size:]
        return given


class Writing:
    """A backup being written to `path`, under another name until it is whole."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.sums: dict[str, str] = {}
        own_key = key()
        self.whole = WholeFile(path)
        self.sealing = Sealing(self.whole.file, context=CONTEXT, own_key=own_key)
        self.tar = tarfile.open(fileobj=cast(IO[bytes], self.sealing), mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._text(MANIFEST, manifest)

    def add(self, path: Path, name: str) -> int:
        """One file under `name`; its size. A file that is gone by now is left out: 0."""
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return 0
        with source:
            info = self.tar.gettarinfo(fileobj=source, arcname=name)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            summing = _Summing(source, info.size)
            self.tar.addfile(info, cast(IO[bytes], summing))
        self.sums[name] = summing.digest.hexdigest()
        return info.size

    def finish(self) -> None:
        self._text(SUMS, self.sums)
        self.tar.close()
        self.sealing.finish()
        self.whole.finish()

    def _text(self, name: str, value: Any) -> None:
        body = json.dumps(value, ensure_ascii=False, indent=1).encode()
        info = tarfile.TarInfo(name)
        info.size = len(body)
        self.tar.addfile(info, io.BytesIO(body))

    def __enter__(self) -> Writing:
        return self

    def __exit__(self, kind: type[BaseException] | None, *about: object) -> None:
        if kind:
            self.whole.remove()


class _Summing:
    """A file that is read to the size it had, and summed on the way; one that has shrunk is filled up with nothing."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        self.source, self.left, self.digest = source, size, hashlib.sha256()

    def read(self, size: int) -> bytes:
        wanted = min(size, self.left)
        piece = self.source.read(wanted).ljust(wanted, b"\0")
        self.left -= len(piece)
        self.digest.update(piece)
        return piece


def members(path: Path) -> Iterator[tuple[str, int, Iterator[bytes]]]:
    """Name, size and bytes of each member, in order; the bytes must be read before the next is asked for.

    The sums are checked on the way. Raises `BadBackup`, at the latest at the end: until then nothing is known to be
    whole.
    """
    found: dict[str, str] = {}
    said: dict[str, str] | None = None
    try:
        with path.open("rb") as file:
            pipe = _Pipe(unseal_stream(file, context=CONTEXT, own_key=key()))
            with tarfile.open(fileobj=pipe, mode="r|") as tar:
                for info in tar:
                    if not info.isfile() or info.name.startswith("/") or ".." in Path(info.name).parts:
                        raise BadBackup("There is something in this backup that no backup holds.")
                    body = cast(IO[bytes], tar.extractfile(info))
                    if info.name == SUMS:
                        said = json.loads(body.read())
                        continue
                    digest = hashlib.sha256()
                    yield info.name, info.size, _read(body, digest)
                    found[info.name] = digest.hexdigest()
            while pipe.read(CHUNK):
                pass  # to the last chunk, which says that nothing was cut off
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise BadBackup(f"This backup is broken: {error}") from error
    found.pop(MANIFEST, None)
    if said is None or said != found:
        raise BadBackup("What is in this backup is not what was put into it.")


def _read(body: IO[bytes], digest: Any) -> Iterator[bytes]:
    while piece := body.read(CHUNK):
        digest.update(piece)
        yield piece


def manifest(path: Path) -> dict[str, Any]:
    """What a backup says of itself. Raises `BadBackup`."""
    for name, _size, body in members(path):
        if name == MANIFEST:
            return cast(dict[str, Any], json.loads(b"".join(body)))
        break
    raise BadBackup("This backup does not say what it is.")


def opens(path: Path) -> bool:
    """Whether it begins as a backup does that was sealed with the key that is here. Reads the beginning alone."""
    try:
        return bool(manifest(path))
    except (BadBackup, OSError):
        return False
