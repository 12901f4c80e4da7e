"""The demo goes into an empty newsroom only, whole or not at all, and leaves an empty one."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.forms.models import model_to_dict

from accounts.models import Notice, User
from articles.demo import content, filling
from articles.founding import found_newsroom
from articles.models.corrections import Correction
from articles.models.desk import Article
from articles.models.places import Section, Series, Tag
from articles.models.published import OldPath, PublishedArticle
from articles.models.reader_notes import ReaderNote
from articles.models.site import MenuItem, Page, SiteSettings
from articles.models.workflow import Comment, ScheduledChange
from authors.models import Author
from images.models import Picture
from tests import make
from tests.articles.demo import demo, draw_small, pictures_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    draw_small(monkeypatch)
    return tmp_path


@pytest.mark.parametrize("own", ["a story", "a name"])
def test_it_does_not_go_into_a_newsroom_that_has_something_of_its_own(own):
    site = make.site(name="Newsroom" if own == "a story" else "The Gull", report_email="tips@gull.example")
    if own == "a story":
        make.draft()
    with pytest.raises(CommandError, match="of its own"):
        demo()
    assert SiteSettings.load().report_email == site.report_email
    assert not Author.objects.exists()
    assert not User.objects.filter(email__endswith="@demo.example").exists()


def test_taking_it_out_leaves_an_empty_newsroom(chief, files, django_capture_on_commit_callbacks):
    found_newsroom()
    before = model_to_dict(SiteSettings.load())
    demo()
    assert len(pictures_in(files)) == len(content.pictures()) + 8
    with django_capture_on_commit_callbacks(execute=True):
        assert f"{len(content.stories())} demo stories are gone" in demo("--remove")
    assert pictures_in(files) == set()
    for model in (
        Article, PublishedArticle, OldPath, Author, Series, Tag, Page, Picture, Comment, Correction, ReaderNote,
        ScheduledChange, Notice,
    ):  # fmt: skip
        assert not model.objects.exists(), model
    assert list(Section.objects.values_list("slug", flat=True)) == ["news"]
    assert [str(item) for item in MenuItem.objects.all()] == ["News"]
    assert model_to_dict(SiteSettings.load()) == before
    assert not User.objects.filter(email__endswith="@demo.example", is_active=True).exists()
    assert "no demo" in demo("--remove")


def test_a_failure_half_way_leaves_nothing(monkeypatch):
    def fail(*args: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(filling, "_menus", fail)
    with pytest.raises(RuntimeError, match="planted"):
        filling.fill(writers=[])
    assert not Section.objects.exists()
