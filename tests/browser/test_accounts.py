"""Accounts in Chromium: passkeys on a virtual device, codes, invitations, sessions, the question who it is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts import invitations, notices
from accounts.models import StaffSession, User
from accounts.roles import Role
from tests import make
from tests.accounts.flows import add_app, code, factors, link_in, recovery_codes, send_letters
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
NARROW: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


@pytest.fixture(autouse=True)
def nothing_counted(transactional_db: None, settings: Any) -> None:
    """The cache's table outlives a test of this kind. Passkeys need a name for a host: localhost it is."""
    cache.clear()
    expect.set_options(timeout=20_000)
    settings.SITE_URL = "http://localhost"


def device(page: Page) -> None:
    """A telephone that answers for its owner, as Chromium pretends it."""
    debugger = page.context.new_cdp_session(page)
    debugger.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    debugger.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.fixture
def at_localhost(open_page: Callable[..., Page], live_server: Any) -> Callable[..., Page]:
    """A guarded page at http://localhost, where passkeys work without HTTPS; signed in if somebody is named."""

    def open_there(user: User | None = None, **look: Any) -> Page:
        page = open_page(user, **(look or WIDE))
        device(page)
        return page

    return open_there


def add_passkey(page: Page) -> None:
    page.goto(reverse("mfa_index"))
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name of this passkey").fill("My phone")
    page.get_by_role("button", name="Add this device").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def test_a_passkey_is_added_signs_in_confirms_and_is_removed(at_localhost: Callable[..., Page]) -> None:
    editor = make.user(Role.EDITOR)
    page = at_localhost(editor)
    add_passkey(page)
    assert factors(editor) == {"webauthn", "recovery_codes"}
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/admin/")
    expect(page.get_by_text(editor.display_name)).to_be_visible()
    # As the second factor after the password.
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    page.get_by_label("E-mail address").fill(editor.email)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/admin/")
    page.goto(reverse("mfa_index"))
    expect(page.locator(".things strong")).to_have_text("My phone")
    assert axe(page) == []
    page.get_by_role("link", name="Remove My phone").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("A passkey was removed.")).to_be_visible()
    assert factors(editor) == set()


def test_a_passkey_that_is_not_given_says_so_and_leaves_the_other_ways(at_localhost: Callable[..., Page]) -> None:
    page = at_localhost()
    page.goto(reverse("accounts:sign_in"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("That did not work, or was broken off.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()
    assert axe(page) == []


def test_whoever_is_switched_off_has_a_passkey_for_nothing(at_localhost: Callable[..., Page]) -> None:
    editor = make.user(Role.EDITOR)
    page = at_localhost(editor)
    add_passkey(page)
    User.objects.filter(pk=editor.pk).update(is_active=False)
    page.context.clear_cookies()
    page.goto(reverse("accounts:sign_in"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    assert StaffSession.objects.count() == 1  # the one that the cookies belonged to


def test_an_invitation_is_accepted_with_a_passkey_alone(at_localhost: Callable[..., Page], settings: Any) -> None:
    nora = make.user(Role.REPORTER, display_name="Nora Vale")
    nora.set_unusable_password()
    nora.save()
    invitations.invite(nora, actor=make.user(Role.CHIEF))
    page = at_localhost()
    link = link_in(send_letters()[0], settings)
    stranger = page.context.new_page()
    stranger.goto(link)
    assert axe(stranger) == []
    stranger.close()  # passkeys answer the page in front alone
    page.goto(link)
    page.get_by_role("button", name="With a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert factors(nora) == {"webauthn", "recovery_codes"}
    nora.refresh_from_db()
    assert not nora.has_usable_password()
    page.context.clear_cookies()
    page.goto(reverse("accounts:sign_in"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/admin/")


def hour_passes(user: User) -> None:
    """Every session of the person began an hour ago."""
    from django.contrib.sessions.backends.db import SessionStore

    for row in StaffSession.objects.filter(user=user):
        session = SessionStore(row.session_key)
        for mark in ("desk_began", "desk_confirmed"):
            if mark in session:
                session[mark] -= 3600
        session.save()


def test_a_chief_whose_hour_passed_while_typing_loses_nothing(at_localhost: Callable[..., Page]) -> None:
    chief, editor = make.user(Role.CHIEF), make.user(Role.EDITOR)
    page = at_localhost(chief)
    add_passkey(page)
    page.goto(reverse("admin:accounts_user_change", args=[editor.pk]))
    page.get_by_label("Display name").fill("Edith “Edi” Oram")
    hour_passes(chief)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/accounts/user/")
    editor.refresh_from_db()
    assert editor.display_name == "Edith “Edi” Oram"
    hour_passes(chief)
    page.goto(reverse("admin:accounts_user_change", args=[editor.pk]))
    assert axe(page) == []  # which takes the device away, so it comes after
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.get_by_label("Display name")).to_have_value("Edith “Edi” Oram")


@pytest.mark.parametrize(("look", "language"), [(WIDE, "en"), (NARROW, "ar")])
def test_the_pages_of_one_s_own_account(look: dict[str, Any], language: str, at_localhost: Callable[..., Page]) -> None:
    chief = make.user(Role.CHIEF, language=language)
    page = at_localhost(chief, **look)
    found = []

    def look_at(path: str) -> None:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found.extend(f"{path}: {each}" for each in axe(page))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path} is wider than the window")

    look_at(reverse("admin:notices"))
    notices.tell([chief], "%(headline)s was sent back to you.", "/admin/", headline="Ferry" * 30)
    add_app(chief)
    recovery_codes(chief)
    names = [
        "accounts:my_settings", "accounts:sessions", "accounts:password_change", "mfa_index", "mfa_deactivate_totp",
        "mfa_add_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "admin:notices", "admin:index",
        "admin:accounts_auditrow_changelist",
    ]  # fmt: skip
    for name in names:
        look_at(reverse(name))
    look_at(reverse("admin:accounts_user_change", args=[chief.pk]))
    hour_passes(chief)
    look_at(reverse("mfa_add_webauthn"))
    chief.sessions.all().delete()
    add_app(make.user(Role.EDITOR))
    page.context.clear_cookies()
    look_at(reverse("accounts:invitation", args=["made-up"]))
    look_at(reverse("accounts:sign_in"))
    assert found == []


def test_a_code_of_the_app_in_a_narrow_window(at_localhost: Callable[..., Page]) -> None:
    editor = make.user(Role.EDITOR)
    page = at_localhost(editor, **NARROW)
    page.goto(reverse("mfa_activate_totp"))
    assert axe(page) == []
    secret = page.locator(".key").inner_text().replace(" ", "")
    page.get_by_label("Code that the app shows").fill(code(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_text("An authenticator app was added.")).to_be_visible()
    page.context.clear_cookies()
    page.goto(reverse("admin:index"))
    page.get_by_label("E-mail address").fill(editor.email)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert axe(page) == []
    page.get_by_label("Code").fill(code(secret, steps=1))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/admin/")


def test_signing_out_another_device(at_localhost: Callable[..., Page]) -> None:
    editor = make.user(Role.EDITOR)
    other = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:131.0) Gecko/20100101 Firefox/131.0"})
    other.force_login(editor)
    StaffSession.objects.update(device="Firefox · Windows")
    page = at_localhost(editor)
    page.goto(reverse("accounts:sessions"))
    page.get_by_role("button", name="Sign out Firefox · Windows").click()
    expect(page.get_by_text("Firefox · Windows is signed out.")).to_be_visible()
    assert other.get(reverse("admin:index")).status_code == 302
