"""Rights that run out in what readers see: on the desk's first page, on the story's form, in /health/, by mail once."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from articles import actions, actions_fronts, fronts, rights_alarm
from articles.fronts import Card, Container, Fill, Rule
from articles.models.pressed import PressedFront
from articles.models.published import PublishedPicture, PublishedVideo
from images import library
from images.models import Picture, RightsWarning, Video
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_files")]
SignIn = Callable[[User], Client]


@pytest.fixture
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def shown(colour: str, days: int | None, headline: str) -> Picture:
    """A picture in a live story, whose rights end then."""
    picture = make.picture((90, 60), colour, caption=f"The {colour} quay")
    make.story(headline, lead_picture=picture.pk)
    return library.change(picture, actor=None, rights_until=None if days is None else in_days(days))


def told_of() -> list[tuple[str, bool, list[str]]]:
    found = rights_alarm.alarms(on=timezone.localdate())
    return [(str(alarm.thing), alarm.has_run_out, [story.headline for story in alarm.stories]) for alarm in found]


def test_it_names_what_has_ended_and_what_soon_will_and_nothing_else() -> None:
    shown("teal", -1, "Ferry is back")
    shown("navy", 0, "Bridge opens")
    shown("maroon", 6, "Market closes")
    shown("olive", 7, "School begins")
    shown("gray", None, "Lamp is lit")
    make.picture((90, 60), "white", rights_until=in_days(-9))  # shown nowhere
    withdrawn = shown("black", -3, "Taken off")
    actions.withdraw(PublishedPicture.objects.get(picture=withdrawn).article_id, actor=None)
    assert told_of() == [
        ("The teal quay", True, ["Ferry is back"]),
        ("The navy quay", False, ["Bridge opens"]),
        ("The maroon quay", False, ["Market closes"]),
    ]


def test_videos_alarm_too() -> None:
    story = make.story("Ferry is back")
    video = Video.objects.create(
        caption="At the quay", original="0" * 32, form="mp4", size=1, sha256="0" * 64, rights_until=in_days(-1)
    )
    PublishedVideo.objects.create(article=story, video=video)
    assert told_of() == [("At the quay", True, ["Ferry is back"])]


def on_a_front(days: int, *, section: int | None = None) -> Picture:
    """A picture that a launched front shows in place of a story's own; its rights were cut back unnoticed."""
    make.site()
    picture = make.picture((90, 60), "indigo", caption="The indigo quay")
    Picture.objects.filter(pk=picture.pk).update(rights_until=None)
    card = Card(make.story("Ferry is back").pk, picture=picture.pk)
    arranged = [Container("top", rule=Rule(Fill.NONE), cards=[card])]
    actions_fronts.change_draft("en", section, actor=None, containers=arranged)
    actions_fronts.launch("en", section, actor=None)
    Picture.objects.filter(pk=picture.pk).update(rights_until=in_days(days))
    return picture


def test_a_picture_of_the_front_alarms_and_goes_when_its_rights_have_ended(editor: User, signed_in: SignIn) -> None:
    sport = make.section("Sport").pk
    picture = on_a_front(-3, section=sport)
    assert told_of() == [("The indigo quay", True, [])]
    assert rights_alarm.alarms(on=timezone.localdate(), story=PressedFront.objects.get().pk) == []
    text = signed_in(editor).get(reverse("admin:index")).content.decode()
    arrange = reverse("admin:articles_front_arrange", args=["en", sport])
    assert f'<a href="{arrange}">Sport (en)</a>' in text
    assert rights_alarm.tell() == 1
    assert f"- Sport (en)\n  {settings.SITE_URL}{arrange}" in mail.outbox[0].body

    assert PressedFront.objects.get().own_pictures == {picture.pk}
    assert fronts.press_expired() == 1
    assert PressedFront.objects.get().own_pictures == set()
    assert fronts.press_expired() == 0
    assert told_of() == []


def test_a_picture_of_the_front_stays_on_its_last_day() -> None:
    picture = on_a_front(0)
    assert told_of() == [("The indigo quay", False, [])]
    assert fronts.press_expired() == 0
    assert PressedFront.objects.get().own_pictures == {picture.pk}


def test_it_asks_as_much_for_three_as_for_one() -> None:
    asked = []
    for colours in (["teal"], ["navy", "maroon"]):
        for colour in colours:
            shown(colour, -1, f"Of {colour}")
            on_a_front(-1, section=make.section(colour.title()).pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = rights_alarm.alarms(on=timezone.localdate())
            assert all(alarm.stories or [str(front.section) for front in alarm.fronts] for alarm in found)
        asked.append(len(queries))
    assert asked == [4, 4]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite how it finds rows")
def test_it_begins_with_what_ends_and_reads_no_picture_of_any_other_story() -> None:
    with CaptureQueriesContext(connection) as queries:
        rights_alarm.alarms(on=timezone.localdate())
    with connection.cursor() as cursor:
        for query in queries.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            found = [row[3] for row in cursor.fetchall()]
            assert not any(line.startswith(("SCAN articles_publishedp", "SCAN articles_publishedv")) for line in found)


def test_the_first_page_shows_it_to_those_who_see_every_story(reporter: User, signed_in: SignIn) -> None:
    picture = shown("teal", -1, "Ferry is back")
    text = signed_in(reporter).get(reverse("admin:index")).content.decode()
    assert "Rights in what readers see now" in text
    assert f'<a href="{reverse("admin:images_picture_change", args=[picture.pk])}">The teal quay</a>' in text
    number = PublishedPicture.objects.get().article_id
    assert f'<a href="{reverse("admin:articles_article_change", args=[number])}" lang="en">Ferry is back</a>' in text
    assert "Readers see something whose rights have run out." in text
    other = signed_in(make.user(Role.CONTRIBUTOR)).get(reverse("admin:index")).content.decode()
    assert "The teal quay" not in other


def test_the_storys_form_says_so(editor: User, signed_in: SignIn) -> None:
    shown("teal", 3, "Ferry is back")
    shown("navy", -3, "Bridge opens")
    number = PublishedPicture.objects.get(picture__caption="The teal quay").article_id
    text = signed_in(editor).get(reverse("admin:articles_article_change", args=[number])).content.decode()
    assert "Readers see this story with pictures or videos whose rights end:" in text
    assert "The teal quay" in text and "The navy quay" not in text


def test_health_counts_without_names(client: Client) -> None:
    shown("teal", -1, "Ferry is back")
    shown("navy", 2, "Bridge opens")
    answer = client.get("/health/")
    found = json.loads(answer.content)
    assert found["parts"]["rights"] == {"state": "late", "run_out": 1, "end_soon": 1}
    assert "quay" not in answer.content.decode()


def test_editors_and_chiefs_get_one_letter_in_their_language(editor: User, chief: User, reporter: User) -> None:
    picture = shown("teal", -1, "Ferry is back")
    User.objects.filter(pk=chief.pk).update(language="fr")
    make.user(Role.EDITOR, is_active=False)
    assert rights_alarm.tell() == 1
    assert {letter.to[0] for letter in mail.outbox} == {editor.email, chief.email}
    [to_editor] = [letter for letter in mail.outbox if letter.to == [editor.email]]
    assert to_editor.subject == "Rights end in 1 picture or video that readers see"
    address = reverse("admin:images_picture_change", args=[picture.pk])
    assert all(words in to_editor.body for words in ("Edith Oram", "The teal quay", "Ferry is back", address))

    assert rights_alarm.tell() == 0
    shown("navy", 5, "Bridge opens")
    assert rights_alarm.tell() == 1
    assert len(mail.outbox) == 4
    assert "The teal quay" not in mail.outbox[-1].body

    library.change(picture, actor=None, rights_until=in_days(4))  # renewed, for a few days
    assert rights_alarm.tell() == 1
    assert RightsWarning.objects.filter(picture=picture).count() == 2


def test_where_nobody_can_be_reached_it_is_told_later(editor: User, settings: Any) -> None:
    shown("teal", -1, "Ferry is back")
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.articles.test_rights_alarm.Away"
    with pytest.raises(OSError, match="nobody could be told"):
        rights_alarm.tell()
    assert not RightsWarning.objects.exists()
    settings.EMAIL_BACKEND = backend
    assert rights_alarm.tell() == 1
    assert len(mail.outbox) == 1


class Away:
    """A mail server that does not answer."""

    def __init__(self, **options: Any) -> None:
        """Takes what any backend takes."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError


def test_nothing_to_tell_sends_nothing(editor: User) -> None:
    shown("teal", 30, "Ferry is back")
    assert rights_alarm.tell() == 0
    assert mail.outbox == []
