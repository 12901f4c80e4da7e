"""Plain saves grow thinner with age; what matters stays, and no number comes twice."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from articles import actions, pruning
from articles.models.desk import Article
from articles.models.revisions import Revision
from articles.models.workflow import ScheduledChange
from tests import make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning.timezone, "now", lambda: NOW)


def story_saved_at(*moments: datetime) -> Article:
    """A draft with a copy for each moment, numbered from 1, and one of just now."""
    article = make.draft("Headline 1")
    for number in range(2, len(moments) + 2):
        actions.save(article.pk, actor=None, content={"headline": f"Headline {number}"})
    for number, moment in enumerate(moments, 1):
        Revision.objects.filter(article=article, number=number).update(created_at=moment)
    Revision.objects.filter(article=article, number=len(moments) + 1).update(created_at=NOW)
    article.refresh_from_db()
    return article


def kept(article: Article) -> list[int]:
    return sorted(article.revisions.values_list("number", flat=True))


def days_ago(days: int, hour: int = 9, minute: int = 0) -> datetime:
    return (NOW - timedelta(days=days)).replace(hour=hour, minute=minute)


def test_all_for_a_month_then_the_last_of_each_hour_then_of_each_day() -> None:
    article = story_saved_at(
        days_ago(200, 8), days_ago(200, 9), days_ago(199, 9),  # 1 goes: 2 is the last of that day
        days_ago(40, 9, 5), days_ago(40, 9, 50), days_ago(40, 10, 5),  # 4 goes: 5 is the last of that hour
        days_ago(10, 9, 5), days_ago(10, 9, 6),
    )  # fmt: skip
    other = story_saved_at(days_ago(200, 8))
    assert pruning.thin_revisions() == 2
    assert kept(article) == [2, 3, 5, 6, 7, 8, 9]
    assert kept(other) == [1, 2]
    assert pruning.thin_revisions() == 0


def test_milestones_stay_however_old() -> None:
    article = story_saved_at(*(days_ago(300, 9, minute) for minute in range(1, 10)))
    verbs = [Revision.Verb.PUBLISHED, Revision.Verb.SUBMITTED, Revision.Verb.SCHEDULED, Revision.Verb.IMPORTED,
             Revision.Verb.RESTORED]  # fmt: skip
    for number, verb in enumerate(verbs, 1):
        Revision.objects.filter(article=article, number=number).update(verb=verb)
    ScheduledChange.objects.create(article=article, verb="publish", revision=6, at=NOW, due_at=NOW)
    Article.objects.filter(pk=article.pk).update(state="published", live_revision=7)
    pruning.thin_revisions()
    assert kept(article) == [1, 2, 3, 4, 5, 6, 7, 9, 10]  # 8 alone was a plain save that 9 came after


def test_what_is_the_working_copy_stays_and_numbers_go_on() -> None:
    article = story_saved_at(days_ago(300, 9, 1), days_ago(300, 9, 2))
    article.revisions.filter(number=3).update(created_at=days_ago(300, 9, 3))
    pruning.thin_revisions()
    assert kept(article) == [3]
    actions.save(article.pk, actor=None, content={"headline": "Once more"})
    assert kept(article) == [3, 4]


def test_many_go_in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    article = story_saved_at(*(days_ago(300, 9, minute) for minute in range(7)))
    assert pruning.thin_revisions() == 6
    assert kept(article) == [7, 8]


def test_nothing_goes_where_all_is_to_be_kept(settings: Settings) -> None:
    settings.REVISIONS_KEEP_ALL_DAYS = 0
    article = story_saved_at(days_ago(300, 9, 1), days_ago(300, 9, 2))
    assert pruning.thin_revisions() == 0
    assert kept(article) == [1, 2, 3]
