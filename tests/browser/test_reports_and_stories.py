"""Reports beside a story's text, in Chromium: linked in place, and every page between them whole and for everybody."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.roles import Role
from articles import actions
from citizen_reports import handling, intake
from citizen_reports.models import ConsentAlarm, Report, ReportStory
from tests import make
from tests.browser.checks import axe
from tests.browser.test_desk_pages import NARROW, WIDE, faults
from tests.citizen_reports import reports

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alarmed(settings: Any, tmp_path: Any) -> Report:
    """A report with a picture, whose witness took back what readers see; another one answers its story."""
    settings.DATA_DIR = tmp_path
    chief = make.user(Role.CHIEF)
    report = reports.report(state="ready", publish_media=True)
    reports.photo_of(report)
    story = handling.make_story(report.pk, actor=chief)
    actions.save(story.pk, actor=chief, content={"section": make.section().pk})
    actions.publish(story.pk, actor=chief)
    intake.withdraw_consent(report)
    Report.objects.filter(pk=reports.report().pk).update(answers_story=story.pk)
    return report


def test_a_report_is_linked_beside_the_text_and_what_was_typed_stays(
    alarmed: Report, open_page: Callable[..., Page]
) -> None:
    story = ReportStory.objects.get().article_id
    answer = Report.objects.get(answers_story=story)
    page = open_page(make.user(Role.EDITOR), **WIDE)
    page.goto(reverse("admin:articles_article_change", args=[story]))
    page.locator(".ProseMirror").wait_for()
    page.locator("#id_headline").fill("Typed, and not saved yet")
    panel = page.locator("#panel-reports")
    expect(panel.get_by_text("took back their consent")).to_be_visible()
    panel.get_by_text("Link…", exact=True).click()
    panel.get_by_role("button", name=f"Link it ({answer.reference})").click()
    expect(panel.get_by_text("know of each other")).to_be_visible()
    expect(panel.get_by_text("These answer the story")).to_have_count(0)
    panel.get_by_text("Unlink…", exact=True).last.click()
    panel.locator(f"#unlink-{answer.reference}").fill("Another bridge")
    panel.get_by_role("button", name=f"Unlink ({answer.reference})").click()
    expect(panel.get_by_text("These answer the story")).to_be_visible()
    expect(page.locator("#id_headline")).to_have_value("Typed, and not saved yet")
    assert axe(page) == []


def test_pages_between_reports_and_stories_are_whole(alarmed: Report, open_page: Callable[..., Page]) -> None:
    page, link = open_page(make.user(Role.CHIEF, language="ar"), **NARROW), ReportStory.objects.get()
    answer, alarm = Report.objects.get(answers_story=link.article_id), ConsentAlarm.objects.get()

    def at(name: str, *numbers: Any) -> str:
        return reverse(f"admin:citizen_reports_report_{name}", args=numbers)

    for path in (
        at("change", alarmed.pk) + "?story=bridge",
        at("link", answer.pk, link.article_id),
        at("unlink", alarmed.pk, link.article_id),
        at("settle", alarmed.pk, alarm.pk),
        at("library", alarmed.pk, alarmed.attachments.get().pk),
    ):
        assert faults(page, path) == []
