"""A letter that cannot be put together waits for a person; every other letter goes out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notice
from accounts.roles import Role
from subscriptions import desk, digests, mime
from subscriptions.models.letters import Edition
from subscriptions.models.people import Subscription
from tests import make
from tests.subscriptions.readers import alert, mailed, outcomes, reader, work

DAYS = timedelta(days=3)  # she has wanted it for so long that today's letter is hers at every hour
pytestmark = pytest.mark.usefixtures("paper")


def test_one_letter_that_cannot_be_written_stops_no_other(monkeypatch):
    chief = make.user(Role.CHIEF)
    for _number in range(3):
        reader()
    bad, good = alert("Broken words"), alert("Whole words")
    shell_of = mime.shell_of

    def fussy(edition: Edition, **how: str) -> mime.Shell:
        if edition.pk == bad.pk:
            raise ValueError("no such words")
        return shell_of(edition, **how)

    with monkeypatch.context() as broken:
        broken.setattr(mime, "shell_of", fussy)
        work()
    assert {letter["Subject"] for letter in mailed()} == {"Whole words"}
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.problem, good.state) == ("paused", "unwritten", "done")
    assert outcomes(bad) == {"ready": 3}
    assert set(bad.deliveries.values_list("lease_by", "attempts")) == {("", 0)}
    (notice,) = Notice.objects.all()
    assert (notice.user, notice.params) == (chief, {"subject": "Broken words"})
    desk.resume(bad, actor=chief)
    work()
    bad.refresh_from_db()
    assert (bad.state, bad.problem, outcomes(bad)) == ("done", "", {"sent": 3})


def test_a_digest_whose_stories_cannot_be_chosen_stops_no_other_letter(monkeypatch):
    morning = reader("morning@x.example")
    Subscription.objects.filter(subscriber=morning).update(cadence="daily", changed_at=timezone.now() - DAYS)
    reader("now@x.example")
    digests.keep_editions()
    digest = Edition.objects.filter(newsletter__kind="daily").earliest("day")
    digest.deliveries.update(due_at=digest.created_at, not_after=None)
    Edition.objects.filter(pk=digest.pk).update(due_at=digest.created_at)
    alert("Whole words")

    def fails(*_given: object) -> None:
        raise LookupError("no such topic")

    monkeypatch.setattr(digests.Digests, "expect", fails)
    work()
    assert [letter["To"] for letter in mailed()] == ["now@x.example"]
    digest.refresh_from_db()
    assert (digest.state, digest.problem) == ("paused", "unwritten")
    assert set(digest.deliveries.values_list("state", "lease_by")) == {("ready", "")}
