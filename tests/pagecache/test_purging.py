"""From a verb to the page: the store before the real application, with real stories."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from articles import actions, actions_site, paths
from authors.actions import save_author
from pagecache import following, host
from pagecache.models import Purge
from pagecache.purging import carry_out
from tests import make
from tests.pagecache.paper import Answer, Reader

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here() -> Iterator[host.Host]:
    """The store of this process, empty."""
    store = host.here()
    store.purge([host.EVERYTHING], hard=True)
    yield store
    store.purge([host.EVERYTHING], hard=True)


@pytest.fixture
def read(here: host.Host) -> Reader:
    return Reader(here.wrap(get_wsgi_application()))


def text(answer: Answer) -> str:
    return answer.body.decode()


def test_a_change_reaches_the_story_its_lists_and_its_feed(read: Reader) -> None:
    make.site()
    writer = make.author("Amira Holt", slug="amira")
    tides = make.series("Tides", slug="tides")
    story = make.story("Ferry resumes", bylines=[writer], tags=["Harbour"], series=tides)
    lists = ["/", "/news/", "/author/amira/", "/tag/harbour/", "/series/tides/"]
    feeds = [f"{page}feeds/{name}" for page in lists for name in ("rss.xml", "atom.xml", "feed.json")]
    pages = [story.path, *lists, *feeds, "/sitemap.xml"]
    for path in pages:
        assert (read(path).how, read(path).how) == ("MISS", "HIT"), path
    actions.save(story.pk, actor=None, content={"headline": "Ferry stops again"})
    assert all(read(path).how == "HIT" for path in pages), "a draft changes nothing"
    actions.update(story.pk, actor=None)
    for path in pages[:-1]:
        assert "Ferry stops again" in text(read(path)), path


def test_a_new_story_appears_where_it_belongs_and_leaves_the_rest_alone(read: Reader) -> None:
    make.site()
    other = make.story("Rain in the hills", section=make.section("Weather"))
    make.story("Ferry resumes")
    untouched = [other.path, "/weather/", "/fr/"]
    for path in ["/", "/news/", *untouched]:
        read(path)
    make.story("Bridge opens")
    assert "Bridge opens" in text(read("/"))
    assert "Bridge opens" in text(read("/news/"))
    assert [read(path).how for path in untouched] == ["HIT", "HIT", "HIT"]


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
def test_what_is_taken_off_is_gone_when_the_verb_returns(read: Reader, verb: str) -> None:
    make.site()
    story = make.story("Ferry resumes")
    pages = [story.path, "/", "/news/", "/feeds/rss.xml", "/feeds/atom.xml", "/news/feeds/feed.json"]
    for path in pages:
        read(path)
    more: dict[str, Any] = {"notice": "It was wrong."} if verb == "kill" else {}
    getattr(actions, verb)(story.pk, actor=None, **more)
    assert read(story.path).status.startswith("410")
    # The notice of a killed story names it, nothing else does.
    assert not any("Ferry resumes" in text(read(path)) for path in pages[1:])
    make.story("Another day", section=make.section("Weather"))
    assert read(story.path).how == "HIT"


def test_an_address_that_was_not_there_is_when_it_is(read: Reader) -> None:
    make.site()
    draft = make.draft("Ferry resumes", slug="ferry")
    path = f"/news/{timezone.localdate():%Y/%m/%d}/ferry/"
    assert (read(path).status[:3], read(path).how) == ("404", "HIT")
    assert actions.publish(draft.pk, actor=None).path == path
    assert read(path).status == "200 OK"


def test_a_moved_story_leads_on(read: Reader) -> None:
    make.site()
    story = make.story("Ferry resumes")
    read(story.path)
    actions.save(story.pk, actor=None, content={"slug": "ferry-again"})
    moved = actions.update(story.pk, actor=None)
    answer = read(story.path)
    assert (answer.status[:3], answer.headers["location"]) == ("301", moved.path)


def test_what_stands_around_every_story_changes_every_page(read: Reader) -> None:
    site = make.site()
    story = make.story("Ferry resumes")
    read(story.path)
    site.name = "The Morning Quay"
    actions_site.save_site_settings(site, actor=None)
    assert "The Morning Quay" in text(read(story.path))


def test_an_author_who_is_described_anew(read: Reader) -> None:
    make.site()
    writer = make.author("Amira Holt", slug="amira")
    make.story("Ferry resumes", bylines=[writer])
    read("/author/amira/")
    writer.role = "Harbour correspondent"
    save_author(writer, actor=None)
    assert "Harbour correspondent" in text(read("/author/amira/"))


def test_a_verb_that_fails_purges_nothing(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    make.site()
    story = make.story("Ferry resumes")
    read(story.path)
    monkeypatch.setattr("articles.actions.record", lambda **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.withdraw(story.pk, actor=None)
    assert read(story.path).how == "HIT"
    assert not Purge.objects.filter(is_hard=True).exists()


def test_a_purge_that_a_dead_process_left_is_carried_out(read: Reader, here: host.Host) -> None:
    make.site()
    story = make.story("Ferry resumes")
    following.catch_up()
    read(story.path)
    row = Purge.objects.create(tags=[f"article:{story.pk}"], is_hard=True)  # as another host, or one that died, has
    assert following.catch_up() == 1
    assert read(story.path).how == "MISS"
    assert (carry_out(row), following.catch_up()) == (False, 0)
    assert read(story.path).how == "HIT"


def test_a_purge_from_a_host_whose_clock_is_behind_is_carried_out(read: Reader, here: host.Host) -> None:
    make.site()
    story = make.story("Ferry resumes")
    following.catch_up()
    read(story.path)
    there = timezone.now() - timedelta(minutes=90)
    Purge.objects.create(tags=[f"article:{story.pk}"], is_hard=True, at=there)
    assert following.catch_up() == 1
    assert read(story.path).how == "MISS"


def test_a_row_with_the_key_of_one_that_a_restored_database_lost_is_carried_out(read: Reader, here: host.Host) -> None:
    make.site()
    story = make.story("Ferry resumes")
    lost = Purge.objects.create(tags=["article:0"], is_hard=True)
    following.catch_up()
    lost_key = lost.pk
    lost.delete()
    read(story.path)
    row = Purge.objects.create(pk=lost_key, tags=[f"article:{story.pk}"], is_hard=True)
    assert carry_out(row)
    assert read(story.path).how == "MISS"


def test_more_rows_than_a_host_can_note_do_not_purge_for_ever(here: host.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pagecache.generations.RING", 8)
    monkeypatch.setattr("pagecache.following.RING", 8)
    monkeypatch.setattr("pagecache.following._TOO_MANY", 3)
    following.catch_up()
    Purge.objects.bulk_create(Purge(tags=["article:0"], is_hard=True) for _ in range(20))
    assert following.catch_up() == 4
    epoch = here.generations.epoch
    assert (following.catch_up(), here.generations.epoch) == (0, epoch)


def test_a_broken_index_is_begun_anew(read: Reader, here: host.Host, caplog: pytest.LogCaptureFixture) -> None:
    make.site()
    story = make.story("Ferry resumes")
    read(story.path)
    live = here.folder / "pages" / "live"
    with sqlite3.connect(live / ".index") as index:
        index.executescript("DROP TABLE tag; DROP TABLE page")
    index.close()
    following.tidy()
    assert "all files go" in caplog.text
    caplog.clear()
    following.tidy()
    assert caplog.text == ""
    assert not list(live.rglob("*.html"))


def test_a_host_that_was_away_too_long_throws_everything_away(read: Reader, here: host.Host) -> None:
    make.site()
    story = make.story("Ferry resumes")
    following.catch_up()
    read(story.path)
    mark = here.folder / "pagecache" / "followed"
    import os

    os.utime(mark, (1, 1))
    following.catch_up()
    assert read(story.path).how == "MISS"


def test_the_command_purges_by_tag_or_everything(read: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    make.site()
    one, two = make.story("Ferry resumes"), make.story("Bridge opens", section=make.section("Money"))
    for story in (one, two):
        read(story.path)
    call_command("purge_pages", f"article:{one.pk}")
    assert (read(one.path).how, read(two.path).how) == ("MISS", "HIT")
    call_command("purge_pages")
    assert (read(one.path).how, read(two.path).how) == ("MISS", "MISS")
    assert "every page" in capsys.readouterr().out


def test_nobody_gets_a_page_of_another_reader(read: Reader, editor: Any, signed_in: Any) -> None:
    make.site()
    story = make.story("Ferry resumes")
    for path in ("/admin/", "/report/", "/subscribe/", "/health/", f"/admin/articles/article/{story.pk}/preview/"):
        assert (read(path).how, read(path).how) == ("PASS", "PASS"), path
    assert read(f"{story.path}x.css").status[:3] == "404"
    assert '<article class="story' not in text(read(f"{story.path}x.css"))


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
def test_a_translation_shows_on_the_pages_of_its_group_when_it_appears_and_goes(read: Reader, verb: str) -> None:
    make.site()
    english = make.story("Ferry resumes")
    month = f"/sitemaps/{timezone.localdate():%Y-%m}.xml"
    assert "Le bac" not in text(read(english.path)) + text(read(month))
    french = make.story("Le bac repart", language="fr", original=english.pk, section=make.section("Transport"))
    for path in (english.path, month):
        assert f'href="{paths.absolute(french.path)}"' in text(read(path)), path
    arabic = make.story("عودة", language="ar", original=english.pk, section=make.section("Transport"))
    assert f'href="{arabic.path}"' in text(read(french.path))
    more: dict[str, Any] = {"notice": "It was wrong."} if verb == "kill" else {}
    getattr(actions, verb)(english.pk, actor=None, **more)
    for path in (french.path, arabic.path):
        assert "x-default" not in text(read(path))
        assert english.path not in text(read(path))
    assert english.path not in text(read(month))


def test_a_related_story_has_todays_headline_and_goes_at_once(read: Reader) -> None:
    make.site()
    old, new = make.story("Ferry resumes"), make.story("Bridge opens")
    assert "Ferry resumes" in text(read(new.path))
    actions.save(old.pk, actor=None, content={"headline": "Ferry sinks"})
    actions.update(old.pk, actor=None)
    assert "Ferry sinks" in text(read(new.path))
    actions.withdraw(old.pk, actor=None)
    assert "Ferry" not in text(read(new.path))
