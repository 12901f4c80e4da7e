"""A newsroom goes out as plain files and comes back as the same newsroom, in the other kind of database too."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import record
from articles import fronts
from articles.models.desk import Article
from articles.models.places import Tag
from articles.models.pressed import PressedFront
from articles.models.published import PublishedArticle
from articles.models.reader_notes import ReaderNote
from articles.models.search import SearchText, SearchWord
from articles.models.workflow import ScheduledChange
from images import originals
from images.models import Video, VideoJob
from newsroom.backups import standing
from newsroom.handover import media, snapshot
from newsroom.handover.arriving import THERE_ANYWAY
from newsroom.handover.table import TABLE, Left
from safeguards import stores
from subscriptions import digests
from subscriptions.models.channels import ChannelAccount
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber, Subscription, Suppression
from tests import make
from tests.citizen_reports.reports import named
from tests.newsroom.handing_over import files, fill, left_behind, manifest, sign_anew
from tests.subscriptions.readers import reader

DATA = Path(__file__).parent.parent / "data"
OLD = DATA / "handover-1"  # an export that was made on SQLite, of format 1
FROM_POSTGRESQL = DATA / "handover-1-postgresql"  # `fill`, with readers, and tags that databases may put in order
Broken = Callable[[Path], object]


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Path:
    settings.PEPPER = "the same in both newsrooms"
    move_to(settings, tmp_path / "here")
    return tmp_path


def move_to(settings: Any, folder: Path) -> None:
    """Another data folder, without a file in it."""
    settings.DATA_DIR, settings.MEDIA_ROOT = folder, folder / "media"
    settings.MEDIA_ROOT.mkdir(parents=True)


def go_out(folder: Path, *options: str) -> str:
    """What the command says."""
    said = StringIO()
    call_command("export_newsroom", folder, *options, stdout=said)
    return said.getvalue()


def come_in(folder: Path, *options: str) -> str:
    """What the command says."""
    said = StringIO()
    call_command("import_newsroom", folder, *options, stdout=said)
    return said.getvalue()


def rows_of(model: type[models.Model], *without: str) -> list[dict[str, Any]]:
    """All rows of the table, by their keys, or by what they say where these are left out."""
    names = [field.attname for field in model._meta.concrete_fields if field.name not in without]
    rows = list(model._base_manager.order_by("pk").values(*names))
    return sorted(rows, key=str) if without else rows


def made_anew() -> list[Any]:
    return [rows_of(SearchText), rows_of(SearchWord, "id"), rows_of(PressedFront, "id", "pressed_at")]


@pytest.mark.django_db
def test_everything_goes_out_and_comes_back_the_same(place: Path, settings: Any, client: Client) -> None:
    with left_behind():
        story = fill()
        last = Tag.objects.create(name="Soon gone", slug="soon-gone").pk
        Tag.objects.filter(pk=last).delete()
        said = go_out(place / "out", "--with-readers")
        printed, anew, page = rows_of(PublishedArticle), made_anew(), client.get(story.path).content
        with_film = Video.objects.count()
    assert "Missing in the newsroom, so not in the export: videos/0" in said  # one of the two films is a row alone
    assert b"<picture>" in page and not PublishedArticle.objects.exists()
    move_to(settings, place / "there")
    letters = len(mail.outbox)
    content = manifest(place / "out")["content"]
    assert f"the same as the export's: {content}" in come_in(place / "out")

    go_out(place / "again", "--with-readers")
    assert manifest(place / "again")["content"] == content
    assert files(place / "again") == files(place / "out")
    assert rows_of(PublishedArticle) == printed
    assert made_anew() == anew
    assert client.get(story.path).content == page
    assert Tag.objects.create(name="New", slug="new").pk > last  # no number is given twice

    assert VideoJob.objects.count() == with_film == 2
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert not any(account.is_set_up for account in ChannelAccount.objects.exclude(kind="whatsapp"))
    assert (set(standing.waiting().values()), len(mail.outbox)) == ({0}, letters)
    there = {
        label for label, entry in TABLE.items() if isinstance(entry, Left) and apps.get_model(label).objects.exists()
    }
    assert there - THERE_ANYWAY <= {
        "articles.SearchText",
        "articles.SearchWord",
        "articles.PressedFront",
        "images.VideoJob",
    }


@pytest.mark.django_db
def test_no_export_holds_a_secret_and_readers_come_only_if_asked_for(place: Path, settings: Any) -> None:
    with left_behind():
        user = make.user()
        named(title="A witness’s title", body="A witness’s words")
        ReaderNote.objects.create(
            article_number=0, headline="B", text="Two lanes.", contact="note@reader.example", language="en"
        )
        ChannelAccount.objects.create(kind="telegram", name="T", credentials=json.dumps({"token": "planted-token"}))
        record(actor=user, verb="report linked", thing=user, report="planted-reference")
        link_key = reader("ana@reader.example").link_key
        Suppression.objects.create(address_hash="5" * 64, reason=Suppression.Reason.COMPLAINT)
        go_out(place / "plain")
        assert "readers' e-mail addresses" in go_out(place / "readers", "--with-readers")
        never = [
            user.password,
            "A witness’s",
            "note@reader",
            "planted-token",
            "planted-reference",
            link_key,
            settings.PEPPER,
            settings.SECRET_KEY,
        ]
    plain, readers = (b"".join([*files(each).values(), (each / "manifest.json").read_bytes()])
                      for each in (place / "plain", place / "readers"))  # fmt: skip
    assert not [word for word in never if word.encode() in plain + readers]
    assert (b"reader.example" in plain, b"ana@reader.example" in readers) == (False, True)
    assert b"5" * 64 not in plain
    assert (place / "readers").stat().st_mode & 0o777 == 0o700

    settings.PEPPER = "another newsroom’s"
    with pytest.raises(CommandError, match="holds 1 addresses that must never be written to"):
        come_in(place / "readers")
    come_in(place / "readers", "--other-keys")
    arrived = Subscriber.objects.get()
    assert (arrived.email, arrived.state) == ("ana@reader.example", Subscriber.State.ACTIVE)
    assert arrived.link_key != link_key and len(arrived.address_hash) == 64


def edit(name: str, change: Callable[[bytes], bytes], *, sign: bool = False) -> Broken:
    def broken(folder: Path) -> None:
        path = next(iter(folder.glob(name)))
        path.write_bytes(change(path.read_bytes()))
        if sign:
            sign_anew(folder)

    return broken


def say(**said: Any) -> Broken:
    return lambda folder: (folder / "manifest.json").write_text(json.dumps({**manifest(folder), **said}))


TAGS, STORIES = "rows/articles.tag.jsonl", "rows/articles.article.jsonl"
BROKEN: dict[str, tuple[str, Broken]] = {
    "cut in a line": (r"articles\.tag\.jsonl, line 2: this is no JSON", edit(TAGS, lambda was: was[:-9])),
    "cut after a line": (
        r"articles\.tag\.jsonl, line 1: the file ends here, and 2 rows were written",
        edit(TAGS, lambda was: was.splitlines(True)[0]),
    ),
    "a row too many": (
        r"articles\.tag\.jsonl, line 3: there are more rows than the 2",
        edit(TAGS, lambda was: was + b'{"id":9000001,"name":"x","slug":"x"}\n'),
    ),
    "a row of another kind": (
        r"articles\.tag\.jsonl, line 1: its fields are not those of articles\.tag",
        edit(TAGS, lambda was: was.replace(b'"slug"', b'"slag"', 1)),
    ),
    "spaced": (r"line 1: it was changed", edit(TAGS, lambda was: was.replace(b'":', b'": ', 1))),
    "a word": (r"articles\.article\.jsonl was changed", edit(STORIES, lambda was: was.replace(b"noon", b"dawn"))),
    "gone": (r"articles\.tag\.jsonl is missing", lambda folder: (folder / TAGS).unlink()),
    "a picture": (r"media/pictures/\w+\.jpeg was changed", edit("media/pictures/*", lambda was: was[:-1])),
    "no picture": (
        r"media/pictures/\w+\.jpeg is missing", lambda folder: next((folder / "media/pictures").iterdir()).unlink()
    ),
    "the list": (r"media\.jsonl, line 1: this is no JSON", edit("media.jsonl", lambda was: was[:30])),
    "no manifest": ("manifest.json is missing", lambda folder: (folder / "manifest.json").unlink()),
    "half a manifest": (r"manifest\.json, line 1", edit("manifest.json", lambda was: was[:1])),
    "something else": ("not of an export of this program", say(what="a backup")),
    "newer": ("format 2 is not known here", say(format=2)),
    "newer tables": (r"newer version of this program \(articles\.9999_next\)", say(migrations=["articles.9999_next"])),
    "sums of another": ("do not make the content hash", say(content="0" * 64)),
    "a newer kind": (
        "articles.hologram is of a newer version",
        edit("manifest.json", lambda was: was.replace(b'"articles.tag"', b'"articles.hologram"', 1)),
    ),
    "a secret": (
        "sessions.session is not taken",
        edit("manifest.json", lambda was: was.replace(b'"articles.tag"', b'"sessions.session"', 1)),
    ),
    "forged, outside": (
        r"media\.jsonl, line 1: site/\.\./secrets/pepper",
        edit("media.jsonl", lambda was: b'{"file":"site/../secrets/pepper","bytes":1,"sha256":"0"}\n', sign=True),
    ),
    "forged, a null": (
        r"articles\.tag\.jsonl, line 1: “slug” is missing",
        edit(TAGS, lambda was: was.replace(b'"slug":"bridges"', b'"slug":null'), sign=True),
    ),
    "forged, no time": (
        r"articles\.article\.jsonl, line 1: “created_at”",
        edit(STORIES, lambda was: re.sub(rb'"created_at":"[^"]*"', b'"created_at":[]', was), sign=True),
    ),
    "no sum of files": ("is not whole", say(media={})),
    "forged, twice": (
        r"articles\.tag\.jsonl, line 1: this row, or one soon after it",
        edit(TAGS, lambda was: was + was.splitlines(True)[0], sign=True),
    ),
    "forged, nowhere": (
        "lead to rows that it does not hold",
        edit(STORIES, lambda was: was.replace(b'"lead_picture":', b'"lead_picture":9'), sign=True),
    ),
    "forged, a revision": (
        r"publishedarticle\.jsonl: story \d+ is printed from its revision 77, which is missing",
        edit("rows/articles.publishedarticle.*", lambda was: was.replace(b'"revision":1', b'"revision":77'), sign=True),
    ),
}  # fmt: skip


@pytest.mark.django_db
def test_what_is_not_whole_is_refused_with_its_place_and_nothing_is_kept(
    place: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with left_behind():
        make.story(lead_picture=make.picture().pk, tags=["Bridges", "Ferries"])
        go_out(place / "out")
        with pytest.raises(CommandError, match="is there already"):
            go_out(place / "out")
    move_to(settings, place / "there")
    for name, (words, broken) in BROKEN.items():
        folder = place / name
        shutil.copytree(place / "out", folder)
        broken(folder)
        with pytest.raises(CommandError, match=words):
            come_in(folder)
        assert not Article.objects.exists(), name
        assert not [path for path in (place / "there/private").rglob("*") if path.is_file()], name
    with monkeypatch.context() as patch:  # a database that keeps something else than it was given
        patch.setattr(fronts, "press_all", lambda: Tag.objects.create(name="Not exported", slug="not-exported"))
        with pytest.raises(CommandError, match=r"articles\.tag\.jsonl is not the same in this database"):
            come_in(place / "out")
    assert not Tag.objects.exists()
    come_in(place / "out")
    with pytest.raises(CommandError, match="There is a newsroom in this database"):
        come_in(place / "out")


@pytest.mark.django_db
def test_a_full_disk_leaves_no_half_export(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make.picture()

    def full(*args: Any, **kwargs: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(media, "copy", full)
    with pytest.raises(CommandError, match="No space left"):
        go_out(place / "out")
    assert [each.name for each in place.iterdir()] == ["here"]


@pytest.mark.django_db
def test_what_fell_due_meanwhile_stands_still(place: Path) -> None:
    now = timezone.now()
    with left_behind():
        for at in (now - timedelta(hours=1), now + timedelta(days=1)):
            ScheduledChange.objects.create(article=make.draft(), verb="publish", at=at, revision=1)
        go_out(place / "out")
    assert "1 scheduled changes that are due: marked as failed" in come_in(place / "out")
    states = ScheduledChange.objects.order_by("at").values_list("state", flat=True)
    assert list(states) == [ScheduledChange.State.FAILED, ScheduledChange.State.WAITING]
    assert not PublishedArticle.objects.exists()


@pytest.mark.django_db
def test_a_failed_import_takes_back_only_what_it_has_written(
    place: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with left_behind():
        kept, brought = (originals.key_of(make.picture(colour=each).original) for each in ("teal", "navy"))
        with stores.private().opened(kept) as file:
            was = file.read()
        go_out(place / "out")
    move_to(settings, place / "there")
    with stores.writing(stores.private(), kept) as draft:
        draft.write_bytes(was)
    monkeypatch.setattr(fronts, "press_all", lambda: Tag.objects.create(name="Not exported", slug="not-exported"))
    with pytest.raises(CommandError, match="is not the same in this database"):
        come_in(place / "out")
    with stores.private().opened(kept) as file:
        assert file.read() == was
    assert not stores.private().exists(brought)


@pytest.mark.django_db
def test_the_letter_of_the_day_is_not_sent_by_both_newsrooms(place: Path) -> None:
    now = timezone.now()
    with left_behind():
        ana = reader("ana@mail.example")
        Subscription.objects.filter(subscriber=ana).update(cadence="daily", changed_at=now - timedelta(days=9))
        Subscriber.objects.filter(pk=ana.pk).update(digest_hour=now.hour, time_zone="UTC")
        digests.keep_editions()
        assert Edition.objects.filter(state=Edition.State.SENDING, due_at__lte=now).exists()
        go_out(place / "out", "--with-readers")
    assert not Edition.objects.exists()
    assert re.search(r"[1-9] letters of the day that are due: cancelled", come_in(place / "out"))
    digests.keep_editions()
    assert not Delivery.objects.filter(state=Delivery.State.READY, due_at__lte=now).exists()


@pytest.mark.django_db
def test_an_export_of_the_first_format_made_on_sqlite_comes_in_everywhere(client: Client) -> None:
    """The hash is of the files in the repository, and the import compares it with what is in the database then."""
    content = manifest(OLD)["content"]
    assert f"the same as the export's: {content}" in come_in(OLD)
    story = PublishedArticle.objects.get()
    page = client.get(story.path).content.decode()
    assert "The ferry left at noon" in page and "<picture>" in page
    assert f'href="{story.path}"' in client.get("/search/", {"q": "ferry"}).content.decode()


@pytest.mark.django_db
def test_an_export_made_on_postgresql_comes_in_everywhere(client: Client) -> None:
    content = manifest(FROM_POSTGRESQL)["content"]
    assert f"the same as the export's: {content}" in come_in(FROM_POSTGRESQL)
    assert set(Tag.objects.values_list("name", flat=True)) >= {"e\u0301a", "éa", "İstanbul", "\u200fعربي", "😀"}
    story = PublishedArticle.objects.filter(language="en").newest_first()[0]
    assert story.headline in client.get(story.path).content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_export_is_of_one_moment_and_keeps_nobody_from_writing() -> None:
    Tag.objects.create(name="Before", slug="before")

    def write() -> None:
        Tag.objects.create(name="Meanwhile", slug="meanwhile")
        connection.close()

    with snapshot.one_moment():
        seen = [Tag.objects.count()]
        desk = Thread(target=write)
        desk.start()
        desk.join(60)
        assert not desk.is_alive()
        seen.append(Tag.objects.count())
    assert (seen, Tag.objects.count()) == ([1, 1], 2)
