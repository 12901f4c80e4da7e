"""The breaking banner: set, changed and ended by hand, by the clock, and with the story it leads to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditRow, User
from articles import actions, actions_banner, actions_site
from articles.actions_banner import Level
from articles.models.site import SiteSettings
from articles.models.workflow import SectionLimit
from articles.problems import NotAllowed, NotReady
from tests import make

pytestmark = pytest.mark.django_db


def stand(language: str = "en", **changes: Any) -> None:
    given = {"text": "Harbour closed", "ends_at": timezone.now() + timedelta(hours=1), **changes}
    actions_banner.set_banner(language, actor=given.pop("actor", None), **given)


def reads(path: str = "/") -> str:
    return Client().get(path).content.decode()


@pytest.fixture(autouse=True)
def paper(db: None) -> None:
    make.site()


def test_it_stands_on_every_page_of_its_edition_at_no_cost() -> None:
    story = make.story()
    with CaptureQueriesContext(connection) as before:
        reads(story.path)
    stand(path="/live/")
    with CaptureQueriesContext(connection) as after:
        text = reads(story.path)
    assert len(after) == len(before)
    assert 'class="banner breaking"' in text
    assert '<a href="/live/">Harbour closed</a>' in text
    for path in ("/", "/news/", "/archive/", "/nowhere/"):
        assert "Harbour closed" in reads(path) or Client().get(path).status_code == 404, path
    assert "Harbour closed" not in reads("/fr/")
    stand("fr", text="Port fermé", level=Level.NOTICE)
    assert 'class="banner notice"' in reads("/fr/")


def test_it_is_not_shown_once_it_is_over_and_the_clock_takes_it_away(editor: User) -> None:
    stand()
    site = SiteSettings.load()
    site.banners["en"]["ends_at"] = (timezone.now() - timedelta(seconds=1)).isoformat()
    SiteSettings.objects.update(banners=site.banners)
    assert "Harbour closed" not in reads()
    actions_banner.end_due()
    assert SiteSettings.load().banners == {}
    assert AuditRow.objects.filter(verb="banner ended", actor=None).count() == 1
    actions_banner.end_due()
    assert AuditRow.objects.filter(verb="banner ended").count() == 1


def test_it_goes_with_the_story_it_leads_to(chief: User) -> None:
    story = make.story("Ferry sinks")
    stand(text="", story=story.pk)
    assert f'<a href="{story.path}">Ferry sinks</a></p></aside>' in reads()
    actions.kill(story.pk, actor=chief, notice="It did not sink.")
    assert SiteSettings.load().banners == {}
    assert "Ferry sinks" not in reads()


def test_saving_the_settings_takes_no_banner_away(chief: User) -> None:
    opened = SiteSettings.load()
    stand()
    opened.name = "The Quay"
    actions_site.save_site_settings(opened, actor=chief)
    assert "Harbour closed" in reads()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": " "}, "text"), ({"text": "x" * 161}, "text"), ({"path": "javascript:alert(1)"}, "path"),
        ({"path": "//evil.example/"}, "path"), ({"story": 4711}, "story"),
        ({"ends_at": timezone.now() - timedelta(minutes=1)}, "ends_at"),
        ({"ends_at": timezone.now() + timedelta(days=9)}, "ends_at"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(NotReady) as refused:
        stand(**changes)
    assert set(refused.value.errors) == {field}
    assert SiteSettings.load().banners == {}


def test_who_may_not_is_refused(reporter: User, editor: User) -> None:
    with pytest.raises(NotAllowed):
        stand(actor=reporter)
    stand(actor=editor)
    with pytest.raises(NotAllowed):
        actions_banner.end_banner("en", actor=reporter)
    assert "Harbour closed" in reads()


def test_whoever_works_in_some_sections_has_no_banner_for_all(
    signed_in: Callable[[User], Client], editor: User, chief: User
) -> None:
    story, address = make.story("Ferry sinks"), reverse("admin:articles_banner")
    stand()
    soon = timezone.now() + timedelta(hours=3)
    data = {
        "language": "en", "text": "Mine", "leads_to": story.path, "level": "breaking",
        "ends_at_date": f"{soon:%Y-%m-%d}", "ends_at_time": f"{soon:%H:%M}",
    }  # fmt: skip
    before = AuditRow.objects.count()
    for person in (editor, chief):
        SectionLimit.objects.create(user=person, section=make.section())
        client = signed_in(person)
        for answer in (client.get(address), client.post(address, data), client.post(address, {"end": "en"})):
            assert answer.status_code == 403
        assert address not in client.get(reverse("admin:articles_front")).content.decode()
        assert address not in client.get(reverse("admin:index")).content.decode()
        with pytest.raises(NotAllowed):
            stand(actor=User.objects.get(pk=person.pk))
    assert AuditRow.objects.count() == before
    assert "Harbour closed" in reads()


def test_the_desk_sets_changes_and_ends_it(signed_in: Callable[[User], Client], editor: User) -> None:
    client, address = signed_in(editor), reverse("admin:articles_banner")
    story = make.story("Ferry sinks")
    soon = timezone.now() + timedelta(hours=3)
    data = {
        "language": "en", "text": "", "leads_to": story.path, "level": "breaking",
        "ends_at_date": f"{soon:%Y-%m-%d}", "ends_at_time": f"{soon:%H:%M}",
    }  # fmt: skip
    assert client.post(address, data).status_code == 302
    assert "Ferry sinks" in reads("/fr/") or "Ferry sinks</a></p></aside>" in reads("/")
    assert "Ferry sinks" in client.get(reverse("admin:index")).content.decode()
    assert f'value="{story.pk}"' in client.get(address, {"language": "en"}).content.decode()
    wrong = client.post(address, {**data, "leads_to": "4711", "text": "Typed"}).content.decode()
    assert "Readers do not find this story." in wrong
    assert 'value="Typed"' in wrong
    client.post(address, {"end": "en"})
    assert "banner" not in reads("/").partition("<body>")[2]
