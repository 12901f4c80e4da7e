"""Which requests are for a page that may be kept, and under what name. Nothing that a client may vary gets into a page.

The page is rendered from a request of our own making: the address, the paper's own host and scheme, and nothing else of
what the client sent. So no header, cookie or parameter can poison what others are served.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Environ = dict[str, Any]

# Written into links by those who count visitors; they mean nothing to a page.
TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "msclkid", "mc_cid", "mc_eid", "igsh", "igshid", "twclid",
    "ttclid", "yclid", "ysclid", "li_fat_id", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok", "oly_anon_id", "oly_enc_id",
    "vero_id", "wickedid", "ref_src", "cmpid", "s_cid", "spm",
})  # fmt: skip
# Never pages; asked for by one person at a time, and often at once.
APART = (
    "/admin/", "/accounts/", "/static/", "/pictures/", "/fonts/", "/report/", "/subscribe/", "/hooks/", "/health/",
    "/metrics",
)  # fmt: skip
LONGEST = 1_000  # bytes of a path; ours are shorter


def key_of(environ: Environ) -> str | None:
    """The name under which the asked page is kept; None for what is none of ours to keep or to answer from store."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return None
    path = environ.get("PATH_INFO", "")
    if not path.startswith("/") or path.startswith(APART) or len(path) > LONGEST or "\0" in path:
        return None
    if environ.get("QUERY_STRING") and not only_tracking(environ["QUERY_STRING"]):
        return None
    cookies = environ.get("HTTP_COOKIE")
    if "HTTP_AUTHORIZATION" in environ or (cookies and f"{settings.SESSION_COOKIE_NAME}=" in cookies):
        return None
    if settings.SECURE_SSL_REDIRECT and environ.get("wsgi.url_scheme") != "https" and not _forwarded_https(environ):
        return None
    return path if is_our_host(environ.get("HTTP_HOST", "")) else None


def only_tracking(query: str) -> bool:
    """Whether every parameter is one of those that visitors' counters add."""
    names = (part.partition("=")[0].lower() for part in query.split("&"))
    return all(not name or name.startswith("utm_") or name in TRACKING for name in names)


@lru_cache(maxsize=256)
def is_our_host(host: str) -> bool:
    """Whether Django would answer under this name; one that it would refuse must come to it and be refused."""
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def bare(environ: Environ) -> Environ:
    """The request that the page is rendered from."""
    site = urlsplit(settings.SITE_URL)
    kept = {name: value for name, value in environ.items() if name.startswith("wsgi.")}
    return {
        **kept,
        "wsgi.input": BytesIO(),
        "wsgi.url_scheme": site.scheme,
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": environ["PATH_INFO"],
        "QUERY_STRING": "",
        "SERVER_NAME": site.hostname or "localhost",
        "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
        "SERVER_PROTOCOL": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": site.netloc,
        "HTTP_X_FORWARDED_PROTO": site.scheme,
    }


def _forwarded_https(environ: Environ) -> bool:
    header = settings.SECURE_PROXY_SSL_HEADER
    return bool(header) and environ.get(header[0], "").split(",")[0].strip() == header[1]
