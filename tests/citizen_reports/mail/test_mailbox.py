"""The mailbox over a real IMAP server, TLS and all: fetched, moved aside, never twice, whatever happens on the way."""

import imaplib
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from imap_tools.errors import MailboxFolderCreateError

from citizen_reports.mail import imap, receiving
from citizen_reports.models import InboundEmail, Report
from jobs import chores
from jobs.models import Chore
from tests.citizen_reports.mail import mails
from tests.citizen_reports.mail.conftest import work
from tests.citizen_reports.mail.mailserver import PASSWORD, MailServer

State, Reason = InboundEmail.State, InboundEmail.Reason


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with MailServer() as running:
        settings.REPORTS_IMAP_URL = running.url
        monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
        yield running


@pytest.mark.imap
def test_new_mails_are_fetched_moved_aside_and_become_reports(server) -> None:
    for number in range(3):
        server.deliver(mails.mail(f"Text {number}", sender=f"w{number}@mail.example"))
    assert imap.fetch() == 3
    work()
    assert [report.body.open().strip() for report in Report.objects.order_by("pk").order_by("received_at")] == [
        f"Text {number}" for number in range(3)
    ]
    assert (server.waiting(), server.fetched()) == (0, 3)
    assert imap.fetch() == 0


@pytest.mark.imap
def test_a_mail_that_was_kept_but_not_moved_is_only_moved(server, monkeypatch) -> None:
    server.deliver(mails.mail())

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(imap.MailBox, "move", dies)
    with pytest.raises(KeyboardInterrupt):
        imap.fetch()
    assert (server.waiting(), InboundEmail.objects.count()) == (1, 1)
    monkeypatch.undo()
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    monkeypatch.setattr(receiving, "ingest", dies)
    assert imap.fetch() == 0
    assert (server.waiting(), server.fetched()) == (0, 1)


@pytest.mark.imap
def test_the_same_mail_under_other_numbers_is_no_second_row(server) -> None:
    raw = mails.mail()
    server.deliver(raw)
    assert imap.fetch() == 1
    InboundEmail.objects.update(uidvalidity=1)
    server.deliver(raw)
    imap.fetch()
    assert InboundEmail.objects.count() == 1
    assert server.waiting() == 0


@pytest.mark.imap
def test_where_folders_lie_below_the_inbox_mails_are_moved_there(server, monkeypatch) -> None:
    create = imap.MailBox.folder_manager_class.create

    def below_the_inbox(folders: Any, folder: str) -> Any:
        if not folder.startswith("INBOX."):
            raise MailboxFolderCreateError(("NO", [b"Client tried to access nonexistent namespace."]), "OK")
        return create(folders, folder)

    monkeypatch.setattr(imap.MailBox.folder_manager_class, "create", below_the_inbox)
    server.deliver(mails.mail())
    assert imap.fetch() == 1
    assert server.waiting() == 0
    assert imap.fetch() == 0


@pytest.mark.imap
def test_a_mail_that_is_too_large_is_noted_and_never_loaded(server, monkeypatch) -> None:
    monkeypatch.setattr(receiving, "LARGEST", 10_000)
    server.deliver(mails.mail("x" * 20_000))
    server.deliver(mails.mail())
    imap.fetch()
    work()
    large = InboundEmail.objects.get(state=State.OVERSIZE)
    assert (large.reason, large.raw) == (Reason.TOO_LARGE, "")
    assert large.size > 20_000
    assert Report.objects.count() == 1
    assert server.fetched() == 2


@pytest.mark.imap
def test_one_mail_that_the_server_does_not_give_out_holds_up_no_other(server, monkeypatch) -> None:
    for number in range(3):
        server.deliver(mails.mail(f"Text {number}"))
    fetch, asked = imap._bytes, []

    def moody(mailbox: Any, uid: str) -> bytes:
        asked.append(uid)
        if uid == "1":
            mailbox.client.sock.shutdown(2)
        return fetch(mailbox, uid)

    monkeypatch.setattr(imap, "_bytes", moody)
    assert imap.fetch() == 2
    assert asked.count("1") == imap.TRIES
    noted = InboundEmail.objects.get(uid=1)
    assert (noted.state, noted.reason) == (State.FAILED, Reason.UNFETCHABLE)
    assert (server.waiting(), server.fetched()) == (1, 2)
    assert imap.fetch() == 0


@pytest.mark.imap
def test_what_somebody_else_took_away_meanwhile_is_no_failure(server, monkeypatch) -> None:
    server.deliver(mails.mail())
    monkeypatch.setattr(
        imap.MailBox, "uids", lambda self, criteria, charset=None: ["77"] if criteria == "UNDELETED" else []
    )
    assert imap.fetch() == 0
    assert not InboundEmail.objects.exists()


@pytest.mark.imap
def test_a_full_disk_leaves_mails_where_they_are(server, monkeypatch) -> None:
    server.deliver(mails.mail())
    monkeypatch.setattr(receiving.quarantine, "has_space", lambda size=0: False)
    with pytest.raises(receiving.NoRoom):
        imap.fetch()
    assert (server.waiting(), server.fetched()) == (1, 0)


@pytest.mark.imap
@pytest.mark.parametrize("host", ["mail.example", "127.0.0.2"])
def test_a_certificate_for_another_name_is_refused(settings, monkeypatch, host) -> None:
    with MailServer(host=host) as running:
        settings.REPORTS_IMAP_URL = running.url
        monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
        running.deliver(mails.mail())
        with pytest.raises(ssl.SSLCertVerificationError):
            imap.fetch()
        assert running.waiting() == 1
        assert PASSWORD not in (running.folder / "log").read_text()


@pytest.mark.imap
def test_a_certificate_by_nobody_we_trust_is_refused(server, monkeypatch) -> None:
    server.deliver(mails.mail())
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ssl.SSLCertVerificationError):
        imap.fetch()
    assert server.waiting() == 1


@pytest.mark.imap
def test_a_wrong_password_is_a_failed_chore_that_does_not_tell_it(server, settings) -> None:
    settings.REPORTS_IMAP_URL = server.url.replace("pass%2Fword%3F", "notthis77")
    chores.ensure_rows()
    assert chores.run_one("citizen_reports.fetch_mail", "worker")
    row = Chore.objects.get(name="citizen_reports.fetch_mail")
    assert row.failures == 1
    assert "notthis77" not in row.error
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("fetch_reports")


def test_a_server_that_is_away_is_a_failure_and_nothing_else(settings) -> None:
    settings.REPORTS_IMAP_URL = "imaps://a:b@127.0.0.1:9/INBOX"
    with pytest.raises(ConnectionRefusedError):
        imap.fetch()


@pytest.mark.parametrize("url", ["imap://a:b@h/INBOX", "imaps://h/INBOX", "imaps://a@h", "h", "imaps://a:b@h:port/"])
def test_only_tls_with_a_name_and_a_password_is_taken(settings, url) -> None:
    settings.REPORTS_IMAP_URL = url
    with pytest.raises(ImproperlyConfigured):
        imap.fetch()


def test_without_a_mailbox_there_is_nothing_to_fetch(settings) -> None:
    settings.REPORTS_IMAP_URL = ""
    assert imap.fetch() == 0
    with pytest.raises(CommandError, match="no mailbox"):
        call_command("fetch_reports")


def test_what_counts_as_trouble_is_what_imaplib_raises() -> None:
    assert issubclass(imaplib.IMAP4.abort, imap.Trouble)
