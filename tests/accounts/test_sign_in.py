from collections.abc import Callable
from ipaddress import ip_network

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from safeguards import limits
from tests import make
from tests.accounts.flows import choose_password, sign_in

SIGN_IN = "accounts:sign_in"


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


def test_guessing_one_account_is_braked_wherever_the_guesses_come_from(client: Client, editor: User) -> None:
    for number in range(10):
        sign_in(Client(REMOTE_ADDR=f"203.0.{number}.7"), editor.email.upper(), "guess")
    assert "Too many attempts" in sign_in(client, editor.email).content.decode()
    assert SESSION_KEY not in client.session
    another = make.user(Role.REPORTER)
    assert sign_in(client, another.email).status_code == 302


def test_guessing_from_one_neighbourhood_is_braked_whichever_the_account(editor: User) -> None:
    for number in range(30):
        sign_in(Client(REMOTE_ADDR=f"203.0.113.{number}"), f"somebody{number}@paper.example", "guess")
    assert "Too many attempts" in sign_in(Client(REMOTE_ADDR="203.0.113.99"), editor.email).content.decode()
    assert sign_in(Client(REMOTE_ADDR="198.51.100.1"), editor.email).status_code == 302


def test_behind_a_proxy_of_ours_the_client_counts_and_not_the_proxy(editor: User, settings: object) -> None:
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1/32")]
    for number in range(30):
        client = Client(headers={"X-Forwarded-For": "203.0.113.5"})
        sign_in(client, f"somebody{number}@paper.example", "guess")
    elsewhere = Client(headers={"X-Forwarded-For": "203.0.113.5, 198.51.100.7"})
    assert sign_in(elsewhere, editor.email).status_code == 302


def test_a_good_password_uses_up_no_attempt_and_a_new_one_ends_the_wait(
    client: Client, editor: User, settings: object
) -> None:
    for _time in range(12):
        assert sign_in(Client(), editor.email).status_code == 302
    for _guess in range(10):
        sign_in(client, editor.email, "guess")
    assert "Too many attempts" in sign_in(client, editor.email).content.decode()
    choose_password(client, editor, "nine wooden ferries", settings)
    assert sign_in(client, editor.email, "nine wooden ferries").status_code == 302


def test_no_network_address_reaches_the_database(client: Client, editor: User) -> None:
    address = "203.0.113.77"
    sign_in(Client(REMOTE_ADDR=address), editor.email, "guess")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM cache")
        kept = str(cursor.fetchall())
    assert limits.bucket("sign-in", address) in kept
    assert address not in kept and editor.email not in kept


def test_a_flood_is_told_to_wait(client: Client, settings: object, db: None) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    answers = [sign_in(client, "nobody@paper.example", "guess") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Wait a minute, then go back" in answers[2].content.decode()


def test_nobody_signs_up_and_allauths_own_pages_are_not_there(client: Client, db: None) -> None:
    for path in ("signup/", "login/", "email/", "2fa/", "reauthenticate/", "confirm-email/"):
        assert client.get(f"/accounts/{path}").status_code == 404


@pytest.mark.django_db
def test_the_sign_in_page_speaks_the_browsers_language(client: Client) -> None:
    html = client.get(reverse(SIGN_IN), headers={"Accept-Language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in html
    assert client.get(reverse(SIGN_IN)).headers["Cache-Control"] == "private, no-store"
