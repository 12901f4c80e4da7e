"""After a restore: of letters only those stand still that may have gone out since, and the words say what is done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from articles.models.workflow import ScheduledChange
from newsroom.backups import standing
from subscriptions import digests
from subscriptions.models.letters import Edition
from tests import make
from tests.subscriptions.test_digests import DAY, MONDAY, Clock, at_seven, clock, subscriber  # noqa: F401

pytestmark = [pytest.mark.usefixtures("paper"), pytest.mark.django_db]
HOUR = timedelta(hours=1)


def test_the_letter_of_a_day_to_come_is_left_alone_and_brings_nothing_again(clock: Clock) -> None:  # noqa: F811
    subscriber("ada@x.example")
    make.story("Saturday story", at=MONDAY - 36 * HOUR)
    at_seven(clock, -1)
    clock(MONDAY)
    make.story("Monday story", at=MONDAY - 4 * HOUR)
    digests.keep_editions()  # the backup is made now; the letter of seven o'clock goes out, then the disk dies
    clock(MONDAY + 4 * HOUR)
    standing.hold()
    states = list(Edition.objects.order_by("day").values_list("day", "state", "problem"))
    today = MONDAY.date()
    assert states[-2:] == [(today, "cancelled", "restored"), (today + DAY, "sending", "")]
    make.story("Story after the restore", at=MONDAY + 5 * HOUR)
    assert at_seven(clock, 1) == ["Story after the restore"]


def test_what_is_due_later_stays_on_the_clock_and_the_words_say_so(clock: Clock) -> None:  # noqa: F811
    clock(MONDAY)
    ScheduledChange.objects.create(article=make.draft(), verb="publish", at=MONDAY + 30 * DAY, revision=1)
    assert standing.in_words(standing.waiting()) == [
        "1 scheduled changes: those that have fallen due since are marked as failed, to be decided at the desk"
    ]
    assert standing.hold() == []
    assert ScheduledChange.objects.get().state == "waiting"
