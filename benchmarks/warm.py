"""Warm pages: our server beside the same one with ready answers, and the shipped nginx beside one with static files."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from benchmarks.filling import database, is_postgresql, story_path
from benchmarks.load import Answer, ask, rate, request
from benchmarks.table import Row
from tests.nginx import nginx, shipped, wait_for
from tests.run import free_port

# What the web server writes itself.
_TRANSPORT = {"date", "server", "connection", "transfer-encoding"}


@contextmanager
def running(port: int, *command: str, **environment: str) -> Iterator[int]:
    """A Python module that serves on `port`; gives its session. Ended with all that belongs to it."""
    server = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=settings.BASE_DIR, env={**os.environ, **environment},
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(port)
        yield server.pid
    finally:
        server.terminate()
        server.wait(20)


def compare(count: int, folder: Path, **how: Any) -> list[Row]:
    """The article, the front page and the feed of the newsroom with `count` stories; `how` is as for `_row`."""
    pages = {"article": story_path(count // 2, count), "front page": "/", "feed": "/feeds/rss.xml"}
    ours, constant = free_port(), free_port()
    host = urlsplit(settings.SITE_URL).netloc
    asked = {name: request(path, host) for name, path in pages.items()}
    answers = folder / "answers.json"
    with running(ours, "newsroom.webserver", "127.0.0.1", str(ours), str(os.getpid()), DATABASE_URL=_url(count)) as us:
        known = {}
        for name, path in pages.items():
            answer = _kept(ours, asked[name], "HIT")
            headers = [each for each in answer.headers if each[0].lower() not in _TRANSPORT]
            known[path] = [headers, b64encode(answer.body).decode()]
        answers.write_text(json.dumps(known))
        with running(constant, "benchmarks.constant", str(constant), str(answers)) as they:
            sides = ((us, ours), (they, constant))
            rows = [_row(f"warm {name} / the same bytes from a constant", sides, asked[name], **how) for name in pages]
        if not shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
            return rows
        return rows + _behind_nginx(folder, pages, application=ours, **how)


def _kept(port: int, asked: bytes, how: str) -> Answer:
    """The answer once it comes from the store (X-Cache `how`), which is emptied when the server starts. Else
    ``RuntimeError``."""
    for _turn in range(200):
        answer = ask(port, asked)
        if answer.header("x-cache") == how:
            return answer
        time.sleep(0.1)
    raise RuntimeError(f"not kept: {answer.head!r}")


def _behind_nginx(folder: Path, pages: dict[str, str], *, application: int, **how: Any) -> list[Row]:
    front, static = free_port(), free_port()
    data = Path(settings.DATA_DIR)
    site = shipped(port=front, data=data, application=application, log=folder / "front.log")
    # A static site as nginx comes: the same files and headers, its own log.
    headers = site.partition("location / {")[2].partition("# Files beginning")[0]
    bare = f"""server {{
        listen 127.0.0.1:{static}; root {data}/pages/live; gzip_static on; access_log {folder}/static.log;
        types {{ text/html html; application/rss+xml xml; }}
        {headers}
    }}"""
    with (
        nginx(site, folder / "front", port=front) as ours,
        nginx(bare, folder / "static", port=static) as theirs,
    ):
        rows = []
        for name, path in pages.items():
            asked = request(path, "news.example.org")
            _kept(front, asked, "FRONT")
            sides = ((ours.pid, front), (theirs.pid, static))
            rows.append(_row(f"{name} behind our nginx / nginx, static file", sides, asked, **how))
        return rows


def _row(
    measure: str, sides: tuple[tuple[int, int], tuple[int, int]], asked: bytes, *, rounds: int, seconds: float, on: str
) -> Row:
    """Both sides in turn, `rounds` times."""
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for found, (session, port) in zip(rates, sides, strict=True):
            answers = rate(session, port, asked, seconds=seconds)
            if number:  # the first round warms both
                found.append(answers)
    ours, theirs = map(statistics.median, rates)
    return Row(measure, on, f"{ours:,.0f}/s", f"{theirs:,.0f}/s", ours / theirs, "≥ 0.90")


def _url(count: int) -> str:
    if not is_postgresql():
        return f"sqlite:///{database(count)}"
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{database(count)}"
