"""Notices to devices: only what the device's own keys open, from this paper alone, whatever push services answer."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from articles import actions
from articles.models.published import PublishedArticle
from articles.reading import open_edition
from articles.registry import receipt_lines
from subscriptions.models.push import PushAddress, PushDelivery, PushRound
from subscriptions.push import addresses, keys, ledger, messages, sending
from subscriptions.push.messages import Keys
from subscriptions.receivers import ALERT
from tests import make
from tests.subscriptions.notices import device, outcome, the_round, work
from tests.subscriptions.pushing import Device, PushService, genuine, hang, status
from tests.subscriptions.readers import publish, topic_of

pytestmark = pytest.mark.usefixtures("paper")
State, Reason = PushDelivery.State, PushDelivery.Reason


def test_a_notice_says_the_story_to_the_devices_that_want_it_and_to_nobody_else(service: PushService) -> None:
    sport = make.section("Sport")
    wants = [device(service), device(service, topic_of(make.section()))]
    others = [device(service, topic_of(sport)), device(service, language="ar")]
    story = publish("The wall broke", standfirst="Water stands in the market.")
    assert work()
    for one in wants:
        ((headers, body),) = service.got[one.path]
        assert one.opened(body) == {
            "title": "The wall broke", "body": "Water stands in the market.", "lang": "en", "dir": "ltr",
            "tag": f"story-{story.pk}", "path": story.path, "icon": json.loads(the_round().message)["icon"],
        }  # fmt: skip
        claims = genuine(headers["Authorization"], audience=service.url, key=keys.public())
        assert claims["sub"].startswith("mailto:")
        assert claims["exp"] - timezone.now().timestamp() <= 12 * 3600
        assert (headers["Content-Encoding"], headers["Urgency"]) == ("aes128gcm", "high")
        assert headers["Topic"] == f"story-{story.pk}"
        assert 7000 < int(headers["TTL"]) <= 7200
        assert len(body) <= 4096
    assert not any(one.path in service.got for one in others)
    found = the_round()
    assert (found.state, found.audience, found.sent) == ("done", 2, 2)
    assert all(row.last_ok_at for row in PushAddress.objects.filter(deliveries__isnull=False))
    assert work() == 0
    assert service.count == 2


def test_an_arabic_story_is_shown_from_right_to_left(service: PushService) -> None:
    one = device(service, language="ar")
    publish("انهار السور", language="ar")
    work()
    shown = one.opened(service.got[one.path][0][1])
    assert (shown["title"], shown["lang"], shown["dir"]) == ("انهار السور", "ar", "rtl")


def test_without_the_tick_nobody_is_told_and_a_story_is_told_once(service: PushService) -> None:
    device(service)
    quiet = make.story("A quiet story")
    assert not PushRound.objects.exists()
    story = publish("The wall broke")
    actions.save(story.pk, actor=None, content={"headline": "The wall broke at noon"})
    actions.update(story.pk, actor=None)
    work()
    assert service.count == 1
    assert the_round().article_number == story.pk != quiet.pk


def test_the_round_stands_or_falls_with_the_publication(service: PushService) -> None:
    device(service)
    draft = make.draft()
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.publish(draft.pk, actor=None, options={ALERT: True})
        raise RuntimeError
    assert not PushRound.objects.exists()


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
def test_a_story_that_is_taken_back_goes_to_nobody_any_more(service: PushService, chief: User, verb: str) -> None:
    one, two = device(service), device(service)
    service.answers = {each.path: [status("503 Later"), status("201 Created")] for each in (one, two)}
    story = publish("The wall broke")
    work()
    assert [state for state, _why in outcome()] == ["ready", "ready"]
    getattr(actions, verb)(story.pk, actor=chief, **({"notice": "Wrong."} if verb == "kill" else {}))
    PushDelivery.objects.update(due_at=timezone.now())
    work()
    assert outcome() == [("skipped", "stopped")] * 2
    assert the_round().state == "stopped"
    assert service.count == 2


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("201 Created", "sent", ""),
        ("404 Not Found", "gone", "404"),
        ("410 Gone", "gone", "410"),
        ("413 Too Large", "failed", "413"),
        ("403 Forbidden", "failed", "403"),
        ("302 Elsewhere", "failed", "302"),
        ("429 Slow Down", "ready", "429"),
        ("500 Broken", "ready", "500"),
    ],
)
def test_what_the_push_service_answers(service: PushService, answer: str, state: str, reason: str) -> None:
    one = device(service)
    service.answers[one.path] = [status(answer)]
    publish("The wall broke")
    work()
    assert outcome() == [(state, reason)]
    assert PushAddress.objects.exists() == (state != "gone"), "a device that is gone is forgotten"
    assert the_round().state == ("sending" if state == "ready" else "done")


@pytest.mark.parametrize("asked", ["Retry-After: 600", "date"])
def test_a_push_service_that_asks_us_to_wait_is_left_alone_and_no_other(
    service: PushService, settings: Any, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(sending, "AT_ONCE", 1)
    later = timezone.now() + timedelta(seconds=600)
    header = asked if asked != "date" else f"Retry-After: {later:%a, %d %b %Y %H:%M:%S} GMT"
    with PushService() as other:
        here, there = [device(service) for _ in range(3)], device(other)
        line = [status("429 Slow Down", header), status("201 Created")]
        service.answers = {each.path: line for each in here}
        publish("The wall broke")
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{each.port}" for each in (service, other)]
        work()
        assert service.count == 1, "one answer is enough"
        assert len(other.got[there.path]) == 1
        waits = PushDelivery.objects.filter(state="ready").values_list("due_at", flat=True)
        assert len(waits) == 3
        assert all(timedelta(seconds=590) < due - timezone.now() < timedelta(seconds=601) for due in waits)
        PushDelivery.objects.update(due_at=timezone.now())
        work()
    assert {state for state, _why in outcome()} == {"sent"}


def test_a_round_that_is_addressed_while_its_service_rests_does_not_ask_it_either(service: PushService) -> None:
    there = device(service)
    service.answers = {there.path: [status("429 Slow Down", "Retry-After: 600"), status("201 Created")]}
    publish("The wall broke")
    work()
    publish("The wall is mended")
    work()
    assert service.count == 1
    PushDelivery.objects.update(due_at=timezone.now())
    work()
    assert service.count == 3
    assert {state for state, _why in outcome()} == {"sent"}


def test_many_refusals_at_once_put_what_waits_off_once_and_it_is_not_counted_meanwhile(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "AT_ONCE", 4)
    all_asked = Barrier(4, timeout=20)

    def slow_down(peer: Any) -> None:
        all_asked.wait()
        status("429 Slow Down", "Retry-After: 600")(peer)

    service.answers = {device(service).path: [slow_down] for _ in range(6)}
    rests: list[str] = []
    put_off = ledger.rest
    monkeypatch.setattr(ledger, "rest", lambda name, until: (rests.append(name), put_off(name, until)))
    publish("The wall broke")
    work()
    assert (service.count, rests) == (4, [service.url])
    assert PushDelivery.objects.filter(state="ready", due_at__gt=timezone.now()).count() == 6
    with CaptureQueriesContext(connection) as queries:
        assert work() == 0
    assert not any("UPDATE" in each["sql"] or "COUNT(" in each["sql"] for each in queries)


def test_what_fails_for_a_while_is_tried_again_and_what_fails_too_long_is_refused(service: PushService) -> None:
    one = device(service)
    service.answers[one.path] = [status("502 Bad Gateway")]
    publish("The wall broke")
    work()
    for _ in sending.STEPS:
        assert outcome() == [("ready", "502")]
        PushDelivery.objects.update(due_at=timezone.now())
        work()
    assert outcome() == [("failed", "502")]
    assert service.count == len(sending.STEPS) + 1


def test_a_next_try_that_would_come_too_late_is_none(service: PushService) -> None:
    one = device(service)
    service.answers[one.path] = [status("429 Slow Down", "Retry-After: 3600")]
    publish("The wall broke")
    PushRound.objects.update(not_after=timezone.now() + timedelta(minutes=30))
    work()
    assert outcome() == [("failed", "429")]


def test_silence_after_the_request_is_uncertain_and_a_person_decides(
    service: PushService, monkeypatch: pytest.MonkeyPatch, chief: User
) -> None:
    monkeypatch.setattr(sending, "PATIENCE", 0.4)
    one, two = device(service), device(service)
    service.answers[one.path] = [hang, status("201 Created")]
    publish("The wall broke")
    work()
    assert sorted(outcome()) == [("sent", ""), ("uncertain", "no answer")]
    assert the_round().state == "needs_attention"
    assert work() == 0, "nothing is sent again by itself"
    ledger.send_again(the_round(), actor=chief)
    work()
    assert [len(service.got[each.path]) for each in (one, two)] == [2, 1]
    assert the_round().state == "done"
    with pytest.raises(ledger.NoticeProblem):
        ledger.let_be(the_round(), actor=chief)


def test_a_service_that_is_away_is_tried_again(settings: Any) -> None:
    with PushService() as away:
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{away.port}"]
        device(away)
    publish("The wall broke")
    work()
    assert outcome() == [("ready", "unreachable")]


def test_a_private_address_is_never_called(service: PushService, settings: Any) -> None:
    device(service)
    settings.OUTGOING_ALLOWED = []
    publish("The wall broke")
    work()
    assert outcome() == [("failed", "not public")]
    assert service.count == 0


def test_what_is_two_hours_old_is_not_sent(service: PushService) -> None:
    device(service)
    publish("The wall broke")
    ledger.prepare("tests")
    PushRound.objects.update(not_after=timezone.now())
    work()
    assert outcome() == [("skipped", "stale")]
    assert the_round().state == "expired"
    assert service.count == 0


def test_several_go_out_at_once_and_a_slow_one_holds_none_up(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, *quick = [device(service) for _ in range(30)]
    all_there = Event()

    def wait_for_the_rest(peer: Any) -> None:
        all_there.wait(20)
        status("201 Created")(peer)

    def count(peer: Any) -> None:
        status("201 Created")(peer)
        if service.count == 30:
            all_there.set()

    service.answers = {slow.path: [wait_for_the_rest], **{each.path: [count] for each in quick}}
    monkeypatch.setattr(sending, "PATIENCE", 30.0)
    publish("The wall broke")
    work()
    assert {state for state, _why in outcome()} == {"sent"}
    assert service.most_at_once > 1


def test_a_worker_that_died_leaves_its_notices_uncertain_and_a_late_one_changes_nothing(service: PushService) -> None:
    for _ in range(3):
        device(service)
    publish("The wall broke")
    ledger.prepare("dead")
    held = ledger.claim(worker="dead", limit=2)
    PushDelivery.objects.filter(lease_by="dead").update(lease_until=timezone.now() - timedelta(seconds=1))
    work()
    assert sorted(outcome()) == [("sent", ""), ("uncertain", "worker lost"), ("uncertain", "worker lost")]
    assert not ledger.close(held[0], State.SENT, "", worker="dead")
    assert sorted(outcome())[1:] == [("uncertain", "worker lost")] * 2
    assert service.count == 1


def test_a_device_that_is_switched_off_meanwhile_gets_nothing(service: PushService) -> None:
    one, two = device(service), device(service)
    publish("The wall broke")
    ledger.prepare("tests")
    assert addresses.forget(addresses.hash_of(one.endpoint))
    work()
    assert outcome() == [("skipped", "unwanted"), ("sent", "")]
    assert one.path not in service.got
    assert len(service.got[two.path]) == 1


def test_a_device_that_is_switched_off_while_its_notice_was_put_off_is_left_out(service: PushService) -> None:
    one = device(service)

    service.answers[one.path] = [status("503 Later")]
    publish("The wall broke")
    work()
    PushDelivery.objects.update(address=None)
    work()
    assert outcome() == [("skipped", "unwanted")]
    assert the_round().state == "done"


def test_addressing_takes_as_many_queries_for_three_devices_as_for_one(service: PushService) -> None:
    def prepared(headline: str) -> int:
        publish(headline)
        with CaptureQueriesContext(connection) as queries:
            assert ledger.prepare("tests") == 1
        return len(queries)

    device(service)
    one = prepared("First")
    device(service)
    device(service)
    assert prepared("Second") == one
    assert PushDelivery.objects.count() == 4


def test_the_message_always_fits(service: PushService) -> None:
    made = Device(service.url)
    story = make.story("ع" * 200, standfirst="سور المدينة " * 300, language="ar")
    row = PublishedArticle.objects.get(pk=story.pk)
    row.path = "/" + "س" * 398 + "/"
    text = messages.of_story(row, open_edition("ar"))
    assert len(text.encode()) <= messages.MOST
    assert made.opened(messages.sealed(text, Keys(**made.keys)))["path"] == row.path


def test_the_private_key_is_made_once_and_lies_in_a_file_of_its_own(settings: Any) -> None:
    public = keys.public()
    file = Path(settings.DATA_DIR) / "secrets" / keys.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys.public() == public
    assert len(keys.to_bytes(public)) == 65
    settings.PUSH_KEY = keys.to_text(b"\x01" * 32)
    assert keys.public() != public


def test_what_a_device_entrusted_to_us_is_sealed_in_the_database(service: PushService) -> None:
    one = device(service)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM subscriptions_pushaddress")
        stored = repr([bytes(cell) if isinstance(cell, memoryview) else cell for cell in cursor.fetchone()])
    for secret in (one.path, *one.keys.values()):
        assert secret not in stored


def test_the_receipt_tells_how_many_devices_took_it(service: PushService, chief: User) -> None:
    def line(number: int) -> list[tuple[str, str, str]]:
        return [
            (each.name, each.state.value, each.detail)
            for each in receipt_lines(number, chief)
            if each.name == "Notice to devices"
        ]

    assert line(make.story().pk) == []
    one, gone = device(service), device(service)
    service.answers[gone.path] = [status("410 Gone")]
    story = publish("The wall broke")
    assert line(story.pk) == [("Notice to devices", "waiting", "Waiting")]
    work()
    assert line(story.pk) == [("Notice to devices", "submitted", "Done · 1 device, 1 gone")]
    assert one.path in service.got
