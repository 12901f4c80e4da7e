"""Old addresses that no post has by itself: lists, feeds, further pages, files, former slugs. And what they cost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from articles import actions
from articles.models.moves import MovingRun
from articles.models.places import Section
from articles.models.published import OldPath, PublishedArticle
from articles.moving import bringing, media
from articles.moving.exports import Options
from articles.wordpress.export import WordPressExport
from images import names
from images.models import Picture
from tests import make
from tests.articles.wordpress.exports import SITE, Item, write

pytestmark = pytest.mark.django_db
STORY = "/harbour/ferries/2016/05/04/first/"


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A site with one story, in a category of the third level."""
    make.site()
    make.section("News")
    files = tmp_path / "uploads/2016/05"
    files.mkdir(parents=True)
    (files / "quay.jpg").write_bytes(make.picture_file().read())
    (files / "unused.jpg").write_bytes(make.picture_file(colour="olive").read())
    path = write(
        tmp_path,
        Item(10, slug="first", categories=(("night-ferries", "Night ferries"),), meta={"_thumbnail_id": "21"},
             content="Words.").xml().replace("</item>", "".join(
                 f"<wp:postmeta><wp:meta_key>_wp_old_slug</wp:meta_key><wp:meta_value>{slug}</wp:meta_value></wp:postmeta>"
                 for slug in ("premier", "%d8%b9")) + "</item>"),
        Item(20, kind="page", slug="about-us", link=f"{SITE}/about/", title="About us"),
        Item(21, kind="attachment", status="inherit", parent=10, file=f"{SITE}/wp-content/uploads/2016/05/quay.jpg"),
        Item(22, kind="attachment", status="inherit", file=f"{SITE}/wp-content/uploads/2016/05/unused.jpg"),
    )  # fmt: skip
    call_command("import_wordpress", str(path), media=str(tmp_path / "uploads"))
    assert PublishedArticle.objects.get().path == STORY
    return path


def led(client: Client, address: str) -> str:
    answer = client.get(address)
    return answer.headers["Location"] if answer.status_code in {301, 302} else str(answer.status_code)


LED = [
    (["/2016/05/premier/", "/2016/05/ع/", "/2016/05/first/2/", "/2016/05/first/feed/", "/2016/05/first/amp/",
     "/2016/05/first/quay/", "/2016/05/first/comment-page-3/", "/2016/05/premier/feed/atom/", "/index.php?p=10",
     "/?attachment_id=21", f"{STORY}amp/"], STORY),
    (["/category/harbour/", "/?cat=3", "/category/harbour/page/2/"], "/harbour/"),
    (["/category/harbour/ferries/", "/category/ferries/", "/category/harbour/ferries/night-ferries/", "/?cat=4",
     "/?cat=5", "/category/night-ferries/page/7/"], "/harbour/ferries/"),
    (["/category/harbour/ferries/feed/", "/category/ferries/feed/rss2/"], "/harbour/ferries/feeds/rss.xml"),
    (["/author/mira/", "/?author=2", "/author/mira/page/3/"], "/author/mira-okono/"),
    (["/author/mira/feed/atom/", "/author/mira-okono/feed/atom/"], "/author/mira-okono/feeds/atom.xml"),
    (["/feed/", "/feed/rss/", "/?feed=rss2"], "/feeds/rss.xml"),
    (["/feed/atom/", "/?feed=atom"], "/feeds/atom.xml"),
    (["/page/2/", "/index.php"], "/"),
    (["/2016/05/", "/2016/05/04/"], "/archive/2016/05/"),
    (["/2016/"], "/archive/"),
    (["/about/amp/", "/about/feed/", "/about-us/embed/"], "/about-us/"),
]  # fmt: skip


def test_an_address_that_hangs_on_one_that_is_known_leads_there(moved: Path, client: Client) -> None:
    for old, target in [(old, target) for group, target in LED for old in group]:
        assert led(client, old) == target, old
    for _group, target in LED:
        assert client.get(target).status_code == 200, target


def test_a_file_leads_to_the_picture_as_long_as_a_story_shows_it(moved: Path, client: Client) -> None:
    shown = led(client, "/wp-content/uploads/2016/05/quay-300x200.jpg")
    assert shown == led(client, "/wp-content/uploads/2016/05/quay.jpg")
    meant = names.read(shown.rpartition("/")[2])
    assert meant
    assert (meant.picture, meant.crop, meant.form) == (Picture.objects.get().pk, "whole", "jpg")
    assert led(client, "/wp-content/uploads/2016/05/unused.jpg") == "404"
    actions.withdraw(PublishedArticle.objects.get().pk, actor=None)
    assert led(client, "/wp-content/uploads/2016/05/quay.jpg") == "404"
    assert led(client, "/?attachment_id=21") == "200"  # the front page: the address says nothing


def test_a_month_of_the_old_site_is_one_of_newsroom_time_in_the_main_language(db: None, client: Client) -> None:
    make.site(newsroom_time_zone="Pacific/Auckland")
    make.story(at=datetime(2016, 1, 31, 12, 0, tzinfo=UTC))  # 1 February in Auckland
    make.story(at=datetime(2014, 5, 3, tzinfo=UTC), language="fr")
    for old, target in {"/2016/02/": "/archive/2016/02/", "/2016/02/01/": "/archive/2016/02/", "/2016/": "/archive/",
                        "/2016/01/": "404", "/2014/05/": "404", "/2014/": "404", "/2017/": "404"}.items():  # fmt: skip
        assert led(client, old) == target, old
    assert client.get("/archive/2016/02/").status_code == 200


def test_nothing_leads_where_nothing_is(moved: Path, client: Client) -> None:
    for address in ("/nobody/feed/", "/category/none/feed/", "/author/none/feed/", "/2015/05/", "/2016/06/", "/2015/",
                    "/2/", "/about/none/", "/amp/none/", "/wp-content/plugins/x.php", "/tag/none/page/2/"):  # fmt: skip
        assert led(client, address) == "404", address


def test_a_second_run_adds_no_row_and_no_address_of_mail_is_one(moved: Path) -> None:
    before = OldPath.objects.count()
    moved.write_text(moved.read_text().replace("<![CDATA[mira]]>", "<![CDATA[mira@mail.example]]>"))
    call_command("import_wordpress", str(moved))
    assert OldPath.objects.count() == before
    assert not OldPath.objects.filter(path__contains="mail").exists()


def test_an_address_that_leads_nowhere_costs_one_query_more_at_most(
    moved: Path, client: Client, django_assert_max_num_queries: Any
) -> None:
    from articles.views import errors

    errors._guesses.extend([float("inf")] * 5)  # as in a flood: nothing is guessed
    for address in ("/nobody/nothing/", "/x/2016/05/04/none/", "/news/nothing/none/"):
        with django_assert_max_num_queries(8):
            assert client.get(address).status_code == 404
    errors._guesses.clear()


def test_whoever_leads_old_lists_on_may_be_told_to_stop_and_goes_on_later(
    moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OldPath.objects.filter(path__startswith="/author/").delete()
    begun: list[bool] = []
    lead_on = WordPressExport.lead_on
    monkeypatch.setattr(WordPressExport, "lead_on", lambda self: (begun.append(True), lead_on(self)))
    options = Options(section=Section.objects.get(path="news"), language="en", source=media.source_of(""))
    run = bringing.begin(name="export.xml", is_trial=False, kind=MovingRun.Kind.WORDPRESS)
    assert not bringing.bring_in(run, [moved], options, goes_on=lambda: not begun)
    assert not OldPath.objects.filter(path="/author/mira/").exists()
    assert bringing.bring_in(run, [moved], options)
    assert OldPath.objects.filter(path="/author/mira/").exists()
