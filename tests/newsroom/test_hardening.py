"""Hostile requests: too much, for another host, forged, leading elsewhere, for what is somebody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.test import Client
from django.test.client import FakePayload
from django.urls import reverse

from accounts.models import Notice, User
from accounts.notices import tell
from articles.models.published import OldPath
from articles.models.workflow import SavedFilter
from newsroom.bodies import KB, MB, RULES, rule_of
from subscriptions import links
from tests import make
from tests.accounts.flows import sign_in
from tests.newsroom.addresses import every_address
from tests.subscriptions.readers import reader

pytestmark = pytest.mark.django_db
URLENCODED = "application/x-www-form-urlencoded"
PAGE = {"Accept": "text/html,*/*;q=0.8"}
EVIL = ("https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "javascript:alert(1)",
        "https:evil.example", "///evil.example", "/\t/evil.example/", " https://evil.example/")  # fmt: skip


class Untouched(FakePayload):
    """A body that must not be read."""

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        raise AssertionError("read")


def declared(client: Client, path: str, length: int | str, kind: str = URLENCODED, **headers: str) -> Any:
    """The answer to a POST that says how long its body is, and whose body nobody may read."""
    return client.generic(
        "POST", path, content_type=kind, CONTENT_LENGTH=str(length), headers=headers,
        **{"wsgi.input": Untouched(b"")},
    )  # fmt: skip


# Bodies ---------------------------------------------------------------------------------------------------------------


def test_bodies_that_are_too_large_are_refused_unread(client: Client) -> None:
    make.site()
    most = {
        "/hooks/mail/events/": 2 * MB, "/hooks/mail/": 35 * MB, "/report/witness/": 10 * MB,
        "/subscribe/": 64 * KB, "/corrections/report/": 64 * KB, "/accounts/sign-in/": 256 * KB,
        "/admin/articles/article/add/": 10 * MB, "/news/": 64 * KB,
    }  # fmt: skip
    for path, length in most.items():
        answer = declared(client, path, length + 1, **PAGE)
        assert answer.status_code == 413, path
        html = answer.content.decode()
        assert "more than this page takes" in html and "Back" in html, path
    assert {rule_of(path) for path in most} == {*RULES}
    for told in ("0" * 20 + "10000000", "9" * 19, "9" * 5000):
        assert declared(client, "/subscribe/", told).status_code == 413
    assert declared(client, "/subscribe/", 10 * 1024**3).content.startswith(b"This is more than this page takes")


def test_staff_may_send_videos_and_strangers_nothing_of_that_size(
    client: Client, reporter: User, signed_in: Callable[[User], Client]
) -> None:
    upload = reverse("admin:images_video_add")
    assert declared(client, upload, 200 * MB).status_code == 413
    assert declared(signed_in(reporter), upload, 2 * settings.VIDEO_MAX_MB * MB + 65 * MB).status_code == 413
    assert declared(signed_in(reporter), upload, 200 * MB, "multipart/form-data; boundary=x").status_code == 200


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")])
def test_refusals_are_in_the_readers_language(language: str, direction: str, client: Client) -> None:
    make.site()
    for path, headers in (
        (f"/subscribe/?lang={language}", {}),
        ("/subscribe/", {"Accept-Language": language}),
        ("/accounts/sign-in/", {"Accept-Language": language}),
    ):
        answer = declared(client, path, 10 * MB, **PAGE, **headers)
        assert f'<html lang="{language}" dir="{direction}">' in answer.content.decode()
        assert answer.headers["Content-Language"] == language


def test_compressed_bodies_and_bodies_without_a_length_are_refused_unread(client: Client) -> None:
    for coding in ("gzip", "br", "deflate", "gzip, identity", "x-gzip"):
        assert declared(client, "/subscribe/", 10, **{"Content-Encoding": coding}).status_code == 415
    for coding in ("chunked", "gzip, chunked", "identity"):
        assert declared(client, "/subscribe/", 10, **{"Transfer-Encoding": coding}).status_code == 411


@pytest.mark.parametrize("charset", ["rot13", "zlib", "idna", "undefined", "hex"])
@pytest.mark.parametrize("path", ["/report/witness/", "/subscribe/", "/accounts/sign-in/"])
def test_fields_in_a_charset_that_is_none_of_texts_are_refused(charset: str, path: str, client: Client) -> None:
    body = "--x\r\nContent-Disposition: form-data; name=body\r\n\r\nNo\r\n--x--\r\n"
    answer = client.generic("POST", path, body, content_type=f"multipart/form-data; boundary=x; charset={charset}")
    assert answer.status_code == 400
    assert b"could not be read" in answer.content


def test_too_many_fields_and_files_are_said_in_words(editor: User, signed_in: Callable[[User], Client]) -> None:
    make.site()
    desk = signed_in(editor)
    story = reverse("admin:articles_article_add")
    fields = desk.generic("POST", story, "&a=1" * 200_000, content_type=URLENCODED, headers=PAGE)
    part = "--x\r\nContent-Disposition: form-data; name={}\r\n\r\n1\r\n"
    parts = desk.generic(
        "POST", story, part.format("a") * 3000 + "--x--\r\n", content_type="multipart/form-data; boundary=x",
        headers=PAGE,
    )  # fmt: skip
    files = desk.generic(
        "POST", story, part.format("f; filename=g") * 5001 + "--x--\r\n",
        content_type="multipart/form-data; boundary=x", headers=PAGE,
    )  # fmt: skip
    text = desk.generic("POST", story, f"body={'x' * 11 * MB}", content_type=URLENCODED, headers=PAGE)
    asked = Client(raise_request_exception=False).get("/search/?" + "q=&" * 3000, headers=PAGE)
    for answer in (fields, parts, files, text, asked):
        assert answer.status_code == 413
        assert "most browsers still have what you typed" in answer.content.decode()


def test_a_multipart_within_a_multipart_is_a_field_and_parts_without_names_are_nothing(client: Client) -> None:
    make.site()
    named = "Content-Disposition: form-data; name=email\r\n"
    inner = f"--y\r\n{named}\r\nsamira@mail.example\r\n--y--\r\n"
    body = (
        f"--x\r\n{named}Content-Type: multipart/mixed; boundary=y\r\n\r\n{inner}\r\n"
        + "--x\r\nContent-Disposition: form-data\r\n\r\n\r\n" * 500
        + "--x--\r\n"
    )
    answer = client.generic("POST", "/subscribe/", body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422
    assert "samira@mail.example" in answer.content.decode()  # all of it is what was typed as the address, and is none


@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\n", b"\r\n" * 1000, b"--x\r\nContent-Disposition: form-data; n"])
def test_broken_multiparts_are_refused_or_empty(body: bytes, client: Client) -> None:
    make.site()
    for kind in (
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "y" * 300,
    ):
        assert client.generic("POST", "/subscribe/", body, content_type=kind).status_code in {400, 422}


def test_json_that_is_nested_too_deep_is_refused(client: Client) -> None:
    """The passkey of a sign-in is JSON from a stranger."""
    passkey = reverse("mfa_login_webauthn")
    client.get(passkey, headers={"Accept": "application/json"})
    for deep in ("[" * 100_000, '{"a":' * 20_000):
        assert client.post(passkey, {"credential": deep}).status_code == 400


# Hosts and ways elsewhere ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "127.0.0.1@evil.example", "localhost:80:80", "a b",
     "localhost/evil", "", "[::1", "%6cocalhost"],
)  # fmt: skip
def test_other_hosts_are_refused(host: str, client: Client) -> None:
    for path in ("/", "/admin/", "/report/", "/accounts/sign-in/"):
        answer = client.get(path, headers={"Host": host}, **({} if host else {"SERVER_NAME": "evil.example"}))
        assert answer.status_code == 400
        assert "evil" not in answer.content.decode()


def test_what_is_said_of_the_host_on_the_way_counts_for_nothing(client: Client) -> None:
    make.site()
    said = {
        "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Host": "evil.example",
        "X-Original-URL": "/admin/", "X-Forwarded-Port": "1234", "X-HTTP-Method-Override": "POST",
    }  # fmt: skip
    for path in ("/", "/feeds/rss.xml", "/sitemap.xml", "/robots.txt", "/admin/", "/news", "/accounts/sign-in/"):
        answer = client.get(path, headers=said)
        assert "evil" not in answer.content.decode() + str(answer.headers), path
        assert "1234" not in str(answer.headers), path


@pytest.mark.parametrize("elsewhere", EVIL)
def test_no_address_leads_to_another_site(
    elsewhere: str, client: Client, editor: User, signed_in: Callable[[User], Client]
) -> None:
    make.site()
    OldPath.objects.create(path="/old/", target="/", kind=OldPath.Kind.MOVED, is_prefix=True, at="2026-01-01T00:00Z")
    tell([editor], "Hello", elsewhere)
    desk = signed_in(editor)
    notice = Notice.objects.get(user=editor)
    at_home = [
        sign_in(client, editor.email, next=elsewhere),
        desk.get(reverse("accounts:sign_in"), {"next": elsewhere}),
        desk.get(reverse("admin:login"), {"next": elsewhere}),
        Client().get(reverse("admin:login"), {"next": elsewhere}),
        desk.get(reverse("admin:notice", args=[notice.pk])),
        desk.post(reverse("admin:articles_article_keep_filter"), {"query": elsewhere, "name": "x"}),
        desk.post(reverse("admin:articles_article_schedule", args=[make.draft(actor=editor).pk]), {"next": elsewhere}),
        desk.get(reverse("admin:articles_article_bulk", args=["assign"]), {"back": elsewhere}),
        desk.post(reverse("admin:logout"), {"next": elsewhere}),
        client.get("/old/" + elsewhere),
        client.get(f"/?p={elsewhere}"),
        client.get(f"/{elsewhere}"),
        client.generic("GET", f"//evil.example/{elsewhere}"),
    ]
    for answer in at_home:
        place = answer.headers.get("Location", "/")
        assert re.match(r"/(?![/\\])|\?|\.", place), (elsewhere, place)
        assert "\t" not in place and "\\" not in place.partition("?")[0], place


# Forged requests ------------------------------------------------------------------------------------------------------

# Addresses whose unsafe requests need no CSRF token, by how they begin, with what stands in its place.
EXEMPT = {
    "/report/": "no cookie counts: the form's signed single-use token, in the body or a header",
    "/subscribe/": "no cookie counts: a signed link, or the form's token (one-click: RFC 8058)",
    "/corrections/report/": "no cookie counts: the form's token",
    "/read/": "no cookie counts; only what our own page sends (Sec-Fetch-Site, Origin)",
    "/hooks/mail/": "signed with a key, or a word that only the provider knows",
    "/admin/articles/article/autosave/": "the story form's signed token, which is one person's and one story's",
    "/admin/articles/article/1/autosave/": "as above",
    "/admin/articles/article/1/presence/": "as above",
}


def test_every_unsafe_request_without_a_token_is_refused(chief: User) -> None:
    make.site()
    chiefs = Client(enforce_csrf_checks=True)
    chiefs.force_login(chief)
    needless = set(EXEMPT)
    for path, pattern in every_address():
        exempt = [begins for begins in EXEMPT if path.startswith(begins)]
        needless -= {*exempt}
        is_exempt = getattr(pattern.callback, "csrf_exempt", False)
        if exempt:
            assert is_exempt, path
        else:
            # Pages for readers know no method but GET, and so ask for nothing.
            assert chiefs.post(path).status_code == (405 if is_exempt else 403), path
    assert not needless


def test_a_token_of_another_site_or_person_is_none(editor: User, reporter: User) -> None:
    make.site()
    address = reverse("accounts:end_sessions")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(editor)
    browser.get(reverse("accounts:my_settings"))
    token = browser.cookies[settings.CSRF_COOKIE_NAME].value
    for extra in (
        {"headers": {"Origin": "https://evil.example"}},
        {"headers": {"Origin": "null"}},
        {"secure": True},  # and so with a Referer, which there is not
        {"secure": True, "headers": {"Referer": "https://evil.example/"}},
    ):
        assert browser.post(address, {"csrfmiddlewaretoken": token}, **extra).status_code == 403
    assert browser.post(address, {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
    assert browser.post(address, {"csrfmiddlewaretoken": token}).status_code == 302


def test_another_method_in_disguise_changes_nothing(editor: User, signed_in: Callable[[User], Client]) -> None:
    story = make.story("Ferry resumes")
    desk = signed_in(editor)
    withdraw = reverse("admin:articles_article_withdraw", args=[story.pk])
    for headers in ({"X-HTTP-Method-Override": "POST"}, {"X-Method-Override": "POST"}, {"X-HTTP-Method": "POST"}):
        desk.get(f"{withdraw}?_method=POST", headers=headers)
        desk.generic("TRACE", withdraw, headers=headers)
    assert Client().get(story.path).status_code == 200
    for method in ("TRACE", "CONNECT", "PROPFIND", "PUT", "DELETE", "PATCH"):
        assert Client().generic(method, story.path).status_code == 405


# Sessions and cookies -------------------------------------------------------------------------------------------------


def test_signing_in_begins_a_new_session_and_signing_out_ends_it(client: Client, editor: User) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "planted0planted0planted0planted0"
    sign_in(client, editor.email)
    first = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert first != "planted0planted0planted0planted0"
    client.post(reverse("accounts:sign_out"))
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = first
    assert thief.get(reverse("admin:index")).status_code == 302
    sign_in(client, editor.email)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != first


def test_cookies_are_for_us_alone_and_only_over_https_where_there_is_any(editor: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()
    client.get(reverse("accounts:sign_in"), secure=True)
    client.post(reverse("accounts:sign_in"), {"login": editor.email, "password": make.PASSWORD}, secure=True)
    names = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    assert names <= set(client.cookies)
    for name in names:
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["domain"], cookie["path"]) == ("", "/")


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("HarbourPost2026", False), ("harbourpost-newsroom-1", False), ("Editor-News-2026!", False),
        ("harbourpost correct horse", True), ("7301-9942-1186", True), ("correct horse battery", True),
    ],
)  # fmt: skip
def test_words_that_anybody_would_try_here_make_no_password(password: str, is_good: bool, settings: Any) -> None:
    settings.SITE_URL = "https://www.harbourpost.example"
    if is_good:
        validate_password(password)
    else:
        with pytest.raises(ValidationError, match="anybody would try here"):
            validate_password(password)


def test_sign_ins_and_refusals_are_in_the_log_without_what_was_typed(
    client: Client, editor: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    sign_in(client, editor.email, "wrong horse battery")
    sign_in(client, editor.email)
    assert "a sign-in was refused" in caplog.messages and f"member of staff {editor.pk} signed in" in caplog.messages
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403
    assert f"member of staff {editor.pk} was refused admin:accounts_user_changelist" in caplog.messages
    assert editor.email not in caplog.text and "horse" not in caplog.text


def test_a_database_that_is_away_is_said_before_a_large_body_is_read(
    editor: User, signed_in: Callable[[User], Client]
) -> None:
    def away(*_: object) -> Any:
        raise OperationalError

    desk = signed_in(editor)
    desk.raise_request_exception = False
    with connection.execute_wrapper(away):
        assert declared(desk, "/admin/images/picture/add/", 2 * MB).status_code == 503
        assert declared(Client(), "/report/witness/", 1000 * MB).status_code == 413


# What is somebody else's ----------------------------------------------------------------------------------------------


def test_what_is_ones_own_is_nobody_elses(editor: User, reporter: User, signed_in: Callable[[User], Client]) -> None:
    """Beside what `test_admin_every_address` and `test_sessions` walk through."""
    make.site()
    tell([editor], "Hello", "/admin/")
    notice = Notice.objects.get(user=editor)
    kept = SavedFilter.objects.create(user=editor, name="Mine", query="mine=1")
    passkey = Authenticator.objects.create(user=editor, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"})
    theirs = signed_in(reporter)
    assert theirs.get(reverse("admin:notice", args=[notice.pk])).status_code == 404
    assert theirs.post(reverse("admin:articles_article_remove_filter", args=[kept.pk])).status_code == 404
    for method in (theirs.get, theirs.post):
        assert method(reverse("mfa_remove_webauthn", args=[passkey.pk])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None
    assert SavedFilter.objects.filter(pk=kept.pk).exists() and Authenticator.objects.filter(pk=passkey.pk).exists()


def test_a_readers_link_opens_her_own_page_for_its_own_purpose(client: Client) -> None:
    make.site()
    samira, amal = reader("samira@mail.example"), reader("amal@mail.example")
    mine = links.make(links.Purpose.MANAGE, samira)
    assert "amal@mail.example" not in client.get(reverse("subscriptions:manage", args=[mine])).content.decode()
    hers = links.make(links.Purpose.MANAGE, amal)
    mixed = (mine[: len(mine) // 2] + hers[len(hers) // 2 :], hers[: len(hers) // 2] + mine[len(mine) // 2 :])
    for token in (*mixed, mine[:-1], mine + "A", str(amal.pk), f"{amal.pk}:{mine}"):
        for name in ("manage", "leave", "confirm"):
            assert client.get(reverse(f"subscriptions:{name}", args=[token])).status_code == 404, (name, token)
    for name in ("leave", "confirm", "address"):
        assert client.post(reverse(f"subscriptions:{name}", args=[mine])).status_code == 404


def test_files_and_previews_open_by_no_guessed_number(client: Client, reporter: User) -> None:
    make.site()
    picture, draft = make.picture(), make.draft(actor=reporter)
    for path in (
        f"/pictures/{picture.pk}-1-wide-640-0123456789abcdef.webp", f"/pictures/{picture.pk}/",
        "/pictures/../private/originals/1/", "/static/../newsroom.sqlite3/", "/static/%2e%2e/secrets/django/",
        "/media/pictures/1.jpg", "/private/", "/secrets/django/", "/.env/", "/.git/config/",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    for path in (f"/admin/articles/article/{draft.pk}/preview/page/", f"/admin/articles/article/{draft.pk}/preview/"):
        assert client.get(path).headers["Location"].startswith(reverse("admin:login"))
