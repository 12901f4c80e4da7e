"""What a Varnish in front is told of purges, and that its shipped configuration listens for just that."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db import transaction
from django.utils import timezone

from pagecache import chores, keys, proxies, purging
from pagecache.models import Purge
from tests.run import free_port

pytestmark = pytest.mark.django_db(transaction=True)
VCL = Path(project.BASE_DIR) / "deploy" / "varnish.vcl"


class Proxy(ThreadingHTTPServer):
    """Takes purges and writes them down; answers `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.told: list[tuple[str, str, str]] = []
        self.status = 200


class Handler(BaseHTTPRequestHandler):
    server: Proxy

    def do_PURGE(self) -> None:
        for name in ("Surrogate-Key-Purge", "Surrogate-Key-Softpurge"):
            if name in self.headers:
                self.server.told.append((self.path, name, self.headers[name]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy(settings: Any) -> Iterator[Proxy]:
    with Proxy() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.VARNISH_URLS = [f"http://127.0.0.1:{server.server_port}"]
        yield server
        server.shutdown()


def purge(*tags: str, hard: bool = False) -> Purge:
    with transaction.atomic():
        purging.ask(tags, hard=hard)
    return Purge.objects.latest("pk")


def some_seconds_later() -> None:
    Purge.objects.update(at=timezone.now() - timedelta(seconds=10))
    proxies.tell_owed()


def test_a_proxy_is_told_with_the_commit_and_once_more_afterwards(proxy: Proxy) -> None:
    purge("article:12", "front:en")
    purge("article:13", hard=True)
    told = [
        ("/", "Surrogate-Key-Softpurge", "article:12 front:en"),
        ("/", "Surrogate-Key-Purge", "article:13"),
    ]
    assert proxy.told == told
    proxies.tell_owed()
    assert proxy.told == told, "not before pages on their way have arrived"
    some_seconds_later()
    assert proxy.told == told * 2
    some_seconds_later()
    assert proxy.told == told * 2
    assert not Purge.objects.filter(told_at=None).exists()


def test_what_a_proxy_does_not_take_is_owed(proxy: Proxy, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.VARNISH_URLS = [f"http://127.0.0.1:{free_port()}", *settings.VARNISH_URLS]
    proxy.status = 405
    row = purge("article:12", hard=True)
    some_seconds_later()
    assert Purge.objects.get(pk=row.pk).told_at is None
    assert "was not told" in caplog.text
    assert "refused a purge: 405" in caplog.text
    settings.VARNISH_URLS, proxy.status = settings.VARNISH_URLS[1:], 200
    some_seconds_later()
    assert Purge.objects.get(pk=row.pk).told_at is not None


def test_what_a_proxy_is_owed_is_kept_for_as_long_as_it_may_serve_the_page(proxy: Proxy, settings: Any) -> None:
    """It was away for half a day with a withdrawn story in its store, and must hear of it when it is back."""
    settings.SURROGATE_SECONDS = 3600
    proxy.status = 503
    rows = [purge(f"article:{number}", hard=True) for number in range(3)]
    for row, hours in zip(rows, (1, 12, 26), strict=True):
        Purge.objects.filter(pk=row.pk).update(at=timezone.now() - timedelta(hours=hours))
    chores.forget_old()
    assert list(Purge.objects.order_by("pk")) == rows[:2]
    proxy.status = 200
    proxies.tell_owed()
    chores.forget_old()
    assert list(Purge.objects.all()) == rows[:1]
    settings.VARNISH_URLS = []
    Purge.objects.update(told_at=None, at=timezone.now() - timedelta(hours=3))
    chores.forget_old()
    assert not Purge.objects.exists()


def test_the_shipped_configuration_speaks_the_same_language() -> None:
    text = VCL.read_text()
    assert text.count("vcl 4.1;") == 1
    assert 'req.method == "PURGE"' in text
    assert "xkey.purge(req.http.Surrogate-Key-Purge)" in text
    assert "xkey.softpurge(req.http.Surrogate-Key-Softpurge)" in text
    assert "set beresp.http.xkey = beresp.http.Surrogate-Key" in text
    assert 'req.http.X-Forwarded-For ~ ","' in text
    assert 'elsif (bereq.url !~ "^/(static|fonts)/")' in text, "what no purge reaches is not kept"
    listed = re.search(r"\[\?&\]\)\(utm_\[\^=&\]\*\|([^)]*)\)", text)
    assert listed
    assert set(listed[1].split("|")) == keys.TRACKING
    passed = re.search(r"\^/\(([a-z|]*)\)", text)
    assert passed
    assert {f"/{name}" for name in passed[1].split("|")} <= {each.rstrip("/") for each in keys.APART}
