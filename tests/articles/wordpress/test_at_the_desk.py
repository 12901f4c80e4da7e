"""The desk's way: upload, trial, in earnest, report; and what a worker leaves that dies in the middle."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditRow, User
from articles.models.desk import Article
from articles.models.moves import MovingRun
from articles.models.published import PublishedArticle
from articles.moving import media, systems, working
from safeguards import stores
from tests import make
from tests.articles.ghost import exports as ghost
from tests.articles.wordpress.exports import Item, export

pytestmark = pytest.mark.django_db
ADD = reverse("admin:articles_movingrun_add")


@pytest.fixture(autouse=True)
def paper(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    make.site()
    make.section("News")


def sent(client: Client, text: str, **said: object):
    fields = {"export": SimpleUploadedFile("old.xml", text.encode()), "language": "en", "rights": "own", **said}
    return client.post(ADD, {"section": make.section("News").pk, **fields})


def work() -> int:
    return working.turn("worker", threading.Event())


def kept_files() -> list[str]:
    return sorted(file.name for file in stores.imports().files())


def page(client: Client, run: MovingRun) -> str:
    return client.get(reverse("admin:articles_movingrun_change", args=[run.pk])).content.decode()


def test_a_chief_uploads_tries_and_brings_in(signed_in: Callable[[User], Client], chief: User) -> None:
    client = signed_in(chief)
    answer = sent(client, export(Item(1), Item(2, kind="wp_block"), Item(3, status="private", title="Kept back")))
    trial = MovingRun.objects.get()
    assert answer.headers["Location"] == reverse("admin:articles_movingrun_change", args=[trial.pk])
    assert "<progress" in page(client, trial)
    assert work() == 1
    assert not PublishedArticle.objects.exists()
    said = page(client, trial)
    assert "Stories published" in said
    assert "wp_block" in said
    for _twice in range(2):
        client.post(reverse("admin:articles_movingrun_begin", args=[trial.pk]))
    assert MovingRun.objects.count() == 2  # a double click is one move
    assert (work(), work()) == (1, 0)
    run = MovingRun.objects.exclude(pk=trial.pk).get()
    assert (run.state, PublishedArticle.objects.count()) == (MovingRun.State.DONE, 1)
    assert kept_files() == []
    report = b"".join(client.get(reverse("admin:articles_movingrun_report", args=[run.pk])).streaming_content)
    assert [note["code"] for note in json.loads(report)["notes"]] == ["too_deep", "private", "other_kind"]
    assert "Kept back" in page(client, run)
    listed = client.get(reverse("admin:articles_movingrun_changelist")).content.decode()
    assert listed.count("Trial run</td>") == listed.count("In earnest</td>") == 1
    assert AuditRow.objects.filter(verb="move begun").count() == 2


def test_an_export_of_ghost_is_told_by_its_content_and_needs_its_address_for_pictures(
    signed_in: Callable[[User], Client], chief: User
) -> None:
    client = signed_in(chief)
    text = ghost.export(ghost.post(1), ghost.post(2, visibility="paid", title="For those who pay"))
    asked = sent(client, text, fetch="on", credit="Amira Holt").content.decode()
    assert "do not say where the pictures are" in asked and 'value="Amira Holt"' in asked
    assert not MovingRun.objects.exists()
    sent(client, text, site="https://old.example")
    assert work() == 1
    trial = MovingRun.objects.get()
    said = page(client, trial)
    assert (trial.kind, trial.state) == ("ghost", MovingRun.State.DONE)
    assert "For those who pay" in said and "The members are not taken" in said
    client.post(reverse("admin:articles_movingrun_begin", args=[trial.pk]))
    assert work() == 1
    assert [story.headline for story in PublishedArticle.objects.all()] == ["The ferry is back"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (export(Item(1)), "wordpress"),
        (export(Item(1)).partition("?>")[2].lstrip(), "wordpress"),
        (ghost.export(ghost.post(1)), "ghost"),
        (ghost.export(is_bare=True), "ghost"),
        ("\ufeff" + ghost.export(), "ghost"),
        ('{"version": "2.1", "items": []}', None),
        ("<html><rss", None),
        ("", None),
    ],
)
def test_whose_export_it_is_its_first_bytes_say(text: str, kind: str | None) -> None:
    assert systems.kind_of(text.encode()) == kind
    assert systems.kind_of(gzip.compress(text.encode())[: systems.LOOKED_AT]) == kind


def test_what_is_no_export_is_refused_and_nothing_is_kept(signed_in: Callable[[User], Client], chief: User) -> None:
    before = kept_files()
    answer = sent(signed_in(chief), "<html>no</html>", credit="Amira Holt")
    assert "This is no export of WordPress and none of Ghost" in answer.content.decode()
    assert 'value="Amira Holt"' in answer.content.decode()
    for archive in (b"no archive", gzip.compress(b"uploads/" * 99)[:40]):
        answer = sent(signed_in(chief), export(Item(1)), pictures=SimpleUploadedFile("uploads.tar.gz", archive))
        assert "This is no zip or tar file" in answer.content.decode()
    assert not MovingRun.objects.exists()
    assert kept_files() == before


def test_what_a_dead_worker_left_is_gone_on_with_and_a_poisoned_one_given_up(
    signed_in: Callable[[User], Client], chief: User
) -> None:
    sent(signed_in(chief), export(*(Item(number, slug=f"s-{number}") for number in range(1, 4))))
    MovingRun.objects.update(is_trial=False)
    stop = threading.Event()
    stop.set()
    working.turn("first", stop)
    run = MovingRun.objects.get()
    assert (run.state, run.lease_by) == (MovingRun.State.WAITING, "")
    dead = timezone.now() - timedelta(minutes=1)
    MovingRun.objects.update(state=MovingRun.State.RUNNING, lease_by="dead", lease_until=dead)
    assert work() == 1
    assert PublishedArticle.objects.count() == 3
    sent(signed_in(chief), export(Item(9)))
    MovingRun.objects.filter(state=MovingRun.State.WAITING).update(attempts=working.MOST_TRIES)
    work()
    assert MovingRun.objects.filter(state=MovingRun.State.FAILED).count() == 1


def test_a_file_that_breaks_off_is_said_first(signed_in: Callable[[User], Client], chief: User) -> None:
    client, text = signed_in(chief), export(Item(1), Item(2))
    for whole, says in ((text, False), (text[: text.rindex("<wp:post_id>")], True)):
        sent(client, whole)
        work()
        assert ("The file breaks off" in page(client, MovingRun.objects.latest("pk"))) == says


def test_stopped_means_that_nothing_more_comes(signed_in: Callable[[User], Client], chief: User) -> None:
    client = signed_in(chief)
    sent(client, export(Item(1)))
    run = MovingRun.objects.get()
    client.post(reverse("admin:articles_movingrun_stop", args=[run.pk]))
    assert work() == 0
    assert MovingRun.objects.get().state == MovingRun.State.STOPPED
    assert "Nothing was found" not in page(client, run)


@pytest.mark.parametrize(("state", "says"), [("stopped", "Stopped"), ("failed", "Given up")])
def test_what_was_broken_off_goes_on_from_its_page(
    signed_in: Callable[[User], Client], chief: User, state: str, says: str
) -> None:
    client = signed_in(chief)
    sent(client, export(Item(1)))
    MovingRun.objects.update(is_trial=False, state=state)
    run = MovingRun.objects.get()
    said = page(client, run)
    assert says in said and "Go on</button>" in said
    client.post(reverse("admin:articles_movingrun_begin", args=[run.pk]))
    assert work() == 1
    assert PublishedArticle.objects.count() == 1
    assert "Go on</button>" not in page(client, run)  # nor can it, without its file
    client.post(reverse("admin:articles_movingrun_begin", args=[run.pk]))
    assert MovingRun.objects.count() == 2


def test_old_uploads_are_forgotten_but_not_those_that_wait(signed_in: Callable[[User], Client], chief: User) -> None:
    import os

    client = signed_in(chief)
    sent(client, export(Item(1)))
    long_ago = (timezone.now() - timedelta(days=30)).timestamp()
    os.utime(storages["imports"].path(MovingRun.objects.get().file), (long_ago, long_ago))
    assert working.forget_old() == 0
    work()
    assert working.forget_old() == 1
    assert MovingRun.objects.get().file == ""


def test_a_store_that_is_away_costs_no_picture_but_a_minute(
    signed_in: Callable[[User], Client], chief: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed, picture = io.BytesIO(), make.picture_file((90, 60)).getvalue()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("images/2016/05/quay.jpg", picture)
    pictures = SimpleUploadedFile("images.zip", packed.getvalue())
    text = ghost.export(ghost.post(1, feature_image="__GHOST_URL__/content/images/2016/05/quay.jpg"))
    sent(signed_in(chief), text, pictures=pictures)
    MovingRun.objects.update(is_trial=False)

    def away(*args: object) -> None:
        raise stores.StoreAway("ReadTimeoutError")

    with monkeypatch.context() as patched:
        patched.setattr(stores.PrivateFolder, "take", away)
        assert work() == 1
        run = MovingRun.objects.get()
        assert (run.state, run.attempts, run.lease_by) == (MovingRun.State.WAITING, 0, "")
        assert run.due_at > timezone.now() and not run.notes.exclude(code="members_list").exists()
        export_file = tmp_path / "again.json"
        export_file.write_text(text)
        folder = tmp_path / "content"
        (folder / "images/2016/05").mkdir(parents=True)
        (folder / "images/2016/05/quay.jpg").write_bytes(picture)
        with pytest.raises(CommandError, match="does not answer"):
            call_command("import_ghost", str(export_file), media=str(folder))
        assert not PublishedArticle.objects.exists()
    MovingRun.objects.filter(pk=run.pk).update(due_at=timezone.now())
    assert work() == 1
    assert PublishedArticle.objects.count() == 1 and Article.objects.get().lead_picture_id is not None


def test_a_run_is_held_while_its_files_are_copied_listed_and_first_read(
    signed_in: Callable[[User], Client], chief: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from articles.ghost.export import GhostExport

    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        packed.addfile(tarfile.TarInfo("content/images/2016/05/quay.jpg"))
    sent(
        signed_in(chief), json.dumps({"db": [{"data": {"posts": [{"id": "1"}]}}]}), site="https://old.example",
        pictures=SimpleUploadedFile("content.tar.gz", archive.getvalue()),
    )  # fmt: skip
    monkeypatch.setattr(working, "_EVERY", timedelta(seconds=-1))  # every look renews
    nearby, learn, source_of = stores.PrivateFolder.nearby, GhostExport.learn, media.source_of

    def run_out() -> None:
        MovingRun.objects.update(lease_until=timezone.now() - timedelta(minutes=1))

    def is_held() -> bool:
        return MovingRun.objects.filter(lease_by="worker", lease_until__gt=timezone.now()).exists()

    held = []

    @contextmanager
    def copied(self: stores.PrivateFolder, name: str, *, meanwhile: Callable[[], object]) -> Iterator[Path]:
        run_out()
        meanwhile()
        held.append(is_held())
        with nearby(self, name) as path:
            yield path

    def listed(place: str, **said: Any) -> media.Source:
        run_out()
        source = source_of(place, **said)
        held.append(is_held())
        return source

    def learned(self: GhostExport) -> None:
        run_out()
        learn(self)
        held.append(is_held())

    monkeypatch.setattr(stores.PrivateFolder, "nearby", copied)
    monkeypatch.setattr(media, "source_of", listed)
    monkeypatch.setattr(GhostExport, "learn", learned)
    assert work() == 1
    assert held == [True] * 4  # two files
    assert MovingRun.objects.get().state == MovingRun.State.DONE


def test_the_store_is_not_asked_while_a_transaction_waits(chief: User, monkeypatch: pytest.MonkeyPatch) -> None:
    before, within = list(connection.savepoint_ids), []

    def size(self: stores.PrivateFolder, name: str) -> int:
        within.append(list(connection.savepoint_ids))
        return 7

    monkeypatch.setattr(stores.PrivateFolder, "size", size)
    run = working.begin(kind="ghost", name="old.json", file="f" * 32, options={}, is_trial=True, actor=chief)
    assert (run.bytes_total, within) == (14, [before])
