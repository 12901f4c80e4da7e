from collections.abc import Callable

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import brake
from accounts.models import User
from accounts.roles import Role
from tests import make

SIGN_IN = "accounts:sign_in"


def sign_in(client: Client, email: str, password: str = make.PASSWORD, **more: str):
    return client.post(reverse(SIGN_IN), {"username": email, "password": password, **more})


def test_signs_in_with_the_address_in_any_case_and_goes_to_the_desk(client: Client, editor: User) -> None:
    response = sign_in(client, editor.email.upper())
    assert response.headers["Location"] == reverse("admin:index")
    assert client.session[SESSION_KEY] == str(editor.pk)


def test_leads_back_to_where_one_wanted_to_go(client: Client, editor: User) -> None:
    wanted = reverse("admin:authors_author_changelist")
    response = client.get(wanted, follow=True)
    assert response.request["PATH_INFO"] == reverse(SIGN_IN)
    assert f'name="next" value="{wanted}"' in response.content.decode()
    assert sign_in(client, editor.email, next=wanted).headers["Location"] == wanted


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_leads_to_no_other_site(elsewhere: str, client: Client, editor: User) -> None:
    assert sign_in(client, editor.email, next=elsewhere).headers["Location"] == reverse("admin:index")


def test_wrong_password_keeps_the_address_typed(client: Client, editor: User) -> None:
    html = sign_in(client, editor.email, "wrong").content.decode()
    assert f'value="{editor.email}"' in html
    assert "do not go together" in html
    assert SESSION_KEY not in client.session


def test_the_answer_does_not_tell_which_addresses_exist(client: Client, editor: User) -> None:
    def errors(email: str) -> list[str]:
        return sign_in(client, email, "wrong").context["form"].non_field_errors()

    off = make.user(Role.REPORTER, is_active=False)
    assert errors(editor.email) == errors("nobody@paper.example") == errors(off.email)


def test_whoever_is_switched_off_is_out_at_once(signed_in: Callable[[User], Client], editor: User) -> None:
    client = signed_in(editor)
    assert client.get(reverse("admin:index")).status_code == 200
    User.objects.filter(pk=editor.pk).update(is_active=False)
    assert client.get(reverse("admin:index")).headers["Location"].startswith(reverse("admin:login"))
    assert "do not go together" in sign_in(Client(), editor.email).content.decode()


def test_admin_login_of_somebody_signed_in_leads_to_the_desk(signed_in: Callable[[User], Client], editor: User) -> None:
    response = signed_in(editor).get(reverse("admin:login"), follow=True)
    assert response.request["PATH_INFO"] == reverse("admin:index")


def test_signs_out_by_post_only(signed_in: Callable[[User], Client], editor: User) -> None:
    client = signed_in(editor)
    assert client.get(reverse("accounts:sign_out")).status_code == 405
    assert SESSION_KEY in client.session
    assert client.post(reverse("accounts:sign_out")).headers["Location"] == reverse(SIGN_IN)
    assert SESSION_KEY not in client.session
    client.force_login(editor)
    client.post(reverse("admin:logout"))
    assert SESSION_KEY not in client.session


def test_guessing_is_braked_for_one_account_from_one_address(client: Client, editor: User) -> None:
    cache.clear()
    for _guess in range(brake.FAILURES):
        sign_in(client, editor.email, "guess")
    assert "Too many attempts" in sign_in(client, editor.email).content.decode()
    assert SESSION_KEY not in client.session
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere, editor.email).status_code == 302
    another = make.user(Role.REPORTER)
    assert sign_in(client, another.email).status_code == 302


def test_success_releases_the_brake(client: Client, editor: User) -> None:
    cache.clear()
    for _guess in range(brake.FAILURES - 1):
        sign_in(client, editor.email, "guess")
    assert sign_in(client, editor.email).status_code == 302
    assert not brake.Brake(editor.email, "127.0.0.1").holds()


@pytest.mark.django_db
def test_the_sign_in_page_speaks_the_browsers_language(client: Client) -> None:
    html = client.get(reverse(SIGN_IN), headers={"Accept-Language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in html
    assert client.get(reverse(SIGN_IN)).headers["Cache-Control"] == "private, no-store"
