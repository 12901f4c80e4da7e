"""An old backup is restored while letters, stories and answers are due: what went out since goes out no second time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import AuditRow
from articles.models.published import PublishedArticle
from articles.models.workflow import ScheduledChange
from jobs import chores, queues
from newsroom.backups import restoring, standing, writing
from newsroom.backups.container import BadBackup
from subscriptions import addressing, digests
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscription
from tests import make
from tests.elsewhere import database_at, new_database
from tests.newsroom.test_faults_queues import CASES
from tests.subscriptions.readers import alert, mailed, outcomes, reader

HELD = "The newsroom was restored from a backup."


def work() -> None:
    """All that a worker does, chores and queues, until nothing is due."""
    chores.ensure_rows()
    chores.run_due("tests")
    while sum(turn("tests", threading.Event()) for turn in queues.registered.values()):
        pass


def gone_out() -> Counter[tuple[str, str]]:
    """Letters to readers, and all other mails: to whom, with which subject."""
    letters = [(str(letter["To"]), str(letter["Subject"])) for letter in mailed()]
    return Counter([*letters, *((each.to[0], each.subject) for each in mail.outbox)])


def address(edition: Edition) -> None:
    """Its readers are known, and it is on its way; one has it, to another it is just going out."""
    while not edition.prepared_at:
        addressing.prepare("dead")
        edition.refresh_from_db()
    has, going, _ready = edition.deliveries.order_by("pk")
    for delivery, state in ((has, Delivery.State.SENT), (going, Delivery.State.SENDING)):
        Delivery.objects.filter(pk=delivery.pk).update(state=state)


def letter_of_the_day() -> Edition:
    """Due, and not begun."""
    Subscription.objects.filter(subscriber=reader("daily@x.example")).update(
        cadence="daily", changed_at=timezone.now() - timedelta(days=9)
    )
    digests.keep_editions()
    edition = Edition.objects.filter(newsletter__kind="daily").order_by("due_at")[0]
    ago = timezone.now() - timedelta(minutes=5)
    Edition.objects.filter(pk=edition.pk).update(due_at=ago)
    edition.deliveries.update(due_at=ago)
    return edition


@pytest.mark.django_db(transaction=True)
def test_an_old_backup_sends_nothing_again_and_the_desk_decides(settings: Any, tmp_path: Path, chief: User) -> None:
    settings.DATA_DIR, settings.MEDIA_ROOT, settings.MAIL_OUT_DIR = (tmp_path / name for name in ("here", "m", "out"))
    settings.BACKUP_DIR, settings.BACKUP_KEY, settings.MAIL_TO_FILES = tmp_path / "backups", "11" * 32, True
    settings.DATA_DIR.mkdir()
    settings.REPORTS_ADDRESS, settings.SEALING_KEYS, settings.PEPPER = "reports@paper.example", [], ""
    make.site()
    for number in range(3):
        reader(f"r{number}@x.example")
    under_way, due = alert("The wall broke"), alert("The bridge fell")
    address(under_way)
    daily = letter_of_the_day()
    for name in sorted(CASES):  # a change of address takes all answers away
        CASES[name].begin()
    mail.outbox.clear()
    backup = writing.write()

    # What happens after the backup, and what it knows nothing of.
    work()
    was = gone_out()
    assert {to for to, subject in was if "bridge fell" in subject} >= {f"r{number}@x.example" for number in range(3)}
    assert set(was.values()) == {1}
    assert PublishedArticle.objects.filter(headline="Falls due").exists()

    settings.DATA_DIR = tmp_path / "there"
    settings.DATA_DIR.mkdir()
    said: list[str] = []

    def agrees(manifest: dict[str, Any]) -> bool:
        said.extend(standing.in_words(manifest["waiting"]))
        return True

    with database_at(new_database("restore_in", tmp_path)):
        held = restoring.restore(backup, asks=agrees, tells=lambda line: None)
        assert any("letters to subscribers: what was going out is paused" in line for line in said), said
        assert any("scheduled changes that are due" in line for line in held), held
        for _twice in range(2):
            work()
        assert gone_out() == was, "it went out before"
        assert not PublishedArticle.objects.filter(headline="Falls due").exists()
        check_at_the_desk(chief, under_way, due, daily)
        work()
        now = gone_out() - was
        assert {to for to, _subject in now} == {under_way.deliveries.order_by("pk")[2].address}
        assert outcomes(under_way) == {"sent": 2, "uncertain": 1}
        assert AuditRow.objects.filter(verb="restored from a backup").count() == 1


def check_at_the_desk(chief: User, under_way: Edition, due: Edition, daily: Edition) -> None:
    """Each is named, with what can be done about it; one letter is told to go on."""
    desk = Client()
    desk.force_login(chief)
    front = desk.get("/admin/").content.decode()
    for words in ("The wall broke", "Paused", "Falls due", HELD):
        assert words in front, words
    page = f"/admin/subscriptions/edition/{under_way.pk}/"
    account = desk.get(f"{page}change/").content.decode()
    for button in ("Go on", "Cancel", "Send again", "Leave it"):
        assert button in account, button
    states = dict(Edition.objects.values_list("pk", "state"))
    assert (states[due.pk], states[daily.pk]) == ("cancelled", "cancelled")
    assert HELD in desk.get("/admin/articles/article/schedule/").content.decode()
    assert ScheduledChange.objects.get(article__headline="Falls due").state == "failed"
    assert desk.post(f"{page}do/resume/").status_code == 302


def test_a_restore_that_was_cut_off_starts_nothing(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there could go out a second time."""
    settings.DATA_DIR = tmp_path

    def full(path: Path) -> Iterator[Any]:
        yield "secrets/pepper", 5, iter([b"a key"])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restoring.database, "is_empty", lambda: True)
    monkeypatch.setattr(restoring, "verify", lambda path: {"migrations": []})
    monkeypatch.setattr(restoring.container, "members", full)
    with pytest.raises(OSError, match="No space left"):
        restoring.restore(tmp_path / "any", asks=lambda said: True, tells=lambda line: None)
    for command in ("work", "serve", "prepare"):
        with pytest.raises(CommandError, match="A restore was cut off here"):
            call_command(command)
    with pytest.raises(BadBackup, match="There are files in"):
        restoring.restore(tmp_path / "any", asks=lambda said: True, tells=lambda line: None)
