"""Hubs hear of every change of a feed, over HTTP, once for a flood, and whatever becomes of hub and worker."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from articles import actions, actions_corrections, websub
from articles.models.hubs import HubNotice
from articles.models.published import PublishedArticle
from jobs import leases
from tests import make
from tests.safeguards.servers import Server, serving

pytestmark = pytest.mark.django_db
Answer = Callable[[socket.socket], None]


def answer(status: str) -> Answer:
    return lambda peer: peer.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())


class Hub:
    """A hub whose answers follow each other; the last one stays."""

    def __init__(self, server: Server, answers: list[Answer]) -> None:
        self.server, self.answers = server, answers

    @property
    def url(self) -> str:
        return f"{self.server.url}/hub"

    @property
    def told(self) -> list[list[str]]:
        """The feeds that each request named."""
        forms = [parse_qs(request.partition(b"\r\n\r\n")[2].decode()) for request in self.server.requests]
        assert all(form.pop("hub.mode") == ["publish"] for form in forms)
        return [form["hub.url"] for form in forms]


@pytest.fixture
def hub(settings: Any) -> Iterator[Hub]:
    answers: list[Answer] = [answer("204 No Content")]

    def script(peer: socket.socket) -> None:
        (answers.pop(0) if len(answers) > 1 else answers[0])(peer)

    with serving(script) as server:
        settings.SITE_URL = "https://post.example"
        settings.WEBSUB_HUBS = [f"{server.url}/hub"]
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{server.port}"]
        yield Hub(server, answers)


def work() -> int:
    """One turn of a worker: how many feeds it named."""
    return websub.turn("worker", threading.Event())


def due() -> None:
    """As if the pause, or the wait for the next try, were over."""
    HubNotice.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def owed() -> int:
    return sum(row.told < row.changes for row in HubNotice.objects.all())


def feeds(*lists: str) -> set[str]:
    names = ("rss.xml", "atom.xml", "feed.json")
    return {f"https://post.example{path}feeds/{name}" for path in lists for name in names}


def printed() -> PublishedArticle:
    make.site()
    section = make.section("Europe", parent=make.section())
    return make.story(
        language="fr", section=section, series=make.series(slug="flood"), tags=["عبارات"],
        bylines=[make.author("Ada", slug="ada"), "Harbour Wire"],
    )  # fmt: skip


def test_a_publication_names_every_feed_that_the_story_stands_in_once_it_may_be_read(hub: Hub, client: Client) -> None:
    story = printed()
    tag = story.tags.get().get_absolute_url()
    assert work() == 0, "stores have a moment to forget the feed before"
    due()
    assert work() == 18
    assert [set(named) for named in hub.told] == [
        feeds("/fr/", "/fr/news/", "/fr/news/europe/", "/author/ada/", tag, "/series/flood/")
    ]
    for address in hub.told[0]:
        path = address.removeprefix("https://post.example")
        assert story.headline in client.get(path).content.decode(), path
    due()
    assert work() == owed() == 0, "told once"
    head, _, _ = hub.server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hub HTTP/1.1\r\n")
    assert b"Content-Type: application/x-www-form-urlencoded" in head


def test_a_flood_is_one_request(hub: Hub) -> None:
    make.site()
    for _ in range(5):
        make.story()
    due()
    work()
    assert [set(named) for named in hub.told] == [feeds("/", "/news/")]


@pytest.mark.parametrize("verb", ["update", "correct", "withdraw", "kill"])
def test_whatever_becomes_of_a_story_hubs_hear_of_it(hub: Hub, verb: str) -> None:
    make.site()
    story = make.story(tags=["Ferries"])
    due()
    work()
    actions.save(story.pk, actor=None, content={"headline": "Ferry stops again"})
    assert owed() == 0, "a draft is no news"
    if verb == "correct":
        actions_corrections.add(story.pk, kind="correction", text="It left at one.", actor=None)
    else:
        getattr(actions, verb)(story.pk, actor=None, **({"notice": "Wrong."} if verb == "kill" else {}))
    due()
    work()
    assert set(hub.told[1]) == feeds("/", "/news/", "/tag/ferries/")


def test_hubs_hear_of_the_lists_that_a_story_leaves(hub: Hub) -> None:
    make.site()
    story = make.story(tags=["Ferries"])
    due()
    work()
    actions.save(story.pk, actor=None, content={"section": make.section("Sport").pk, "tags": []})
    actions.update(story.pk, actor=None)
    due()
    work()
    assert set(hub.told[1]) == feeds("/", "/news/", "/tag/ferries/", "/sport/")


def test_a_hub_that_is_taken_out_of_the_settings_is_owed_nothing(hub: Hub, settings: Any) -> None:
    make.site()
    make.story()
    other = "https://hub.example/"
    HubNotice.objects.create(hub=other, path="/feeds/rss.xml", changes=1)
    assert websub.forget_hubs() == 1
    assert owed() == 6
    settings.WEBSUB_HUBS = []
    assert websub.forget_hubs() == 6
    assert not HubNotice.objects.exists()


def test_killing_what_readers_had_no_more_changes_no_feed(hub: Hub) -> None:
    make.site()
    story = make.story()
    actions.withdraw(story.pk, actor=None)
    due()
    work()
    actions.kill(story.pk, actor=None, notice="Wrong.")
    assert owed() == 0


def test_what_is_undone_is_not_told(hub: Hub) -> None:
    make.site()
    draft = make.draft()
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.publish(draft.pk, actor=None)
        raise RuntimeError
    assert HubNotice.objects.count() == 0


@pytest.mark.parametrize("refusal", [answer("500 Broken"), answer("404 Gone"), lambda peer: peer.sendall(b"nonsense")])
def test_a_hub_that_fails_is_asked_again_later(hub: Hub, refusal: Answer, caplog: pytest.LogCaptureFixture) -> None:
    make.site()
    hub.answers[:] = [refusal, answer("202 Accepted")]
    make.story()
    due()
    assert work() == 6
    assert owed() == 6
    waits = [row.due_at - timezone.now() for row in HubNotice.objects.all()]
    assert all(timedelta(seconds=20) < wait < timedelta(seconds=40) for wait in waits)
    assert "the hub 127.0.0.1 was not told of 6 feeds" in caplog.text
    assert work() == 0, "not before its time"
    due()
    work()
    assert owed() == 0
    assert [set(named) for named in hub.told] == [feeds("/", "/news/")] * 2


def test_a_hub_that_does_not_answer_holds_nothing_up_for_long(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websub, "PATIENCE", 0.3)
    make.site()
    over = threading.Event()
    hub.answers[:] = [lambda peer: over.wait(20) and None, answer("204 No Content")]
    make.story()
    due()
    work()
    over.set()
    assert owed() == 6
    due()
    work()
    assert owed() == 0


def test_a_hub_that_never_takes_it_is_given_up_and_heard_again_at_the_next_change(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    make.site()
    hub.answers[:] = [answer("500 Broken")]
    make.story()
    for _ in range(len(websub.STEPS) + 1):
        assert owed() == 6
        due()
        work()
    assert owed() == 0
    assert "the hub 127.0.0.1 is not told of 6 feeds any more" in caplog.text
    hub.answers[:] = [answer("204 No Content")]
    make.story()
    assert owed() == 6
    due()
    work()
    assert owed() == 0
    assert len(hub.told) == len(websub.STEPS) + 2


def test_a_change_while_the_hub_is_being_told_is_told_too(hub: Hub) -> None:
    make.site()
    story = make.story()
    due()
    claimed = leases.claim(HubNotice.objects.all(), worker="worker", limit=50, lease=websub.LEASE)
    actions.save(story.pk, actor=None, content={"headline": "Ferry stops again"})
    actions.update(story.pk, actor=None)
    websub._tell(hub.url, claimed, "worker")
    assert owed() == 6
    assert work() == 0, "stores have their moment again"
    due()
    assert work() == 6
    assert owed() == 0
    assert len(hub.told) == 2


@pytest.mark.django_db(transaction=True)
def test_no_change_is_lost_however_publications_and_workers_meet(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websub, "PAUSE", timedelta(0))
    make.site()
    drafts = [make.draft(tags=[f"Tag {number % 3}"]).pk for number in range(8)]
    all_out = threading.Event()

    def publish(numbers: list[int]) -> None:
        for number in numbers:
            actions.publish(number, actor=None)
        connection.close()

    def tell(worker: str) -> None:
        while not all_out.is_set() or owed():
            websub.turn(worker, threading.Event())
        connection.close()

    writers = [threading.Thread(target=publish, args=[drafts[start::2]]) for start in (0, 1)]
    workers = [threading.Thread(target=tell, args=[f"worker {number}"]) for number in (1, 2)]
    for thread in [*writers, *workers]:
        thread.start()
    for thread in writers:
        thread.join()
    all_out.set()
    for thread in workers:
        thread.join()
    assert PublishedArticle.objects.count() == 8
    assert owed() == 0
    assert sum(row.changes for row in HubNotice.objects.filter(path__startswith="/feeds/")) == 8 * 3
    named = {feed for request in hub.told for feed in request}
    assert named == feeds("/", "/news/", "/tag/tag-0/", "/tag/tag-1/", "/tag/tag-2/")


def test_a_worker_that_dies_leaves_the_word_to_another(hub: Hub) -> None:
    make.site()
    make.story()
    due()
    dead = leases.claim(HubNotice.objects.all(), worker="dead", limit=50, lease=websub.LEASE)
    assert work() == 0, "somebody is at it"
    HubNotice.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert work() == 6
    websub._tell(hub.url, dead, "dead")
    assert owed() == 0
    assert {row.lease_by for row in HubNotice.objects.all()} == {""}


def test_a_private_address_is_refused_unless_it_is_allowed(
    hub: Hub, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OUTGOING_ALLOWED = []
    make.site()
    make.story()
    due()
    work()
    assert hub.server.requests == []
    assert "its address is not public" in caplog.text


def test_one_hub_s_trouble_is_not_another_s(hub: Hub, settings: Any) -> None:
    with serving(answer("500 Broken")) as broken:
        settings.WEBSUB_HUBS = [f"{broken.url}/", hub.url]
        settings.OUTGOING_ALLOWED = [*settings.OUTGOING_ALLOWED, f"127.0.0.1:{broken.port}"]
        make.site()
        make.story()
        due()
        assert work() == 12
    assert len(hub.told) == len(broken.requests) == 1
    assert owed() == 6


def test_many_feeds_go_in_several_requests(hub: Hub) -> None:
    make.site()
    make.story(tags=[f"Tag {number}" for number in range(20)])
    due()
    while work():
        pass
    assert [len(named) for named in hub.told] == [50, 16]
    assert len({feed for named in hub.told for feed in named}) == 66


def test_feeds_lead_to_their_hubs(hub: Hub, client: Client) -> None:
    make.site()
    for _ in range(21):
        make.story()
    for name, found in {
        "rss.xml": f'<atom:link href="{hub.url}" rel="hub"/>', "atom.xml": f'<link href="{hub.url}" rel="hub"/>',
        "feed.json": f'"hubs": [{{"type": "WebSub", "url": "{hub.url}"}}]',
    }.items():  # fmt: skip
        response = client.get(f"/feeds/{name}")
        assert found in response.content.decode()
        assert response["Link"] == f'<{hub.url}>; rel="hub", <https://post.example/feeds/{name}>; rel="self"'
        place = PublishedArticle.objects.newest_first()[19].place
        older = client.get(f"/feeds/{name}", {"before": f"{place.published_at:%Y-%m-%dT%H:%M:%S.%fZ}-{place.number}"})
        assert older.status_code == 200
        assert hub.url not in older.content.decode(), "older stories are no news"
        assert "Link" not in older.headers


def test_without_hubs_nothing_is_owed_or_said(client: Client) -> None:
    make.site()
    make.story()
    assert HubNotice.objects.count() == 0
    response = client.get("/feeds/rss.xml")
    assert "Link" not in response.headers
    assert b'rel="hub"' not in response.content
