"""Channels beside a story in Chromium: the counter counts as the server does, and the panel answers in place."""

import pytest
from playwright.sync_api import expect

from articles import actions
from articles.models.desk import Article
from subscriptions.channels.measuring import LINK, MEASURES
from subscriptions.models.channels import ChannelPost, ChannelText
from tests import make
from tests.articles.desk_form import form_of
from tests.browser.checks import axe
from tests.subscriptions.channels.accounts import account
from tests.subscriptions.channels.test_texts import LENGTHS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COUNTED = """([name, text, short]) => {
  const area = document.querySelector(`textarea[data-measure="${name}"][data-link-short="${short}"]`)
  area.value = text
  area.dispatchEvent(new Event("input", { bubbles: true }))
  return document.querySelector(`output[for="${area.id}"] span`).textContent
}"""


def test_texts_are_counted_saved_in_place_and_posted_by_hand(live_server, desk_page):
    make.site()
    editor = make.user("editor")
    for kind in MEASURES:
        account(str(kind), name=kind.label)
    story = make.draft("Ferry returns", actor=editor)
    page = desk_page(editor)
    page.goto(form_of(story))
    expect(page.locator(".ProseMirror")).to_be_visible()
    panel = page.locator("#panel-channels")
    panel.locator("summary").first.click()
    samples = [(kind, text) for kind, text, _length in LENGTHS]
    samples += [(kind, f"Read: {LINK} #harbour") for kind in MEASURES]
    for kind, text in samples:
        measure = MEASURES[kind]
        counted = page.evaluate(COUNTED, [measure.name, text, str(measure.is_link_short).lower()])
        assert int(counted) == measure.used(text), (kind, text)
    page.get_by_label("Text for Mastodon").fill("x" * 501)
    expect(panel.locator("output.over")).to_contain_text("501 / 500")
    assert axe(page) == []
    panel.get_by_role("button", name="Save the texts").click()
    expect(panel.locator(".errorlist")).to_contain_text("501 of at most 500")
    page.get_by_label("Text for Mastodon").fill(f"The ferry is back. {LINK}")
    for name in ("Telegram", "X", "Facebook", "Bluesky"):
        panel.get_by_role("checkbox", name=name, exact=True).uncheck()
    panel.get_by_role("button", name="Save the texts").click()
    expect(panel.locator(".panel-said")).to_contain_text("Saved.")
    assert ChannelText.objects.get(account__name="Mastodon").text == f"The ferry is back. {LINK}"
    page.get_by_role("checkbox", name="Post to channels").check()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator(".messagelist .success")).to_contain_text("Published")
    assert set(ChannelPost.objects.values_list("account__name", "state")) == {
        ("Mastodon", "ready"), ("WhatsApp", "by_hand"),
    }  # fmt: skip
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel.get_by_role("button", name="Copy").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    path = Article.objects.get(pk=story.pk).public_place["path"]
    assert page.evaluate("navigator.clipboard.readText()").endswith(path)
    panel.get_by_role("button", name="I have posted it").click()
    expect(panel.locator(".panel-said")).to_contain_text("it is posted")
    assert ChannelPost.objects.get(account__name="WhatsApp").state == "posted"
    assert axe(page) == []


def test_what_was_typed_and_not_saved_goes_out_with_the_story(live_server, desk_page):
    make.site()
    editor = make.user("editor")
    for kind in ("mastodon", "x"):
        account(kind, name=kind)
    story = make.draft("Ferry returns", actor=editor)
    page = desk_page(editor)
    page.goto(form_of(story))
    expect(page.locator(".ProseMirror")).to_be_visible()
    panel = page.locator("#panel-channels")
    panel.locator("summary").first.click()
    text = page.get_by_label("Text for mastodon")
    text.fill("x" * 501)
    page.get_by_role("checkbox", name="Post to channels").check()
    publish = page.get_by_role("button", name="Publish", exact=True)
    publish.click()
    expect(panel.locator(".panel-said.problem")).to_contain_text("Not published")
    expect(panel.locator(".errorlist")).to_contain_text("501 of at most 500")
    expect(text).to_have_value("x" * 501)
    assert not ChannelPost.objects.exists()
    text.fill("At last.")
    panel.get_by_role("checkbox", name="x", exact=True).check()
    page.get_by_label("Text for x").fill("And here.")
    publish.dblclick()
    expect(page.locator(".messagelist .success")).to_contain_text("Published")
    assert dict(ChannelPost.objects.values_list("account__name", "text")) == {"mastodon": "At last.", "x": "And here."}


def test_what_was_typed_for_a_story_that_is_out_meanwhile_stays_to_be_read(live_server, desk_page):
    make.site()
    editor = make.user("editor")
    account("mastodon", name="mastodon")
    story = make.draft("Ferry returns", actor=editor)
    page = desk_page(editor)
    page.goto(form_of(story))
    panel = page.locator("#panel-channels")
    panel.locator("summary").first.click()
    page.get_by_label("Text for mastodon").fill("At last.")
    actions.publish(story.pk, actor=None)
    page.get_by_role("checkbox", name="Post to channels").check()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(panel.locator(".panel-said.problem")).to_contain_text("has changed meanwhile")
    expect(page.get_by_label("Text for mastodon")).to_have_value("At last.")
    assert not ChannelPost.objects.exists()
