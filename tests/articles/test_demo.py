"""The demo newsroom: filled once, whole, with every link alive; taken out without touching what is not its own."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from PIL import Image

from accounts.models import Notice, User
from accounts.roles import Role
from articles import markup
from articles.demo import content, filling, pictures
from articles.kinds import Kind
from articles.models.corrections import Correction
from articles.models.desk import Article, State
from articles.models.places import Section, Series, Tag
from articles.models.published import PublishedArticle
from articles.models.revisions import Revision
from articles.models.site import Page, SiteSettings
from articles.models.workflow import Comment, ScheduledChange
from authors.models import Author
from citizen_reports.intake import found_forms
from images.models import Picture
from tests import make
from tests.articles.demo import PASSWORD, demo, draw_small, pictures_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    draw_small(monkeypatch)
    return tmp_path


@pytest.fixture(scope="module")
def filled_once(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Path]:
    """The demo in the database, for all tests of this file, and the folder that it was made in."""
    folder = tmp_path_factory.mktemp("demo")
    places = override_settings(DATA_DIR=folder, MEDIA_ROOT=folder / "media")
    with django_db_blocker.unblock(), transaction.atomic():
        with places, pytest.MonkeyPatch.context() as patch:
            draw_small(patch)
            demo("--password", PASSWORD)
        yield folder
        transaction.set_rollback(True)


@pytest.fixture
def filled(filled_once: Path, db: None, files: Path) -> None:
    """The demo, and its files in the test's own folder."""
    shutil.copytree(filled_once, files, dirs_exist_ok=True)


@pytest.mark.usefixtures("filled")
def test_six_sections_eight_authors_and_stories_of_every_kind_in_three_languages():
    assert Section.objects.filter(parent=None).count() == 6
    assert Author.objects.count() == 8
    assert Article.objects.count() == len(content.stories()) >= 45
    assert set(PublishedArticle.objects.values_list("language", flat=True)) == {"en", "fr", "ar"}
    assert set(PublishedArticle.objects.values_list("kind", flat=True)) == set(Kind.values)
    assert {user.role for user in User.objects.all() if user.check_password(PASSWORD)} == set(Role)


@pytest.mark.usefixtures("filled")
def test_a_second_filling_changes_nothing():
    before = list(Article.objects.order_by("pk").values_list("pk", "version"))
    said = Comment.objects.count()
    assert "already there" in demo()
    assert list(Article.objects.order_by("pk").values_list("pk", "version")) == before
    assert Comment.objects.count() == said


@pytest.mark.usefixtures("filled")
def test_a_demo_of_an_earlier_version_stays_as_it_was_and_goes_out_whole():
    numbers = list(Article.objects.filter(series__language="ar").values_list("pk", flat=True))
    PublishedArticle.objects.filter(pk__in=numbers).delete()
    Article.objects.filter(pk__in=numbers).delete()
    Series.objects.filter(language="ar").delete()
    left = Article.objects.count()
    assert "already there" in demo()
    assert Article.objects.count() == left
    assert not Series.objects.filter(language="ar").exists()
    assert f"{left} demo stories are gone" in demo("--remove")
    assert not Article.objects.exists()
    assert not Picture.objects.exists()


@pytest.mark.usefixtures("filled")
def test_every_block_is_shown_in_each_language_long_reads_are_long_and_briefs_are_brief():
    marks = {
        "fact box": '<aside class="facts"', "questions": "<dl>", "post from elsewhere": "social.example.org",
        "stories": 'class="related', "pull quote": 'class="pull"', "gallery": 'class="gallery"',
        "graphic picture": 'class="graphic"',
    }  # fmt: skip
    for language in ("en", "fr", "ar"):
        bodies = "".join(PublishedArticle.objects.filter(language=language).values_list("body_html", flat=True))
        assert {name for name, mark in marks.items() if mark not in bodies} == set(), language
    assert PublishedArticle.objects.filter(body_html__contains="<table").exists()
    for story in PublishedArticle.objects.filter(kind=Kind.LONG_READ):
        assert len(markup.plain(story.body_html).split()) >= 1200, story.path
        assert story.body_html.count("<h2") >= 4, story.path
    briefs = PublishedArticle.objects.filter(kind=Kind.BRIEF)
    assert all(30 <= len(markup.plain(brief.body_html).split()) <= 70 for brief in briefs)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("language", content.LANGUAGES)
def test_each_language_has_every_form_and_a_series_in_parts(language):
    published = PublishedArticle.objects.filter(language=language)
    forms = {Kind.NEWS, Kind.LONG_READ, Kind.BRIEF, Kind.INTERVIEW, Kind.OPINION}
    assert forms - set(published.values_list("kind", flat=True)) == set()
    series = Series.objects.get(language=language)
    assert published.filter(series=series).count() >= 2
    assert not PublishedArticle.objects.filter(series=series).exclude(language=language).exists()


@pytest.mark.usefixtures("filled")
def test_stories_that_were_updated_and_corrected_say_so():
    noted = {(note.kind, note.article.language) for note in Correction.objects.select_related("article")}
    assert noted == {("update", "en"), ("correction", "en"), ("clarification", "fr"), ("correction", "ar")}
    main = Article.objects.get(import_digest="demo:flood-main-en")
    assert main.revisions.filter(verb=Revision.Verb.PUBLISHED).count() == 2
    published = PublishedArticle.objects.get(pk=main.pk)
    assert published.was_updated
    assert "at least 11" in published.headline


@pytest.mark.usefixtures("filled")
def test_the_desk_has_stories_in_every_state_with_people_dates_flags_and_comments():
    desk = Article.objects.exclude(state=State.PUBLISHED)
    assert {story.state for story in desk} == {State.DRAFT, State.IN_REVIEW, State.RETURNED, State.READY}
    now = timezone.now()
    assert desk.filter(due_at__lt=now).count() == 1
    assert desk.filter(due_at__gt=now, due_at__lt=now + timedelta(hours=6)).count() >= 2
    assert not desk.filter(assignee=None).exists()
    assert desk.filter(needs_legal=True).exists()
    assert desk.filter(needs_picture=True).exists()
    assert desk.filter(embargo_until__gt=now, is_sensitive=True).count() == 1
    assert [change.article.state for change in ScheduledChange.objects.filter(state="waiting")] == [State.READY]
    returned = desk.get(state=State.RETURNED)
    assert returned.comments.get().author.role == Role.SUBEDITOR
    assert Comment.objects.exclude(answers=None).exists()
    assert Comment.objects.exclude(resolved_at=None).exists()
    assert SiteSettings.load().banners == {}
    assert Notice.objects.exists()
    assert not Notice.objects.exclude(mail_at=None).exists()


@pytest.mark.parametrize("scene", sorted(content.labels()))
def test_what_is_written_in_a_drawing_is_in_the_language_of_its_stories(scene):
    needed = {row.get("language", "en") for row in content.pictures() if row["scene"] == scene}
    spoken = content.labels()[scene]
    assert needed == set(spoken)
    assert len({pictures.draw(scene, language=language) for language in spoken}) == len(spoken)
    assert len({tuple(words) for words in spoken.values()}) == 1


def test_bodies_come_through_the_profile_as_they_were_written():
    for story in content.stories():
        assert markup.plain(markup.clean(story["body"])).split() == markup.plain(story["body"]).split(), story["key"]


@pytest.mark.usefixtures("filled")
def test_most_stories_have_a_picture_that_says_what_is_on_it_and_whose_it_is():
    published = PublishedArticle.objects.all()
    leads = {story.path: story.lead for story in published if story.lead}
    assert 20 <= len(leads) < len(published)
    for path, lead in leads.items():
        assert lead["alt"], path
        assert lead["caption"], path
        assert "The Far Shore" in lead["credit"], path
    assert set(Picture.objects.values_list("rights", flat=True)) == {"own"}
    assert Picture.objects.count() == len(content.pictures())
    assert Article.objects.exclude(state=State.PUBLISHED).exclude(lead_picture=None).exists()


@pytest.mark.usefixtures("filled")
def test_long_stories_have_pictures_in_their_text_and_one_in_each_language_a_cover():
    bodies = [story.body_html for story in PublishedArticle.objects.all()]
    assert sum('class="photo"' in body for body in bodies) >= 3
    assert sum('class="graphic"' in body for body in bodies) == 3
    keys = {row["key"] for row in content.pictures()}
    named = {key for story in content.stories() for key in re.findall(r'data-image="([^"]*)"', story["body"])}
    leads = {story["lead"] for story in content.stories() if story["lead"]}
    assert named | leads == keys


@pytest.mark.usefixtures("filled")
def test_every_author_has_a_portrait():
    for author in Author.objects.all():
        with author.portrait.open() as file, Image.open(file) as drawn:
            assert drawn.size == (480, 480)


@pytest.mark.parametrize("scene", pictures.SCENES)
def test_a_scene_is_drawn_the_same_each_time_and_otherwise_when_mirrored(scene):
    drawing = pictures.draw(scene)
    with Image.open(BytesIO(drawing)) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (96, 64))
        assert len(drawn.getcolors(96 * 64) or ()) > 100
    assert pictures.draw(scene) == drawing
    assert pictures.draw(scene, mirrored=True) != drawing


def test_pictures_of_one_scene_are_the_same_at_each_call_and_no_two_files_are_alike():
    rows = [row for row in content.pictures() if row["scene"] in {"gauge", "river_map"}]
    files = pictures.draw_all(rows)
    assert pictures.draw_all(rows) == files
    assert len(set(files.values())) == len(rows) == 6


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("language", "byline"),
    [
        ("en", 'Nadia Sakkour</a>, <a rel="author"'),
        ("fr", 'Nadia Sakkour</a>, <a rel="author"'),
        ("ar", 'ليلى حدّاوي</a>، <a rel="author"'),
    ],
)
def test_two_names_are_set_apart_by_the_comma_of_their_language(language, byline):
    story = PublishedArticle.objects.get(kind=Kind.LONG_READ, language=language, section__path="news")
    assert byline in Client().get(story.path).content.decode()


@pytest.mark.usefixtures("filled")
def test_no_link_of_the_demo_leads_nowhere():
    found_forms()
    pages = [*PublishedArticle.objects.values_list("path", flat=True), *Page.objects.values_list("path", flat=True)]
    links = {
        unescape(link)
        for path in [*pages, "/", "/fr/", "/ar/"]
        for link in re.findall(r'href="(/[^"#]*)', Client().get(path).content.decode())
        if not link.startswith("/static/")
    }
    assert len(links) > 100
    assert {link for link in links if answer(link) != 200} == set()


def answer(path: str) -> int:
    response = Client().get(path)
    assert b"".join(response), path  # to its end: icons are open files
    return response.status_code


@pytest.mark.usefixtures("filled")
def test_taking_it_out_leaves_what_was_set_since_and_the_languages_of_own_stories(chief):
    SiteSettings.objects.update(name="The Gull", report_email="tips@gull.example")
    make.story("Le bac repart", language="fr", section=Section.objects.get(path="news"))
    demo("--remove")
    site = SiteSettings.load()
    assert (site.name, site.report_email, site.languages) == ("The Gull", "tips@gull.example", ["en", "fr"])
    assert (site.whatsapp_url, site.tagline, site.wording, site.home_time_zone) == ("", "", {}, "UTC")


@pytest.mark.usefixtures("filled")
def test_taking_it_out_keeps_what_is_the_newsrooms_own(chief):
    author, section = Author.objects.first(), Section.objects.get(path="news/elections")
    own = make.story("Our own story", section=section, bylines=[author], tags=["Floods of our own"])
    demo("--remove")

    assert PublishedArticle.objects.get() == own
    assert Client().get(own.path).status_code == 200
    assert list(Author.objects.all()) == [author]
    assert set(Section.objects.values_list("path", flat=True)) == {"news", "news/elections"}
    assert [tag.name for tag in Tag.objects.all()] == ["Floods of our own"]


@pytest.mark.usefixtures("filled")
def test_taking_it_out_keeps_the_pictures_that_our_own_stories_show(chief, files, django_capture_on_commit_callbacks):
    shown, named = Picture.objects.all()[:2]
    make.story("Our own story", lead_picture=shown.pk)
    make.draft("Not yet out", body=f'<p>Text.</p><figure data-image="{named.pk}"></figure>')
    with django_capture_on_commit_callbacks(execute=True):
        demo("--remove")
    assert set(Picture.objects.all()) == {shown, named}
    assert pictures_in(files) == {shown.original, named.original}


@pytest.mark.usefixtures("filled")
def test_the_accounts_stay_while_no_other_chief_could_sign_in():
    assert "Make one" in demo("--remove")
    assert User.objects.filter(role=Role.CHIEF, is_active=True).exists()


@pytest.mark.usefixtures("filled")
def test_what_is_one_story_in_several_languages_is_linked():
    everywhere = set(content.LANGUAGES)
    linked = {
        "coupe-fr": everywhere, "koudra-market-en": everywhere, "balouk-pictures-en": everywhere,
        "passport-queue-ar": {"ar", "en"},
    }  # fmt: skip
    for key, languages in linked.items():
        original = Article.objects.get(import_digest=f"{filling.MARK}{key}")
        versions = PublishedArticle.objects.filter(original=original.pk)
        assert {original.language, *versions.values_list("language", flat=True)} == languages
    demo("--remove")
    assert not Article.objects.exists()
