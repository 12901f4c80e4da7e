from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import invitations
from accounts.models import AuditRow, Invitation, User
from accounts.problems import StaffProblem
from accounts.roles import Role
from tests import make
from tests.accounts.flows import link_in, send_letters, sign_in

NEW = "nine wooden ferries"
BOTH = {"new_password1": NEW, "new_password2": NEW}
GONE = "This invitation has been used, was taken back or is too old."


@pytest.fixture
def nora(chief: User) -> User:
    user = make.user(Role.REPORTER, email="nora@paper.example", display_name="Nora Vale")
    user.set_unusable_password()
    user.save()
    invitations.invite(user, actor=chief)
    return user


def verb(client: Client, user: User, name: str):
    return client.post(reverse("admin:accounts_user_verb", args=[user.pk, name]), follow=True)


def test_the_letter_names_who_invites_and_the_link_lets_in_once(nora: User, client: Client, settings: object) -> None:
    (letter,) = send_letters()
    assert letter.to == ["nora@paper.example"]
    assert "Chika Dahl invites you to the desk; your role is Reporter" in letter.body
    link = link_in(letter, settings)
    page = client.get(link)
    assert "Hello Nora Vale" in page.content.decode()
    assert page.headers["Cache-Control"] == "private, no-store"
    assert client.post(link, BOTH).headers["Location"] == reverse("admin:index")
    assert client.session[SESSION_KEY] == str(nora.pk)
    nora.refresh_from_db()
    assert nora.check_password(NEW)
    assert AuditRow.objects.get(verb="invitation accepted").actor == nora
    for again in (Client().get(link), Client().post(link, BOTH)):
        assert GONE in again.content.decode()


def test_a_password_that_is_too_short_or_typed_wrong_uses_nothing_up(
    nora: User, client: Client, settings: object
) -> None:
    link = link_in(send_letters()[0], settings)
    assert "at least 12 characters" in client.post(link, {"new_password1": "x", "new_password2": "x"}).content.decode()
    assert "didn’t match" in client.post(link, {**BOTH, "new_password2": NEW + "s"}).content.decode()
    assert "not right" in client.post(link, {"credential": '{"made": "up"}'}).content.decode()
    assert Invitation.objects.get().is_valid
    assert client.post(link, BOTH).status_code == 302


def test_after_seven_days_it_is_too_old_until_it_is_sent_again(
    nora: User, chief: User, client: Client, settings: object, signed_in: Callable[[User], Client]
) -> None:
    old = link_in(send_letters()[0], settings)
    Invitation.objects.update(sent_at=timezone.now() - timedelta(days=7, seconds=1))
    assert GONE in client.get(old).content.decode()
    desk = signed_in(chief)
    assert "too old: send it again" in desk.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert "The invitation is on its way" in verb(desk, nora, "resend").content.decode()
    assert "pending until" in desk.get(reverse("admin:accounts_user_changelist")).content.decode()
    fresh = link_in(send_letters()[0], settings)
    assert GONE in client.get(old).content.decode()
    assert client.post(fresh, BOTH).status_code == 302


def test_sending_again_voids_the_earlier_link_at_once(
    nora: User, chief: User, client: Client, settings: object
) -> None:
    old = link_in(send_letters()[0], settings)
    invitations.invite(nora, actor=chief)
    assert GONE in client.post(old, BOTH).content.decode()
    assert SESSION_KEY not in client.session


def test_a_revoked_one_lets_nobody_in(
    nora: User, chief: User, client: Client, settings: object, signed_in: Callable[[User], Client]
) -> None:
    link = link_in(send_letters()[0], settings)
    desk = signed_in(chief)
    assert "The invitation is revoked" in verb(desk, nora, "revoke").content.decode()
    assert GONE in client.post(link, BOTH).content.decode()
    nora.refresh_from_db()
    assert not nora.is_active and not nora.has_usable_password()
    assert "no longer open" in verb(desk, nora, "revoke").content.decode()
    assert "switched off" in verb(desk, nora, "resend").content.decode()
    assert send_letters() == []


def test_whoever_accepted_cannot_be_invited_or_revoked(
    nora: User, chief: User, client: Client, settings: object
) -> None:
    client.post(link_in(send_letters()[0], settings), BOTH)
    for refused in (
        lambda: invitations.invite(nora, actor=chief),
        lambda: invitations.revoke(Invitation.objects.get(), actor=chief),
    ):
        with pytest.raises(StaffProblem):
            refused()
    assert sign_in(Client(), nora.email, NEW).status_code == 302


def test_of_two_who_open_the_link_one_gets_in(nora: User, settings: object) -> None:
    token = link_in(send_letters()[0], settings).split("/")[-2]
    first, second = invitations.find(token), invitations.find(token)
    invitations.accept(first, password=NEW)
    with pytest.raises(StaffProblem):
        invitations.accept(second, password="another password")
    nora.refresh_from_db()
    assert nora.check_password(NEW)


def test_made_up_links_get_the_same_answer_and_soon_none(client: Client, nora: User) -> None:
    html = client.get(reverse("accounts:invitation", args=["x" * 43])).content.decode()
    assert GONE in html
    assert Invitation.objects.get().digest == ""


def test_whoever_is_signed_in_as_somebody_else_is_told(
    nora: User, editor: User, settings: object, signed_in: Callable[[User], Client]
) -> None:
    link = link_in(send_letters()[0], settings)
    html = signed_in(editor).post(link, BOTH).content.decode()
    assert "This link is for Nora Vale, and you are signed in as Edith Oram" in html
    assert Invitation.objects.get().is_valid


def test_no_link_lies_in_the_database(nora: User, settings: object) -> None:
    token = link_in(send_letters()[0], settings).split("/")[-2]
    assert token not in str(list(Invitation.objects.values()))
    assert len(Invitation.objects.get().digest) == 64
