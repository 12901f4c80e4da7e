"""When files are refused for lack of room, those who can do something about it hear of it once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notice, User
from citizen_reports import quarantine, room


def test_editors_and_chiefs_hear_once_a_day_that_there_is_no_room(
    editor: User, chief: User, reporter: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert room.warn() == 0
    monkeypatch.setattr(quarantine, "has_space", lambda: False)
    assert [room.warn(), room.warn()] == [2, 0]
    assert set(Notice.objects.values_list("user", "text_id")) == {(editor.pk, room.FULL), (chief.pk, room.FULL)}
    Notice.objects.update(at=timezone.now() - timedelta(days=2))
    assert room.warn() == 2
    assert not Notice.objects.filter(user=reporter).exists()
