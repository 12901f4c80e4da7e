from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from accounts import sessions
from accounts.actions import save_staff
from accounts.models import AuditRow, StaffSession, User
from tests import make
from tests.accounts.flows import sign_in

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"
PAST = datetime(2026, 1, 1, tzinfo=UTC)
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Mobile Safari/537.36"
)


def device(user: User, agent: str) -> Client:
    client = Client(headers={"User-Agent": agent})
    sign_in(client, user.email)
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox · Windows"),
        (PHONE, "Chrome · Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Chrome/129.0 Safari/537.36 Edg/129.0", "Edge · Mac"),
        ("curl/8.1", ""),
    ],
)
def test_a_device_is_told_in_words_without_versions(agent: str, words: str) -> None:
    assert sessions.device_words(agent) == words


def test_own_sessions_are_listed_and_one_is_ended(editor: User) -> None:
    here, phone = device(editor, FIREFOX), device(editor, PHONE)
    html = here.get(reverse("accounts:sessions")).content.decode()
    assert "Firefox · Windows" in html and "Chrome · Android" in html and html.count("this one") == 1
    assert "127.0.0.1" not in html
    row = StaffSession.objects.get(device="Chrome · Android")
    here.post(reverse("accounts:end_session", args=[row.pk]))
    assert not is_in(phone) and is_in(here)
    assert StaffSession.objects.get().device == "Firefox · Windows"


def test_nobody_ends_the_sessions_of_others_by_number(editor: User, reporter: User) -> None:
    theirs, client = device(editor, FIREFOX), device(reporter, PHONE)
    number = StaffSession.objects.get(user=editor).pk
    assert client.post(reverse("accounts:end_session", args=[number])).status_code == 404
    assert is_in(theirs)


def test_sign_out_everywhere_means_here_too_and_nobody_else(editor: User, reporter: User) -> None:
    here, phone, colleague = device(editor, FIREFOX), device(editor, PHONE), device(reporter, PHONE)
    here.post(reverse("accounts:end_sessions"))
    assert not is_in(here) and not is_in(phone) and is_in(colleague)
    assert AuditRow.objects.get(verb="signed out everywhere").detail == {"sessions": 2}


def test_a_chief_signs_somebody_out(chief: User, editor: User, signed_in: Callable[[User], Client]) -> None:
    theirs = device(editor, PHONE)
    signed_in(chief).post(reverse("admin:accounts_user_verb", args=[editor.pk, "sign-out"]))
    assert not is_in(theirs)
    row = AuditRow.objects.get(verb="signed out everywhere")
    assert (row.actor, row.label) == (chief, "Edith Oram")


def test_switching_an_account_off_ends_its_sessions_and_on_again_brings_none_back(chief: User, editor: User) -> None:
    theirs = device(editor, PHONE)
    editor.is_active = False
    save_staff(editor, actor=chief)
    editor.is_active = True
    save_staff(editor, actor=chief)
    assert not is_in(theirs)
    assert StaffSession.objects.count() == 0


def test_a_new_password_keeps_this_session_in_the_list_and_ends_the_others(editor: User) -> None:
    here, phone = device(editor, FIREFOX), device(editor, PHONE)
    new = "nine wooden ferries"
    here.post(
        reverse("accounts:password_change"),
        {"old_password": make.PASSWORD, "new_password1": new, "new_password2": new},
    )
    assert is_in(here) and not is_in(phone)
    row = StaffSession.objects.get()
    assert row.session_key == here.session.session_key
    sessions.end(editor)
    assert not is_in(here)


def test_signing_out_takes_the_row_along(editor: User) -> None:
    client = device(editor, FIREFOX)
    client.post(reverse("accounts:sign_out"))
    assert StaffSession.objects.count() == 0


@pytest.mark.parametrize(
    ("mark", "ago", "stays"),
    [
        (sessions.SEEN, timedelta(hours=71), True),
        (sessions.SEEN, timedelta(hours=73), False),
        (sessions.BEGAN, timedelta(days=13), True),
        (sessions.BEGAN, timedelta(days=15), False),
    ],
)
def test_idle_and_old_sessions_end(mark: str, ago: timedelta, stays: bool, editor: User) -> None:
    client = device(editor, FIREFOX)
    session = client.session
    session[mark] -= ago.total_seconds()
    session.save()
    assert is_in(client) is stays
    assert (SESSION_KEY in client.session) is stays
    assert StaffSession.objects.exists() is stays


def test_use_is_noted_once_a_minute(editor: User) -> None:
    client = device(editor, FIREFOX)
    StaffSession.objects.update(seen_at=PAST)
    assert is_in(client)
    assert StaffSession.objects.get().seen_at == PAST
    session = client.session
    session[sessions.SEEN] -= 61
    session.save()
    assert is_in(client)
    assert StaffSession.objects.get().seen_at > PAST


def test_rows_of_sessions_that_ended_without_a_word_are_forgotten(editor: User) -> None:
    client = device(editor, FIREFOX)
    client.session.delete()
    assert sessions.of(editor) == []
    device(editor, PHONE)
    StaffSession.objects.update(began_at=PAST)
    assert sessions.forget_ended() == 1
