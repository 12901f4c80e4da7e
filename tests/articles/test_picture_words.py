"""What is written about a picture in the library reaches the stories that readers have."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from articles import actions, receivers
from articles.models.published import PublishedArticle
from images import library
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_files")]


@pytest.fixture
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"


def as_read(number: int) -> PublishedArticle:
    return PublishedArticle.objects.get(pk=number)


def test_new_words_reach_live_stories_and_captions_of_their_own_stay(editor: User) -> None:
    picture = make.picture(caption="The quay", credit="Amira Holt")
    figure = f'<figure data-image="{picture.pk}">'
    plain = make.story(lead_picture=picture.pk, body=f"<p>Noon.</p>{figure}</figure>")
    own = make.story(body=f"<p>Noon.</p>{figure}<figcaption>Our own words</figcaption></figure>")
    before = as_read(plain.pk)

    changed = library.change(
        picture,
        actor=editor,
        caption="The north quay",
        credit="Mara Quill",
        alt_text="Boats at dusk",
        is_sensitive=True,
    )

    assert changed.shown_anew == 2
    after = as_read(plain.pk)
    assert (after.lead["caption"], after.lead["credit"]) == ("The north quay", "Mara Quill")
    assert (after.lead["alt"], after.lead["sensitive"]) == ("Boats at dusk", True)
    for words in ("The north quay", "Mara Quill", "Boats at dusk"):
        assert words in after.body_html and words not in before.body_html
    assert (after.published_at, after.updated_at, after.revision) == (
        before.published_at, before.updated_at, before.revision,
    )  # fmt: skip
    html = as_read(own.pk).body_html
    assert "Our own words" in html and "Mara Quill" in html and "The north quay" not in html


def test_what_the_desk_is_writing_stays_at_the_desk(editor: User) -> None:
    picture = make.picture(caption="The quay")
    story = make.story("Ferry is back", lead_picture=picture.pk)
    actions.save(story.pk, actor=editor, content={"headline": "Not yet for readers"})
    library.change(picture, actor=editor, caption="The north quay")
    assert (as_read(story.pk).headline, as_read(story.pk).lead["caption"]) == ("Ferry is back", "The north quay")


def test_a_reporters_words_wait_until_an_editor_publishes(reporter: User, editor: User) -> None:
    picture = make.picture(caption="The quay")
    story = make.story(lead_picture=picture.pk)
    assert library.change(picture, actor=reporter, caption="The north quay").shown_anew == 0
    assert as_read(story.pk).lead["caption"] == "The quay"
    assert library.change(picture, actor=editor, credit="Mara Quill").shown_anew == 1
    assert as_read(story.pk).lead["caption"] == "The north quay"


def test_what_readers_do_not_see_changes_no_story(editor: User) -> None:
    picture = make.picture()
    make.story(lead_picture=picture.pk)
    assert library.change(picture, actor=editor, rights_note="Asked by telephone", place="Port Selin").shown_anew == 0


def test_another_file_and_another_blur_reach_them_too(editor: User) -> None:
    picture = make.picture((1200, 800))
    story = make.story(lead_picture=picture.pk)
    library.change(picture, actor=editor, blurred=[[0, 0, 0.5, 0.5]])
    assert f"/{picture.pk}-2-wide-" in as_read(story.pk).lead["crops"]["wide"]["src"]
    library.replace(picture, make.picture_file((640, 480), "navy"), filename="new.jpg", actor=editor)
    assert f"/{picture.pk}-3-whole-" in as_read(story.pk).lead["crops"]["whole"]["src"]
    assert as_read(story.pk).lead["crops"]["whole"]["width"] == 640


def test_stories_taken_off_stay_off_and_many_wait_for_the_command(
    editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receivers, "AT_ONCE", 2)
    picture = make.picture(caption="The quay")
    stories = [make.story(lead_picture=picture.pk) for _ in range(4)]
    actions.withdraw(stories[0].pk, actor=editor)
    assert library.change(picture, actor=editor, caption="The north quay").shown_anew == 2
    assert not PublishedArticle.objects.filter(pk=stories[0].pk).exists()
    assert [as_read(story.pk).lead["caption"] for story in stories[1:]] == [
        "The quay", "The north quay", "The north quay",
    ]  # fmt: skip


def test_the_person_is_told_how_many_stories_changed(editor: User, signed_in: Callable[[User], Client]) -> None:
    picture = make.picture(caption="The quay")
    make.story(lead_picture=picture.pk)
    kept = ("alt_text", "credit", "place", "rights", "rights_note", "focal_x", "focal_y")
    sent = {**{name: getattr(picture, name) for name in kept}, "caption": "The north quay", "blurred_parts": ""}
    page = reverse("admin:images_picture_change", args=[picture.pk])
    text = signed_in(editor).post(page, sent, follow=True).content.decode()
    assert "1 live story shows it anew." in text
