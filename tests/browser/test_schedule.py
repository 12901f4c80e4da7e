"""The clock in Chromium: other clocks follow the typing, clock changes are met early, a story goes out by itself."""

import re
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from articles import actions_schedule, clockwork
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from articles.models.workflow import ScheduledChange
from tests import make
from tests.articles.desk_form import form_of
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LISBON = ZoneInfo("Europe/Lisbon")


@pytest.fixture
def paper(live_server):
    make.site(newsroom_time_zone="Europe/Lisbon", home_time_zone="Asia/Kathmandu")


def test_other_clocks_follow_the_typing_and_clock_changes_are_met_early(paper, desk_page):
    story = make.draft()
    page = desk_page(make.user("editor", time_zone="America/New_York"))
    page.goto(f"/admin/articles/article/{story.pk}/schedule/")
    box = page.locator("[data-moment]").first
    date, time = box.locator("[data-moment-date]"), box.locator("[data-moment-time]")
    date.fill("2031-06-02")
    time.fill("20:00")
    clocks = box.locator(".moment-clocks")
    expect(clocks).to_contain_text("Kathmandu (home country)")
    expect(box.locator("[data-moment-clock='Asia/Kathmandu']")).to_contain_text(re.compile(r"Tue,? 3 Jun, 00:45"))
    expect(box.locator("[data-moment-clock='America/New_York']")).to_contain_text("15:00")

    # Clocks go forward: no such time; one of its neighbours is taken.
    date.fill("2031-03-30")
    time.fill("01:30")
    gap = box.locator("[data-moment-gap]")
    expect(gap).to_be_visible()
    assert axe(page) == []
    gap.get_by_role("button", name="02:00").click()
    expect(gap).to_be_hidden()
    assert time.input_value() == "02:00"

    # Clocks go back: the same time comes twice.
    date.fill("2031-10-26")
    time.fill("01:30")
    expect(box.get_by_role("radiogroup")).to_be_visible()
    box.get_by_label("the second").check()
    expect(box.locator("[data-moment-clock='Asia/Kathmandu']")).to_contain_text("07:15")
    assert axe(page) == []
    page.get_by_role("button", name="Set the clock").click()
    page.wait_for_url(f"**{form_of(story)}")
    change = ScheduledChange.objects.get()
    assert change.at == datetime(2031, 10, 26, 1, 30, tzinfo=UTC)


def test_from_publish_at_to_readers_with_what_was_typed_kept(paper, desk_page):
    story = make.draft("Bridge opens")
    page = desk_page(make.user("editor"))
    page.goto(form_of(story))
    page.get_by_label("Headline:", exact=True).fill("Bridge opens at last")
    day = (timezone.now().astimezone(LISBON) + timedelta(days=1)).strftime("%Y-%m-%d")
    plan = page.locator("#panel-plan")
    plan.get_by_label("Embargo until", exact=True).fill(day)
    plan.get_by_label("Embargo until: time").fill("17:00")
    plan.get_by_role("button", name="Save the plan").click()
    expect(plan.get_by_text("Planned.")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("embargo")
    assert not PublishedArticle.objects.exists()
    page.get_by_role("button", name="Publish at…").click()
    page.get_by_label("Goes out", exact=False).first.fill(day)
    page.get_by_label("Goes out: time in Lisbon").fill("18:00")
    page.get_by_role("button", name="Set the clock").click()
    strip = page.locator(".clock-strip")
    expect(strip).to_contain_text("18:00 Lisbon / ")
    expect(strip).to_contain_text("Goes out at")
    assert axe(page) == []

    # Changed since: the strip says so, and one click schedules the newer one.
    page.get_by_label("Headline:", exact=True).fill("Bridge opens after all")
    page.get_by_role("button", name="Save draft").click()
    expect(strip).to_contain_text("the story has been changed since")
    strip.get_by_role("button", name="Schedule the newer one").click()
    expect(page.locator(".clock-overtaken")).to_have_count(0)

    # The panel answers in place: what is typed in the story stays.
    page.get_by_label("Headline:", exact=True).fill("Not saved yet")
    panel = page.locator("#panel-schedule")
    panel.get_by_label("Goes out: time in Lisbon").fill("19:00")
    panel.get_by_role("button", name="Set the clock").click()
    expect(panel).to_contain_text("19:00 Lisbon")
    assert page.get_by_label("Headline:", exact=True).input_value() == "Not saved yet"
    page.get_by_label("Headline:", exact=True).fill("Bridge opens after all")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".clock-strip")).to_contain_text("19:00 Lisbon")

    past = timezone.now() - timedelta(seconds=1)
    Article.objects.update(embargo_until=past)
    ScheduledChange.objects.update(at=past, due_at=past)
    assert clockwork.turn("here", threading.Event()) == 1
    page.goto(PublishedArticle.objects.get().path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bridge opens after all")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_week_of_the_paper_fits_and_pleases_axe(paper, open_page, width):
    editor = make.user("editor")
    soon = timezone.now() + timedelta(hours=1)
    actions_schedule.schedule(make.draft("Ferry fares rise").pk, verb="publish", at=soon, actor=editor)
    late = actions_schedule.schedule(make.draft("Council votes").pk, verb="publish", at=soon, actor=editor)
    ScheduledChange.objects.filter(pk=late.pk).update(at=timezone.now() - timedelta(hours=1))
    for scheme in ("light", "dark"):
        page = open_page(editor, viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.goto("/admin/articles/article/schedule/")
        expect(page.get_by_role("region", name="Late or failed")).to_contain_text("Council votes")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert axe(page) == []
    page.get_by_role("region", name="Late or failed").get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/admin/articles/article/schedule/")
    expect(page.get_by_role("region", name="Late or failed")).to_have_count(0)
    late.refresh_from_db()
    assert late.state == "cancelled"
