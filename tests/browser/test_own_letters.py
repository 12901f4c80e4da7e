"""A reader's own page in Chromium: three languages, phone and desk, nothing for axe or the Nu validator to find."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from articles import actions
from subscriptions import links, people
from subscriptions.links import Purpose
from subscriptions.models.people import Subscriber
from subscriptions.topics import find, keep
from tests import make
from tests.browser.checks import axe, nu
from tests.subscriptions.readers import reader, topic_of


@pytest.fixture
def subscriber(live_server: LiveServer, settings) -> Subscriber:
    """She follows the paper, an author, a subject and a story, and lives in Lisbon."""
    settings.SITE_URL = live_server.url
    make.site()
    story = actions.publish(
        make.draft("The ferry sails", bylines=[make.author("Ines Duarte")], tags=["harbour"]).pk, actor=None
    )
    actions.publish(make.draft("عادت العبّارة", language="ar", tags=["الميناء"]).pk, actor=None)
    keys = f"author-{story.author_rows.get().author_id}", f"tag-{story.tag_rows.get().tag_id}", f"story-{story.pk}"
    wishes = dict.fromkeys([topic_of(), *keep([find(key) for key in keys])], "daily")
    found = reader()
    people.choose(found, wishes, time_zone="Europe/Lisbon", quiet_from=22, quiet_until=7)
    return found


@pytest.mark.browser
@pytest.mark.nu
@pytest.mark.django_db(transaction=True)
def test_the_page_is_whole_in_three_languages_and_offers_the_devices_own_clock(open_page, client, subscriber):
    page: Page = open_page(viewport={"width": 360, "height": 800}, timezone_id="Africa/Lagos")
    address = f"/subscribe/manage/{links.make(Purpose.MANAGE, subscriber)}/"
    findings, html = [], {}
    for language, scheme in (("fr", "light"), ("ar", "dark"), ("en", "light")):
        Subscriber.objects.update(language=language)
        page.emulate_media(color_scheme=scheme)
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        findings += axe(page)
        html[language] = client.get(address).content.decode()
        if language == "ar":
            page.locator("#id_find").fill("ميناء")
            page.locator("#id_find").press("Enter")
            expect(page.locator("#find").get_by_label("الميناء")).to_be_in_viewport()
            assert page.evaluate("document.documentElement.scrollWidth") == 360
            findings += axe(page)
            html["found"] = page.content()
    offer = page.locator(".offer")
    expect(offer).to_contain_text("Your device says Lagos.")
    offer.get_by_role("button").click()
    expect(offer).to_be_hidden()
    expect(page.locator(".now")).to_contain_text("in Lagos now")
    page.get_by_label("The ferry sails").select_option(label="Never")
    page.get_by_label("No letters until").fill(str(timezone.now().date()))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Choose a day after today.")).to_be_visible()
    page.get_by_label("Find an author").fill("duarte")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("#find").get_by_label("Ines Duarte")).to_have_value("daily")
    expect(page.get_by_label("The ferry sails")).to_have_value("")
    expect(page.get_by_label("Where you are")).to_have_value("Africa/Lagos")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Choose a day after today.")).to_be_visible()
    findings += axe(page)
    assert findings == nu(html) == []
    page.get_by_label("No letters until").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.locator(".coming")).to_contain_text("at 07:00, Lagos")
    subscriber.refresh_from_db()
    assert subscriber.time_zone == "Africa/Lagos"
    assert not subscriber.subscriptions.filter(state="active", topic__kind="story").exists()
