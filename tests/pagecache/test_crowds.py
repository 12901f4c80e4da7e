"""Crowds: a thousand connections to a page just purged, a renderer that is killed, floods of addresses."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from articles import actions
from tests import make
from tests.pagecache.paper import Paper, Place, Reader, render_for_ever
from tests.pagecache.servers import PATIENCE, servers

# `make soak` asks for the long form.
CROWD = 1000 if os.environ.get("SOAK") else 200


async def crowd(ports: list[int], path: str, count: int) -> list[bytes]:
    """So many connections, open before any of them asks; their whole answers."""
    ready = asyncio.Event()
    waiting = 0

    async def come(port: int) -> bytes:
        nonlocal waiting
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        waiting += 1
        if waiting == count:
            ready.set()
        await ready.wait()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer

    async with asyncio.timeout(PATIENCE):
        return await asyncio.gather(*(come(ports[number % len(ports)]) for number in range(count)))


def header(answer: bytes, name: str) -> str:
    head = answer.partition(b"\r\n\r\n")[0].decode().lower()
    return next((line.partition(":")[2].strip() for line in head.split("\r\n") if line.startswith(f"{name}:")), "")


@pytest.fixture
def many_connections() -> Iterator[None]:
    """This process may have them open all at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(soft, 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)), hard)
    )
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.processes
@pytest.mark.race
@pytest.mark.both_databases
@pytest.mark.usefixtures("many_connections")
@pytest.mark.django_db(transaction=True)
def test_a_crowd_at_two_servers_renders_a_page_just_purged_once() -> None:
    make.site()
    story = make.story("Ferry resumes")
    with servers(2) as running:
        for each in running:
            assert "Ferry resumes" in each.ask(story.path).text
        actions.save(story.pk, actor=None, content={"headline": "Ferry stops again"})
        actions.update(story.pk, actor=None)
        actions.withdraw(story.pk, actor=None)
        actions.publish(story.pk, actor=None)
        # In a thread of its own: in this one a browser's loop may be running.
        with ThreadPoolExecutor(1) as apart:
            answers = apart.submit(asyncio.run, crowd([each.port for each in running], story.path, CROWD)).result()
    assert Counter(answer.split(b" ", 2)[1] for answer in answers) == {b"200": CROWD}
    assert all(b"Ferry stops again" in answer for answer in answers)
    came = Counter(header(answer, "x-cache") for answer in answers)
    assert came["miss"] == 1
    assert came["file"] <= 1
    assert came["miss"] + came["file"] + came["hit"] == CROWD


def test_a_renderer_that_is_killed_gives_up_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pagecache.wrapper.PATIENCE", PATIENCE)
    place = Place(tmp_path, Paper())
    context = multiprocessing.get_context("spawn")
    begun: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=render_for_ever, args=(tmp_path, begun))
    process.start()
    number = begun.get(timeout=PATIENCE)
    answers: list[str] = []
    reader = threading.Thread(target=lambda: answers.append(Reader(place.store)("/news/").how))
    reader.start()
    reader.join(0.3)
    assert answers == [], "it waits for the one who renders"
    os.kill(number, signal.SIGKILL)
    process.join()
    reader.join(PATIENCE)
    assert answers == ["MISS"]


def test_a_queue_at_a_page_that_fails_fails_at_once(tmp_path: Path) -> None:
    paper = Paper()
    place = Place(tmp_path, paper)
    paper.status = "503 Service Unavailable"
    all_there, came = threading.Event(), []

    def wait_for_all(path: str) -> None:
        assert all_there.wait(PATIENCE)

    paper.before = wait_for_all
    readers = [threading.Thread(target=lambda: came.append(Reader(place.store)())) for _ in range(6)]
    for each in readers:
        each.start()
    while sum(count for _lock, count in place.store.turns._waiting.values()) < len(readers):
        threading.Event().wait(0.01)
    all_there.set()
    for each in readers:
        each.join(PATIENCE)
    assert [answer.status[:3] for answer in came] == ["503"] * len(readers)
    assert paper.rendered == ["/news/"]
    paper.status = "200 OK"
    assert Reader(place.store)().how == "MISS", "who comes later tries again"


def lying(place: Place) -> list[str]:
    """The files of pages on the disk."""
    return [each.name for each in place.files.folder.rglob("*") if each.is_file() and not each.name.startswith(".")]


@pytest.mark.parametrize("status", ["404 Not Found", "200 OK", "301 Moved Permanently"])
def test_a_flood_of_addresses_stays_within_bounds(tmp_path: Path, status: str) -> None:
    paper = Paper()
    place = Place(tmp_path, paper, memory=400_000, disk=300_000)
    read = Reader(place.store)
    read("/news/")
    paper.status = status
    for number in range(600):
        read(f"/flood-{number}/")
        if number % 50 == 0:
            for _ in range(64):  # as a page in demand: the memory is told now and then
                read("/news/")
            place.files.trim()
    place.files.trim()
    assert place.store.memory.size <= 400_000
    assert place.store.missing.size <= 50_000
    assert place.files.figures()[1] <= 300_000
    assert len(lying(place)) <= 3 * place.files.figures()[0]
    rendered = paper.rendered.count("/news/")
    paper.status = "200 OK"
    assert read("/news/").how in {"HIT", "FILE"}
    assert rendered == 1


def test_a_flood_of_query_strings_keeps_nothing(tmp_path: Path) -> None:
    paper = Paper()
    place = Place(tmp_path, paper)
    read = Reader(place.store)
    read("/news/")
    files = lying(place)
    for number in range(300):
        assert read("/news/", query=f"x={number}").how == "PASS"
        assert read("/news/", query=f"utm_source={number}&fbclid={number}").how == "HIT"
    assert (len(place.store.memory), len(place.store.missing), lying(place)) == (1, 0, files)


def test_pages_that_are_never_kept_are_remembered_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pagecache.wrapper._NOTED_MOST", 20)
    paper = Paper()
    place = Place(tmp_path, paper)
    for status in ("302 Found", "500 Internal Server Error"):
        paper.status = status
        for number in range(100):
            Reader(place.store)(f"/odd-{number}/")
    assert 0 < len(place.store._passed) <= 20
    assert 0 < len(place.store._failed) <= 20
    assert (len(place.store.memory), place.store.turns._waiting) == (0, {})
