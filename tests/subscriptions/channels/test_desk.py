"""Channels at the desk: accounts with keys that nobody reads again, tests in plain words, and decisions about posts."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from threading import Event

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import AuditRow
from accounts.roles import Role
from articles import actions, receipt
from articles.models.workflow import SectionLimit
from articles.registry import Arrival
from newsroom.queues import QUEUES
from safeguards import keyring, sealing
from safeguards.fields import reseal
from subscriptions.channels import posting
from subscriptions.channels.desk import VERBS
from subscriptions.models.channels import ChannelAccount, ChannelPost, Problem
from tests import make
from tests.subscriptions.channels.accounts import BY_PROGRAM, account, only, publish, work
from tests.subscriptions.channels.double import KEYS, PLANTED, Double

SignIn = Callable[[User], Client]
POSTS, ACCOUNTS = "/admin/subscriptions/channelpost/", "/admin/subscriptions/channelaccount/"


def page(row: ChannelAccount | ChannelPost, *more: str) -> str:
    base = ACCOUNTS if isinstance(row, ChannelAccount) else POSTS
    return f"{base}{row.pk}/{'/'.join(more or ['change'])}/"


def line(story: int, user: User) -> receipt.ReceiptLine:
    return receipt.lines(story, user)[-1]


@pytest.mark.parametrize("kind", BY_PROGRAM)
def test_an_account_is_set_up_tested_and_used_and_its_keys_are_never_seen_again(
    kind: str, double: Double, chief: User, signed_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk = signed_in(chief)
    desk.post(ACCOUNTS + "add/", {"kind": kind, "name": "Our channel"})
    one = ChannelAccount.objects.get()
    places = {"telegram": "@harbourpost", "facebook": "104829385012", "bluesky": "harbourpost.example"}
    keys = {f"key_{name}": value for name, value in KEYS[kind].items()}
    given = {"name": "Our channel", "address": places.get(kind, ""), "is_active": "on"}
    refused = desk.post(page(one), given)
    assert "Without this key nothing can be posted." in refused.content.decode()
    desk.post(page(one), {**given, **keys})
    desk.post(page(one), {**given, "name": "Harbour"})  # no key typed: it stays
    one.refresh_from_db()
    assert (one.keys(), one.is_active, one.name) == (KEYS[kind], True, "Harbour")
    answer = desk.post(page(one, "test"), follow=True).content.decode()
    assert "It works: " in answer and ("harbourpost" in answer or "The Harbour Post" in answer)
    publish()
    work()
    assert only().state == "posted"
    dump = StringIO()
    call_command("dumpdata", "subscriptions", "accounts", stdout=dump)
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM subscriptions_channelaccount")
        raw = bytes(cursor.fetchone()[0])
    seen = [
        desk.get(address).content.decode()
        for address in (page(one), page(one, "history"), ACCOUNTS, POSTS, page(only()))
    ]
    audit = [f"{row.verb} {row.label} {row.detail}" for row in AuditRow.objects.all()]
    for secret in KEYS[kind].values():
        assert secret.encode() not in raw
        assert not any(
            secret in text for text in [*seen, *audit, caplog.text, dump.getvalue(), refused.content.decode()]
        )


def test_a_test_says_in_plain_words_what_is_wrong(double: Double, chief: User, signed_in: SignIn, settings) -> None:
    desk = signed_in(chief)
    wrong = account("facebook", keys={"token": "wrong-token"})
    answer = desk.post(page(wrong, "test"), follow=True).content.decode()
    assert "does not accept our key" in answer and "wrong-token" not in answer
    assert "does not accept our key" in desk.get(ACCOUNTS).content.decode()
    elsewhere = account("telegram", address="@elsewhere")
    assert "There is no such channel" in desk.post(page(elsewhere, "test"), follow=True).content.decode()
    settings.MASTODON_URL = "http://127.0.0.1:9"
    settings.OUTGOING_ALLOWED = [*settings.OUTGOING_ALLOWED, "127.0.0.1:9"]
    away = account("mastodon")
    assert "cannot be reached" in desk.post(page(away, "test"), follow=True).content.decode()
    settings.MASTODON_URL = "http://10.0.0.1"
    assert "There is no such channel" in desk.post(page(away, "test"), follow=True).content.decode()
    for nothing in (account("x", keys={}), account("whatsapp")):
        assert "nothing to test" in desk.post(page(nothing, "test"), follow=True).content.decode()
    assert "Not set up" in desk.get(ACCOUNTS).content.decode()


def test_keys_are_forgotten_refused_and_sealed_anew(double: Double, chief: User, signed_in: SignIn) -> None:
    desk = signed_in(chief)
    one = account("mastodon")
    old = bytes(one.credentials.sealed)
    for bad in ("two words", "clé"):
        assert "A key has no spaces" in desk.post(page(one), {"name": "M", "key_token": bad}).content.decode()
    refused = desk.post(page(one), {"name": "M", "server": "http://social.example"}).content.decode()
    assert "Keys travel only over https" in refused
    keyring.add_key()
    assert reseal(ChannelAccount) == 1
    one.refresh_from_db()
    assert bytes(one.credentials.sealed) != old and one.keys() == KEYS["mastodon"]
    assert not sealing.needs_resealing(one.credentials.sealed)
    desk.post(page(one), {"name": "M", "forget": "on"})
    one.refresh_from_db()
    assert not one.is_set_up


def test_whatsapp_is_posted_by_hand_and_waits_until_that_is_ticked(
    double: Double, editor: User, signed_in: SignIn
) -> None:
    account("whatsapp")
    story = publish("Ferry returns")
    work()
    post = only(story)
    assert (post.state, double.paths) == ("by_hand", [])
    assert line(story.pk, editor).state == Arrival.WAITING
    desk = signed_in(editor)
    form = reverse("admin:articles_article_change", args=[story.pk])
    for address in (page(post), form):
        html = desk.get(address).content.decode()
        assert "*Ferry returns*" in html and 'data-copy="hand-' in html
        assert 'href="https://whatsapp.com/channel/harbour"' in html
    answer = desk.post(page(post, "do", "posted"), {"url": "https://whatsapp.com/channel/harbour/9", "back": "receipt"})
    assert answer["Location"] == reverse("admin:articles_article_receipt", args=[story.pk])
    found = line(story.pk, editor)
    assert (found.state, found.url) == (Arrival.THERE, "https://whatsapp.com/channel/harbour/9")
    assert AuditRow.objects.get(verb="posted by hand").actor == editor
    assert "meanwhile" in desk.post(page(post, "do", "posted"), follow=True).content.decode()


def test_the_receipt_has_a_line_for_each_channel_and_tries_again_only_what_failed(
    double: Double, editor: User, signed_in: SignIn
) -> None:
    account("mastodon")
    account("telegram")
    double.faults = ["forbidden"]
    story = publish()
    work()
    failed = ChannelPost.objects.get(state="failed")
    lines = {each.name: each for each in receipt.lines(story.pk, editor)}
    assert {lines["Mastodon"].state, lines["Telegram"].state} == {Arrival.FAILED, Arrival.THERE}
    desk = signed_in(editor)
    retry = page(failed, "do", "again")
    html = desk.get(reverse("admin:articles_article_receipt", args=[story.pk])).content.decode()
    assert html.count("formaction") == 1 and retry in html
    assert desk.post(retry, {"back": "receipt"})["Location"].endswith("/receipt/")
    work()
    desk.post(retry, {"back": "receipt"})  # a second click
    work()
    assert [len(double.texts(kind)) for kind in ("mastodon", "telegram")] == [1, 1]
    assert AuditRow.objects.filter(verb="post sent again").count() == 1


def test_an_uncertain_post_is_found_or_sent_again_by_a_person(double: Double, editor: User, signed_in: SignIn) -> None:
    account("telegram")
    desk = signed_in(editor)
    for verb, expected in (("there", 1), ("again", 2)):
        double.faults = ["silent"]
        story = publish(f"Story {verb}")
        work()
        post = only(story)
        html = desk.get(page(post)).content.decode()
        assert "It is there" in html and "Send again" in html
        assert line(story.pk, editor).state == Arrival.UNCERTAIN
        desk.post(page(post, "do", verb))
        work()
        post.refresh_from_db()
        assert post.state == "posted"
        assert sum(f"Story {verb}" in text for text in double.texts("telegram")) == expected


def test_a_text_that_is_too_long_is_shortened_and_sent(double: Double, editor: User, signed_in: SignIn) -> None:
    account("mastodon")
    story = publish()
    ChannelPost.objects.update(text="x" * 501)
    work()
    post = only(story)
    assert (post.state, post.problem) == ("failed", Problem.REFUSED)
    assert "limit of 500" in post.detail
    desk = signed_in(editor)
    refused = desk.post(page(post, "do", "again"), {"text": "y" * 501}).content.decode()
    assert "501 of at most 500" in refused and "y" * 501 in refused
    desk.post(page(post, "do", "again"), {"text": "Short enough."})
    work()
    assert double.texts("mastodon") == ["Short enough."]


def test_what_was_posted_of_a_story_taken_back_is_listed_to_be_taken_down(
    double: Double, editor: User, chief: User, signed_in: SignIn
) -> None:
    account("telegram")
    story = publish()
    work()
    post = only(story)
    actions.kill(story.pk, actor=chief, notice="It was wrong.")
    desk = signed_in(chief)
    html = desk.get(reverse("admin:articles_article_change", args=[story.pk])).content.decode()
    assert "Take it down there" in html and post.url in html
    found = line(story.pk, editor)
    assert "Take it down there" in found.detail and found.url == post.url
    ChannelPost.objects.update(state="failed")
    assert "Readers do not have this story" in desk.post(page(post, "do", "again"), follow=True).content.decode()
    work()
    assert len(double.texts("telegram")) == 1


def test_an_editor_limited_to_a_section_decides_nothing_in_another(
    double: Double, editor: User, signed_in: SignIn
) -> None:
    account("telegram")
    news = make.section("News")
    story = publish(section=news)
    ChannelPost.objects.update(state="failed")
    limit = SectionLimit.objects.create(user=editor, section=make.section("Sport"))
    desk, post = signed_in(editor), only(story)
    assert "Send again" not in desk.get(page(post)).content.decode()
    for verb in VERBS:
        assert desk.post(page(post, "do", verb)).status_code == 403
    assert only(story).state == "failed"
    assert not line(story.pk, editor).retry
    limit.section = news
    limit.save()
    editor = User.objects.get(pk=editor.pk)
    assert line(story.pk, editor).retry
    assert "Send again" in desk.get(page(post)).content.decode()
    desk.post(page(post, "do", "again"))
    assert only(story).state == "ready"


def test_who_leaves_out_what_may_be_there_is_told_so(double: Double, editor: User, signed_in: SignIn) -> None:
    account("mastodon")
    double.faults = ["silent"]
    publish()
    work()
    answer = signed_in(editor).post(page(only(), "do", "leave-out"), follow=True).content.decode()
    assert "The post may be there or not" in answer and "It is left out" not in answer
    assert only().state == "uncertain"


def test_kept_keys_never_travel_to_another_server(double: Double, chief: User, signed_in: SignIn) -> None:
    desk = signed_in(chief)
    one = account("mastodon", tested_at=timezone.now())
    elsewhere = {"name": "M", "server": "https://elsewhere.example/"}
    assert "Without this key nothing can be posted." in desk.post(page(one), elsewhere).content.decode()
    one.refresh_from_db()
    assert (one.server, one.keys(), bool(one.tested_at)) == ("", KEYS["mastodon"], True)
    desk.post(page(one), {"name": "M", "server": settings.MASTODON_URL})  # the usual one, spelt out
    one.refresh_from_db()
    assert one.keys() == KEYS["mastodon"] and one.server
    desk.post(page(one), {**elsewhere, "key_token": "another"})
    one.refresh_from_db()
    assert (one.server, one.keys(), one.tested_at) == ("https://elsewhere.example", {"token": "another"}, None)


@pytest.mark.parametrize("role", [None, *Role])
def test_the_table_of_roles_decides(role: Role | None, double: Double, signed_in: SignIn) -> None:
    one = account("telegram")
    story = publish()
    work()
    post = only(story)
    ChannelPost.objects.update(state="failed")
    person = make.user(role) if role else None
    client = signed_in(person) if person else Client()

    def may(permission: str) -> bool:
        return bool(person and person.has_perm(f"subscriptions.{permission}"))

    def came(answer, needed: str) -> None:
        if role is None:
            assert answer["Location"].startswith("/admin/login/")
        else:
            assert (answer.status_code != 403) == may(needed), (role, answer.request["PATH_INFO"])

    for address in (POSTS, page(post), page(post, "history")):
        came(client.get(address), "view_channelpost")
    for address in (ACCOUNTS, page(one), page(one, "history")):
        came(client.get(address), "view_channelaccount")
    came(client.post(page(one), {"name": "Taken over"}), "change_channelaccount")
    came(client.post(page(one, "test")), "change_channelaccount")
    came(client.post(ACCOUNTS + "add/", {"kind": "x", "name": "Another"}), "add_channelaccount")
    came(client.post(page(post, "do", "there")), "post_to_channels")
    if role:
        assert client.get(page(post, "do", "there")).status_code == 405
        assert client.get(page(one, "test")).status_code == 405
    post.refresh_from_db()
    one.refresh_from_db()
    assert (post.state == "posted") == may("post_to_channels")
    assert (one.name == "Taken over") == may("change_channelaccount")


def test_the_list_of_posts_costs_the_same_for_one_and_three(double: Double, editor: User, signed_in: SignIn) -> None:
    desk = signed_in(editor)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            text = desk.get(POSTS).content.decode()
        assert text.count("Ferry returns") >= ChannelPost.objects.count()
        return len(queries)

    account("telegram")
    publish()
    cost()
    one = cost()
    account("mastodon")
    publish()
    assert cost() == one
    assert "Ferry returns" not in desk.get(POSTS, {"state__exact": "failed"}).content.decode()


def test_the_figures_count_what_waits(double: Double) -> None:
    account("telegram")
    publish()
    model, is_open = QUEUES["channel_posts"]
    assert model.objects.filter(is_open).count() == 1
    work()
    assert model.objects.filter(is_open).count() == 0


def test_the_log_names_no_key_whatever_goes_wrong(double: Double, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for kind in BY_PROGRAM:
        account(kind, keys={name: value + "-wrong" for name, value in KEYS[kind].items()})
    publish()
    double.faults = ["lost", "garbage", "broken"]
    posting.turn("tests", Event())
    ChannelPost.objects.update(state="ready", may_be_there=False, due_at=timezone.now() - timedelta(seconds=1))
    posting.turn("tests", Event())
    assert "was not made on telegram: credentials" in caplog.text
    told = caplog.text + json.dumps(list(ChannelPost.objects.values("detail", "problem", "url")))
    assert not any(secret in told for secret in PLANTED)
