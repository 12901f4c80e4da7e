"""A packed archive of pictures, however many names are in it, and though it was cut off."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from articles.forms.moving import MovingForm
from articles.moving import media
from articles.moving.media import source_of
from safeguards.outgoing import Answer
from safeguards.problems import OutgoingFailed

UPLOADS = "https://old.example/wp-content/uploads/"


def packed(path: Path, names: list[str], body: Callable[[int], bytes] = lambda number: b"") -> str:
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for number, name in enumerate(names):
            member = tarfile.TarInfo(name)
            member.size = len(body(number))
            archive.addfile(member, io.BytesIO(body(number)))
    return str(path)


def peak(place: str) -> int:
    tracemalloc.start()
    try:
        source_of(place).close()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_times_the_names_take_the_same_memory(tmp_path: Path) -> None:
    few, many = (
        packed(tmp_path / str(count), [f"uploads/2016/05/{number}.jpg" for number in range(count)])
        for count in (200, 2000)
    )
    peak(few)  # what the libraries load once
    assert peak(many) < 2 * peak(few)


def test_files_are_found_by_their_addresses_and_the_last_of_a_name_counts(tmp_path: Path) -> None:
    names = ["site/wp-content/uploads/2016/05/quay.jpg", "./2016/05/mast.jpg", "2016/caf\udce9.jpg", "2016/05/mast.jpg"]
    place = packed(tmp_path / "a.tar.gz", names, lambda number: b"%d" % number * 70_000)
    with closing(source_of(place)) as source:
        for asked, number in (("mast-300x200.jpg", b"3"), ("quay.jpg", b"0"), ("mast.jpg", b"3")):
            file = source.open(f"{UPLOADS}2016/05/{asked}")
            assert file and file.read() == number * 70_000, asked
        assert source.open(f"{UPLOADS}2016/05/lost.jpg") is None


def test_accents_are_found_whichever_way_a_system_wrote_them(tmp_path: Path) -> None:
    (tmp_path / "uploads/2016").mkdir(parents=True)
    (tmp_path / "uploads/2016/cafe\u0301.jpg").write_bytes(b"x")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("uploads/2016/cafe\u0301.jpg", b"x")
    tar = packed(tmp_path / "a.tar.gz", ["uploads/2016/cafe\u0301.jpg"], lambda number: b"x")
    for place in (str(tmp_path), str(tmp_path / "a.zip"), tar):
        with closing(source_of(place)) as source:
            for name in ("caf%C3%A9.jpg", "cafe%CC%81.jpg"):
                with source.open(f"{UPLOADS}2016/{name}") or io.BytesIO() as file:
                    assert file.read() == b"x", (place, name)


def test_the_folder_of_one_site_of_a_network_will_do_and_no_other_sites_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "2016").mkdir()
    (tmp_path / "2016/quay.jpg").write_bytes(b"x")
    asked = f"{UPLOADS}sites/3/2016/quay.jpg"
    with source_of(str(tmp_path)).open(asked) or io.BytesIO() as file:
        assert file.read() == b"x"
    (tmp_path / "sites/4").mkdir(parents=True)
    assert source_of(str(tmp_path)).open(asked) is None


def test_whoever_waits_is_asked_all_along_and_may_end_it(tmp_path: Path) -> None:
    names = [f"2016/05/{number}.jpg" for number in range(8)]
    noise = bytes(range(256)) * 3000
    place = packed(tmp_path / "a.tar.gz", names, lambda number: noise[number:])
    asked: list[int] = []
    with closing(source_of(place, meanwhile=lambda: asked.append(1))) as source:
        listed = len(asked)
        source.open(f"{UPLOADS}2016/05/7.jpg")
        assert 1 < listed < len(asked)

    class Enough(Exception):
        pass

    def enough() -> None:
        raise Enough

    with pytest.raises(Enough):
        source_of(place, meanwhile=enough)


def test_of_an_archive_that_was_cut_off_the_beginning_is_had(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    place = packed(path, [f"2016/05/{number}.jpg" for number in range(40)], lambda number: b"%d" % number * 9000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with closing(source_of(place)) as source:
        first, last = (source.open(f"{UPLOADS}2016/05/{number}.jpg") for number in (0, 39))
    assert first and first.read() == b"0" * 9000
    assert last is None


@pytest.mark.django_db
def test_a_zip_of_very_many_files_is_refused_before_its_names_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "pictures.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for number in range(20):
            archive.writestr(f"uploads/2016/05/{number:03}.jpg", b"")
    listed = 20 * (46 + len("uploads/2016/05/000.jpg"))
    monkeypatch.setattr(media, "MOST_LISTED", listed)
    source_of(str(place)).close()
    monkeypatch.setattr(media, "MOST_LISTED", listed - 1)
    with pytest.raises(ValueError, match="tar file"):
        source_of(str(place))
    upload = SimpleUploadedFile("pictures.zip", place.read_bytes())
    form = MovingForm({}, {"pictures": upload})
    assert form.errors["pictures"] == [str(media.LONG_LIST)]


class Site:
    """Answers as it is told, address by address: a status, or no answer at all; then 200 for `there`, else 404."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, there: str, *first: int) -> None:
        self.there, self.first = there, list(first)
        self.asked: list[str] = []
        monkeypatch.setattr(media, "fetch", self.fetch)
        monkeypatch.setattr(media, "PAUSES", (0, 0))

    def fetch(self, method: str, url: str, *, headers: dict[str, str], **limits: float) -> Answer:
        assert headers["User-Agent"]
        self.asked.append(url.rpartition("/")[2])
        status = self.first.pop(0) if self.first else 200 if url.endswith(self.there) else 404
        if not status:
            raise OutgoingFailed("before", "silence")
        return Answer(status, {"Location": "quay.jpg"}, b"whole")


@pytest.mark.parametrize("first", [(), (429, 503), (0, 502), (302,)])
def test_an_old_site_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch, first: tuple[int, ...]) -> None:
    site = Site(monkeypatch, "/quay.jpg", *first)
    file = source_of("http").open(f"{UPLOADS}quay-300x200.jpg")
    assert file and file.read() == b"whole"
    assert site.asked == ["quay.jpg"] * (len(first) + 1)


def test_the_copy_is_taken_where_the_whole_file_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(monkeypatch, "/quay-300x200.jpg")
    assert source_of("http").open(f"{UPLOADS}quay-300x200.jpg")
    assert site.asked == ["quay.jpg", "quay-300x200.jpg"]
    assert source_of("http").open("http://[broken/quay.jpg") is None


def test_an_old_site_that_is_gone_does_not_hold_up_all_that_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    site, source = Site(monkeypatch, "/quay.jpg", *[0] * 3), source_of("http")
    assert source.open(f"{UPLOADS}quay.jpg") is None
    assert source.open(f"{UPLOADS}quay.jpg") is None
    assert len(site.asked) == 3
    assert source.open("https://elsewhere.example/quay.jpg")
    monkeypatch.setattr(media, "REST", 0)
    site.first = [0] * 3
    source = source_of("http")
    assert source.open(f"{UPLOADS}quay.jpg") is None
    assert source.open(f"{UPLOADS}quay.jpg")  # after its rest


def test_whoever_waits_for_the_old_site_may_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(monkeypatch, "/quay.jpg")

    def ends() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        source_of("http", meanwhile=ends).open(f"{UPLOADS}quay.jpg")
    assert not site.asked
