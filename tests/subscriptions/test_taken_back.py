"""What was taken back goes to nobody any more, whoever presses what afterwards; and a pause costs nobody her letter."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from articles import actions
from subscriptions import addressing, desk, ledger, manual, sending
from subscriptions.models.letters import Delivery, Edition
from tests import make
from tests.subscriptions.readers import alert, letter_by_the_desk, mailed, outcomes, part, reader, work

pytestmark = pytest.mark.usefixtures("paper")
State = Delivery.State


def take_back(verb: str, number: int | None, chief: object) -> None:
    if verb == "kill":
        actions.kill(number, actor=chief, notice="We were wrong.")
    else:
        actions.withdraw(number, actor=chief)


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
@pytest.mark.parametrize("state", ["expired", "needs_attention"])
def test_a_letter_that_waits_for_a_person_is_cancelled_with_its_story(verb, state, chief):
    reader()
    edition = alert()
    addressing.prepare("tests")
    edition.deliveries.update(state=State.UNCERTAIN)
    Edition.objects.update(state=state)
    take_back(verb, edition.article_number, chief)
    edition.refresh_from_db()
    assert edition.state == "cancelled"
    for press in (
        lambda: desk.resume(edition, actor=chief),
        lambda: desk.send_again(edition.deliveries.get(), actor=chief),
    ):
        with pytest.raises(desk.LetterProblem):
            press()
    work()
    assert (outcomes(edition), mailed()) == ({"uncertain": 1}, [])


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
def test_a_letter_that_is_done_cannot_be_set_going_again_when_its_story_is_gone(verb, chief):
    for _number in range(2):
        reader()
    edition = alert()
    work()
    before = len(mailed())
    lost, refused = edition.deliveries.order_by("pk")
    Delivery.objects.filter(pk=lost.pk).update(state=State.UNCERTAIN)
    Delivery.objects.filter(pk=refused.pk).update(state=State.FAILED)
    take_back(verb, edition.article_number, chief)
    with pytest.raises(desk.LetterProblem):
        desk.send_again(lost, actor=chief)
    with pytest.raises(desk.LetterProblem):
        desk.retry_refused(edition, actor=chief)
    work()
    assert (outcomes(edition), len(mailed())) == ({"uncertain": 1, "failed": 1}, before)


@pytest.mark.parametrize("state", ["paused", "expired"])
def test_going_on_asks_whether_the_story_is_there_whatever_state_the_letter_is_in(state, chief):
    reader()
    edition = alert()
    addressing.prepare("tests")
    actions.withdraw(edition.article_number, actor=chief)
    Edition.objects.update(state=state)
    with pytest.raises(desk.LetterProblem):
        desk.resume(edition, actor=chief)
    edition.refresh_from_db()
    assert edition.state == state


@pytest.mark.parametrize("state", ["done", "expired", "needs_attention"])
def test_a_desk_letter_that_is_sent_again_shows_no_story_that_was_killed(state, chief):
    reader()
    story, other = make.story("Mayor resigns"), make.story("Ferry returns")
    letter = letter_by_the_desk()
    letter.stories = [story.pk, other.pk]
    letter.save()
    edition = manual.decide(letter, actor=None, version=letter.version)
    addressing.prepare("tests")
    edition.deliveries.update(state=State.FAILED)
    Edition.objects.update(state=state)
    actions.kill(story.pk, actor=chief, notice="We were wrong.")
    desk.retry_refused(edition, actor=chief)
    work()
    (sent,) = mailed()
    for kind in ("html", "plain"):
        assert "Ferry returns" in part(sent, kind) and "Mayor resigns" not in part(sent, kind)


def test_a_story_taken_off_between_looking_and_claiming_is_in_no_letter(chief, monkeypatch):
    reader()
    story, other = make.story("Mayor resigns"), make.story("Ferry returns")
    letter = letter_by_the_desk()
    letter.stories = [story.pk, other.pk]
    letter.save()
    manual.decide(letter, actor=None, version=letter.version)
    claim = ledger.claim

    def late(edition: Edition, **how: object) -> list[Delivery]:
        if "Mayor resigns" in Edition.objects.get(pk=edition.pk).html:
            actions.withdraw(story.pk, actor=chief)
        return claim(edition, **how)

    monkeypatch.setattr(sending.ledger, "claim", late)
    work()
    (sent,) = mailed()
    assert "Ferry returns" in part(sent, "html") and "Mayor resigns" not in part(sent, "html")


def test_going_on_takes_none_of_the_hours_that_a_letter_has_left(chief):
    reader()
    edition = alert()
    addressing.prepare("tests")
    edition.refresh_from_db()
    over = datetime(2100, 1, 1, tzinfo=UTC)
    Edition.objects.update(not_after=over)
    for end in (over, timezone.now()):
        Edition.objects.update(not_after=end)
        desk.pause(edition, actor=chief)
        desk.resume(edition, actor=chief)
        edition.refresh_from_db()
        assert edition.not_after >= max(end, timezone.now() + timedelta(minutes=30))
