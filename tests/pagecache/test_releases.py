"""Files on the disk when things happen at once: purges, an upgrade, a broken index, a disk that takes nothing."""

from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from pagecache import following, host
from pagecache.entries import Entry
from pagecache.files import Files
from pagecache.models import Purge
from tests.pagecache.paper import Paper, Place, Reader, read_on_a_full_disk
from tests.pagecache.servers import PATIENCE


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Paper())


def live(folder: Path) -> set[str]:
    """The pages that a web server in front would serve."""
    there = folder / "pages" / "live"
    return {str(each.parent.relative_to(there)) for each in there.rglob("index.html")}


def rows(place: Place) -> list[str]:
    with sqlite3.connect(place.folder / "pages" / "live" / ".index") as index:
        return [key for (key,) in index.execute("SELECT key FROM page ORDER BY key")]


def test_an_older_release_purges_the_files_of_the_newer(place: Place) -> None:
    older = place
    Reader(older.store)("/news/")
    newer = place.process("two")
    read = Reader(newer)
    assert [read("/news/").how, read("/sport/").how] == ["MISS", "MISS"]
    older.purge("news")
    assert live(place.folder) == {"sport"}
    assert [read("/news/").how, read("/sport/").how] == ["MISS", "HIT"]
    older.purge("site")
    assert "sport" not in live(place.folder)


def test_an_older_release_writes_no_files_any_more(place: Place) -> None:
    assert Reader(place.store)("/weather/").how == "MISS"
    newer = place.process("two")
    assert live(place.folder) == {"weather"}, "until the newer one has a page of its own"
    place.purge("weather")
    assert live(place.folder) == set()
    Reader(newer)("/sport/")
    assert [Reader(place.store)("/news/").how for _ in range(2)] == ["MISS", "HIT"]
    assert live(place.folder) == {"sport"}
    # Back to the first: nothing lies there that nobody has purged meanwhile.
    assert Reader(place.process("one"))("/money/").how == "MISS"
    assert live(place.folder) == {"money"}


@pytest.mark.django_db(transaction=True)
def test_a_purge_that_an_older_process_has_carried_out_holds_for_the_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = host.Host(tmp_path, "one"), host.Host(tmp_path, "two")
    paper = Paper()
    read = Reader(newer.wrap(paper))
    monkeypatch.setattr(following, "here", lambda: newer)
    following.catch_up()
    read("/news/")
    Purge.objects.create(tags=["news"], is_hard=True)
    monkeypatch.setattr("pagecache.purging.here", lambda: older)
    monkeypatch.setattr(following, "here", lambda: older)
    assert following.catch_up() == 1
    assert live(tmp_path) == set()
    monkeypatch.setattr(following, "here", lambda: newer)
    assert following.catch_up() == 0
    assert [read("/news/").how, read("/news/").how] == ["MISS", "HIT"]


def test_a_page_that_is_ready_while_the_purge_still_runs_keeps_its_row(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks first, then files: a page rendered in between is new, and its file must be found by the next purge."""
    read = Reader(place.store)
    read("/news/")
    take = Files._take

    def render_first(self: Files, condition: str, values: list[float]) -> int:
        monkeypatch.setattr(Files, "_take", take)
        assert read("/news/").how == "MISS"
        return take(self, condition, values)

    monkeypatch.setattr(Files, "_take", render_first)
    place.purge("news")
    assert (live(place.folder), rows(place)) == ({"news"}, ["/news/"])
    place.purge("news")
    assert (live(place.folder), rows(place)) == (set(), [])


def test_a_page_whose_row_was_taken_does_not_appear(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    note = Files._note

    def trim_at_once(self: Files, key: str, path: Path, entry: Entry) -> None:
        note(self, key, path, entry)
        self._take("key = ?", [key])  # type: ignore[list-item]

    monkeypatch.setattr(Files, "_note", trim_at_once)
    Reader(place.store)("/news/")
    assert (live(place.folder), rows(place)) == (set(), [])


def test_many_pages_are_purged_in_parts(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pagecache.files._AT_ONCE", 3)
    read = Reader(place.store)
    for number in range(10):
        read(f"/page-{number}/")
    place.purge(*(f"page-{number}" for number in range(7)))
    assert live(place.folder) == {"page-7", "page-8", "page-9"}
    place.files.purge(None, before=place.generations.epoch + 1)
    assert (live(place.folder), place.files.figures()) == (set(), (0, 0))


def test_a_broken_index_costs_the_files_and_no_truth(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    read = Reader(place.store)
    read("/news/")
    read("/sport/")
    index = place.folder / "pages" / "live" / ".index"
    for each in index.parent.glob(".index*"):
        each.unlink()
    index.write_bytes(b"no database" * 1000)
    assert read("/weather/").status == "200 OK"
    place.purge("news")
    assert live(place.folder) == set()
    assert "all files go" in caplog.text
    assert [read("/news/").how, read("/sport/").how] == ["MISS", "HIT"]
    assert live(place.folder) == {"news"}, "and it goes on with a new one"
    place.purge("news")
    assert live(place.folder) == set()


def test_a_full_disk_costs_the_files_and_no_page(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    said: multiprocessing.Queue[list[str]] = context.Queue()
    process = context.Process(target=read_on_a_full_disk, args=(tmp_path, said))
    process.start()
    told = said.get(timeout=PATIENCE)
    process.join()
    assert told == ["/news/ MISS", "full", "/sport/ MISS", "/sport/ HIT", "purged", "/news/ MISS", "/news/ HIT"]
    assert live(tmp_path) == set()
