"""Counting reads: by whom is never known, bots and floods count little, nothing is lost but half a minute."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from articles import actions, actions_site, most_read, reads, signals
from articles.models.reads import MostRead, StoryReads
from articles.models.site import SiteSettings
from safeguards import limits
from safeguards.models import Tally as RateTally
from tests import make
from tests.pagecache.test_purging import here, read  # noqa: F401  # fixtures
from tests.subscriptions.test_kills import database_url

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def tally(monkeypatch: pytest.MonkeyPatch) -> reads.Tally:
    """A process that has counted nothing yet."""
    fresh = reads.Tally()
    monkeypatch.setattr(reads, "tally", fresh)
    return fresh


def tell(number: object, *, address: str = "198.51.100.7", **headers: str) -> Any:
    sent = {"User-Agent": PHONE, "Sec-Fetch-Site": "same-origin", **headers}
    return Client().post("/read/", str(number), content_type="text/plain", headers=sent, REMOTE_ADDR=address)


def counted() -> dict[int, int]:
    reads.tally.write()
    return {row.article_number: row.count for row in StoryReads.objects.all()}


def read_it(story: Any, times: int, *, ago: timedelta = timedelta()) -> None:
    hour = (timezone.now() - ago).replace(minute=0, second=0, microsecond=0)
    StoryReads.objects.create(article_number=story.pk, hour=hour, count=times)


def listed(client: Client, path: str = "/") -> list[str]:
    page = client.get(path).content.decode()
    _before, _mark, rest = page.partition('<section class="most-read"')
    return [line.partition('href="')[2].partition('"')[0] for line in rest.partition("</section>")[0].split("<li>")[1:]]


# Counting


def test_a_read_is_counted_without_a_query_a_cookie_or_a_name() -> None:
    story = make.story()
    with CaptureQueriesContext(connection) as queries:
        answer = tell(story.pk)
        tell(story.pk, address="203.0.113.4")
    assert len(queries) == 0
    assert answer.status_code == 204
    assert answer.content == b""
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"
    assert counted() == {story.pk: 2}
    assert not RateTally.objects.exists()
    assert {field.name for field in StoryReads._meta.fields} == {"id", "article_number", "hour", "count"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-GPC": "1"}, {"DNT": "1"}, {"User-Agent": ""}, {"User-Agent": "Mozilla/5.0 (compatible; Harbourbot/2.1)"},
        {"User-Agent": "Mozilla/5.0 HeadlessChrome/120.0"}, {"User-Agent": "curl/8.5.0"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": ""}, {"Sec-Fetch-Site": "", "Origin": "https://elsewhere.example"},
    ],
)  # fmt: skip
def test_who_asks_not_to_be_counted_machines_and_other_sites_are_not(headers: dict[str, str]) -> None:
    story = make.story()
    assert tell(story.pk, **headers).status_code == 204
    assert counted() == {}


def test_an_older_browser_sends_the_origin_alone() -> None:
    story = make.story()
    tell(story.pk, **{"Sec-Fetch-Site": "", "Origin": "http://testserver"})
    assert counted() == {story.pk: 1}


@pytest.mark.parametrize("body", ["", "x", "-1", "1.5", "²", "9" * 19, "1" * 5_000, "12\n", "7 OR 1=1"])
def test_what_is_no_number_of_a_story_is_passed_over(body: str) -> None:
    assert tell(body).status_code == 204
    assert counted() == {}


def test_only_stories_that_are_published_are_written(chief: User) -> None:
    story, gone, draft = make.story(), make.story(), make.draft()
    actions.withdraw(gone.pk, actor=chief)
    for number in (story.pk, gone.pk, draft.pk, 987_654):
        tell(number)
    assert counted() == {story.pk: 1}


def test_only_a_post_is_a_read(client: Client) -> None:
    assert client.get("/read/").status_code == 405


def test_a_flood_from_one_neighbourhood_counts_little_and_keeps_nobody_else_out() -> None:
    flooded, other = make.story(), make.story()
    for place in range(reads.OF_ONE + 40):
        tell(flooded.pk, address=f"198.51.100.{place}")
    tell(flooded.pk, address="203.0.113.9")
    tell(other.pk)
    assert counted() == {flooded.pk: reads.OF_ONE + 1, other.pk: 1}


def test_one_neighbourhood_counts_so_often_whatever_it_reads(tally: reads.Tally) -> None:
    assert sum(tally.count(number, address="198.51.100.7") for number in range(1, 2_000)) == reads.FROM_ONE
    assert tally.count(1, address="203.0.113.9")


def test_what_one_neighbour_reads_does_not_use_up_the_limit_of_one_story(
    tally: reads.Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "bucket", lambda name, address: "0" * 8)  # one cell for everything
    assert sum(tally.count(1, address="198.51.100.7") for _ in range(reads.OF_ONE + 5)) == reads.OF_ONE


def test_a_flood_of_numbers_fills_no_memory(tally: reads.Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "STORIES", 5)
    story = make.story()
    taken = [tally.count(number, address=f"10.0.{number}.1") for number in (*range(10**6, 10**6 + 9), story.pk)]
    assert taken == [True] * 5 + [False] * 5
    assert tally.write() == 0
    assert tally.count(story.pk, address="10.0.9.1")
    assert tally.write() == 1


def test_another_hour_is_another_row_and_forgets_the_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    story = make.story()
    clock = datetime(2026, 11, 22, 12, 59, 59, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: clock)
    for _ in range(reads.OF_ONE + 1):
        tell(story.pk)
    clock += timedelta(seconds=1)
    tell(story.pk)
    reads.tally.write()
    rows = StoryReads.objects.order_by("hour").values_list("hour__hour", "count")
    assert list(rows) == [(12, reads.OF_ONE), (13, 1)]


def test_a_database_that_is_away_costs_no_read(tally: reads.Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    story = make.story()
    tally.count(story.pk, address="203.0.113.9")
    with monkeypatch.context() as away:
        away.setattr(reads, "_add", lambda rows: (_ for _ in ()).throw(OperationalError("away")))
        with pytest.raises(OperationalError):
            tally.write()
    tally.count(story.pk, address="203.0.113.9")
    assert tally.write() == 2
    assert tally.write() == 0


def test_writing_costs_the_same_for_one_story_and_for_three(tally: reads.Tally) -> None:
    make.site()
    stories = [make.story() for _ in range(3)]
    costs = []
    for some in (stories[:1], stories):
        for story in some:
            tally.count(story.pk, address="203.0.113.9")
        with CaptureQueriesContext(connection) as queries:
            tally.write()
        costs.append(len(queries))
    assert costs == [3, 3]


IN_A_PROCESS = """
import sys
from newsroom.wsgi import application
from articles import reads
for place in range(200):
    assert reads.tally.count(int(sys.argv[1 + place % 2]), address=f"10.{place}.{sys.argv[3]}.1")
"""


@pytest.mark.processes
@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_two_processes_write_what_they_counted_when_they_end(tmp_path: Path) -> None:
    one, two = make.story(), make.story()
    running = []
    for number, order in enumerate([(one, two), (two, one)]):
        environment = {
            **os.environ, "DJANGO_SETTINGS_MODULE": "newsroom.settings", "DATABASE_URL": database_url(),
            "DATA_DIR": str(tmp_path / str(number)),
        }  # fmt: skip
        command = [sys.executable, "-c", IN_A_PROCESS, *(str(story.pk) for story in order), str(number)]
        running.append(subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR))
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    totals = reads.reads_of([one.pk, two.pk])
    assert totals == {one.pk: (200, 200), two.pk: (200, 200)}


# The list


def test_the_front_page_shows_what_was_read_most_in_a_day(client: Client) -> None:
    make.site()
    stories = [make.story() for _ in range(7)]
    for place, story in enumerate(stories):
        read_it(story, 10 + place)
    read_it(stories[0], 900, ago=timedelta(hours=25))
    read_it(stories[1], 500, ago=timedelta(hours=5))
    assert most_read.press() == 1
    assert listed(client) == [stories[place].path for place in (1, 6, 5, 4, 3)]
    assert most_read.press() == 0


def test_fewer_than_three_make_no_list(client: Client, chief: User) -> None:
    make.site()
    stories = [make.story() for _ in range(3)]
    for story in stories[:2]:
        read_it(story, 5)
    most_read.press()
    assert listed(client) == []
    read_it(stories[2], 5)
    most_read.press()
    assert len(listed(client)) == 3
    actions.withdraw(stories[0].pk, actor=chief)
    assert listed(client) == []


def test_each_edition_has_its_own_list_without_what_search_engines_may_not_show(client: Client) -> None:
    make.site()
    english = [make.story() for _ in range(4)]
    french = [make.story(language="fr") for _ in range(3)]
    hidden = make.story(noindex=True)
    for story in (*english, *french, hidden):
        read_it(story, story.pk % 50 + 1 if story != hidden else 900)
    assert most_read.press() == 2
    assert set(listed(client)) == {story.path for story in english}
    assert set(listed(client, "/fr/")) == {story.path for story in french}
    assert listed(client, "/ar/") == []


def test_only_what_was_read_most_is_looked_at_and_no_row_is_held_meanwhile(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site()
    stories = [make.story() for _ in range(4)]
    for place, story in enumerate(stories):
        read_it(story, 10 - place)
    with CaptureQueriesContext(connection) as queries:
        most_read.press()
    asked = [query["sql"] for query in queries]
    reading = [place for place, sql in enumerate(asked) if "SUM(" in sql or '"articles_publishedarticle"' in sql]
    held = [place for place, sql in enumerate(asked) if '"articles_mostread"' in sql and sql.startswith("SELECT")]
    assert len(reading) == 2
    assert max(reading) < min(held)
    assert "SELECT" not in asked[reading[1]][1:], "the numbers themselves, no subquery over the edition"
    assert listed(client) == [story.path for story in stories]
    monkeypatch.setattr(most_read, "AMONG", 3)
    most_read.press()
    assert listed(client) == [story.path for story in stories[:3]]


def test_an_old_story_is_listed_beyond_the_newest_and_costs_no_query(client: Client) -> None:
    make.site()
    start = datetime(2026, 11, 1, tzinfo=UTC)
    stories = [make.story(at=start + timedelta(hours=hour)) for hour in range(24)]

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/").content.decode()
            number = len(queries)
        # In the list alone, or the page would show it in its section's block too.
        assert page.count(f'href="{stories[0].path}"') == (1 if listed(client) else 0)
        return number

    without = cost()
    for story in stories[:3]:
        read_it(story, 5)
    most_read.press()
    assert len(listed(client)) == 3
    assert cost() == without == 5


def test_old_rows_go_and_a_paper_that_does_not_count_keeps_none(client: Client, chief: User) -> None:
    site = make.site()
    stories = [make.story() for _ in range(3)]
    for story in stories:
        read_it(story, 5)
        read_it(story, 5, ago=timedelta(days=8, hours=1))
    most_read.press()
    assert StoryReads.objects.count() == 3
    assert 'data-reads="/read/"' in client.get(stories[0].path).content.decode()
    site.counts_reads = False
    actions_site.save_site_settings(site, actor=chief)
    assert listed(client) == []
    assert "data-reads" not in client.get(stories[0].path).content.decode()
    tell(stories[0].pk)
    reads.tally.write()
    assert StoryReads.objects.count() == 3, "nothing was added"
    assert most_read.press() == 1
    assert (StoryReads.objects.count(), MostRead.objects.get(language="en").stories) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_another_list_purges_the_front_page_and_no_other(read: Callable[..., Any]) -> None:  # noqa: F811
    make.site()
    stories = [make.story() for _ in range(3)]
    for story in stories:
        read_it(story, 5)
    elsewhere = [stories[0].path, "/news/", "/fr/"]
    for path in ("/", *elsewhere):
        read(path)
    most_read.press()
    assert stories[0].path in read("/").body.decode().partition('class="most-read"')[2]
    assert [read(path).how for path in elsewhere] == ["HIT"] * 3
    most_read.press()
    assert read("/").how == "HIT"


def test_only_other_lists_are_told_of() -> None:
    make.site()
    for story in [make.story() for _ in range(3)]:
        read_it(story, 5)
    told: list[str] = []
    receiver = lambda language, **kwargs: told.append(language)  # noqa: E731
    signals.most_read_changed.connect(receiver)
    try:
        most_read.press()
        most_read.press()
    finally:
        signals.most_read_changed.disconnect(receiver)
    assert told == ["en"]


# The desk


def test_the_desk_sees_how_often_its_stories_were_read(editor: User, signed_in: Callable[[User], Client]) -> None:
    make.site()
    client = signed_in(editor)
    first = make.story()
    read_it(first, 1234)
    read_it(first, 5, ago=timedelta(days=3))
    read_it(first, 7, ago=timedelta(days=7, hours=1))
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/admin/articles/article/").content.decode()
        costs.append(len(queries))
        assert "Reads: 1,234 in 24 h, 1,239 in 7 days" in page
        for story in (make.story(), make.story()):
            read_it(story, 3)
    assert costs[0] == costs[1]


def test_the_newsroom_switches_counting_off_in_its_settings(chief: User, signed_in: Callable[[User], Client]) -> None:
    site = make.site()
    assert site.counts_reads
    form = {
        "name": site.name, "palette": site.palette, "faces": site.faces, "language": "en", "newsroom_time_zone": "UTC",
        "further_languages": ["fr", "ar"], "home_time_zone": "UTC",
    }  # fmt: skip
    answer = signed_in(chief).post("/admin/articles/sitesettings/1/change/", form)
    assert answer.status_code == 302
    assert not SiteSettings.load().counts_reads
