"""Sealing: what is kept can be read only with a key of the ring, and only in the place it was sealed for.

AES-256-GCM, from the library `cryptography`. A sealed value is::

    version (1) · key id (4) · nonce (12) · ciphertext and tag

A sealed stream follows the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, 2015): chunks of 64 KiB, each
sealed under the nonce "prefix · number of the chunk · is it the last?", so that chunks cannot be dropped, swapped,
repeated or appended. Its key is derived afresh from a random salt::

    version (1) · key id (4) · salt (32) · prefix (7) · chunks, each with its tag
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from safeguards import keyring, keys
from safeguards.problems import Unsealable

CHUNK = 64 * 1024
_VALUE, _STREAM = b"\x01", b"\x02"
_HEAD = 1 + keyring.ID_BYTES
_NO_ID = b"\xff" * keyring.ID_BYTES  # of a key that is none of the ring's
_NONCE, _SALT, _PREFIX, _TAG = 12, 32, 7, 16


def seal(plain: bytes, *, context: str) -> bytes:
    """`plain` sealed with the newest key, 33 bytes longer. It opens only under the same `context`."""
    key_id, key = keyring.newest()
    head, nonce = _VALUE + key_id, secrets.token_bytes(_NONCE)
    return head + nonce + _cipher(key, b"value").encrypt(nonce, plain, head + context.encode())


def unseal(sealed: bytes, *, context: str) -> bytes:
    """What was sealed. Raises `Unsealable` if a single bit, the context or the key is not as it was."""
    head, nonce = sealed[:_HEAD], sealed[_HEAD : _HEAD + _NONCE]
    cipher = _cipher(_key_of(head, _VALUE), b"value")
    return _open(cipher, nonce, sealed[_HEAD + _NONCE :], head + context.encode())


def needs_resealing(sealed: bytes) -> bool:
    """An older key than the newest sealed it. Of a stream, the first 5 bytes are enough."""
    return sealed[1:_HEAD] != keyring.newest()[0]


def key_is_here(sealed: bytes) -> bool:
    """Whether the key that sealed it is in the ring; nothing is opened. Of a stream, the first 5 bytes are enough."""
    return sealed[1:_HEAD] in keyring.ring()


class Sealing:
    """Seals into `target` what is written piece by piece, in constant memory; without `finish` it will not open.

    With `own_key` (32 bytes) by that key, which is none of the ring's and must be given again to open it.
    """

    def __init__(self, target: BinaryIO, *, context: str, own_key: bytes = b"") -> None:
        key_id, key = (_NO_ID, own_key) if own_key else keyring.newest()
        salt, self._prefix = secrets.token_bytes(_SALT), secrets.token_bytes(_PREFIX)
        head = _STREAM + key_id + salt + self._prefix
        self._target, self._cipher, self._seal_for = target, _cipher(key, b"stream", salt), head + context.encode()
        self._number, self._waiting = 0, bytearray()
        target.write(head)

    def write(self, piece: bytes) -> None:
        self._waiting += piece
        while len(self._waiting) > CHUNK:  # a full chunk may be the last, so it waits for a byte more
            self._chunk(bytes(self._waiting[:CHUNK]))
            del self._waiting[:CHUNK]
            self._number += 1

    def finish(self) -> None:
        """Writes the last chunk. `target` stays open."""
        self._chunk(bytes(self._waiting), last=True)

    def _chunk(self, plain: bytes, *, last: bool = False) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), plain, self._seal_for))


def seal_stream(source: Iterable[bytes] | BinaryIO, target: BinaryIO, *, context: str) -> None:
    """Writes to `target` what `source` gives, sealed, in constant memory."""
    sealing = Sealing(target, context=context)
    for piece in _pieces(source):
        sealing.write(piece)
    sealing.finish()


def unseal_stream(source: BinaryIO, *, context: str, own_key: bytes = b"") -> Iterator[bytes]:
    """What was sealed, in chunks of at most 64 KiB, in constant memory; `own_key` as for `Sealing`.

    Each chunk is genuine and in its place when it is given out; a stream that was cut or changed further on raises
    `Unsealable` there, so what came before is not the whole.
    """
    head = _exactly(source, _HEAD + _SALT + _PREFIX)
    salt, prefix = head[_HEAD : _HEAD + _SALT], head[_HEAD + _SALT :]
    key = own_key if head[:_HEAD] == _STREAM + _NO_ID and own_key else _key_of(head[:_HEAD], _STREAM)
    cipher, sealed_for = _cipher(key, b"stream", salt), head + context.encode()
    number, chunk = 0, _exactly(source, CHUNK + _TAG)
    while following := _exactly(source, CHUNK + _TAG):
        yield _open(cipher, _nonce(prefix, number), chunk, sealed_for)
        number, chunk = number + 1, following
    yield _open(cipher, _nonce(prefix, number, last=True), chunk, sealed_for)


def plain_size(sealed: int) -> int:
    """How many bytes there are in a sealed stream of so many."""
    body = sealed - _HEAD - _SALT - _PREFIX
    return body - _TAG * -(-body // (CHUNK + _TAG))


def unseal_part(source: BinaryIO, *, context: str, start: int, length: int) -> Iterator[bytes]:
    """The `length` bytes from byte `start` on, of a file that was sealed as a stream; only their chunks are read.

    Each is genuine and in its place; of what lies before and behind nothing is said. Raises `Unsealable`.
    """
    last_chunk = (plain_size(source.seek(0, 2)) - 1) // CHUNK
    source.seek(0)
    head = _exactly(source, _HEAD + _SALT + _PREFIX)
    salt, prefix = head[_HEAD : _HEAD + _SALT], head[_HEAD + _SALT :]
    cipher, sealed_for = _cipher(_key_of(head[:_HEAD], _STREAM), b"stream", salt), head + context.encode()
    number, skip = divmod(start, CHUNK)
    source.seek(len(head) + number * (CHUNK + _TAG))
    while length:
        nonce = _nonce(prefix, number, last=number == last_chunk)
        piece = _open(cipher, nonce, _exactly(source, CHUNK + _TAG), sealed_for)[skip : skip + length]
        if not piece:
            raise Unsealable
        yield piece
        length, number, skip = length - len(piece), number + 1, 0


def keyed_hash(value: str | bytes, *, purpose: str) -> str:
    """64 hexadecimal digits (HMAC-SHA-256), the same for the same value and purpose on this installation only.

    The key is the setting ``PEPPER``, else the file ``DATA_DIR/secrets/pepper``; without it the value cannot be guessed
    from the hash by trying.
    """
    pepper = settings.PEPPER or keys.read_or_make(keys.folder(), "pepper")
    own = hmac.digest(pepper.encode(), purpose.encode(), hashlib.sha256)
    return hmac.digest(own, value.encode() if isinstance(value, str) else value, hashlib.sha256).hex()


def _cipher(key: bytes, use: bytes, salt: bytes | None = None) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=keyring.KEY_BYTES, salt=salt, info=use).derive(key))


def _key_of(head: bytes, version: bytes) -> bytes:
    key = keyring.ring().get(head[1:])
    if key is None or head[:1] != version:
        raise Unsealable
    return key


def _open(cipher: AESGCM, nonce: bytes, sealed: bytes, sealed_for: bytes) -> bytes:
    if len(sealed) < _TAG:
        raise Unsealable
    try:
        return cipher.decrypt(nonce, sealed, sealed_for)
    except InvalidTag:
        raise Unsealable from None


def _nonce(prefix: bytes, number: int, *, last: bool = False) -> bytes:
    return prefix + number.to_bytes(4) + bytes([last])


def _pieces(source: Iterable[bytes] | BinaryIO) -> Iterable[bytes]:
    # a file read as an iterable gives lines, and a film has few of them
    return iter(lambda: source.read(CHUNK), b"") if hasattr(source, "read") else source


def _exactly(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer only at the end: a pipe or a socket may give less at a time."""
    found = bytearray()
    while piece := source.read(size - len(found)):
        found += piece
    return bytes(found)
