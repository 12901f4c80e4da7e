"""Where a story went: the paper's own places, each letter, and *try only this again*."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from accounts.models.audit import AuditRow
from articles import actions, receipt
from articles.registry import Arrival
from subscriptions import desk as letters
from subscriptions import ledger
from subscriptions.models.letters import Delivery, Edition
from tests import make
from tests.articles.desk_form import form_of, typed
from tests.subscriptions.readers import alert, reader, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site()


def states(number: int, user: User) -> dict[str, Arrival]:
    return {line.name: line.state for line in receipt.lines(number, user)}


def refused(count: int = 1, **edition: object) -> Edition:
    """An edition that went out and was refused by `count` readers' servers, and taken by one."""
    for _each in range(count + 1):
        reader()
    sent = alert("Ferry returns")
    work()
    numbers = list(sent.deliveries.order_by("pk").values_list("pk", flat=True)[:count])
    sent.deliveries.filter(pk__in=numbers).update(state=Delivery.State.FAILED, reason="550 5.1.1")
    ledger.write_down(sent)
    sent.refresh_from_db()
    return sent


def test_a_story_is_there_and_nobody_was_written_to(editor: User) -> None:
    story = make.story("Ferry returns")
    assert states(story.pk, editor) == {
        "The story": Arrival.THERE, "Front page": Arrival.THERE, "Section front": Arrival.THERE,
        "Feed of the paper": Arrival.THERE, "Feed of the section": Arrival.THERE,
        "Sitemap for search engines": Arrival.THERE,
        "Letter to subscribers": Arrival.NOT_ASKED,
    }  # fmt: skip
    actions.withdraw(story.pk, actor=editor)
    assert states(story.pk, editor)["The story"] == Arrival.NOT_THERE


def test_what_has_gone_from_the_front_and_the_feed_is_said_so(editor: User) -> None:
    old = make.story("Old story", at=timezone.now() - timedelta(days=300), noindex=True)
    for _number in range(40):
        make.story()
    found = states(old.pk, editor)
    assert found["Front page"] == found["Feed of the paper"] == Arrival.NOT_THERE
    assert found["Sitemap for search engines"] == Arrival.NOT_THERE
    assert found["Section front"] == Arrival.THERE


def test_looking_leaves_the_desks_language_alone(editor: User) -> None:
    story = make.story("Le bac", language="fr")
    with translation.override("ar"):
        receipt.lines(story.pk, editor)
        assert translation.get_language() == "ar"


def test_a_letter_waits_then_is_handed_over(editor: User) -> None:
    reader()
    edition = alert("Ferry returns")
    assert states(edition.article_number, editor)["Breaking news"] == Arrival.WAITING
    work()
    line = receipt.lines(edition.article_number, editor)[-1]
    assert (line.state, line.retry) == (Arrival.SUBMITTED, "")
    assert "1 handed over" in line.detail


def test_uncertain_and_stopped_letters_are_told_apart(editor: User) -> None:
    reader()
    edition = alert("Ferry returns")
    for state, arrival in (("needs_attention", Arrival.UNCERTAIN), ("paused", Arrival.STOPPED)):
        Edition.objects.filter(pk=edition.pk).update(state=state)
        assert states(edition.article_number, editor)["Breaking news"] == arrival


def test_only_what_was_refused_is_tried_again(editor: User, signed_in: Callable[[User], Client]) -> None:
    edition = refused(2)
    desk = signed_in(editor)
    page = desk.get(reverse("admin:articles_article_receipt", args=[edition.article_number])).content.decode()
    retry = reverse("admin:subscriptions_edition_do", args=[edition.pk, "retry"])
    assert f'formaction="{retry}"' in page
    answer = desk.post(retry, {"back": "receipt"})
    assert answer["Location"] == reverse("admin:articles_article_receipt", args=[edition.article_number])
    waiting = edition.deliveries.filter(state=Delivery.State.READY)
    assert waiting.count() == 2
    assert states(edition.article_number, editor)["Breaking news"] == Arrival.WAITING
    assert AuditRow.objects.filter(verb="refused letters tried again", actor=editor).exists()
    work()
    assert states(edition.article_number, editor)["Breaking news"] == Arrival.SUBMITTED
    assert edition.deliveries.filter(state=Delivery.State.SENT).count() == 3


def test_a_second_click_and_a_story_taken_off_send_nothing(editor: User) -> None:
    edition = refused()
    letters.retry_refused(edition, actor=editor)
    with pytest.raises(letters.LetterProblem):
        letters.retry_refused(edition, actor=editor)
    edition.deliveries.filter(state=Delivery.State.READY).update(state=Delivery.State.FAILED)
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.DONE)
    actions.withdraw(edition.article_number, actor=editor)
    with pytest.raises(letters.LetterProblem):
        letters.retry_refused(edition, actor=editor)
    assert receipt.lines(edition.article_number, editor)[-1].retry == ""


def test_a_reporter_sees_how_it_went_and_tries_nothing(reporter: User, signed_in: Callable[[User], Client]) -> None:
    edition = refused()
    desk = signed_in(reporter)
    page = desk.get(reverse("admin:articles_article_receipt", args=[edition.article_number])).content.decode()
    assert "1 refused" in page
    assert "formaction" not in page
    assert desk.post(reverse("admin:subscriptions_edition_do", args=[edition.pk, "retry"])).status_code == 403


def test_the_state_says_when_nothing_waits_any_more(editor: User, signed_in: Callable[[User], Client]) -> None:
    reader()
    edition = alert("Ferry returns")
    desk = signed_in(editor)
    address = reverse("admin:articles_article_receipt_state", args=[edition.article_number])
    assert desk.get(address).json()["waiting"] is True
    work()
    answer = desk.get(address).json()
    assert answer["waiting"] is False
    assert "Handed over" in answer["html"]


def test_who_publishes_is_led_to_the_receipt(editor: User, signed_in: Callable[[User], Client]) -> None:
    article = make.draft("Ferry returns", lead_picture=make.picture().pk, standfirst="It runs again.")
    answer = signed_in(editor).post(form_of(article), typed(article, _publish="1"), follow=True).content.decode()
    assert f'href="{reverse("admin:articles_article_receipt", args=[article.pk])}">See where it went' in answer


def test_the_receipt_costs_the_same_for_a_full_paper(editor: User, signed_in: Callable[[User], Client]) -> None:
    desk = signed_in(editor)
    counts = []
    for _each in range(3):
        edition = alert()
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse("admin:articles_article_receipt", args=[edition.article_number]))
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 30
