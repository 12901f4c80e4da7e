"""A WordPress site moves in: every kind of thing that an export holds, twice, broken, and as a trial."""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from articles.models.desk import Article, State
from articles.models.moves import MovingRun
from articles.models.places import Section
from articles.models.published import OldPath, PublishedArticle
from articles.models.site import Page
from articles.models.workflow import ScheduledChange
from articles.moving import media
from authors.models import Author
from images.models import Picture
from tests import make
from tests.articles.wordpress.exports import SITE, Item, export, write

pytestmark = pytest.mark.django_db
_SHUT = 'a:2:{s:26:"_um_custom_access_settings";b:1;s:14:"_um_accessible";s:1:"2";}'  # by Ultimate Member
_OPENED = {
    "_jetpack_newsletter_access": "everybody", "_is_paid": "0", "rcp_user_level": 'a:1:{i:0;s:3:"all";}',
    "rcp_access_level": "None", "um_content_restriction": _SHUT.replace("b:1", "b:0"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site(newsroom_time_zone="Europe/Lisbon")
    make.section("News")


def bring(folder: Path, *items: Item | str, **options: Any) -> MovingRun:
    call_command("import_wordpress", str(write(folder, *items)), **options)
    return MovingRun.objects.latest("pk")


def codes(run: MovingRun) -> dict[str, int]:
    found = {key[5:]: count for key, count in run.counts.items() if key.startswith("note:")}
    assert found.pop("too_deep") == 1  # in the head of each export
    return found


def test_a_story_comes_with_all_that_it_had_and_every_old_address_leads_to_it(tmp_path: Path, client: Client) -> None:
    item = Item(
        12, title="The ferry &amp; the fog", slug="ferry-fog",
        excerpt='[dropcap]F[/dropcap]orty <b>people</b><br>waited &amp; hoped [sic].[share]',
        categories=(("ferries", "Ferries"),),
        content="The ferry left at noon.\n\nForty people were\naboard.", tags=("Ferry", "Fog"), comments=3,
    )  # fmt: skip
    run = bring(tmp_path, item)
    story = PublishedArticle.objects.get()
    assert story.headline == "The ferry & the fog"
    assert story.standfirst == "Forty people waited & hoped [sic]."
    assert "<p>The ferry left at noon.</p>" in story.body_html
    assert "Forty people were<br>" in story.body_html
    assert story.published_at == datetime(2016, 5, 4, 10, 30, tzinfo=UTC)
    assert story.path == "/harbour/ferries/2016/05/04/ferry-fog/"
    assert [line["name"] for line in story.byline] == ["Mira Okono"]
    assert {link["name"] for link in story.tag_links} == {"Ferry", "Fog"}
    assert Section.objects.get(path="harbour/ferries").parent.name == "Harbour & Sea"
    for old, section in (("/category/harbour/", "/harbour/"), ("/category/harbour/ferries/", "/harbour/ferries/")):
        assert client.get(old).headers["Location"] == section
    for old in ("/2016/05/ferry-fog/", "/?p=12"):
        answer = client.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (301, story.path), old
    assert run.counts["comment"] == 3
    assert (run.counts["published"], run.state) == (1, MovingRun.State.DONE)


def test_a_second_run_makes_nothing_twice_and_leaves_the_desks_work_alone(tmp_path: Path) -> None:
    items = [Item(1), Item(2, kind="page", slug="about-us", title="About us"), Item(3, status="draft")]
    bring(tmp_path, *items)
    mine = Article.objects.get(state=State.DRAFT)
    Article.objects.filter(pk=mine.pk).update(headline="Written on since")
    run = bring(tmp_path, *items)
    assert (run.counts["known"], Article.objects.count(), Page.desk.count()) == (3, 2, 1)
    assert Article.objects.get(pk=mine.pk).headline == "Written on since"
    assert Author.objects.filter(name="Mira Okono").count() == 1
    assert not codes(run)


def test_a_second_run_names_what_the_old_site_has_changed_since(tmp_path: Path) -> None:
    items = [Item(1), Item(2, title="Ferry <i>sold</i>"), Item(3, kind="page", slug="about-us", title="About us")]
    bring(tmp_path, *items)
    now = f"{timezone.now():%Y-%m-%d %H:%M:%S}"
    run = bring(tmp_path, items[0], *(replace(item, changed=now, content="Sold twice.") for item in items[1:]))
    notes = run.notes.filter(code="changed_there").order_by("pk")
    sold = Article.objects.get(headline="Ferry sold")
    assert [(note.title, note.article_number) for note in notes] == [("Ferry sold", sold.pk), ("About us", None)]
    assert "twice" not in sold.body + Page.desk.get().body
    assert run.counts["known"] == 3


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "draft", "at": "0000-00-00 00:00:00", "local": "0000-00-00 00:00:00"}, ""),
        ({"status": "private"}, "private"),
        ({"status": "pending"}, "pending"),
        ({"password": "open-sesame"}, "password"),
        ({"password": " "}, "password"),
        ({"content": '[restrict level="gold"]For members[/restrict]'}, "restricted"),
        ({"content": "<!-- wp:p --><p>x</p><!-- /wp:p --><!-- wp:jetpack/paywall /--><p>Paid</p>"}, "restricted"),
        ({"meta": {"_jetpack_newsletter_access": "paid_subscribers"}}, "members"),
        ({"meta": {**dict.fromkeys(map(str, range(500)), "x"), "_members_access_role": "editor"}}, "members"),
        ({"meta": {"_is_paid": "1", "rcp_user_level": "All"}, "status": "future"}, "members"),
        ({"meta": {"um_content_restriction": _SHUT}}, "members"),
        ({"status": ""}, ""),
    ],
)
def test_what_readers_never_saw_stays_on_the_desk(
    tmp_path: Path, client: Client, fields: dict[str, Any], code: str
) -> None:
    run = bring(tmp_path, Item(7, title="Not for everybody", **fields))
    assert not PublishedArticle.objects.exists()
    assert Article.objects.get().state == State.DRAFT
    assert client.get("/?p=7").status_code == 200  # the front page: the address says nothing
    assert codes(run).get(code, 0) == bool(code)


def test_a_story_that_plugins_left_open_to_all_is_before_readers(tmp_path: Path) -> None:
    assert bring(tmp_path, Item(1, meta=_OPENED)).counts["published"] == 1


def test_a_story_of_tomorrow_is_on_the_clock(tmp_path: Path) -> None:
    at = timezone.now().replace(microsecond=0) + timedelta(days=1)
    bring(tmp_path, Item(1, status="future", at=f"{at:%Y-%m-%d %H:%M:%S}"))
    change = ScheduledChange.objects.get()
    assert (change.at, change.state, change.article.state) == (at, "waiting", State.DRAFT)


def test_pictures_come_from_the_uploads_folder_once_with_their_words(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads/2016/05"
    uploads.mkdir(parents=True)
    for name, colour in (("quay.jpg", "teal"), ("mast.png", "navy"), ("crew.jpg", "olive")):
        (uploads / name).write_bytes(
            make.picture_file(colour=colour, form=name[-3:].upper().replace("JPG", "JPEG")).read()
        )
    files = [
        Item(number, kind="attachment", status="inherit", parent=10, file=f"{SITE}/wp-content/uploads/2016/05/{name}",
             excerpt=f"Words of {name}", meta={"_wp_attachment_image_alt": f"Alt of {name}"})
        for number, name in ((21, "quay.jpg"), (22, "mast.png"), (23, "crew.jpg"))
    ]  # fmt: skip
    body = (
        f'[caption id="a"]<a href="{SITE}/quay/"><img class="wp-image-21" src="x"></a> The quay at noon[/caption]\n'
        f'\nThen <img src="{SITE}/wp-content/uploads/2016/05/mast-300x200.png" alt="m"> and gone: '
        f'<img src="{SITE}/wp-content/uploads/2016/05/lost.jpg">\n\n[gallery ids="21,23"]\n\nEnd.'
    )
    run = bring(tmp_path, Item(10, content=body, meta={"_thumbnail_id": "23"}), *files, media=str(tmp_path / "uploads"))
    story = Article.objects.get()
    pictures = {picture.alt_text: picture.pk for picture in Picture.objects.all()}
    quay, mast, crew = (pictures[f"Alt of {name}"] for name in ("quay.jpg", "mast.png", "crew.jpg"))
    assert story.lead_picture_id == crew
    assert f'<figure data-image="{quay}"><figcaption>The quay at noon</figcaption></figure>' in story.body
    assert f'<figure data-image="{mast}"></figure>' in story.body
    assert (
        f'<section class="gallery"><figure data-image="{quay}"></figure><figure data-image="{crew}"></figure>'
        in story.body
    )
    assert codes(run)["no_picture"] == 1
    assert "lost.jpg" in run.notes.get(code="no_picture").detail
    assert Picture.objects.count() == 3
    assert PublishedArticle.objects.get().lead


def test_links_between_stories_lead_straight_to_their_new_places(tmp_path: Path) -> None:
    one = Item(1, slug="one", content=f'See <a href="{SITE}/2016/05/two/">two</a>, <a href="/?p=2">again</a>, '
                                      '<a href="https://elsewhere.example/x/">elsewhere</a>.')  # fmt: skip
    bring(tmp_path, one, Item(2, slug="two"))
    two = PublishedArticle.objects.get(path__endswith="/two/")
    story = PublishedArticle.objects.get(path__endswith="/one/")
    assert story.body_html.count(f'href="{two.path}"') == 2
    assert 'href="https://elsewhere.example/x/"' in story.body_html
    assert story.updated_at == story.published_at


def test_links_keep_the_part_they_name_lose_what_tracks_and_documents_are_named(tmp_path: Path) -> None:
    links = (
        "/2016/05/two/?utm_source=x&amp;fbclid=y#part",
        "/2016/05/two/?share=x#a&amp;b",
        "/?p=2#end",
        "/page/?x=1#y",
    )
    files = ("/wp-content/uploads/report.pdf", "/wp-content/uploads/quay.jpg")
    text = " ".join(f'<a href="{SITE}{link}">x</a>' for link in (*links, *files))
    run = bring(tmp_path, Item(1, slug="one", content=text), Item(2, slug="two"))
    two = PublishedArticle.objects.get(path__endswith="/two/").path
    body = Article.objects.get(slug="one").body
    for end in ("#part", "#a&amp;b", "#end"):
        assert f'href="{two}{end}"' in body, body
    assert 'href="/page/?x=1#y"' in body
    assert run.notes.get(code="document").detail == f"{SITE}{files[0]}"


def test_texts_lose_code_and_unknown_shortcodes_but_no_words(tmp_path: Path) -> None:
    body = (
        '<!-- wp:paragraph --><p onclick="x()">First [sic] words</p><!-- /wp:paragraph -->\n'
        "<script>track()</script><style>p{}</style><!-- wp:embed -->\n"
        '<p>[vc_row][vc_column width="1/2"]inner words[/vc_column][/vc_row]</p>\n'
        '<p>[contact-form-7 id="4"]</p>[[gallery]]\n'
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ\n"
        '<iframe src="https://tracker.example/p"></iframe><p>Last.</p>'
    )
    run = bring(tmp_path, Item(1, content=body))
    stored = Article.objects.get().body
    assert "First [sic] words" in stored
    assert "inner words" in stored
    assert 'data-embed="https://www.youtube.com/watch?v=dQw4w9WgXcQ"' in stored
    for gone in ("vc_", "contact-form", "track", "onclick", "wp:", "tracker.example", "<style"):
        assert gone not in stored, gone
    assert "[gallery]" in stored  # written so that readers saw it
    assert "<script>" in run.notes.get(code="dropped").detail


def test_broken_pieces_are_named_with_their_line_and_cost_themselves_alone(tmp_path: Path) -> None:
    broken = "<wp:post_id>2</wp:post_id><content:encoded>A&nbsp;<b>x</content:encoded>"
    whole = export(
        Item(1), f"<item><title>Bad & worse</title>{broken}</item>\n",
        Item(3, content="Bell \x07 and \x0b tab"), Item(4, title="</item> in a headline"), Item(5, content="Cut here"),
    )  # fmt: skip
    path = tmp_path / "export.xml"
    path.write_text(whole[: whole.index("Cut here") + 4])
    call_command("import_wordpress", str(path))
    run = MovingRun.objects.latest("pk")
    assert run.counts["published"] == 3
    headlines = set(PublishedArticle.objects.values_list("headline", flat=True))
    assert headlines == {"The ferry is back", "in a headline"}  # tags are none of a headline's words
    notes = {note.code: note.line for note in run.notes.all()}
    assert notes["unreadable"] == whole[: whole.index("Bad & worse")].count("\n") + 1
    assert notes["cut_off"] > notes["unreadable"]
    assert PublishedArticle.objects.filter(body_html__contains="\x07").count() == 0


def test_a_packed_file_that_was_cut_and_a_broken_archive_are_named(tmp_path: Path) -> None:
    packed = gzip.compress(export(*(Item(number, slug=f"s-{number}") for number in range(1, 400))).encode())
    (tmp_path / "export.xml.gz").write_bytes(packed[: len(packed) // 2])
    pictures = tmp_path / "uploads.zip"
    with zipfile.ZipFile(pictures, "w") as archive:
        archive.writestr("uploads/2016/05/quay.jpg", make.picture_file().read())
    raw = bytearray(pictures.read_bytes())
    raw[200] ^= 0xFF
    pictures.write_bytes(raw)
    call_command("import_wordpress", str(tmp_path / "export.xml.gz"), dry_run=True, media=str(pictures))
    run = MovingRun.objects.latest("pk")
    assert run.counts["published"] > 1
    assert codes(run)["cut_off"] == 1
    archive_again = media.source_of(str(pictures))
    assert archive_again.open(f"{SITE}/wp-content/uploads/2016/05/quay.jpg") is None
    archive_again.close()


def test_two_of_one_name_and_categories_that_are_our_own_words(tmp_path: Path) -> None:
    same = {"slug": "same", "categories": (("search", "Search"),)}
    run = bring(tmp_path, Item(1, **same), Item(2, **same, link=f"{SITE}/other/"))
    paths = set(PublishedArticle.objects.values_list("path", flat=True))
    assert paths == {"/search-news/2016/05/04/same/", "/search-news/2016/05/04/same-2/"}
    assert codes(run)["new_slug"] == 1


def test_a_trial_says_what_would_come_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    run = bring(tmp_path, Item(1), Item(2, kind="page"), Item(3, kind="nav_menu_item"), Item(4, status="trash"),
                dry_run=True, report=report)  # fmt: skip
    assert not (Article.objects.exists() or Page.desk.exists() or OldPath.objects.exists() or Author.objects.exists())
    assert list(Section.objects.values_list("path", flat=True)) == ["news"]
    said = json.loads(report.read_text())
    assert (said["counts"]["published"], said["counts"]["page"], said["counts"]["left"]) == (1, 1, 2)
    told = {note["code"]: note["detail"] for note in said["notes"] if note["code"] != "too_deep"}
    assert told == {"other_kind": "nav_menu_item (1)", "bin": "trash"}
    assert run.is_trial
    assert "nothing of the paper was changed" in capsys.readouterr().out


def test_nothing_personal_of_the_old_site_is_kept(tmp_path: Path) -> None:
    bring(tmp_path, Item(1, comments=2), Item(2, status="private"))
    call_command("dumpdata", output=str(tmp_path / "dump.json"))
    dump = (tmp_path / "dump.json").read_text()
    for planted in ("mira.private@mail.example", "rolf@mail.example", "Rolf Tander", "A remark about"):
        assert planted not in dump, planted


def test_translations_find_their_original(tmp_path: Path) -> None:
    group = ("post_translations", "pll_1", "")
    bring(tmp_path, Item(1, terms=(("language", "en", "English"), group)),
          Item(2, title="Le bac est de retour", terms=(("language", "fr", "Français"), group)))  # fmt: skip
    french = PublishedArticle.objects.get(language="fr")
    assert french.original == PublishedArticle.objects.get(language="en").pk
    assert french.path.startswith("/fr/harbour/")


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from articles.moving import stories

    items = [Item(number, slug=f"s-{number}") for number in range(1, 7)]
    real = stories.Stories.bring

    def dies(self: stories.Stories, post: Any) -> None:
        if post.number == "4":
            raise KeyboardInterrupt
        real(self, post)

    monkeypatch.setattr(stories.Stories, "bring", dies)
    with pytest.raises(KeyboardInterrupt):
        bring(tmp_path, *items)
    assert MovingRun.objects.get().state == MovingRun.State.STOPPED
    monkeypatch.setattr(stories.Stories, "bring", real)
    run = bring(tmp_path, *items)
    assert (run.counts["known"], run.counts["published"], PublishedArticle.objects.count()) == (3, 3, 6)


def test_texts_of_several_posts_come_and_what_stood_at_the_top_is_named(tmp_path: Path) -> None:
    shown = '<!-- wp:block {"ref":77} /-->'
    run = bring(
        tmp_path, Item(1, content=f"<!-- wp:p --><p>Own.</p><!-- /wp:p -->{shown}", is_sticky=1),
        Item(77, kind="wp_block", content="<!-- wp:p --><p>Of many.</p><!-- /wp:p -->"),
        Item(2, content='<!-- wp:p --><p>Own.</p><!-- /wp:p --><!-- wp:block {"ref":78} /-->'),
        Item(78, kind="wp_block", status="draft", content="Not yet."),
    )  # fmt: skip
    assert [story.body for story in Article.objects.order_by("pk")] == ["<p>Own.</p><p>Of many.</p>", "<p>Own.</p>"]
    assert run.notes.get(code="dropped").detail == "wp:block 78"
    assert codes(run) == {"sticky": 1, "dropped": 1, "other_kind": 2}


def test_two_posts_of_one_guid_come_both_and_none_twice(tmp_path: Path) -> None:
    nameless = "<item><title>No name {0}</title><wp:status>publish</wp:status></item>"
    items = (
        Item(10, slug="one"), Item(500, slug="two", title="The other", guid=f"{SITE}/?p=10"), Item(10, slug="one"),
        nameless.format("one"), nameless.format("two"),
    )  # fmt: skip
    run = bring(tmp_path, *items)
    headlines = {"The ferry is back", "The other", "No name one", "No name two"}
    assert set(Article.objects.values_list("headline", flat=True)) == headlines
    assert [(note.title, note.detail) for note in run.notes.filter(code="same_guid")] == [("The other", "10")]
    assert bring(tmp_path, *items).counts["known"] == 5
    assert Article.objects.count() == 4


def test_a_category_of_the_third_level_becomes_a_tag_and_is_named(tmp_path: Path) -> None:
    run = bring(tmp_path, Item(1, categories=(("night-ferries", "Night ferries"),)))
    story = PublishedArticle.objects.get()
    assert story.path.startswith("/harbour/ferries/")
    assert [link["name"] for link in story.tag_links] == ["Night ferries"]
    assert run.notes.get(code="too_deep").detail == "Harbour & Sea › Ferries › Night ferries"


def test_words_for_a_picture_come_from_whichever_place_has_them(tmp_path: Path) -> None:
    (tmp_path / "quay.jpg").write_bytes(make.picture_file().read())
    file = Item(21, kind="attachment", status="inherit", file=f"{SITE}/wp-content/uploads/quay.jpg")
    image = '<img class="wp-image-21" src="x" alt="{}">'
    text = 'Words. [gallery ids="21"]' + image.format("The quay") + image.format("Another word")
    bring(tmp_path, file, Item(1, content=text, meta={"_thumbnail_id": "21"}), media=str(tmp_path))
    picture = Picture.objects.get()
    assert picture.alt_text == "The quay"
    assert PublishedArticle.objects.get().lead["alt"] == "The quay"


def test_a_story_whose_hour_was_missed_comes_out_and_is_named(tmp_path: Path) -> None:
    run = bring(tmp_path, Item(1, status="future"), Item(2))
    assert run.counts["published"] == 2
    assert [note.title for note in run.notes.filter(code="overdue")] == ["The ferry is back"]
    assert codes(run) == {"overdue": 1}
