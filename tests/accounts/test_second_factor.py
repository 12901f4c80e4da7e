import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth import SESSION_KEY
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import second_factor
from accounts.models import AuditRow, User
from accounts.roles import Role
from tests import make
from tests.accounts.flows import add_app, code, factors, long_ago, recovery_codes, send_letters, sign_in

ASK = "mfa_authenticate"


def answer(client: Client, text: str):
    return client.post(reverse(ASK), {"code": text})


def test_the_password_alone_is_not_enough_once_there_is_an_app(client: Client, editor: User) -> None:
    secret = add_app(editor)
    wanted = reverse("admin:authors_author_changelist")
    assert sign_in(client, editor.email, next=wanted).headers["Location"] == reverse(ASK)
    assert SESSION_KEY not in client.session
    assert client.get(reverse("admin:index")).status_code == 302
    assert "This code is not right" in answer(client, "000000").content.decode()
    assert answer(client, code(secret)).headers["Location"] == wanted
    assert client.session[SESSION_KEY] == str(editor.pk)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_is_good_once_although_the_clock_may_be_off(steps: int, client: Client, editor: User) -> None:
    used = code(add_app(editor), steps=steps)
    sign_in(client, editor.email)
    assert answer(client, used).status_code == 302
    again = Client()
    sign_in(again, editor.email)
    assert "was used before" in answer(again, used).content.decode()
    assert SESSION_KEY not in again.session


def test_codes_of_two_periods_ago_are_too_old(client: Client, editor: User) -> None:
    secret = add_app(editor)
    sign_in(client, editor.email)
    assert "This code is not right" in answer(client, code(secret, steps=-3)).content.decode()


def test_a_recovery_code_is_good_once(client: Client, editor: User) -> None:
    add_app(editor)
    first, second, *_ = recovery_codes(editor)
    sign_in(client, editor.email)
    assert answer(client, first).status_code == 302
    again = Client()
    sign_in(again, editor.email)
    assert "was used before" in answer(again, first).content.decode()
    assert answer(again, second).status_code == 302


def test_guessing_codes_is_braked_although_the_password_is_known(client: Client, editor: User) -> None:
    secret = add_app(editor)
    sign_in(client, editor.email)
    for guess in range(10):
        answer(client, f"{guess:06}")
    assert "Too many attempts" in answer(client, code(secret)).content.decode()
    assert SESSION_KEY not in client.session


def test_keys_lie_sealed_in_the_database(editor: User) -> None:
    secret = add_app(editor)
    codes = recovery_codes(editor)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes


def test_an_app_is_set_up_told_by_mail_recorded_and_removed(
    signed_in: Callable[[User], Client], editor: User, django_capture_on_commit_callbacks
) -> None:
    client = signed_in(editor)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert page.context["secret"].replace(" ", "") == secret
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "123"})
    assert "This code is not right" in wrong.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert done.headers["Location"] == reverse("mfa_view_recovery_codes")
    assert factors(editor) == {"totp", "recovery_codes"}
    codes = client.get(done.headers["Location"]).context["unused_codes"]
    assert len(set(codes)) == 10
    assert codes[3] in client.get(reverse("mfa_download_recovery_codes")).content.decode()
    assert "An authenticator app was added" in send_letters()[0].body
    client.post(reverse("mfa_generate_recovery_codes"))
    assert client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"] != codes
    client.post(reverse("mfa_deactivate_totp"))
    assert factors(editor) == set()
    verbs = AuditRow.objects.filter(actor=editor).values_list("verb", flat=True)
    assert {"authenticator app added", "authenticator app removed"} <= set(verbs)


def test_each_change_of_it_asks_first_who_it_is(signed_in: Callable[[User], Client], editor: User) -> None:
    client = signed_in(editor)
    add_app(editor)
    long_ago(client)
    for name in ("mfa_deactivate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
        assert "Is it you?" in client.get(reverse(name)).content.decode()
        assert "Is it you?" in client.post(reverse(name)).content.decode()
    assert factors(editor) == {"totp"}
    assert client.get(reverse("mfa_index")).context["is_mfa_enabled"]


def addresses() -> list[str]:
    """Every address of the admin, with a number wherever it takes something."""
    found = []

    def walk(patterns: list, prefix: str) -> None:
        for each in patterns:
            route = prefix + str(each.pattern)
            if hasattr(each, "url_patterns"):
                walk(each.url_patterns, route)
            else:
                found.append(route)

    walk(admin.site.get_urls(), "/admin/")
    plain = [address for address in found if "(?P" not in address]
    return sorted({re.sub(r"<[^>]+>", "1", address).replace("^", "").replace("$", "") for address in plain})


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_owes_a_second_factor_gets_no_address_of_the_admin(
    method: str, signed_in: Callable[[User], Client], chief: User, settings: object
) -> None:
    settings.STAFF_MUST_ENROL = True
    client = signed_in(chief)
    walked = addresses()
    assert len(walked) > 80
    for address in walked:
        if address != reverse("admin:logout"):
            response = getattr(client, method)(address)
            assert response.headers.get("Location") == reverse("mfa_index"), address
    assert AuditRow.objects.count() == 0


def test_the_way_to_set_it_up_is_open_and_then_the_desk_is(
    signed_in: Callable[[User], Client], chief: User, settings: object
) -> None:
    settings.STAFF_MUST_ENROL = True
    client = signed_in(chief)
    page = client.get(reverse("admin:index"), follow=True)
    assert "Your newsroom asks for a second factor: set one up" in page.content.decode()
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert client.get(reverse("admin:index")).status_code == 200
    refused = client.post(reverse("mfa_deactivate_totp")).content.decode()
    assert "Add another before you remove this" in refused
    assert "totp" in factors(chief)


def test_roles_that_are_named_owe_one_and_others_do_not(settings: object, db: None) -> None:
    settings.STAFF_MUST_ENROL, settings.TWO_FACTOR_ROLES = True, ["editor", "chief"]
    owed = {role for role in Role.values if second_factor.is_missing(make.user(role))}
    assert owed == {"editor", "chief"}
    settings.TWO_FACTOR_ROLES = []
    assert second_factor.is_missing(make.user(Role.CONTRIBUTOR))
    settings.STAFF_MUST_ENROL = False
    assert not second_factor.is_missing(make.user(Role.CHIEF))


def test_a_chief_resets_somebody_s_second_factor(
    signed_in: Callable[[User], Client], chief: User, editor: User
) -> None:
    add_app(editor)
    recovery_codes(editor)
    theirs, client = signed_in(editor), signed_in(chief)
    page = reverse("admin:accounts_user_change", args=[editor.pk])
    assert "Reset the second factor" in client.get(page).content.decode()
    client.post(reverse("admin:accounts_user_verb", args=[editor.pk, "reset-second-factor"]))
    assert factors(editor) == set()
    assert theirs.get(reverse("admin:index")).status_code == 302
    assert AuditRow.objects.get(verb="second factor reset").actor == chief
    (letter,) = send_letters()
    assert letter.to == [editor.email] and "Your second factor was taken away" in letter.body
    assert sign_in(Client(), editor.email).headers["Location"] == reverse("admin:index")


@pytest.mark.parametrize("verb", ["reset-second-factor", "sign-out", "revoke", "resend"])
def test_nobody_below_a_chief_does_that(
    verb: str, signed_in: Callable[[User], Client], chief: User, editor: User
) -> None:
    add_app(chief)
    signed_in(chief)
    response = signed_in(editor).post(reverse("admin:accounts_user_verb", args=[chief.pk, verb]))
    assert response.status_code == 403
    assert factors(chief) == {"totp"}
    assert chief.sessions.count() == 1


def test_the_operator_resets_it_from_the_shell(editor: User, capsys: pytest.CaptureFixture[str]) -> None:
    add_app(editor)
    call_command("reset_two_factor", editor.email.upper())
    assert factors(editor) == set()
    assert AuditRow.objects.get(verb="second factor reset").actor is None
    assert editor.email in capsys.readouterr().out
    with pytest.raises(CommandError, match="Nobody on the staff"):
        call_command("reset_two_factor", "nobody@paper.example")
