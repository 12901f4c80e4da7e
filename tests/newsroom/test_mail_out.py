import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from accounts.models import User
from newsroom import mail_out


@pytest.fixture
def folder(settings: object, tmp_path: Path) -> Path:
    settings.MAIL_OUT_DIR = tmp_path / "mail-out"
    settings.MAIL_TO_FILES = True
    return settings.MAIL_OUT_DIR


def write(subject: str, text: str = "Hello", html: str = "") -> None:
    letter = EmailMultiAlternatives(subject, text, "desk@paper.example", ["Ana Mora <ana@readers.example>"])
    if html:
        letter.attach_alternative(html, "text/html")
    mail_out.EmlBackend().send_messages([letter])


def test_letters_are_listed_newest_first(folder: Path, chief: User, signed_in: Callable[[User], Client]) -> None:
    write("First")
    write("Zweite Nachricht: Brücke")
    html = signed_in(chief).get(reverse("admin:mail_out")).content.decode()
    assert html.index("Zweite Nachricht: Brücke") < html.index("First")
    assert "ana@readers.example" in html


def test_a_letter_is_read_as_plain_text(folder: Path, chief: User, signed_in: Callable[[User], Client]) -> None:
    write("News", "Good morning, https://paper.example/", "<p>Good <script>alert(1)</script></p>")
    name = mail_out.letters()[0].name
    html = signed_in(chief).get(reverse("admin:mail_out_letter", args=[name])).content.decode()
    assert "Good morning" in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert(1)" not in html


def test_empty_box_says_so(folder: Path, chief: User, signed_in: Callable[[User], Client]) -> None:
    assert "No letter has been written yet" in signed_in(chief).get(reverse("admin:mail_out")).content.decode()


@pytest.mark.parametrize(
    "name",
    ["../secrets/django", "..%2Fsecrets%2Fdjango", "20261122T101112000000-0123abcd.eml", ".20261122.eml", "x.eml"],
)
def test_only_letters_are_read(name: str, folder: Path, chief: User, signed_in: Callable[[User], Client]) -> None:
    assert signed_in(chief).get(f"/admin/mail-out/{name}/").status_code == 404


def test_nobody_but_a_chief_reads_mail(folder: Path, editor: User, signed_in: Callable[[User], Client]) -> None:
    write("A link for a password")
    name = mail_out.letters()[0].name
    client = signed_in(editor)
    assert client.get(reverse("admin:mail_out")).status_code == 403
    assert client.get(reverse("admin:mail_out_letter", args=[name])).status_code == 403


def test_with_a_mail_server_there_is_no_such_page(
    settings: object, folder: Path, chief: User, signed_in: Callable[[User], Client]
) -> None:
    settings.MAIL_TO_FILES = False
    client = signed_in(chief)
    assert client.get(reverse("admin:mail_out")).status_code == 404
    assert reverse("admin:mail_out") not in client.get(reverse("admin:index")).content.decode()


def test_a_letter_that_is_not_whole_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("Whole")
    [whole] = folder.iterdir()

    def until_the_disk_is_full(draft: Path, data: bytes) -> None:
        draft.touch()
        assert mail_out.letters() == [whole]
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", until_the_disk_is_full)
    with pytest.raises(OSError, match="No space"):
        write("Too long")
    assert list(folder.iterdir()) == [whole]
