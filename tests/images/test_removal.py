"""A picture taken out of the library: nothing of it stays, and nothing goes that is in use."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import ProtectedError

from accounts.models import User
from accounts.models.audit import AuditRow
from images import library, names
from images.models import Picture, RenditionJob
from tests import make, stored

pytestmark = pytest.mark.django_db


def test_its_row_its_original_and_its_renditions_go(
    files: Path, editor: User, django_capture_on_commit_callbacks: Callable
) -> None:
    picture = make.picture()
    rendition = names.Rendition(picture.pk, picture.version, "square", 320, "webp")
    places = [stored.original(picture.original), stored.made(rendition)]
    assert all(place.exists() for place in places)
    with django_capture_on_commit_callbacks(execute=True):
        library.remove(picture, actor=editor)
    assert not any(place.exists() for place in places)
    assert not Picture.objects.exists()
    assert not RenditionJob.objects.exists()
    assert AuditRow.objects.get(verb="picture removed").actor == editor


def test_one_that_a_story_shows_stays_whole(
    files: Path, editor: User, django_capture_on_commit_callbacks: Callable
) -> None:
    picture = make.picture()
    make.story(lead_picture=picture.pk)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ProtectedError):
        library.remove(picture, actor=editor)
    assert Picture.objects.get() == picture
    assert stored.original(picture.original).exists()
    assert not AuditRow.objects.filter(verb="picture removed").exists()
