"""The disk is full under the real web server: readers go on, the desk is told in words, and with room all is as before.

The server's process may write no file beyond its first byte (``RLIMIT_FSIZE``): database, log, media and pages alike.
"""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psycopg.errors
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client

from accounts.models import User
from images.models import Picture
from newsroom.refusing import is_full_disk
from tests import make
from tests.pagecache.servers import PATIENCE, Server, servers

TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEF"
FULL = "The server’s disk is full, so nothing was saved."


def workers(server: Server) -> list[int]:
    return [
        int(each) for each in Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    ]


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    before = {each: resource.prlimit(each, resource.RLIMIT_FSIZE) for each in workers(server)}
    for each, (_soft, hard) in before.items():
        resource.prlimit(each, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for each, limits in before.items():
            resource.prlimit(each, resource.RLIMIT_FSIZE, limits)


def post(server: Server, path: str, session: str, body: bytes = b"", kind: str = "") -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        cookies = f"csrftoken={TOKEN}; {settings.SESSION_COOKIE_NAME}={session}"
        headers = {"Cookie": cookies, "X-CSRFToken": TOKEN, "Accept": "text/html"}
        headers["Content-Type"] = kind or "application/x-www-form-urlencoded"
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def upload() -> tuple[bytes, str]:
    file = make.picture_file((600, 400)).read()
    head = (
        b'--xx\r\nContent-Disposition: form-data; name="files"; filename="quay.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    return head + file + b"\r\n--xx--\r\n", "multipart/form-data; boundary=xx"


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_costs_readers_nothing_and_is_said_at_the_desk(reporter: User) -> None:
    make.site()
    warm, cold = make.story("Ferry resumes"), make.story("Bridge opens")
    desk = Client()
    desk.force_login(reporter)
    session = desk.cookies[settings.SESSION_COOKIE_NAME].value
    body, kind = upload()
    with servers(1) as (server,):
        assert server.ask(warm.path).how == "MISS"
        with full_disk(server):
            assert server.ask(warm.path).how == "HIT"
            for _again in range(2):
                seen = server.ask(cold.path)
                assert (seen.status, "Bridge opens" in seen.text) == (200, True)
            for path, what, of_kind in [
                ("/admin/images/picture/add/", body, kind), ("/accounts/sign-out/", b"", "")
            ]:  # fmt: skip
                status, words = post(server, path, session, what, of_kind)
                assert (status, FULL in words) == (507, True), path
            assert Session.objects.filter(session_key=session).exists()
            assert not Picture.objects.exists()
        assert post(server, "/admin/images/picture/add/", session, body, kind)[0] == 302
        assert post(server, "/accounts/sign-out/", session)[0] == 302
        assert not Session.objects.filter(session_key=session).exists()
        assert Picture.objects.count() == 1
        assert server.ask(cold.path).status == 200


def test_each_way_in_which_a_full_disk_is_said_is_understood() -> None:
    refused = OperationalError("could not extend file")
    refused.__cause__ = psycopg.errors.DiskFull("could not extend file")
    lost = OperationalError("server closed the connection unexpectedly")
    lost.__cause__ = psycopg.errors.AdminShutdown("terminating connection")
    full = [OSError(errno.ENOSPC, "No space left on device"), OperationalError("database or disk is full"), refused]
    assert [is_full_disk(each) for each in full] == [True] * 3
    others = [OSError(errno.EACCES, "Permission denied"), OperationalError("database is locked"), lost, ValueError()]
    assert not any(is_full_disk(each) for each in others)
