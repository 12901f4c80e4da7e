"""Which headers every address carries, whatever comes of it. The table here is what we promise (docs/security.md)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client

from accounts.models import User
from articles.views import errors
from newsroom.headers import KINDS, kind_of
from tests import make
from tests.newsroom.addresses import every_address

pytestmark = pytest.mark.django_db
ASK, YEAR, MINUTE = "public, max-age=0, must-revalidate", "public, max-age=31536000, immutable", "public, max-age=60"
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
OWN = {"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "SAMEORIGIN"}
PRIVATE = {**OWN, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
PUBLIC = {**OWN, "Referrer-Policy": "strict-origin-when-cross-origin"}
EXPECTED: dict[str, dict[str, str]] = {
    "desk": {**OWN, "Referrer-Policy": "same-origin", "Cache-Control": "private, no-store"},
    "witness": {**PRIVATE, "X-Frame-Options": "DENY"},
    "form": PRIVATE,
    "opened": {**PRIVATE, "Cross-Origin-Resource-Policy": "cross-origin"},
    "machine": PRIVATE,
    "file": {**PUBLIC, "Cross-Origin-Resource-Policy": "cross-origin"},
    "static": PUBLIC,
    "witness static": PRIVATE,
    "page": PUBLIC,
}
# What may stand there of answers that are not errors; of errors that pass, "no-store" alone.
MAY_BE_KEPT = {
    "file": {ASK, YEAR, MINUTE, "public, max-age=86400"},
    "static": {ASK, "max-age=3600, public"},
    "page": {ASK, MINUTE, "no-cache"},
}
STRICT = {
    "default-src 'none'", "script-src 'self'", "worker-src 'self'", "style-src 'self'", "img-src 'self'",
    "media-src 'self'", "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "form-action 'self'",
    "base-uri 'none'", "frame-ancestors 'self'",
}  # fmt: skip
POLICIES: dict[str, set[str]] = {
    "desk": STRICT - {"img-src 'self'"} | {"img-src 'self' data:", "frame-src 'self'"},
    "witness": {
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "worker-src 'self'", "connect-src 'self'",
        "img-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    },
}  # fmt: skip


def check(path: str, answer: Any) -> None:
    """Fails unless the answer carries exactly what its address's kind does."""
    kind, status, told = kind_of(path).name, answer.status_code, answer.headers
    where = (path, kind, status)
    for name, value in {**EVERYWHERE, **EXPECTED[kind]}.items():
        assert told.get(name) == value, (*where, name, told.get(name))
    if "Cache-Control" not in EXPECTED[kind]:
        wanted = MAY_BE_KEPT[kind] if status < 400 or status in {404, 410} else {"no-store"}
        assert told["Cache-Control"] in wanted, (*where, told["Cache-Control"])
    # A nonce, and the hash of a page's one style, are this page's own.
    told_policy = {
        " ".join(word for word in part.split() if not word.startswith(("'nonce-", "'sha256-")))
        for part in told["Content-Security-Policy"].split("; ")
    }
    assert told_policy == POLICIES.get(kind, STRICT), where
    assert "nonce" not in told["Content-Security-Policy"] or kind == "desk", where
    assert kind == "desk" or not answer.cookies, where
    if answer.streaming:
        b"".join(answer)  # closes its file


def test_every_address_carries_what_its_kind_does() -> None:
    """And no reader's page sets a cookie."""
    make.site()
    make.story("Ferry resumes")
    stranger = Client()
    seen = set()
    for path, _pattern in every_address():
        seen.add(kind_of(path).name)
        check(path, stranger.get(path))
        check(path, stranger.post(path))
    assert seen | {"static", "witness static"} == {kind.name for _begins, kind in KINDS} == set(EXPECTED)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "page"), ("/news/", "page"), ("/fr/", "page"), ("/feeds/rss.xml", "page"), ("/sitemap.xml", "page"),
        ("/search/", "page"), ("/corrections/", "page"), ("/letters/", "page"), ("/sw.js", "page"),
        ("/corrections/report/", "form"), ("/subscribe/", "form"), ("/subscribe/manage/abc/", "form"),
        ("/subscribe/to/abc/news/", "form"), ("/subscribe/opened/abc/", "opened"),
        ("/report/", "witness"), ("/report/upload/witness/", "witness"), ("/report/receipt/", "witness"),
        ("/admin/", "desk"), ("/admin/x.css", "desk"), ("/accounts/password/reset/1/2/", "desk"),
        ("/hooks/mail/", "machine"), ("/health/", "machine"), ("/metrics", "machine"), ("/read/", "machine"),
        ("/pictures/x.webp", "file"), ("/favicon.ico", "file"), ("/static/site/site.css", "static"),
        ("/static/report/report.css", "witness static"),
    ],
)  # fmt: skip
def test_addresses_are_of_the_kind_that_they_should_be(path: str, kind: str) -> None:
    assert kind_of(path).name == kind


def breaking(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    """Innermost of the middleware: what the view would have raised or answered."""

    def handle(request: HttpRequest) -> HttpResponse:
        what = request.headers.get("X-Break")
        match what:
            case None:
                return get_response(request)
            case "400":
                raise SuspiciousOperation
            case "403":
                raise PermissionDenied
            case "404":
                raise Http404
            case "500":
                raise RuntimeError
            case "503":
                return errors.unavailable(request)
        return HttpResponse(status=int(what))

    return handle


@pytest.mark.parametrize("path", ["/", "/admin/", "/report/", "/subscribe/", "/read/", "/pictures/x.webp"])
def test_errors_carry_them_too(path: str, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.breaking"]
    make.site()
    client = Client(raise_request_exception=False)
    for status in (400, 403, 404, 405, 410, 429, 500, 503):
        answer = client.get(path, headers={"X-Break": str(status)})
        assert answer.status_code == status
        check(path, answer)
    for answer, status in (
        (client.post(path, headers={"Content-Encoding": "gzip"}), 415),
        (client.post(path, headers={"Transfer-Encoding": "chunked"}), 411),
        (client.generic("POST", path, CONTENT_LENGTH=str(10**11)), 413),
        (client.get(path, SERVER_NAME="evil.example"), 400),
    ):
        assert answer.status_code == status
        check(path, answer)


def test_pages_of_the_desk_for_somebody_signed_in(editor: User, signed_in: Callable[[User], Client]) -> None:
    make.site()
    story = make.draft(actor=editor)
    desk = signed_in(editor)
    for path in (
        "/admin/", "/admin/articles/article/", f"/admin/articles/article/{story.pk}/change/",
        f"/admin/articles/article/{story.pk}/preview/", f"/admin/articles/article/{story.pk}/preview/page/",
        "/admin/jsi18n/", "/accounts/", "/accounts/sessions/", "/admin/accounts/user/", "/admin/nowhere/",
    ):  # fmt: skip
        check(path, desk.get(path))


def test_nginx_says_of_a_page_from_a_file_what_we_would() -> None:
    site = (settings.BASE_DIR / "deploy/nginx.conf").read_text()
    place = site[site.index("add_header X-Cache FRONT") - 20 :]
    said = dict(
        re.findall(r'^ +add_header (\S+) "?(.+?)"?(?: always)?;$', place.partition("\n    }\n")[0], re.MULTILINE)
    )
    policy = said.pop("Content-Security-Policy")
    assert "frame-ancestors 'self'" in policy  # the rest stands in the page
    assert said == {
        **EVERYWHERE,
        **EXPECTED["page"],
        "Cache-Control": ASK,
        "X-Cache": "FRONT",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    }


def test_over_https_browsers_are_told_to_stay_there(settings: Any) -> None:
    make.site()
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 365 * 24 * 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    client = Client()
    for path in ("/", "/admin/", "/report/", "/pictures/x.webp", "/nowhere/", "/health/"):
        told = client.get(path, secure=True)
        assert told.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        check(path, told)
        plain = client.get(path)
        assert "Strict-Transport-Security" not in plain.headers
        check(path, plain)
    for path in ("/static/site/site.css", "/static/report/report.js"):
        check(path, client.get(path, secure=True))
    assert client.get("/news/").headers["Location"] == "https://testserver/news/"
