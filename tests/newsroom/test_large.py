"""What docs/scaling.md promises of several hosts, with each part killed in turn while readers read."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from articles import actions_schedule
from articles.models.published import PublishedArticle
from articles.models.workflow import ScheduledChange
from tests import make
from tests.articles.desk_form import form_of, typed
from tests.newsroom.large import Desk, Large, ObjectStore, Readers, eventually, large
from tests.pagecache.servers import Server, ask
from tests.pagecache.test_away import database_away

pytestmark = [
    pytest.mark.processes,
    pytest.mark.nginx,
    pytest.mark.redis,
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
]
# `make soak` kills everything so many times.
ROUNDS = 10 if os.environ.get("SOAK") else 1


@pytest.fixture
def store(settings: Any) -> Iterator[ObjectStore]:
    store = ObjectStore(settings)
    yield store
    store.stop()


def test_two_hosts_are_one_paper_and_each_part_may_die_under_readers(tmp_path: Path, store: ObjectStore) -> None:
    make.site()
    desk, warm = Desk(make.user(Role.EDITOR)), make.story("Ferry resumes", lead_picture=make.picture().pk)
    with large(tmp_path, store) as it:
        for page in ("/", warm.path):
            assert [each.ask(page).status for each in (it.one, it.two)] == [200, 200]
        check_one_paper(it, desk, warm)
        with Readers(it.front, ["/", warm.path]) as readers:
            for number in range(ROUNDS):
                kill_a_worker(it, f"Bread, {number}")
                kill_a_host(it, desk, f"Rain, {number}")
                kill_redis(it, desk, f"Snow, {number}")
                picture = kill_the_store(it, warm)
                take_the_database_away(it, desk, readers, f"Wind, {number}")
                for host in (it.one, it.two):
                    eventually(lambda host=host, it_is=picture: host.ask(it_is).status == 200, "a picture")
            readers.go_on()
        assert set(readers.seen) == {200}


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Says how long it took, for docs/scaling.md; `pytest -s` shows it."""
    begun = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - begun:.2f} s")  # noqa: T201


def shows(server: Server, words: str, page: str = "/") -> bool:
    return words in server.ask(page).text


def publish(desk: Desk, server: Server, headline: str) -> PublishedArticle:
    """By the form of a story, as a browser sends it."""
    story = make.draft(headline)
    answer = desk.post(server, form_of(story), typed(story, _publish="1"))
    assert answer.status == 302, answer.text
    return PublishedArticle.objects.get(pk=story.pk)


def withdraw(desk: Desk, server: Server, story: PublishedArticle) -> None:
    answer = desk.post(server, f"/admin/articles/article/{story.pk}/withdraw/", {"version": ""})
    assert answer.status == 302, answer.text


def check_one_paper(it: Large, desk: Desk, warm: PublishedArticle) -> None:
    """Signed in once is signed in on both; what one publishes or takes off, the other has so within a second."""
    assert desk.get(it.two, "/admin/").status == 200
    story = publish(desk, it.one, "Harbour opens")
    with timed("published here, there"):
        eventually(lambda: shows(it.two, "Harbour opens"), "published")
    assert it.one.ask(story.path).status == it.two.ask(story.path).status == 200
    withdraw(desk, it.two, story)
    with timed("withdrawn here, gone there"):
        eventually(lambda: it.one.ask(story.path).status == 410, "withdrawn")
    assert it.two.ask(story.path).status == 410
    # A picture that came in elsewhere is cut by one host and shown by both.
    assert {each.ask(picture_of(it, warm)).status for each in (it.one, it.two)} == {200}


def picture_of(it: Large, story: PublishedArticle) -> str:
    picture = re.search(r'src="(/pictures/[^"]+)"', it.two.ask(story.path).text)
    assert picture
    return picture[1]


def kill_a_worker(it: Large, headline: str) -> None:
    """The other one does what is due."""
    killed = it.workers.pop(0)
    killed.kill()
    killed.wait()
    change = actions_schedule.schedule(
        make.draft(headline).pk, verb="publish", at=timezone.now() + timedelta(days=1), actor=None
    )
    now = timezone.now()
    ScheduledChange.objects.filter(pk=change.pk).update(at=now, due_at=now)
    with timed("due without one worker, on both hosts"):
        eventually(lambda: shows(it.one, headline) and shows(it.two, headline), "the clock's story")
    it.workers.append(it.start_worker("one"))


def kill_a_host(it: Large, desk: Desk, headline: str) -> None:
    """Readers notice nothing; it comes back with what happened meanwhile, and nothing that is no more."""
    doomed = publish(desk, it.one, f"{headline}: doomed")
    eventually(lambda: it.one.ask(doomed.path).how == "HIT", "a finished page")
    it.one.kill()
    assert ask(it.front, doomed.path).status == 200
    publish(desk, it.two, headline)
    withdraw(desk, it.two, doomed)
    assert ask(it.front, doomed.path).status == 410
    with timed("a host started anew, answers"):
        it.one = Server(it.one.port, **it.host("one"))
        it.one.wait()
    assert it.one.ask(doomed.path).status == 410
    assert shows(it.one, headline)


def kill_redis(it: Large, desk: Desk, headline: str) -> None:
    """The hosts look by themselves; nobody waits for it."""
    it.redis.kill()
    for one, other in ((it.one, it.two), (it.two, it.one)):
        story = publish(desk, one, headline)
        eventually(lambda other=other, story=story: other.ask(story.path).status == 200, "published without Redis")
        withdraw(desk, one, story)
        with timed("withdrawn here, gone there, without Redis"):
            eventually(lambda other=other, story=story: other.ask(story.path).status == 410, "gone without Redis")
    it.redis.start()


def kill_the_store(it: Large, warm: PublishedArticle) -> str:
    """Words go on without pictures, and those come back by themselves; the address of one."""
    picture = picture_of(it, warm)
    it.store.stop()
    away = ask(it.front, picture)
    assert (away.status, "retry-after" in away.headers) == (503, True)
    assert ask(it.front, warm.path).status == 200
    it.store.start()
    return picture


def take_the_database_away(it: Large, desk: Desk, readers: Readers, headline: str) -> None:
    """Finished pages are read on, others and the desk say when to come again; then all goes on by itself."""
    cold = make.story(headline)
    for page in readers.paths:
        eventually(lambda page=page: it.one.ask(page).how == it.two.ask(page).how == "HIT", "warm pages")
    with database_away():
        with ThreadPoolExecutor() as pool:
            asked = [
                pool.submit(ask, it.front, cold.path),
                pool.submit(desk.get, it.one, "/admin/"),
                pool.submit(it.two.ask, "/health/"),
            ]
        away = [each.result() for each in asked]
        assert [each.status for each in away] == [503, 503, 503]
        assert away[0].headers["retry-after"]
        assert it.two.ask("/health/live/").status == 200
        readers.go_on()
    with timed("the database is back, cold pages on both hosts"):
        for server in (it.one, it.two):
            eventually(lambda server=server: server.ask(cold.path).status == 200, "a cold page")
    story = publish(desk, it.one, f"{headline}, again")
    eventually(lambda: it.two.ask(story.path).status == 200, "published afterwards")
