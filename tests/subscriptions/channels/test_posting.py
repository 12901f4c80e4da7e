"""Each channel's protocol against a server that speaks it: one post, or certainly none, or uncertain and shown."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Notice, User
from articles import actions, paths
from jobs import leases
from subscriptions.channels import answers, desk, posting, receipts
from subscriptions.models.channels import ChannelPost, Problem
from tests.subscriptions.channels.accounts import BY_PROGRAM, account, due, only, publish, work
from tests.subscriptions.channels.double import Double

pytestmark = pytest.mark.django_db
ASKABLE, SAFE = ("facebook",), ("bluesky", "mastodon")


def state(post: ChannelPost) -> tuple[str, str]:
    post.refresh_from_db()
    return post.state, post.problem


@pytest.mark.parametrize("kind", BY_PROGRAM)
def test_a_story_is_posted_once_and_its_link_is_known(kind: str, double: Double) -> None:
    account(kind)
    story = publish("Ferry & <friends> return", standfirst="It runs again.")
    work()
    work()
    post = only(story)
    assert state(post) == ("posted", "")
    (text,) = double.texts(kind)
    assert "Ferry &amp; &lt;friends&gt; return" in text if kind == "telegram" else "Ferry & <friends> return" in text
    assert (paths.absolute(story.path) in text) == (kind not in {"facebook", "bluesky"})
    assert post.external_id and post.url.startswith("https://")


def test_telegram_leads_to_the_message_and_answers_the_first_post_in_later_ones(double: Double) -> None:
    one = account("telegram")
    story = publish()
    work()
    post = only(story)
    assert post.url == f"https://t.me/harbourpost/{post.external_id}"
    ChannelPost.objects.create(
        account=one,
        article_number=story.pk,
        purpose="correction",
        number=1,
        headline="x",
        text="y",
        link="https://a.example",
    )
    work()
    reply = double.shown["telegram"][1]["reply"]
    assert reply == {"message_id": int(post.external_id), "allow_sending_without_reply": True}


def test_bluesky_gets_a_card_and_links_by_their_bytes(double: Double) -> None:
    account("bluesky")
    story = publish("Fähre kehrt zurück")
    ChannelPost.objects.update(text="Fähre 🛳 https://fähre.example/jetzt, #Hafen")
    work()
    (shown,) = double.shown["bluesky"]
    record = shown["record"]
    assert record["embed"]["external"]["uri"] == paths.absolute(story.path)
    assert (record["langs"], record["embed"]["external"]["title"]) == (["en"], "Fähre kehrt zurück")
    pieces = [
        record["text"].encode()[each["index"]["byteStart"] : each["index"]["byteEnd"]].decode()
        for each in record["facets"]
    ]
    assert pieces == ["https://fähre.example/jetzt", "#Hafen"]
    assert only(story).url.startswith("https://bsky.app/profile/did:plc:harbour/post/")


@pytest.mark.parametrize("kind", BY_PROGRAM)
def test_wrong_keys_fail_at_once_with_what_to_do_and_no_key_in_it(kind: str, double: Double) -> None:
    good = account(kind)
    wrong = {name: f"wrong-{value}" for name, value in good.keys().items()}
    good.delete()
    account(kind, keys=wrong)
    story = publish()
    work()
    post = only(story)
    assert state(post) == ("failed", Problem.CREDENTIALS)
    assert not any(value in f"{post.detail} {post.why}" for value in wrong.values())
    assert "Get a new one there" in post.why


@pytest.mark.parametrize("kind", BY_PROGRAM)
def test_who_is_asked_to_wait_waits_and_posts_once(kind: str, double: Double) -> None:
    one = account(kind)
    double.faults = ["limited" if kind == "facebook" else "busy"]
    before = timezone.now()
    story, other = publish("First"), publish("Second")
    work()
    posts = list(ChannelPost.objects.filter(account=one).order_by("pk"))
    assert [(each.state, each.problem) for each in posts] == [("ready", Problem.BUSY), ("ready", "")]
    least = timedelta(minutes=5) if kind == "facebook" else timedelta(seconds=6)
    assert all(each.due_at >= before + least for each in posts)
    due()
    work()
    assert ChannelPost.objects.filter(article_number__in=[story.pk, other.pk], state="posted").count() == 2
    assert len(double.shown[kind]) == 2


@pytest.mark.parametrize("kind", BY_PROGRAM)
def test_a_server_that_is_away_is_tried_again_for_hours(kind: str, double: Double, settings: Any) -> None:
    account(kind)
    url = getattr(settings, f"{kind.upper()}_URL")
    setattr(settings, f"{kind.upper()}_URL", "http://127.0.0.1:9")
    settings.OUTGOING_ALLOWED = [*settings.OUTGOING_ALLOWED, "127.0.0.1:9"]
    story = publish()
    work()
    assert state(only(story)) == ("ready", Problem.AWAY)
    for _each in posting.RETRIES:
        due()
        work()
    assert state(only(story)) == ("failed", Problem.GAVE_UP)
    setattr(settings, f"{kind.upper()}_URL", url)
    due()
    assert work() == 0


@pytest.mark.parametrize("fault", ["silent", "garbage", "broken", "lost"])
def test_without_a_proper_answer_there_is_one_post_or_it_is_uncertain(fault: str, double: Double) -> None:
    for kind in BY_PROGRAM:
        account(kind)
    double.faults = [fault] * len(BY_PROGRAM)
    publish()
    work()
    posts = {post.account.kind: post for post in ChannelPost.objects.select_related("account")}
    for kind, post in posts.items():
        assert post.state == ("ready" if kind in SAFE else "uncertain")
        assert ("The post may be there or not" in post.why) == (kind not in SAFE)
    for _each in range(4):
        due()
        work()
    was_taken = fault in {"silent", "garbage"}
    for kind, post in posts.items():
        is_found = kind in SAFE or (kind in ASKABLE and was_taken)
        assert state(post)[0] == ("posted" if is_found else "uncertain")
        assert len(double.texts(kind)) == int(is_found or was_taken)


def test_x_knows_the_same_text_so_sending_again_is_one_post(double: Double, editor: User) -> None:
    account("x")
    double.faults = ["silent"]
    story = publish()
    work()
    desk.again(only(story), actor=editor)
    work()
    assert state(only(story)) == ("posted", Problem.THERE_ALREADY)
    assert len(double.texts("x")) == 1


def test_mastodon_is_not_asked_again_by_itself_once_it_may_have_forgotten(double: Double) -> None:
    account("mastodon")
    double.faults = ["silent"]
    story = publish()
    work()
    asked = len(double.paths)
    ChannelPost.objects.update(first_sent_at=timezone.now() - timedelta(hours=1))
    double.idempotent.clear()  # it has
    due()
    work()
    assert state(only(story)) == ("uncertain", Problem.NO_ANSWER)
    assert (len(double.paths), len(double.texts("mastodon"))) == (asked, 1)


@pytest.mark.parametrize("kind", SAFE)
def test_a_post_that_met_silence_every_time_may_be_there(kind: str, double: Double, editor: User) -> None:
    account(kind)
    double.faults = ["silent"] * 9
    story = publish(actor=editor)
    for _each in posting.RETRIES:
        work()
        due()
    work()
    assert state(only(story)) == ("uncertain", Problem.NO_ANSWER)
    assert "not known whether" in Notice.objects.get().text
    assert len(double.faults) == (3 if kind == "bluesky" else 4), "the last try would come when Mastodon has forgotten"
    double.faults = []
    due()
    assert work() == 0
    assert len(double.texts(kind)) == 1


def test_a_wait_beyond_what_mastodon_remembers_is_not_waited_for(
    double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    account("mastodon")
    monkeypatch.setattr(answers, "wait_of", lambda said: timedelta(hours=1))
    double.faults = ["silent", "busy"]
    story = publish()
    work()
    due()
    work()
    assert state(only(story)) == ("uncertain", Problem.BUSY)


def test_a_refusal_after_silence_is_no_proof_that_there_is_no_post(double: Double) -> None:
    account("mastodon")
    double.faults = ["silent", "forbidden"]
    story = publish()
    work()
    due()
    work()
    assert state(only(story)) == ("uncertain", Problem.FORBIDDEN)
    assert "The post may be there or not" in only(story).why


@pytest.mark.parametrize("how", ["withdrawn", "left out", "worker lost"])
def test_what_may_be_there_is_not_forgotten_when_it_is_stopped(how: str, double: Double, editor: User) -> None:
    account("mastodon")
    if how == "worker lost":
        story = publish()
        (post,) = leases.claim(
            ChannelPost.objects.all(), worker="dead", limit=1, lease=-timedelta(1), values={"state": "sending"}
        )
        ChannelPost.objects.update(first_sent_at=timezone.now())
        posting.recover()
    else:
        double.faults = ["silent"]
        story = publish()
        work()
    post = only(story)
    assert post.state == "ready"
    if how == "left out":
        desk.leave_out(post, actor=editor)
    else:
        actions.withdraw(story.pk, actor=None)
    assert state(post) == ("uncertain", Problem.NO_ANSWER)
    assert "Take it down there" in next(iter(receipts.lines(story.pk, editor))).detail or how == "left out"
    asked = len(double.paths)
    due()
    work()
    assert len(double.paths) == asked
    desk.leave_out(post, actor=editor)  # who has looked decides
    assert state(post) == ("skipped", Problem.LEFT_OUT)


@pytest.mark.parametrize("kind", BY_PROGRAM)
def test_a_worker_that_died_over_a_post_leaves_it_uncertain_or_safe(kind: str, double: Double) -> None:
    account(kind)
    story = publish()
    (post,) = leases.claim(
        ChannelPost.objects.all(), worker="dead", limit=1, lease=timedelta(minutes=1), values={"state": "sending"}
    )
    assert work() == 0, "another worker holds it"
    ChannelPost.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work()
    if kind in SAFE:
        assert state(post) == ("posted", "")
        assert len(double.texts(kind)) == 1
    else:
        assert state(post) == ("uncertain", Problem.WORKER_LOST)
        assert double.texts(kind) == []
    posting._send(post, "dead")  # frozen past its lease, it wakes up
    assert len(double.texts(kind)) == int(kind in SAFE)
    assert only(story).lease_by == ""


def test_a_refusal_says_what_the_channel_said(double: Double) -> None:
    account("telegram")
    double.faults = ["forbidden"]
    story = publish()
    work()
    post = only(story)
    assert state(post) == ("failed", Problem.FORBIDDEN)
    assert "bot is not a member" in post.why


@pytest.mark.parametrize("fault", ["", "forbidden", "silent"])
def test_who_signed_off_is_told_when_it_did_not_get_there(fault: str, double: Double, editor: User) -> None:
    account("telegram")
    double.faults = [fault]
    publish(actor=editor)
    work()
    told = [(notice.user, notice.text, notice.url) for notice in Notice.objects.all()]
    words = {"forbidden": "could not be posted to Telegram", "silent": "not known whether “Ferry returns” was posted"}
    assert len(told) == bool(fault)
    for user, text, url in told:
        assert user == editor and words[fault] in text and url.endswith(f"/channelpost/{only().pk}/change/")


def test_a_redirect_or_a_wrong_address_is_a_wrong_address(double: Double) -> None:
    account("telegram", address="@another")
    account("facebook", address="1")
    publish()
    work()
    assert set(ChannelPost.objects.values_list("state", "problem")) == {("failed", Problem.SERVER)}


def test_an_account_without_keys_or_out_of_use_gets_nothing(double: Double) -> None:
    account("telegram", keys={})
    account("mastodon", is_active=False)
    publish()
    assert not ChannelPost.objects.exists()
    one = account("bluesky")
    publish("Another")
    one.credentials = ""
    one.save()
    work()
    assert state(only()) == ("failed", Problem.NOT_SET_UP)


def test_a_story_taken_back_goes_nowhere_any_more(double: Double) -> None:
    account("telegram")
    account("whatsapp")
    story = publish()
    actions.withdraw(story.pk, actor=None)
    work()
    assert set(ChannelPost.objects.values_list("state", "problem")) == {("skipped", Problem.TAKEN_BACK)}
    actions.publish(story.pk, actor=None, options={"post_to_channels": True})
    work()
    assert sorted(ChannelPost.objects.values_list("account__kind", "state")) == [
        ("telegram", "posted"), ("whatsapp", "by_hand"),
    ]  # fmt: skip
    assert len(double.texts("telegram")) == 1
    actions.withdraw(story.pk, actor=None)
    actions.publish(story.pk, actor=None, options={"post_to_channels": True})
    work()
    assert len(double.texts("telegram")) == 1, "what is there stays there"


def test_one_channel_that_fails_holds_up_no_other(double: Double) -> None:
    account("facebook", keys={"token": "wrong"})
    account("mastodon")
    account("telegram")
    publish()
    work()
    assert sorted(ChannelPost.objects.values_list("account__kind", "state")) == [
        ("facebook", "failed"), ("mastodon", "posted"), ("telegram", "posted"),
    ]  # fmt: skip


def test_publishing_asks_no_channel_anything(double: Double) -> None:
    for kind in BY_PROGRAM:
        account(kind)
    publish()
    assert double.paths == []
    assert ChannelPost.objects.filter(state="ready").count() == len(BY_PROGRAM)
