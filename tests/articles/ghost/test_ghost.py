"""A Ghost site moves in: every kind of thing that an export holds, twice, broken, and as a trial."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DataError
from django.test import Client
from django.utils import timezone

from articles.ghost.relations import Relations
from articles.models.desk import Article, State
from articles.models.moves import MovingRun
from articles.models.places import Section, Tag
from articles.models.published import OldPath, PublishedArticle
from articles.models.site import Page
from articles.models.workflow import ScheduledChange
from authors.models import Author
from images.models import Picture
from tests import make
from tests.articles.ghost.exports import SITE, export, lexical, post, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site(newsroom_time_zone="Europe/Lisbon")
    make.section("News")


def bring(folder: Path, *posts: dict[str, Any], **options: Any) -> MovingRun:
    call_command("import_ghost", str(write(folder, *posts)), **options)
    return MovingRun.objects.latest("pk")


def codes(run: MovingRun) -> dict[str, int]:
    found = {key[5:]: count for key, count in run.counts.items() if key.startswith("note:")}
    assert found.pop("members_list") == 1  # where they are imported, each report says
    return found


def test_a_story_comes_with_all_that_it_had_and_every_old_address_leads_to_it(tmp_path: Path, client: Client) -> None:
    run = bring(tmp_path, post(
        12, title="The ferry & the fog", slug="ferry-fog", custom_excerpt="Forty people waited.",
        html="<p>The ferry left at noon.</p><hr><p>Forty were aboard.</p>", tags=["t3", "t1", "t2"], authors=["2", "1"],
        canonical_url="__GHOST_URL__/long-ago/ferry/", codeinjection_head="<script>track()</script>",
    ), site=SITE)  # fmt: skip
    story = PublishedArticle.objects.get()
    assert (story.headline, story.standfirst) == ("The ferry & the fog", "Forty people waited.")
    assert "<p>Forty were aboard.</p>" in story.body_html
    assert "track" not in story.body_html
    assert story.published_at == datetime(2016, 5, 4, 20, 30, tzinfo=UTC)
    assert story.path.startswith("/harbour/2016/05/04/ferry-fog/")
    assert [line["name"] for line in story.byline] == ["Rolf Tander", "Mira Okono"]
    assert [link["name"] for link in story.tag_links] == ["Ferries"]
    assert not Tag.objects.filter(name__startswith="#").exists()
    assert Section.objects.get(path="harbour").name == "Harbour & Sea"
    # The day of the second is that of the old site's clock, in Tokyo.
    assert client.get("/tag/harbour/").headers["Location"] == "/harbour/"
    for old in ("/ferry-fog/", "/2016/05/05/ferry-fog/", "/long-ago/ferry/"):
        answer = client.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (301, story.path), old
    assert {note.code: note.detail for note in run.notes.exclude(code="members_list")} == {
        "code": "codeinjection_head", "internal_tag": "#desk-only",
    }  # fmt: skip
    assert (run.kind, run.counts["published"], run.state) == ("ghost", 1, MovingRun.State.DONE)


def test_a_second_run_makes_nothing_twice_and_leaves_the_desks_work_alone(tmp_path: Path) -> None:
    posts = [post(1), post(2, type="page", slug="about-us", title="About us"), post(3, status="draft")]
    bring(tmp_path, *posts)
    mine = Article.objects.get(state=State.DRAFT)
    Article.objects.filter(pk=mine.pk).update(headline="Written on since")
    run = bring(tmp_path, *posts)
    assert (run.counts["known"], Article.objects.count(), Page.desk.count()) == (3, 2, 1)
    assert Article.objects.get(pk=mine.pk).headline == "Written on since"
    assert Author.objects.filter(name="Mira Okono").count() == 1
    assert "note:changed_there" not in run.counts
    run = bring(tmp_path, *posts[:2], {**posts[2], "updated_at": timezone.now().isoformat()})
    assert run.notes.get(code="changed_there").article_number == mine.pk


def test_what_readers_never_saw_stays_on_the_desk(tmp_path: Path, client: Client) -> None:
    run = bring(
        tmp_path, post(1, status="draft", published_at=None), post(2, visibility="members"), post(3, visibility="paid"),
        post(4, visibility="label:supporters", status="scheduled"), post(5, status="sent"),
        post(6, meta={"email_only": 1}), post(7, visibility="members", type="page", slug="for-members"),
    )  # fmt: skip
    assert not PublishedArticle.objects.exists()
    assert not ScheduledChange.objects.exists()
    assert set(OldPath.objects.values_list("path", flat=True)) == {"/tag/harbour/", "/author/mira/"}
    assert set(Article.objects.values_list("state", flat=True)) == {State.DRAFT}
    assert [page.is_hidden for page in Page.desk.all()] == [True]
    assert client.get("/for-members/").status_code == 404
    assert codes(run) == {"members": 4, "mail_only": 2}
    assert (run.counts["draft"], run.counts["page"]) == (6, 1)


def test_a_story_of_tomorrow_is_on_the_clock(tmp_path: Path) -> None:
    at = timezone.now().replace(microsecond=0) + timedelta(days=1)
    bring(tmp_path, post(1, status="scheduled", published_at=f"{at:%Y-%m-%d %H:%M:%S}"))
    change = ScheduledChange.objects.get()
    assert (change.at, change.state, change.article.state) == (at, "waiting", State.DRAFT)


def test_pictures_come_from_the_folder_once_with_their_words(tmp_path: Path) -> None:
    images = tmp_path / "content/images/2016/05"
    images.mkdir(parents=True)
    for name, colour in (("quay.jpg", "teal"), ("mast.png", "navy"), ("crew.jpg", "olive")):
        form = "PNG" if name.endswith("png") else "JPEG"
        (images / name).write_bytes(make.picture_file(colour=colour, form=form).read())
    at = "__GHOST_URL__/content/images"
    gallery = "".join(
        f'<div class="kg-gallery-image"><img src="{at}/2016/05/{name}" width="4" alt="Alt of {name}"></div>'
        for name in ("quay.jpg", "mast.png")
    )
    body = (
        f'<figure class="kg-card kg-image-card kg-card-hascaption"><img src="{at}/size/w600/2016/05/quay.jpg" '
        'class="kg-image" alt="Alt of quay.jpg" loading="lazy"><figcaption>The quay at noon</figcaption></figure>'
        f'<p>Gone: <img src="{at}/2016/05/lost.jpg"></p><figure class="kg-card kg-gallery-card kg-width-wide">'
        f'<div class="kg-gallery-container"><div class="kg-gallery-row">{gallery}</div></div></figure><p>End.</p>'
    )
    meta = {"feature_image_alt": "Alt of crew.jpg", "feature_image_caption": "The <em>crew</em>"}
    run = bring(tmp_path, post(1, html=body, feature_image=f"{at}/2016/05/crew.jpg", meta=meta), media=str(tmp_path))
    story = Article.objects.get()
    pictures = {picture.alt_text: picture for picture in Picture.objects.all()}
    quay, mast, crew = (pictures[f"Alt of {name}"] for name in ("quay.jpg", "mast.png", "crew.jpg"))
    assert (story.lead_picture_id, crew.caption) == (crew.pk, "The crew")
    assert f'<figure data-image="{quay.pk}"><figcaption>The quay at noon</figcaption></figure>' in story.body
    assert (
        f'<section class="gallery"><figure data-image="{quay.pk}"></figure><figure data-image="{mast.pk}"></figure>'
        in story.body
    )
    assert "lost.jpg" in run.notes.get(code="no_picture").detail
    assert Picture.objects.count() == 3


def test_links_between_stories_lead_straight_to_their_new_places(tmp_path: Path) -> None:
    html = (
        f'<p>See <a href="__GHOST_URL__/two/">two</a>, <a href="{SITE}/2016/05/05/two/">again</a>, '
        '<a href="https://elsewhere.example/x/">elsewhere</a>.</p>'
    )
    bring(tmp_path, post(1, slug="one", html=html), post(2, slug="two"), site=SITE)
    two = PublishedArticle.objects.get(path__endswith="/two/")
    story = PublishedArticle.objects.get(path__endswith="/one/")
    assert story.body_html.count(f'href="{two.path}"') == 2
    assert 'href="https://elsewhere.example/x/"' in story.body_html
    assert story.updated_at == story.published_at


def test_two_of_one_slug_and_a_tag_that_is_a_word_of_ours(tmp_path: Path) -> None:
    run = bring(tmp_path, post(1, slug="same", tags=["t4"]), post(2, slug="same", tags=["t4"]), post(3, tags=[]))
    paths = set(PublishedArticle.objects.values_list("path", flat=True))
    assert paths == {f"/search-news/2016/05/04/same{end}/" for end in ("", "-2")} | {"/news/2016/05/04/story-3/"}
    assert codes(run) == {"new_slug": 1, "address_taken": 2}


def test_a_broken_row_costs_itself_alone_and_is_named_with_its_place(tmp_path: Path) -> None:
    text = export(*(post(number, title=f"Story {number}") for number in range(1, 6)))
    text = text.replace('"title": "Story 2"', '"title": "Story "2"').replace("Story 4", "Story\x07 4")
    last = text.index('"Harbour')  # the tags are cut off: what stands before has come
    path = tmp_path / "broken.json"
    path.write_bytes(text[: last + 3].encode().replace(b"north quay", b"north \xff quay", 1))
    call_command("import_ghost", str(path))
    run = MovingRun.objects.latest("pk")
    assert set(PublishedArticle.objects.values_list("headline", flat=True)) == {f"Story {n}" for n in (1, 3, 4, 5)}
    notes = {note.code: note.detail for note in run.notes.all()}
    written = path.read_bytes()
    byte = written.rindex(b"{", 0, written.index(b'"Story "2"'))
    assert notes["unreadable"].startswith("table “posts”, row 2, from byte ")
    assert int(notes["unreadable"].split(":")[0].rpartition(" ")[2]) == byte
    assert notes["cut_off"].startswith("table “tags”, row 1")
    assert (run.counts["left"], run.counts["published"]) == (1, 4)


def test_a_trial_says_what_would_come_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    bring(tmp_path, post(1), post(2, type="page"), post(3, visibility="paid", title="Paid"), post(4, title="", html=""),
          dry_run=True, report=report)  # fmt: skip
    assert not (Article.objects.exists() or Page.desk.exists() or OldPath.objects.exists() or Author.objects.exists())
    assert list(Section.objects.values_list("path", flat=True)) == ["news"]
    said = json.loads(report.read_text())
    assert (said["from"], said["trial"]) == ("ghost", True)
    assert {name: said["counts"][name] for name in ("published", "page", "draft", "left")} == {
        "published": 1, "page": 1, "draft": 1, "left": 1,
    }  # fmt: skip
    assert [note["code"] for note in said["notes"]] == ["members_list", "members", "empty"]
    assert "CSV" in capsys.readouterr().out


def test_nothing_personal_of_the_old_site_is_kept(tmp_path: Path) -> None:
    bring(tmp_path, post(1), post(2, status="draft", authors=["2"]))
    call_command("dumpdata", output=str(tmp_path / "dump.json"))
    dump = (tmp_path / "dump.json").read_text()
    assert "Rolf Tander" in dump
    for planted in ("private@mail.example", "$2a$10$", "Ines Abara"):
        assert planted not in dump, planted


def test_an_old_export_without_the_outer_wrapping_has_numbers_and_milliseconds(tmp_path: Path) -> None:
    old = {"id": 7, "uuid": None, "page": 0, "author_id": 1, "published_at": 1462393800000, "image": None, "type": None}
    path = tmp_path / "old.json"
    path.write_text(export(post(7, **old, authors=[], tags=[]), is_bare=True, users=[{"id": 1, "name": "Mira Okono"}]))
    for _twice in range(2):
        call_command("import_ghost", str(path))
    story = PublishedArticle.objects.get()
    assert [line["name"] for line in story.byline] == ["Mira Okono"]
    assert story.published_at == datetime(2016, 5, 4, 20, 30, tzinfo=UTC)


def test_a_story_of_which_a_part_was_for_members_stays_a_draft(tmp_path: Path) -> None:
    part = (
        '<!--kg-gated-block:begin nonMember:false memberSegment:"status:-free" --><p>Paid</p><!--kg-gated-block:end-->'
    )
    paid = {"type": "html", "html": "<p>Paid</p>", "visibility": {"web": {"nonMember": False, "memberSegment": ""}}}
    run = bring(tmp_path, post(1, html=f"<p>Open</p>{part}"), post(2, html=None, lexical=lexical(paid)),
                post(3, type="page", html=part))  # fmt: skip
    assert not PublishedArticle.objects.exists()
    assert list(Article.objects.values_list("state", flat=True)) == [State.DRAFT, State.DRAFT]
    assert Page.desk.get().is_hidden
    assert codes(run) == {"restricted": 3}


def test_what_no_database_takes_costs_nothing_or_its_own_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from articles.moving import stories

    long_slug, real = "quay-" * 14, stories.Stories._story

    def refused(self: stories.Stories, each: Any, *args: Any) -> str:
        if each.title in {"Data", "Overflow"}:
            Author.objects.create(name="Nobody", slug="nobody")
            raise {"Data": DataError, "Overflow": OverflowError}[each.title]("too much")
        return real(self, each, *args)

    monkeypatch.setattr(stories.Stories, "_story", refused)
    nul = {"type": "html", "html": "<p>One\0 and \ud800 two</p>"}
    pages = [post(number, type="page", slug=long_slug, title="About") for number in (7, 8)]
    run = bring(
        tmp_path, post(1, title="Nul\0 in it", html="<p>Fog\0 came.</p>"), post(2, html=None, lexical=lexical(nul)),
        post(3, title="Data"), post(4, title="Overflow"), *pages,
        post(5, published_at="9999-12-31T23:30:00.000Z", title="Late"),
        post(6, published_at="0001-01-01T00:00:00+05:00", title="Early"),
        post(9, status="scheduled", published_at=1e300, title="Never"),
    )  # fmt: skip
    live = dict(PublishedArticle.objects.values_list("headline", "body_html"))
    assert set(live) == {"Nul in it", "The ferry is back", "Early"}
    assert "<p>Fog came.</p>" in live["Nul in it"] and "One and ? two" in live["The ferry is back"]
    assert PublishedArticle.objects.get(headline="Early").path.startswith("/harbour/1000/")
    assert Article.objects.get(headline="Late").state == State.DRAFT  # on the clock, for long
    assert ScheduledChange.objects.get().at.year == 9999
    assert Article.objects.get(headline="Never").state == State.DRAFT
    assert [note.title for note in run.notes.filter(code="refused")] == ["Data", "Overflow"]
    assert run.counts["left"] == 2 and not Author.objects.filter(slug="nobody").exists()
    assert Page.desk.count() == 2 and all(len(page.slug) <= 80 for page in Page.desk.all())


def test_an_order_of_any_size_is_kept() -> None:
    known = Relations()
    for name, order in (("last", 10**30), ("first", -(10**30)), ("between", 0)):
        known.know("tags", {"id": name, "name": name})
        known.know("posts_tags", {"post_id": "1", "tag_id": name, "sort_order": order})
    assert [tag.name for tag in known.tags_of("1")] == ["first", "between", "last"]
    known.close()


def test_markdown_that_nobody_has_set_stays_at_the_desk(tmp_path: Path) -> None:
    def cards(text: str) -> dict[str, Any]:
        return {
            "html": None,
            "mobiledoc": json.dumps({"sections": [[10, 0]], "cards": [["markdown", {"markdown": text}]]}),
        }

    run = bring(
        tmp_path, post(1, **cards("# Head\n\nSome *words*")), post(2, **cards("Plain words - no signs.")),
        post(3, slug="about-us", type="page", **cards("1. One")),
    )  # fmt: skip
    assert PublishedArticle.objects.get().body_html == "<p>Plain words - no signs.</p>"
    assert Article.objects.get(state=State.DRAFT).body == "<p># Head</p><p>Some *words*</p>"
    assert Page.desk.get().is_hidden
    assert codes(run) == {"markdown": 2}


def test_lists_of_tags_and_people_lead_on_from_their_old_names(tmp_path: Path, client: Client) -> None:
    tags = [{"id": "t1", "name": "Harbour", "slug": "harbour"}, {"id": "t2", "name": "Fog", "slug": "weather-2"}]
    path = write(tmp_path, post(1, tags=["t1", "t2"], html='<p><a href="/content/files/x.pdf">x</a></p>'), tags=tags)
    call_command("import_ghost", str(path))
    for old, target in (("/tag/weather-2/", "/tag/fog/"), ("/author/mira/", "/author/mira-okono/"),
                        ("/tag/harbour/", "/harbour/")):  # fmt: skip
        assert client.get(old).headers["Location"] == target
    assert MovingRun.objects.get().notes.get(code="document").detail == "/content/files/x.pdf"
