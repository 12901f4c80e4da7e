"""How long texts are in each channel's own measure, what is proposed, and what the desk writes instead."""

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.models.audit import AuditRow
from accounts.roles import Role
from articles import actions, actions_corrections, paths
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from subscriptions.channels import ledger, wording
from subscriptions.channels.measuring import LINK, measure_of
from subscriptions.channels.receivers import OPTION
from subscriptions.models.channels import ChannelAccount, ChannelPost, ChannelText
from tests import make
from tests.articles.test_admin_article import form_of, typed
from tests.subscriptions.channels.accounts import account, publish, work
from tests.subscriptions.channels.double import Double

SignIn = Callable[[User], Client]
FAMILY = "👨‍👩‍👧‍👦"
LENGTHS = [
    ("x", "H🐱☺" + FAMILY, 7),  # from twitter-text's own conformance tests
    ("x", "新しい橋", 8),
    ("x", "Мост открыт", 11),
    ("x", "See https://harbour-post.example/news/2026/11/23/the-very-long-address/ now", 31),
    ("x", "See harbour.example now", 31),
    ("x", "(https://x.example/news/a), harbour.example/b.", 51),
    ("x", "https://x.example/新", 25),
    ("x", "cafe\u0301", 4),
    ("x", "1️⃣ “Yes”", 8),
    ("telegram", "🐱" + FAMILY, 13),
    ("bluesky", "🐱" + FAMILY + "e\u0301", 3),
    ("mastodon", "@ada@social.example look https://x.example/a/b", 33),
    ("mastodon", "(https://x.example/news/a/b).", 26),
    ("mastodon", FAMILY, 1),
    ("facebook", "🐱é", 2),
]


def address(story: Article) -> str:
    return reverse("admin:subscriptions_channelpost_story", args=[story.pk])


def fields(*, stage: str = "keep", purpose: str = "publish", number: int = 0, **texts: str) -> dict[str, str]:
    """What the panel posts: these channels ticked, by their accounts' names, with these texts."""
    posted = {"stage": stage}
    for name, text in texts.items():
        pk = ChannelAccount.objects.get(name=name).pk
        posted |= {f"tick-{pk}-{purpose}-{number}": "on", f"text-{pk}-{purpose}-{number}": text}
    return posted


@pytest.mark.parametrize(("kind", "text", "length"), LENGTHS)
def test_each_channel_measures_in_its_own_way(kind: str, text: str, length: int) -> None:
    assert measure_of(kind).used(text) == length


def test_a_text_on_bluesky_is_bounded_in_bytes_too() -> None:
    assert measure_of("bluesky").fits("é" * 300)
    assert not measure_of("bluesky").fits(FAMILY * 150)


@pytest.mark.parametrize("kind", ["telegram", "whatsapp", "x", "facebook", "bluesky", "mastodon"])
def test_what_is_proposed_fits_whatever_the_headline(kind: str) -> None:
    for headline in ("Ferry returns", "A very long day at the harbour " * 7, "長" * 220):
        for standfirst in ("", "It runs again. " * 400):
            story = Article(headline=headline, standfirst=standfirst, language="en")
            text = wording.proposed(kind, story)
            assert measure_of(kind).fits(text)
            assert (LINK in text) == (kind not in {"facebook", "bluesky"})
    shared = wording.proposed(kind, Article(headline="Ferry returns", social_headline="It is back", language="en"))
    assert "It is back" in shared and "Ferry" not in shared


def test_a_correction_is_worded_in_the_storys_language_and_keeps_its_facts() -> None:
    story = Article(headline="Le bac revient " * 10, language="fr")
    text = wording.correction("x", story, "correction", "Il y avait neuf passagers et non dix.")
    assert "neuf passagers" in text
    assert measure_of("x").fits(text)


def test_the_texts_are_written_beside_the_story_and_posted_with_it(
    double: Double, editor: User, signed_in: SignIn
) -> None:
    account("telegram", name="Telegram")
    account("mastodon", name="Mastodon")
    account("bluesky", name="In French", language="fr")
    desk = signed_in(editor)
    story = make.draft("Ferry returns", actor=editor)
    page = desk.get(form_of(story)).content.decode()
    assert 'id="panel-channels"' in page
    assert f"Ferry returns\n\n{LINK}</textarea>" in page
    assert "In French" not in page
    answer = desk.post(address(story), fields(Telegram=f"The ferry is back: {LINK} "))
    assert answer["Location"] == f"{form_of(story)}#panel-channels"
    texts = dict(ChannelText.objects.values_list("account__name", "text"))
    assert texts == {"Telegram": f"The ferry is back: {LINK}", "Mastodon": ""}
    assert AuditRow.objects.get(verb="channel texts written").detail == {"channels": ["Mastodon", "Telegram"]}
    desk.post(form_of(story), typed(Article.objects.get(pk=story.pk), **{"_publish": "1", f"option-{OPTION}": "on"}))
    work()
    story.refresh_from_db()
    link = paths.absolute(story.public_place["path"])
    assert double.texts("telegram") == [f"The ferry is back: {link}"]
    assert double.texts("mastodon") == [], "its tick was off"
    row = AuditRow.objects.get(verb="posted to channels")
    assert (row.actor, row.detail["channels"]) == (editor, ["Telegram"])


def test_two_people_who_write_for_different_channels_lose_nothing(
    double: Double, editor: User, chief: User, signed_in: SignIn
) -> None:
    telegram, mastodon = account("telegram", name="Telegram"), account("mastodon", name="Mastodon")
    story = make.draft("Ferry returns", actor=editor)
    hers, his = signed_in(editor), signed_in(chief)
    shown = dict(hidden_and_typed(his.get(form_of(story)).content.decode()))
    hers.post(address(story), {"stage": "keep", f"text-{telegram.pk}-publish-0": "Hers."})  # and no tick on Mastodon
    answer = his.post(address(story), {**shown, f"text-{mastodon.pk}-publish-0": "His.", "stage": "keep"}, follow=True)
    assert "Saved." in answer.content.decode()
    assert sorted(ChannelText.objects.values_list("account__name", "text", "is_ticked")) == [
        ("Mastodon", "His.", False), ("Telegram", "Hers.", False),
    ]  # fmt: skip


def hidden_and_typed(page: str) -> Iterator[tuple[str, str]]:
    """What the panel's form would post as it was shown."""
    form = page.split('id="panel-channels"')[1].split("</form>", maxsplit=1)[0]
    for box in re.findall(r'<input type="checkbox"[^>]*>', form):
        if " checked" in box:
            yield re.search(r'name="([^"]*)"', box)[1], "on"  # type: ignore[index]
    for kind in (r'<input type="hidden" name="([^"]*)" value="([^"]*)"', r'<textarea name="([^"]*)"[^>]*>\n?([^<]*)<'):
        for name, value in re.findall(kind, form):
            yield name, unescape(value)


def test_texts_that_are_not_saved_are_sent_before_the_story_with_that_tick(
    double: Double, editor: User, signed_in: SignIn
) -> None:
    """What `static/desk/panels.js` goes by: the form names the tick, on its own page of refusals too."""
    account("mastodon", name="Mastodon")
    desk = signed_in(editor)
    story = make.draft(actor=editor)
    page = desk.get(form_of(story)).content.decode()
    refused = desk.post(address(story), fields(Mastodon="")).content.decode()
    assert f'id="option-{OPTION}"' in page
    for html in (page, refused):
        assert f'data-goes-out="option-{OPTION}"' in html
    live = Article.objects.get(pk=make.story().pk)
    assert "data-goes-out" not in desk.get(form_of(live)).content.decode(), "its button posts at once"


def test_a_text_left_as_proposed_follows_the_headline(double: Double, editor: User, signed_in: SignIn) -> None:
    account("mastodon", name="Mastodon")
    story = make.draft("Ferry returns", actor=editor)
    desk = signed_in(editor)
    desk.post(address(story), fields(Mastodon=f"Ferry returns\r\n\r\n{LINK}"))
    desk.post(form_of(story), typed(story, headline="Ferry is back", **{"_publish": "1", f"option-{OPTION}": "on"}))
    assert ChannelPost.objects.get().text.startswith("Ferry is back\n\nhttp")


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "Write a text"), ("x" * 501, "501 of at most 500"), ("x" * 70_001, "at most 70000 characters")],
)
def test_a_text_that_cannot_go_is_refused_and_kept(
    text: str, said: str, double: Double, editor: User, signed_in: SignIn
) -> None:
    account("mastodon", name="Mastodon")
    story = make.draft(actor=editor)
    answer = signed_in(editor).post(address(story), fields(Mastodon=text))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page
    assert f"{text}</textarea>" in page
    assert not ChannelText.objects.exists()


def test_x_is_ticked_only_by_hand(double: Double, editor: User) -> None:
    account("x")
    actions.publish(make.draft().pk, actor=editor, options={OPTION: True})
    assert not ChannelPost.objects.exists()


def test_only_channels_of_the_language_and_section_get_it(double: Double, editor: User) -> None:
    news = make.section("News")
    part = make.section("Harbour", parent=news)
    account("telegram", name="all")
    account("telegram", name="news").sections.add(news)
    account("telegram", name="sport").sections.add(make.section("Sport"))
    account("telegram", name="french", language="fr")
    story = publish(section=part)
    assert set(ChannelPost.objects.filter(article_number=story.pk).values_list("account__name", flat=True)) == {
        "all",
        "news",
    }


def test_what_was_not_ticked_is_posted_later_and_once(double: Double, editor: User, signed_in: SignIn) -> None:
    account("telegram", name="Telegram")
    story = make.story("Ferry returns")
    desk = signed_in(editor)
    given = fields(stage="post", Telegram=f"Later: {LINK}")
    desk.post(address(Article.objects.get(pk=story.pk)), given)
    work()
    desk.post(address(Article.objects.get(pk=story.pk)), given)
    work()
    assert double.texts("telegram") == [
        f"Later: {paths.absolute(Article.objects.get(pk=story.pk).public_place['path'])}"
    ]


def test_a_correction_is_offered_to_exactly_the_channels_that_carried_the_story(
    double: Double, editor: User, signed_in: SignIn
) -> None:
    account("telegram", name="Telegram")
    account("mastodon", name="Mastodon")
    story = publish()
    work()
    ChannelPost.objects.filter(account__name="Mastodon").update(state="failed")
    account("bluesky", name="Bluesky")
    note = actions_corrections.add(story.pk, actor=editor, kind="correction", text="Nine people, not ten.")
    desk = signed_in(editor)
    article = Article.objects.get(pk=story.pk)
    page = desk.get(form_of(article)).content.decode()
    assert page.count(f"-correction-{note.pk}") and "Telegram · Correction" in page
    assert "Mastodon · Correction" not in page and "Bluesky · Correction" not in page
    receipt = desk.get(reverse("admin:articles_article_receipt", args=[story.pk])).content.decode()
    assert receipt.count("has not been told") == 1
    given = fields(stage="post", purpose="correction", number=note.pk, Telegram="Correction: nine people, not ten.")
    desk.post(address(article), given)
    desk.post(address(article), given)
    work()
    assert double.texts("telegram")[1:] == ["Correction: nine people, not ten."]
    receipt = desk.get(reverse("admin:articles_article_receipt", args=[story.pk])).content.decode()
    assert "has not been told" not in receipt


def test_a_channel_that_got_the_story_corrected_is_not_offered_the_correction(double: Double, editor: User) -> None:
    account("telegram")
    story = publish()
    note = actions_corrections.add(story.pk, actor=editor, kind="correction", text="Nine people, not ten.")
    account("mastodon")
    story.refresh_from_db()
    late = [each for each in ledger.first_offers(story, number=story.pk) if each.account.kind == "mastodon"]
    ledger.owe(story, late, actor=editor)
    work()

    def offered() -> list[tuple[str, str, int]]:
        return [(each.account.kind, each.purpose.value, each.number) for each in ledger.further_offers(story)]

    assert sorted(offered()) == [
        ("mastodon", "update", story.revision),
        ("telegram", "correction", note.pk), ("telegram", "update", story.revision),
    ]  # fmt: skip
    later = actions_corrections.add(story.pk, actor=editor, kind="correction", text="On Monday, not on Sunday.")
    story.refresh_from_db()
    assert ("mastodon", "correction", later.pk) in offered()


def test_a_post_taken_up_again_after_a_correction_never_carried_the_error(double: Double, editor: User) -> None:
    account("telegram")
    story = publish()
    actions_corrections.add(story.pk, actor=editor, kind="correction", text="Nine people, not ten.")
    actions.withdraw(story.pk, actor=editor)
    actions.publish(story.pk, actor=editor, options={OPTION: True})
    work()
    story = PublishedArticle.objects.get(pk=story.pk)
    assert ChannelPost.objects.get().state == "posted" and story.corrections
    assert [each.purpose for each in ledger.further_offers(story)] == ["update"]


def test_a_correction_that_is_removed_is_not_posted(double: Double, editor: User, signed_in: SignIn) -> None:
    account("telegram", name="Telegram")
    story = publish()
    work()
    note = actions_corrections.add(story.pk, actor=editor, kind="correction", text="Nine people, not ten.")
    article = Article.objects.get(pk=story.pk)
    signed_in(editor).post(
        address(article), fields(stage="post", purpose="correction", number=note.pk, Telegram="Nine, not ten.")
    )
    actions_corrections.remove(note.pk, actor=editor, reason="It was ten after all.")
    work()
    assert len(double.texts("telegram")) == 1
    assert ChannelPost.objects.get(purpose="correction").state == "skipped"


def test_who_meant_to_keep_a_text_posts_nothing_when_somebody_has_published_meanwhile(
    double: Double, editor: User, signed_in: SignIn
) -> None:
    account("telegram", name="Telegram")
    story = make.draft(actor=editor)
    shown = fields(Telegram=f"Not yet: {LINK}")
    actions.publish(story.pk, actor=None)
    answer = signed_in(editor).post(address(story), shown, follow=True).content.decode()
    assert "has changed meanwhile" in answer
    assert not ChannelPost.objects.exists()


@pytest.mark.parametrize("role", [None, *Role])
def test_who_may_write_texts_and_who_signs_off(role: Role | None, double: Double, signed_in: SignIn) -> None:
    account("telegram", name="Telegram")
    person = make.user(role) if role else None
    client = signed_in(person) if person else Client()
    may_post = bool(person and person.has_perm("subscriptions.post_to_channels"))
    may_write = bool(person and person.has_perm("articles.change_article"))
    draft, live = make.draft(), Article.objects.get(pk=make.story().pk)
    for story, may, stage in ((draft, may_write, "keep"), (live, may_post, "post")):
        given = fields(stage=stage, Telegram="Words.")
        for answer in (client.get(address(story)), client.post(address(story), given)):
            back = f"{form_of(story)}#panel-channels"
            assert (answer.status_code == 302 and answer["Location"] == back) == may, (role, story.state)
    assert ChannelText.objects.exists() == may_write
    assert ChannelPost.objects.exists() == may_post


def test_the_panel_costs_the_same_for_one_channel_and_three(double: Double, editor: User, signed_in: SignIn) -> None:
    desk = signed_in(editor)
    counts = []
    for number in range(3):
        account("telegram", name=f"Telegram {number}")
        account("mastodon", name=f"Mastodon {number}")
        story = publish()
        ChannelPost.objects.filter(article_number=story.pk).update(state="failed")
        with CaptureQueriesContext(connection) as queries:
            desk.get(form_of(Article.objects.get(pk=story.pk)))
        counts.append(len(queries))
    assert counts[1] == counts[2]
