"""Files in folders and as objects of an S3-compatible store: the same newsroom, whichever it is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.utils import timezone
from PIL import Image

from accounts.models import User
from articles.models.desk import Article
from articles.models.moves import MovingRun
from articles.moving import working
from authors.models import Author
from citizen_reports import desk_files, quarantine
from citizen_reports.models import Attachment
from images import library, names, originals, renditions, sweeping, video_files, video_names, video_work, videos
from images.fields import FreshPictureField
from images.models import Picture, RenditionJob, Video, VideoJob
from images.pixels import PictureRefused
from images.video_files import VideoRefused
from jobs import chores
from jobs.models import Chore
from newsroom import doctor, environment, health
from safeguards import objects, stores
from safeguards.stores import StoreAway
from subscriptions.audience import files as lists
from tests import make
from tests import objects as double
from tests.articles.wordpress.exports import Item, export
from tests.images.films import film, video

pytestmark = pytest.mark.django_db
PLAIN = b"what the witness saw " * 9000
LATER = 3 * 24 * 3600


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with double.server() as address:
        yield address


@pytest.fixture
def store(endpoint: str, files: Path, settings: Any) -> objects.Objects:
    """Buckets with nothing in them; the public one is given back."""
    settings.STORAGES = {**settings.STORAGES, **double.stores(endpoint)}
    settings.SEALING_KEYS, settings.PEPPER = [], ""
    found: Any = stores.public()
    for bucket in double.BUCKETS.values():
        found.client.create_bucket(Bucket=bucket)
        for each in found.client.list_objects_v2(Bucket=bucket).get("Contents", ()):
            found.client.delete_object(Bucket=bucket, Key=each["Key"])
    return found


@pytest.fixture(params=["folders", "objects"])
def either(request: pytest.FixtureRequest, files: Path, settings: Any) -> str:
    """The newsroom's stores, once as folders and once as buckets."""
    if request.param == "objects":
        request.getfixturevalue("store")
    settings.SEALING_KEYS, settings.PEPPER = [], ""
    return request.param


def there(*, but: tuple[str, ...] = ("secrets", "rendition-locks")) -> set[str]:
    """All that any store holds, by its store and first folder."""
    found = {(name, entry.name) for name in ("default", "private") for entry in stores.named(name).files()}
    return {f"{store} {name}" for store, name in found if not name.startswith(but)}


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def work() -> int:
    stop = threading.Event()
    return renditions.turn("worker", stop) + video_work.turn("worker", stop)


@pytest.mark.django_db(transaction=True)
def test_a_picture_comes_is_seen_is_blurred_and_goes(either: str, client: Client) -> None:
    picture = make.picture((330, 220))
    older = names.Rendition(picture.pk, 1, "wide", 320, "webp")
    response = client.get(older.path)
    with Image.open(BytesIO(body(response))) as opened:
        assert (opened.format, opened.size) == ("WEBP", (320, 180))
    assert response["Content-Type"] == "image/webp" and response["Cache-Control"].endswith("immutable")
    assert body(client.get(older.path)) != b""
    assert work() == 1
    assert RenditionJob.objects.count() == 0
    assert renditions.make_all(picture) == 0, "all that is offered is there"
    with originals.opened(picture.original) as file:
        assert file.read() == make.picture_file((330, 220)).read()
    assert f"private {originals.key_of(picture.original)}" in there()

    library.change(picture, actor=None, blurred=[[0, 0, 1, 1]])
    assert [name for name in there() if "-1-" in name] == []
    assert client.get(older.path)["Location"] == older._replace(version=2).path
    library.replace(picture, make.picture_file((80, 60), "navy"), filename="x", actor=None)
    assert len(there()) == 1, "the former original and all renditions are gone"
    library.remove(Picture.objects.get(), actor=None)
    assert there() == set()


@pytest.mark.django_db(transaction=True)
def test_a_film_is_made_and_played_in_parts(either: str, client: Client) -> None:
    boats = video()
    assert boats.is_ready
    path = str(video_names.sources(boats)["src"])
    whole = body(client.get(path))
    assert whole[:4] == b"\x1a\x45\xdf\xa3"
    part = client.get(path, headers={"Range": "bytes=100-299"})
    assert (part.status_code, body(part)) == (206, whole[100:300])
    assert part["Content-Range"] == f"bytes 100-299/{len(whole)}"
    assert body(client.get(path, headers={"Range": "bytes=-7"})) == whole[-7:]
    assert client.get(path, headers={"If-None-Match": part["ETag"]}).status_code == 304
    before = there()
    videos.change(boats, actor=None, poster_at=1.5)
    assert there() == before and work() == 1
    assert {name for name in there() if name.startswith("private")} == {n for n in before if n.startswith("private")}
    assert len(there()) == len(before) and there() != before
    former = video_files.key_of(path.rpartition("/")[2])
    with stores.writing(stores.public(), former) as draft:
        draft.write_bytes(whole)  # as if the store had been away when it was to go
    assert (video_work.sweep(), video_work.sweep()) == (1, 0)
    with pytest.raises(VideoRefused, match="not a video"):
        videos.add(BytesIO(film()[:600]), filename="torn", actor=None)
    assert Video.objects.count() == 1 and len(there()) == len(before)


def test_what_witnesses_send_is_sealed_there_and_opens_here_alone(either: str) -> None:
    with quarantine.SealedFile("dawn.txt") as file:
        file.write(PLAIN)
        file.finish()
    key = quarantine.key_of(file.name)
    with stores.reports().stream(key) as kept:
        sealed = kept.read()
    assert len(sealed) > len(PLAIN) and b"witness" not in sealed
    assert b"".join(quarantine.opened(file.name)) == PLAIN
    assert quarantine.size_of(file.name) == len(PLAIN)
    assert b"".join(quarantine.part_of(file.name, 66_000, 70_000)) == PLAIN[66_000:136_000]
    Attachment.objects.create(
        original=file.name, derivative=file.name, derivative_state=Attachment.Derivative.MADE, size=len(PLAIN),
        derivative_type="video/mp4", sniffed_type="video/mp4", token_lookup="a", dedupe_key="b", sha256="c",
    )  # fmt: skip
    request = RequestFactory().get("/", headers={"Range": "bytes=66000-66009"})
    part: Any = desk_files.copy_response(request, Attachment.objects.all())
    assert (part.status_code, body(part)) == (206, PLAIN[66_000:66_010])
    assert f"private reports/{key}" in there()
    quarantine.remove(Attachment.objects.all())
    assert there() == set()
    with pytest.raises(FileNotFoundError):
        next(quarantine.opened(file.name))


def test_what_no_row_knows_is_swept_when_it_is_old(either: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = make.picture((90, 60))
    kept, _none = originals.keep(make.picture_file((80, 60)), lambda _draft, _kept: None)
    listed = lists.keep([b"a@news.example"])
    renditions.make(names.Rendition(known.pk, 1, "wide", 90, "webp"))
    sealed = [quarantine.SealedFile(), quarantine.SealedFile()]
    for file in sealed:
        file.finish()
    Attachment.objects.create(original=sealed[0].name, size=0, token_lookup="a", dedupe_key="b", sha256="c")
    begun = stores.private().draft("pictures/00/0")
    begun.write_bytes(b"half")
    before = there()

    def sweep() -> int:
        return sweeping.sweep() + lists.sweep(set()) + video_work.sweep() + quarantine.forget_unsent()

    assert sweep() == 0 and there() == before
    now, at = timezone.now(), sweeping.time.time()
    late = SimpleNamespace(time=lambda: at + LATER)
    for module in (sweeping, lists, video_work, stores):
        monkeypatch.setattr(module, "time", late)
    Attachment.objects.update(received_at=now + timedelta(days=3))
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(seconds=LATER))
    assert sweep() == 4 and not begun.exists()
    gone = {f"private {originals.key_of(kept.name)}", f"private {lists.key_of(listed)}",
            f"private reports/{quarantine.key_of(sealed[1].name)}"}  # fmt: skip
    assert before - there() - {f"private {begun.name}", f"private pictures/00/{begun.name}"} == gone
    Picture.objects.all().delete()
    assert sweep() == 2
    assert there() == {f"private reports/{quarantine.key_of(sealed[0].name)}"}


def test_a_portrait_is_served_by_our_own_view(either: str, client: Client) -> None:
    author = Author.objects.create(name="Amira Holt", slug="amira-holt")
    author.portrait.save("0" * 32 + ".webp", ContentFile(b"portrait"))
    response = client.get(author.portrait_url)
    assert (body(response), response["Content-Type"]) == (b"portrait", "image/webp")
    assert author.portrait.url == f"/{author.portrait.name}", "no link leads to the store"
    author.portrait.storage.delete(author.portrait.name)
    assert client.get(author.portrait_url).status_code == 404


def test_an_export_that_one_host_took_in_is_brought_in_by_another(either: str, files: Path, chief: User) -> None:
    make.site()
    section = make.section("News")
    upload = SimpleUploadedFile("old.xml", export(Item(1, title="Ferry is back")).encode())
    run = working.begin(
        kind=MovingRun.Kind.WORDPRESS, name="old.xml", file=working.keep(upload), is_trial=False, actor=chief,
        options={"section": section.pk, "language": "en"},
    )  # fmt: skip
    assert [file.name for file in stores.imports().files()] == [run.file]
    assert working.turn("other host", threading.Event()) == 1
    run.refresh_from_db()
    assert (run.state, run.file) == (MovingRun.State.DONE, "")
    assert Article.objects.get().headline == "Ferry is back"
    assert [*stores.imports().files()] == [] and not [*stores.drafts().glob("*")]


def test_objects_carry_no_rights_of_their_own(store: objects.Objects, files: Path) -> None:
    picture = make.picture((90, 60))
    key = renditions.make(names.Rendition(picture.pk, 1, "whole", 90, "avif"))
    head = store.client.head_object(Bucket="news-public", Key=key)
    assert (head["ContentType"], head["CacheControl"]) == ("image/avif", "public, max-age=31536000, immutable")
    for bucket, name in (("news-public", key), ("news-private", originals.key_of(picture.original))):
        grants = store.client.get_object_acl(Bucket=bucket, Key=name)["Grants"]
        assert [each["Permission"] for each in grants] == ["FULL_CONTROL"], "its owner's alone"
    assert not store.is_open() and not stores.reports().is_open()
    large = b"film" * 3_000_000  # more than goes up at once
    with stores.writing(stores.private(), "videos/00/large") as draft:
        draft.write_bytes(large)
    assert stores.private().size("videos/00/large") == len(large)
    looks: list[None] = []
    with stores.private().nearby("videos/00/large", meanwhile=lambda: looks.append(None)) as copy:
        assert copy.read_bytes() == large
        assert len(looks) >= 12, "at each piece"
    assert list((files / "private" / "drafts").iterdir()) == []
    assert not (files / "media").exists() and not (files / "private" / "pictures").exists()


@pytest.fixture
def away(store: objects.Objects, settings: Any) -> Callable[[], None]:
    """Takes the store away: from the call on, nobody listens at its address."""

    def take() -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        settings.STORAGES = {**settings.STORAGES, **double.stores(f"http://127.0.0.1:{port}")}

    return take


@pytest.mark.django_db(transaction=True)
def test_a_store_that_is_away_loses_nothing_and_is_said(
    away: Callable[[], None], settings: Any, endpoint: str, files: Path, client: Client
) -> None:
    picture, boats = make.picture((90, 60)), video(ready=False)
    rendition = names.Rendition(picture.pk, 1, "wide", 90, "webp")
    renditions.make(rendition)
    chores.ensure_rows()
    Chore.objects.update(due_at=timezone.now() + timedelta(hours=1))
    away()
    with pytest.raises(PictureRefused, match="does not answer just now"):
        library.add(make.picture_file((80, 60)), filename="x", actor=None)
    with pytest.raises(VideoRefused, match="Nothing is lost"):
        videos.add(BytesIO(film()), filename="x", actor=None)
    answer = client.get(rendition.path)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    with pytest.raises(StoreAway):
        originals.opened(picture.original)
    with pytest.raises(OSError), quarantine.SealedFile() as file:
        file.finish()
    with pytest.raises(ValidationError, match="Nothing is lost"):
        FreshPictureField(max_side=480).clean(SimpleUploadedFile("amira.jpg", make.picture_file((80, 60)).read()))
    assert list((files / "private" / "drafts").iterdir()) == []
    assert work() == 0
    waiting = [RenditionJob.objects.get(), VideoJob.objects.get()]
    assert all(job.due_at > timezone.now() and (job.attempts, job.lease_by) == (0, "") for job in waiting)
    assert health.report()["parts"]["files"]["state"] == "late"
    assert "store of files cannot be used" in " ".join(each.what for each in doctor.complaints())
    library.change(picture, actor=None, blurred=[[0, 0, 1, 1]])
    due = set(Chore.objects.filter(due_at__lte=timezone.now()).values_list("name", flat=True))
    assert {"images.sweep", "citizen_reports.unsent_files"} <= due

    settings.STORAGES = {**settings.STORAGES, **double.stores(endpoint)}
    assert f"default {renditions.key_of(rendition.name)}" in there()
    assert sweeping.sweep() == 1, "what was to go while the store was away goes now"
    assert f"default {renditions.key_of(rendition.name)}" not in there()
    RenditionJob.objects.update(due_at=timezone.now())
    VideoJob.objects.update(due_at=timezone.now())
    assert work() == 2
    boats.refresh_from_db()
    assert boats.is_ready and body(client.get(rendition.path)) == b""
    assert health.report()["parts"]["files"] == {"state": "up", "store": "objects", "wrong": ""}


def test_a_store_that_refuses_is_said(store: objects.Objects, client: Client) -> None:
    def refused(request: Any, **_more: Any) -> AWSResponse:
        told = b"<Error><Code>AccessDenied</Code></Error>"
        return AWSResponse(request.url, 403, {}, SimpleNamespace(stream=lambda *_args, **_kw: iter([told])))

    clients = [store.client, store._asking(2, attempts=1).meta.client]  # all stores have them in common
    for asked in clients:
        asked.meta.events.register("before-send.s3", refused)
    try:
        told = health.report()["parts"]["files"]["wrong"]
        status = client.get("/pictures/" + "0" * 32 + ".webp").status_code
    finally:
        for asked in clients:
            asked.meta.events.unregister("before-send.s3", refused)
    assert told == "default: AccessDenied; private: AccessDenied; reports: AccessDenied; imports: AccessDenied"
    assert status == 503, "not 404: nobody knows"
    assert stores.standing() == ""


def test_the_doctor_sees_what_strangers_could(store: objects.Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    def said() -> list[str]:
        return [each.what for each in doctor._files(health.report())]

    assert said() == ["Backups hold the database alone: files lie in the store of objects."]
    monkeypatch.setattr(store.client, "put_object", partial(store.client.put_object, ACL="public-read"))
    assert said()[1:] == [f"Everybody can read files that are private ({name})." for name in stores.NAMES[1:]]
    assert there() == set(), "nothing is left of the trial"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"key": "", "private": ""}, "S3_ENDPOINT is set, and S3_KEY, S3_BUCKET_PRIVATE not"),
        ({"private": "news-public"}, "must be two buckets"),
        ({"endpoint": "store.example"}, "it begins with https://"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        double.stores(given.pop("endpoint", "https://store.example"), **given)


def test_witnesses_files_may_stay_at_home(store: objects.Objects, settings: Any, files: Path, endpoint: str) -> None:
    settings.STORAGES = {**settings.STORAGES, **double.stores(endpoint, reports=False)}
    with quarantine.SealedFile() as file:
        file.finish()
    assert (files / "private" / "reports" / quarantine.key_of(file.name)).is_file() and there() == set()


def test_without_the_library_the_start_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install 'django-storages\[s3\]"):
        double.stores("https://store.example")
    assert double.stores("")["reports"]["OPTIONS"] == {"folder": "private/reports"}, (
        "without an address nothing is needed"
    )
