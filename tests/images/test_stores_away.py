"""A store of objects that does not answer: one waits for all, and nobody is kept from one that is back."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from django.core.files.base import ContentFile
from django.utils import timezone

from images import originals, video_files
from jobs import chores
from jobs.models import Chore
from safeguards import objects, stores
from safeguards.stores import StoreAway
from tests import objects as double

ADDRESS = "http://store.invalid"
_FILE = "<Contents><Key>{}</Key><LastModified>2031-05-04T12:00:00Z</LastModified></Contents>"
LISTED = f"<ListBucketResult>{_FILE.format('a')}{_FILE.format('b')}</ListBucketResult>".encode()


@pytest.fixture
def store(files: Path, settings: Any) -> Iterator[objects.Objects]:
    """One that answers everything with a list of two files, or with nothing; nobody is asked."""
    settings.STORAGES = {**settings.STORAGES, **double.stores(ADDRESS)}
    found: Any = stores.public()

    def answer(request: Any, **_more: Any) -> AWSResponse:
        told = LISTED if "list-type" in request.url else b""
        return AWSResponse(request.url, 200, {}, SimpleNamespace(stream=lambda *_args, **_kw: iter([told])))

    with _sending(found.client, answer):
        yield found
    objects._rests_until.pop(ADDRESS, None)


class _sending:
    """While in it, this is what becomes of the client's requests."""

    def __init__(self, client: Any, answer: Callable[..., AWSResponse]) -> None:
        self._events, self._answer = client.meta.events, answer

    def __enter__(self) -> None:
        self._events.register("before-send.s3", self._answer)

    def __exit__(self, *about: object) -> None:
        self._events.unregister("before-send.s3", self._answer)


def test_who_reads_a_list_may_delete_meanwhile_though_the_store_was_away(store: objects.Objects) -> None:
    objects._rests_until[ADDRESS] = 0.0  # it did not answer; the rest is over
    listed = store.files()
    assert next(listed).name == "a"
    store.delete("a")
    listed.close()  # type: ignore[attr-defined]  # as when whoever read it has stopped
    assert ADDRESS not in objects._rests_until
    assert [file.name for file in store.files()] == ["a", "b"]


def test_what_goes_wrong_here_keeps_nobody_from_the_store(store: objects.Objects, tmp_path: Path) -> None:
    objects._rests_until[ADDRESS] = 0.0
    with pytest.raises(FileNotFoundError):
        store.take(tmp_path / "not there", "a")
    store.delete("a")


def test_a_glance_at_the_store_keeps_nobody_from_it(store: objects.Objects) -> None:
    def silent(request: Any, **_more: Any) -> AWSResponse:
        raise ReadTimeoutError(endpoint_url=request.url)

    with _sending(store._asking(2, attempts=1).meta.client, silent):
        assert store.standing() == "ReadTimeoutError"
        assert store.present({"a", "c"}) == {"a"}, "who has more patience gets what they want"
        objects._rests_until[ADDRESS] = 0.0
        assert store.standing() == "ReadTimeoutError"
        store.delete("a")
        objects._rests_until[ADDRESS] = float("inf")
        assert store.standing() == "did not answer a moment ago"


def test_a_store_that_is_slow_costs_one_wait(files: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "READ", 0.2)
    monkeypatch.setattr(objects, "_REST", 3600)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings.STORAGES = {**settings.STORAGES, **double.stores(address)}
        with pytest.raises(StoreAway, match="ReadTimeoutError"):
            stores.public().exists("x")
        assert _asked(silent) == 2, "it is tried twice"
        with pytest.raises(StoreAway, match="a moment ago"):
            stores.public().exists("x")
        assert _asked(silent) == 0, "and then nobody is asked for a while"
        objects._rests_until[address] = 0.0
        monkeypatch.setattr(objects, "READ", 300)  # the other waits until we hang up
        with ThreadPoolExecutor(1) as pool:
            tried = pool.submit(stores.public().exists, "x")
            assert select.select([silent], [], [], 60)[0]
            with pytest.raises(StoreAway, match="a moment ago"):
                stores.public().exists("x")  # one tries for all
            while not tried.done():
                select.select([silent], [], [], 0.1)
                _asked(silent)
            assert isinstance(tried.exception(), StoreAway)


def _asked(listener: socket.socket) -> int:
    """How many have called since."""
    count = 0
    with suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            count += 1
    return count


class _Torn(ContentFile):
    """Of this no more than the beginning fits on the disk."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[Any]:
        yield self.read(3)
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_holds_no_half_of_a_portrait(files: Path) -> None:
    store: Any = stores.public()
    assert store.save("pictures/a.webp", ContentFile(b"portrait")) == "pictures/a.webp"
    kept = files / "media/pictures/a.webp"
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (b"portrait", 0o640), "as FILE_UPLOAD_PERMISSIONS says"
    with pytest.raises(OSError, match="No space"):
        store.save("pictures/b.webp", _Torn(b"portrait"))
    assert [file.name for file in store.files()] == ["pictures/a.webp"]


@pytest.mark.django_db
def test_what_a_store_that_is_away_keeps_is_due_with_the_sweep_that_takes_it(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> None:
        raise StoreAway("ReadTimeoutError")

    monkeypatch.setattr(stores.Folder, "delete", away)
    chores.ensure_rows()
    for remove, sweep in ((originals.remove, "images.sweep"), (video_files.remove_original, "images.sweep_videos")):
        Chore.objects.update(due_at=timezone.now() + timedelta(hours=1))
        remove("0" * 32)
        assert list(Chore.objects.filter(due_at__lte=timezone.now()).values_list("name", flat=True)) == [sweep]


def test_chores_that_ask_a_store_hold_up_no_other() -> None:
    asking = {
        "images.sweep", "images.sweep_videos", "citizen_reports.unsent_files", "forget old imports",
        "forget lists of readers",
    }  # fmt: skip
    assert asking <= {name for name, job in chores.registered.items() if job.is_apart}
