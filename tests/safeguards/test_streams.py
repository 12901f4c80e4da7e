"""Sealed streams: whole and in order, or not at all."""

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeguards import keyring, sealing
from safeguards.problems import Unsealable

HEAD, PIECE = 44, sealing.CHUNK + 16


def sealed(plain: bytes, context: str = "film") -> bytes:
    target = io.BytesIO()
    sealing.seal_stream(io.BytesIO(plain), target, context=context)
    return target.getvalue()


def opened(stream: bytes, context: str = "film") -> bytes:
    return b"".join(sealing.unseal_stream(io.BytesIO(stream), context=context))


def chunks(stream: bytes) -> list[bytes]:
    return [stream[start : start + PIECE] for start in range(HEAD, len(stream), PIECE)]


def film(length: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(length))


@pytest.mark.parametrize("length", [0, 1, sealing.CHUNK - 1, sealing.CHUNK, sealing.CHUNK + 1, 3 * sealing.CHUNK])
def test_every_length_comes_back(length: int) -> None:
    stream = sealed(film(length))
    assert opened(stream) == film(length)
    assert len(chunks(stream)) == max(1, -(-length // sealing.CHUNK))


@given(st.lists(st.binary(max_size=40_000), max_size=8))
@settings(max_examples=25, deadline=None)
def test_pieces_of_any_size_are_taken(pieces: list[bytes]) -> None:
    target = io.BytesIO()
    sealing.seal_stream(iter(pieces), target, context="film")
    assert opened(target.getvalue()) == b"".join(pieces)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_changed_byte_fails(data: st.DataObject) -> None:
    stream = bytearray(sealed(film(sealing.CHUNK + 500)))
    place = data.draw(st.integers(0, HEAD + 100) | st.integers(0, len(stream) - 1))
    stream[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unsealable):
        opened(bytes(stream))


def test_dropped_swapped_repeated_and_appended_chunks_fail() -> None:
    stream = sealed(film(3 * sealing.CHUNK + 10))
    other = sealed(film(3 * sealing.CHUNK + 10))
    head, (a, b, c, last) = stream[:HEAD], chunks(stream)
    foreign = chunks(other)[1]
    for broken in (
        [a, b, c], [a, b], [a], [], [b, c, last], [a, c, last], [b, a, c, last], [a, b, b, c, last],
        [a, b, c, last, last], [a, b, c, last, b"x"], [a, foreign, c, last], [last],
    ):  # fmt: skip
        with pytest.raises(Unsealable):
            opened(head + b"".join(broken))
    assert opened(head + b"".join([a, b, c, last])) == film(3 * sealing.CHUNK + 10)


@pytest.mark.parametrize("length", [0, 4, 5, 20, HEAD - 1, HEAD, HEAD + 15, HEAD + 16, HEAD + PIECE, HEAD + PIECE + 3])
def test_cut_short_fails(length: int) -> None:
    with pytest.raises(Unsealable):
        opened(sealed(film(sealing.CHUNK + 500))[:length])


def test_what_comes_before_a_cut_is_genuine_and_the_cut_is_told() -> None:
    found = sealing.unseal_stream(io.BytesIO(sealed(film(3 * sealing.CHUNK))[:-1]), context="film")
    assert next(found) + next(found) == film(3 * sealing.CHUNK)[: 2 * sealing.CHUNK]
    with pytest.raises(Unsealable):
        next(found)


def test_another_context_and_another_kind_fail() -> None:
    with pytest.raises(Unsealable):
        opened(sealed(b"film"), "photo")
    with pytest.raises(Unsealable):
        opened(sealing.seal(b"film", context="film"))
    with pytest.raises(Unsealable):
        sealing.unseal(sealed(b"film"), context="film")


def test_rotation_is_seen_from_the_first_bytes() -> None:
    old = sealed(b"film")
    keyring.add_key()
    assert sealing.needs_resealing(old[:5])
    assert not sealing.needs_resealing(sealed(b"film")[:5])
    assert opened(old) == b"film"


class Pipe(io.RawIOBase):
    """Gives a few bytes at a time, as pipes do."""

    def __init__(self, content: bytes) -> None:
        self.inner = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self.inner.read(min(size, 1000))


def test_a_pipe_may_give_less_than_asked_for() -> None:
    target = io.BytesIO()
    sealing.seal_stream(Pipe(film(150_000)), target, context="film")
    found = b"".join(sealing.unseal_stream(Pipe(target.getvalue()), context="film"))
    assert found == film(150_000)


class Nowhere(io.RawIOBase):
    written = 0

    def write(self, data: bytes) -> int:
        self.written += len(data)
        return len(data)


def test_memory_stays_the_same_however_long_the_film() -> None:
    def long_film() -> Iterator[bytes]:
        for _ in range(500):
            yield bytes(100_000)

    target = Nowhere()
    tracemalloc.start()
    sealing.seal_stream(long_film(), target, context="film")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert target.written > 50_000_000
    assert peak < 1_000_000


@pytest.mark.parametrize("length", [1, sealing.CHUNK - 1, sealing.CHUNK, sealing.CHUNK + 1, 3 * sealing.CHUNK])
def test_a_part_is_opened_by_itself(length: int) -> None:
    stream = sealed(film(length))
    assert sealing.plain_size(len(stream)) == length
    for start in {0, length // 2, length - 1, max(0, length - sealing.CHUNK - 1)}:
        for end in {start + 1, length, min(length, start + sealing.CHUNK)}:
            parts = sealing.unseal_part(io.BytesIO(stream), context="film", start=start, length=end - start)
            assert b"".join(parts) == film(length)[start:end], (start, end)


def test_a_part_that_was_changed_or_is_not_there_does_not_open() -> None:
    stream = sealed(film(3 * sealing.CHUNK))
    assert sealing.plain_size(len(sealed(b""))) == 0
    swapped = stream[:HEAD] + b"".join(reversed(chunks(stream)))
    for spoilt, start, length in (
        (swapped, 0, 10),
        (stream[: HEAD + 2 * PIECE], sealing.CHUNK, 10),  # cut: what is last now was not sealed as the last
        (stream[:-1], 2 * sealing.CHUNK, 10),
        (stream, 3 * sealing.CHUNK - 5, 10),
        (stream, 9 * sealing.CHUNK, 1),
    ):
        with pytest.raises(Unsealable):
            list(sealing.unseal_part(io.BytesIO(spoilt), context="film", start=start, length=length))
    with pytest.raises(Unsealable):
        list(sealing.unseal_part(io.BytesIO(stream), context="another", start=0, length=1))
