"""Where pictures and videos are used: the library asks before it lets one go."""

from typing import Any

import pytest
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.models import User
from articles import actions, actions_schedule
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from images import filters, library, registry
from images.models import Picture, Video
from tests import make
from tests.articles.clock import SOON, fall_due, set_clock, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"


def on_the_clock(editor: User, content: dict[str, Any], *, without: dict[str, Any]) -> tuple[Article, Any]:
    """A story that goes out with `content`, and whose form has been saved `without` since."""
    story = make.draft("Ferry is back", actor=editor, **content)
    change = set_clock(story, editor, timezone.now() + SOON)
    actions.save(story.pk, actor=editor, content=without)
    return story, change


def test_a_picture_that_will_go_out_by_the_clock_stays(editor: User) -> None:
    inside, lead, nowhere = (make.picture((90, 60), colour) for colour in ("teal", "navy", "maroon"))
    body = f'<p>The ferry left at noon.</p><figure data-image="{inside.pk}"></figure>'
    without = {"body": "<p>The ferry left at noon.</p>", "lead_picture": None}
    story, change = on_the_clock(editor, {"body": body, "lead_picture": lead.pk}, without=without)

    for picture in (inside, lead):
        assert [label for label, _address in registry.used_in(picture)] == ["Ferry is back"]
        with pytest.raises(ProtectedError):
            library.remove(picture, actor=editor)
    assert registry.used_in(nowhere) == []
    assert list(filters.unused(Picture.objects.all())) == [nowhere]
    fall_due(change)
    assert work() == 1
    assert f"/pictures/{inside.pk}-" in PublishedArticle.objects.get(pk=story.pk).body_html


def test_what_was_taken_off_the_clock_is_free_again(editor: User) -> None:
    picture = make.picture((90, 60))
    _story, change = on_the_clock(editor, {"lead_picture": picture.pk}, without={"lead_picture": None})
    actions_schedule.cancel(change.pk, actor=editor)
    assert registry.used_in(picture) == []
    library.remove(picture, actor=editor)
    assert not Picture.objects.exists()


def test_a_video_that_will_go_out_by_the_clock_is_used(editor: User) -> None:
    video = Video.objects.create(
        caption="At the quay", alt_text="A quay", credit="Amira Holt", rights="own", original="0" * 32, form="mp4",
        size=1, sha256="0" * 64, is_ready=True,
    )  # fmt: skip
    body = f'<p>The ferry left at noon.</p><figure data-video="{video.pk}"></figure>'
    on_the_clock(editor, {"body": body}, without={"body": "<p>The ferry left at noon.</p>"})
    assert [label for label, _address in registry.video_used_in(video)] == ["Ferry is back"]
