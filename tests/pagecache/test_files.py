"""Pages as files: where they lie, and that a purge leaves none, whoever is just writing."""

import gzip
import multiprocessing
import time
from pathlib import Path
from typing import Any

import brotli
import pytest

from pagecache.generations import Generations, slot_of
from tests.pagecache.paper import Paper, Place, Reader


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Paper())


def pages(place: Place) -> set[str]:
    live = place.folder / "pages" / "live"
    return {str(file.relative_to(live)) for file in live.rglob("*") if file.is_file() and not file.name.startswith(".")}


def test_a_page_lies_where_a_web_server_looks_for_it(place: Place) -> None:
    read = Reader(place.store)
    body = read("/news/").body
    read("/feeds/rss.xml")
    read("/أخبار/2026/قصة/")
    assert pages(place) == {
        f"{name}{suffix}"
        for name in ("news/index.html", "feeds/rss.xml", "أخبار/2026/قصة/index.html")
        for suffix in ("", ".gz", ".br")
    }
    live = place.folder / "pages" / "live" / "news"
    assert (live / "index.html").read_bytes() == body
    assert gzip.decompress((live / "index.html.gz").read_bytes()) == body
    assert brotli.decompress((live / "index.html.br").read_bytes()) == body


@pytest.mark.parametrize(
    "path", ["/../secrets/", "/.index", "//evil/", "/a/../../b/", "/" + "x" * 300 + "/", "/\udcff/"]
)
def test_no_address_leads_out_of_the_folder(place: Place, path: str) -> None:
    assert place.files.place_of(path.encode("utf-8", "surrogateescape").decode("latin-1")) is None


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "301 Moved Permanently"])
def test_only_whole_pages_are_files(place: Place, status: str) -> None:
    place.paper.status = status  # type: ignore[attr-defined]
    read = Reader(place.store)
    assert [read("/gone/").how for _ in range(2)] == ["MISS", "HIT"]
    assert pages(place) == set()


def test_an_old_page_goes_though_the_new_one_cannot_be_written_just_then(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, slots = Reader(place.store), {slot_of("news")}
    read("/news/")
    epoch = place.generations.purge(slots, hard=True)
    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        assert read("/news/").number == 2
    place.files.purge(slots, before=epoch)
    assert pages(place) == set()
    assert read("/news/").number == 2, "from memory"


def test_a_purge_takes_the_files_away(place: Place) -> None:
    read = Reader(place.store)
    read("/news/")
    read("/sport/")
    place.purge("news")
    assert pages(place) == {"sport/index.html", "sport/index.html.gz", "sport/index.html.br"}
    place.files.purge(None, before=place.generations.epoch + 1)
    assert pages(place) == set()
    assert place.files.figures() == (0, 0)


def test_a_page_purged_while_it_is_written_does_not_appear(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def purge_first(self: Path, data: bytes) -> int:
        place.purge("news")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", purge_first)
    Reader(place.store)("/news/")
    assert pages(place) == set()


def test_files_survive_a_restart_but_not_another_release(place: Place) -> None:
    Reader(place.store)("/news/")
    assert Reader(place.process())("/news/").how == "FILE"
    newer = place.process("two")
    assert pages(place), "they are served until the newer release can serve others"
    assert Reader(newer)("/news/").how == "MISS"
    newer.files.sweep()
    assert [each.name for each in (place.folder / "pages").iterdir() if not each.is_symlink()] == ["two"]


def test_files_do_not_survive_a_machine_that_fell_over(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    Reader(place.store)("/news/")
    monkeypatch.setattr("pagecache.generations._boot", lambda: 4711)
    assert Reader(place.process())("/news/").how == "MISS"


def test_a_disk_that_is_full_when_the_machine_has_started_anew_costs_the_files_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    Reader(place.store)("/news/")
    monkeypatch.setattr("pagecache.generations._boot", lambda: 4711)
    make = Path.mkdir

    def full(self: Path, *args: Any, **options: Any) -> None:
        if self.parent.name == "pages":
            raise OSError(28, "No space left on device")
        make(self, *args, **options)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "mkdir", full)
        store = place.process()
        read = Reader(store)
        assert [read("/news/").how for _ in range(2)] == ["MISS", "HIT"]
        assert pages(place) == set(), "nothing would purge them"
        store.files.purge({slot_of("news")}, before=place.generations.purge({slot_of("news")}, hard=True))
        assert read("/news/").how == "MISS"
    read("/sport/")
    assert "sport/index.html" in pages(place), "there is room again"


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    place = Place(tmp_path, Paper(), disk=30_000)
    read = Reader(place.store)
    for number in range(30):
        read(f"/page-{number}/")
    gone = place.files.trim()
    left = pages(place)
    assert gone > 0
    assert place.files.figures()[1] <= 30_000
    assert "page-29/index.html" in left
    assert "page-0/index.html" not in left


def test_a_full_disk_stops_no_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    read = Reader(place.store)
    assert (read("/news/").status, read("/news/").how) == ("200 OK", "HIT")
    assert pages(place) == set()


def test_compressing_well_later_changes_no_byte(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pagecache.files._SETTLED", -1.0)
    body = Reader(place.store)("/news/").body
    file = place.folder / "pages" / "live" / "news" / "index.html.br"
    before = file.read_bytes()
    assert place.files.improve(10) == 1
    assert place.files.improve(10) == 0
    assert len(file.read_bytes()) <= len(before)
    assert brotli.decompress(file.read_bytes()) == body
    assert Reader(place.process())("/news/").how == "FILE"


def _bump(path: Path, times: int) -> None:
    generations = Generations(path)
    for number in range(times):
        generations.purge([slot_of(f"tag {number % 7}")], hard=bool(number % 2))


def test_no_increment_is_lost_among_processes(tmp_path: Path) -> None:
    path = tmp_path / "generations"
    before = Generations(path).epoch
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_bump, args=(path, 300)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert Generations(path).epoch == before + 1200


def _read_slowly(folder: Path, start: float, queue: "multiprocessing.Queue[tuple[str, bytes]]") -> None:
    paper = Paper()
    paper.before = lambda path: time.sleep(0.4)
    store = Place(folder, paper).store
    time.sleep(max(0, start - time.time()))
    answer = Reader(store)("/news/")
    queue.put((answer.how, answer.body))


def test_two_processes_render_a_page_once(tmp_path: Path) -> None:
    Place(tmp_path, Paper())  # makes the files
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[tuple[str, bytes]] = context.Queue()
    start = time.time() + 4
    processes = [context.Process(target=_read_slowly, args=(tmp_path, start, queue)) for _ in range(3)]
    for process in processes:
        process.start()
    answers = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
    assert sorted(how for how, _body in answers) == ["FILE", "FILE", "MISS"]
    assert len({body for _how, body in answers}) == 1
