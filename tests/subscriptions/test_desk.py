"""Letters and readers in the admin: who may look, who may act, and an account that adds up before everybody's eyes."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models.audit import AuditRow
from accounts.roles import Role
from articles.registry import options_for
from subscriptions import addressing, exchanging, ledger, people
from subscriptions.models.deliveries import Way
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber, Suppression
from subscriptions.receivers import ALERT
from tests import make
from tests.articles.test_admin_article import typed
from tests.subscriptions.readers import alert, mailed, outcomes, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")
EDITIONS, READERS = "/admin/subscriptions/edition/", "/admin/subscriptions/subscriber/"
SUPPRESS = READERS + "suppress/"


def page(edition: Edition, *more: str) -> str:
    return "/".join([f"{EDITIONS}{edition.pk}", *more, ""]) if more else f"{EDITIONS}{edition.pk}/change/"


def words(html: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.decode()).split())


def said(answered) -> str:
    return " ".join(str(message) for message in get_messages(answered.wsgi_request))


def uncertain(address: str = "lost@x.example") -> Delivery:
    reader(address)
    edition = alert()
    addressing.prepare("dead")
    (delivery,) = ledger.claim(edition, worker="dead", limit=9)
    assert exchanging.exchange([], [delivery.pk], worker="dead") == [delivery.pk]
    Delivery.objects.update(lease_until=timezone.now() - ledger.LEASE)
    work()
    delivery.refresh_from_db()
    assert delivery.state == "uncertain"
    return delivery


@pytest.fixture
def desk(editor, signed_in) -> Client:
    return signed_in(editor)


def test_the_account_of_a_letter_adds_up_in_words(desk):
    for name in ("sent", "left", "barred"):
        reader(f"{name}@x.example")
    people.suppress("barred@x.example", actor=None)
    edition = alert("The wall broke")
    addressing.prepare("tests")
    people.leave(Subscriber.objects.get(email="left@x.example"))
    work()
    text = words(desk.get(page(edition)).content)
    for line in ("Sent 1", "Uncertain 0", "Left out 1", "Still waiting 0", "Never to be written to 1", "Audience 3"):
        assert line in text
    assert "The reader left, or must not be written to 1" in text
    assert "This sum is wrong" not in text
    Edition.objects.update(audience=4)
    assert "This sum is wrong" in words(desk.get(page(edition)).content)


def test_the_list_shows_how_each_letter_stands_in_as_many_queries_for_three_as_for_one(desk):
    def look() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            text = words(desk.get(EDITIONS).content)
        return text, len(queries)

    reader()
    alert("First letter")
    work()
    look()
    text, one = look()
    assert re.search(r"First letter Done 1 1 0 0 ", text)
    alert("Second letter")
    alert("Third letter")
    assert look()[1] == one


@pytest.mark.parametrize("role", Role)
def test_the_table_of_roles_decides_who_sees_and_who_acts(role, signed_in):
    delivery = uncertain()
    edition = delivery.edition
    client = signed_in(make.user(role))
    user = client.get("/accounts/settings/").wsgi_request.user

    def may(permission: str) -> bool:
        return user.has_perm(f"subscriptions.{permission}")

    pages = [EDITIONS, page(edition), page(edition, "preview"), page(edition, "letter"), page(edition, "history")]
    for address in pages:
        assert client.get(address).status_code == (200 if may("view_edition") else 403), address
    reader_page = reverse("admin:subscriptions_subscriber_change", args=[delivery.subscriber_id])
    for address in (READERS, reader_page):
        assert client.get(address).status_code == (200 if may("view_subscriber") else 403), address
    assert client.get(SUPPRESS).status_code == (200 if may("suppress_subscriber") else 403)
    for address in (page(edition, "do", "cancel"), page(edition, "delivery", str(delivery.pk), "let-be")):
        assert client.get(address).status_code == 405
        assert client.post(address).status_code == (302 if may("change_edition") else 403), address
    for kind in (EDITIONS, READERS):
        assert client.get(kind + "add/").status_code == 403
    delivery.refresh_from_db()
    assert (delivery.reason == "let be") == may("change_edition")


def test_strangers_are_sent_to_sign_in(client):
    edition = alert()
    for address in (EDITIONS, READERS, SUPPRESS, page(edition), page(edition, "letter"), page(edition, "do", "pause")):
        for answered in (client.get(address), client.post(address)):
            assert answered.headers["Location"] == f"/admin/login/?next={address}"


def test_a_letter_is_paused_and_goes_on(desk, editor):
    reader("ada@x.example")
    edition = alert()
    addressing.prepare("tests")
    desk.post(page(edition, "do", "pause"))
    work()
    assert mailed() == []
    assert "Paused" in words(desk.get(page(edition)).content)
    assert "meanwhile" in said(desk.post(page(edition, "do", "pause")))
    desk.post(page(edition, "do", "resume"))
    work()
    assert [letter["To"] for letter in mailed()] == ["ada@x.example"]
    verbs = AuditRow.objects.filter(actor=editor).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["letter paused", "letter resumed"]


def test_a_letter_is_cancelled_before_and_after_addressing(desk):
    reader()
    for is_prepared in (False, True):
        edition = alert()
        if is_prepared:
            addressing.prepare("tests")
        desk.post(page(edition, "do", "cancel"))
        work()
        edition.refresh_from_db()
        assert (edition.state, edition.skipped, mailed()) == ("cancelled", int(is_prepared), [])
        assert ledger.account(edition).balances
        assert "meanwhile" in said(desk.post(page(edition, "do", "resume")))


@pytest.mark.parametrize("is_prepared", [False, True])
def test_a_person_decides_about_a_letter_that_is_too_late(is_prepared, desk):
    reader("ada@x.example")
    edition = alert()
    if is_prepared:
        addressing.prepare("tests")
    Edition.objects.update(not_after=timezone.now())
    work()
    edition.refresh_from_db()
    assert (edition.state, mailed()) == ("expired", [])
    desk.post(page(edition, "do", "resume"))
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.sent, edition.skipped, len(mailed())) == ("done", 1, 0, 1)


def test_each_uncertain_reader_is_listed_and_sent_to_again(desk, editor):
    delivery = uncertain()
    text = words(desk.get(page(delivery.edition)).content)
    assert "Needs attention" in text and "lost@x.example" in text and "The worker ended" in text
    desk.post(page(delivery.edition, "delivery", str(delivery.pk), "send-again"))
    work()
    assert [letter["To"] for letter in mailed()] == ["lost@x.example"]
    assert outcomes(delivery.edition) == {"sent": 1}
    delivery.edition.refresh_from_db()
    assert (delivery.edition.state, delivery.edition.uncertain) == ("done", 0)
    assert AuditRow.objects.get(verb="letter sent again").detail == {"delivery": delivery.pk}
    assert "meanwhile" in said(desk.post(page(delivery.edition, "delivery", str(delivery.pk), "send-again")))
    work()
    assert len(mailed()) == 1


def test_a_cancelled_letter_is_sent_again_to_nobody_and_its_uncertain_reader_can_be_let_be(desk, editor):
    delivery = uncertain()
    Edition.objects.update(state="cancelled", problem="")
    assert "Send again" not in words(desk.get(page(delivery.edition)).content)
    assert "meanwhile" in said(desk.post(page(delivery.edition, "delivery", str(delivery.pk), "send-again")))
    assert work() == 0 and outcomes(delivery.edition) == {"uncertain": 1}
    desk.post(page(delivery.edition, "delivery", str(delivery.pk), "let-be"))
    assert Delivery.objects.get().reason == "let be"


def test_a_mail_server_that_is_there_again_is_tried_at_once(desk, editor):
    reader()
    edition = alert()
    addressing.prepare("worker")
    assert "Try now" not in words(desk.get(page(edition)).content)
    Way.objects.create(name="files", closed_until=timezone.now() + timedelta(minutes=10), failures=5)
    Edition.objects.update(problem="server away")
    assert work() == 0
    assert "Try now" in words(desk.get(page(edition)).content)
    assert "tried again at once" in said(desk.post(page(edition, "do", "now")))
    work()
    assert outcomes(edition) == {"sent": 1}
    assert AuditRow.objects.get(verb="mail server tried at once").actor == editor
    assert "meanwhile" in said(desk.post(page(edition, "do", "now")))


def test_sending_again_works_when_the_hours_of_the_letter_are_over(desk):
    delivery = uncertain()
    Edition.objects.update(not_after=timezone.now())
    desk.post(page(delivery.edition, "delivery", str(delivery.pk), "send-again"))
    work()
    assert len(mailed()) == 1


@pytest.mark.parametrize("state", ["uncertain", "failed"])
def test_a_letter_with_an_hour_of_its_own_goes_again_after_that_hour(state, desk):
    delivery = uncertain()
    Delivery.objects.update(state=state, not_after=timezone.now() - ledger.LEASE)
    verb = ["delivery", str(delivery.pk), "send-again"] if state == "uncertain" else ["do", "retry"]
    desk.post(page(delivery.edition, *verb))
    work()
    assert (outcomes(delivery.edition), len(mailed())) == ({"sent": 1}, 1)


@pytest.mark.parametrize("outcome", ["deferred", "ready"])
@pytest.mark.parametrize(("ended", "reason"), [("cancelled", "cancelled"), ("expired", "stale")])
def test_what_is_put_off_after_its_letter_has_ended_waits_for_nothing(outcome, ended, reason):
    reader()
    edition = alert()
    addressing.prepare("w")
    (delivery,) = ledger.claim(edition, worker="w", limit=9)
    assert exchanging.exchange([], [delivery.pk], worker="w")
    ledger.stop(edition, Edition.State(ended), Delivery.Reason(reason))
    assert ledger.close(delivery, Delivery.State(outcome), "450", worker="w")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == ("skipped", reason)
    assert ledger.account(edition).waiting == 0


def test_an_uncertain_reader_is_let_be(desk):
    delivery = uncertain()
    desk.post(page(delivery.edition, "delivery", str(delivery.pk), "let-be"))
    work()
    delivery.edition.refresh_from_db()
    assert (delivery.edition.state, delivery.edition.uncertain, mailed()) == ("done", 1, [])
    assert "Looked at, and let be" in words(desk.get(page(delivery.edition)).content)


def test_who_is_let_be_hides_nobody_who_waits_for_a_decision(desk, monkeypatch):
    monkeypatch.setattr("subscriptions.admin.LISTED", 1)
    first = uncertain()
    later = Delivery.objects.create(
        edition=first.edition, subscriber=reader("later@x.example"), address="later@x.example", state="uncertain"
    )
    assert "lost@x.example" in words(desk.get(page(first.edition)).content)
    desk.post(page(first.edition, "delivery", str(first.pk), "let-be"))
    html = desk.get(page(first.edition)).content.decode()
    assert "later@x.example" in html and page(first.edition, "delivery", str(later.pk), "let-be") in html


def test_a_delivery_of_another_letter_cannot_be_decided(desk):
    delivery = uncertain()
    other = alert()
    assert desk.post(page(other, "delivery", str(delivery.pk), "let-be")).status_code == 404
    assert "meanwhile" not in said(desk.post(page(other, "do", "nonsense")))


def test_the_preview_is_the_letter_in_a_frame_that_may_do_nothing(desk):
    edition = alert("The wall broke")
    frame = desk.get(page(edition, "preview")).content.decode()
    assert f'<iframe src="{page(edition, "letter")}" sandbox' in frame
    assert "The wall broke" in frame
    letter = desk.get(page(edition, "letter"))
    policy = letter.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "script-src" not in policy
    assert "Content-Security-Policy-Report-Only" not in letter.headers
    assert "The wall broke" in letter.content.decode()
    assert "reader-leaves-here" not in letter.content.decode()


def test_readers_are_found_by_their_whole_address_only(desk):
    reader("Ada.Brook@x.example")
    reader("bo@x.example")
    found = words(desk.get(READERS, {"q": "ada.brook@X.example"}).content)
    assert "Ada.Brook@x.example" in found and "bo@x.example" not in found
    for part in ("ada", "x.example", "@"):
        assert "Ada.Brook@x.example" not in words(desk.get(READERS, {"q": part}).content)


def test_the_list_of_readers_costs_the_same_for_one_and_three(desk):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(READERS)
        return len(queries)

    reader()
    cost()
    one = cost()
    reader()
    reader()
    assert cost() == one


def test_a_readers_page_shows_what_they_get(desk):
    subscriber = reader("ada@x.example", topic_of(), topic_of(make.section("Sport")))
    text = words(desk.get(reverse("admin:subscriptions_subscriber_change", args=[subscriber.pk])).content)
    assert "ada@x.example" in text and "The whole paper (At once, Active)" in text and "Sport (At once, Active)" in text


def test_an_address_is_suppressed_and_allowed_again_by_hand(desk, editor):
    subscriber = reader("ada@x.example")
    desk.post(SUPPRESS, {"email": " ADA@x.example", "action": "suppress"})
    subscriber.refresh_from_db()
    assert (subscriber.state, Suppression.objects.get().reason) == ("suppressed", "manual")
    desk.post(SUPPRESS, {"email": "ada@x.example", "action": "lift"})
    subscriber.refresh_from_db()
    assert (subscriber.state, Suppression.objects.count()) == ("active", 0)
    assert "was not suppressed" in said(desk.post(SUPPRESS, {"email": "ada@x.example", "action": "lift"}))
    assert "Enter a valid email address" in words(
        desk.post(SUPPRESS, {"email": "nobody", "action": "suppress"}).content
    )
    rows = AuditRow.objects.filter(actor=editor)
    assert sorted(rows.values_list("verb", flat=True)) == ["suppressed", "suppression lifted"]
    assert not any("ada" in f"{row.label} {row.detail}".lower() for row in rows)


def test_the_tick_is_offered_to_editors_on_first_publication_with_a_count(editor, reporter):
    reader()
    people.signup("pending@x.example", [topic_of()], language="en", time_zone="UTC")
    article = make.draft()
    (option,) = [option for option in options_for(editor, article.pk) if option.name == ALERT]
    assert "Readers who have subscribed: 1." in option.help_text()
    assert [option.name for option in options_for(editor, None)].count(ALERT) == 1
    assert ALERT not in [option.name for option in options_for(reporter, article.pk)]
    assert ALERT not in [option.name for option in options_for(editor, make.story().pk)]


def test_an_editor_ticks_the_box_beside_publish(desk, editor):
    reader("ada@x.example")
    article = make.draft("The wall broke", actor=editor)
    form = reverse("admin:articles_article_change", args=[article.pk])
    html = desk.get(form).content.decode()
    assert f'name="option-{ALERT}"' in html
    desk.post(form, typed(article, **{"_publish": "1", f"option-{ALERT}": "on"}))
    edition = Edition.objects.get(article_number=article.pk)
    assert (edition.subject, edition.created_by) == ("The wall broke", editor)
