"""One file brought by several people at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection

from accounts.models import AuditRow
from images import library
from images.models import Picture, RenditionJob
from tests import make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]
PEOPLE = 4


def test_one_picture_comes_of_it_and_everybody_gets_that(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    all_looked = threading.Barrier(PEOPLE)
    look = library._look

    def looked_together(*args: Any) -> Any:
        seen = look(*args)
        all_looked.wait(30)
        return seen

    def bring(_number: int) -> int:
        try:
            return library.add(make.picture_file((90, 60)), filename="quay.jpg", actor=None).pk
        finally:
            connection.close()

    monkeypatch.setattr(library, "_look", looked_together)
    with ThreadPoolExecutor(PEOPLE) as pool:
        numbers = set(pool.map(bring, range(PEOPLE)))
    assert numbers == set(Picture.objects.values_list("pk", flat=True)) and len(numbers) == 1
    assert AuditRow.objects.filter(verb="picture added").count() == RenditionJob.objects.count() == 1
    kept = [path.name for path in (files / "private" / "pictures").rglob("*") if path.is_file()]
    assert kept == [Picture.objects.get().original]


def test_the_database_takes_no_second_row_of_one_file() -> None:
    picture = make.picture()
    picture.pk, picture.original = None, "0" * 32
    with pytest.raises(IntegrityError):
        picture.save(force_insert=True)


def test_a_picture_may_get_a_file_that_another_has_and_its_old_file_may_come_again() -> None:
    first, second = make.picture((90, 60)), make.picture((96, 64), "navy")
    replaced = library.replace(second, make.picture_file((90, 60)), filename="quay.jpg", actor=None)
    assert (replaced.sha256, replaced.added_sha256) == (first.sha256, None)
    again = library.add(make.picture_file((96, 64), "navy"), filename="pier.jpg", actor=None)
    assert again.pk not in {first.pk, second.pk}
    assert Picture.objects.count() == 3
