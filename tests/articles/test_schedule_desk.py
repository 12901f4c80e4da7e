"""The clock on the form, on its own page and in the week of the paper: by hand, without JavaScript."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from articles import actions, actions_desk, actions_schedule, schedule
from articles.models.desk import Article
from articles.models.workflow import ScheduledChange
from tests import make
from tests.articles.desk_form import form_of, typed

pytestmark = pytest.mark.django_db
LISBON = ZoneInfo("Europe/Lisbon")
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site(newsroom_time_zone="Europe/Lisbon", home_time_zone="Africa/Maputo")


def page_of(story: Article) -> str:
    return reverse("admin:articles_article_schedule", args=[story.pk])


def tomorrow(hour: int) -> datetime:
    day = timezone.now().astimezone(LISBON) + timedelta(days=1)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def filled(story: Article, at: datetime | None, until: datetime | None = None, **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"version": story.version, "note": "", "_set": "1", **more}
    for name, moment in (("at", at), ("until", until)):
        here = moment.astimezone(LISBON) if moment else None
        data |= {
            f"{name}_date": here.strftime("%Y-%m-%d") if here else "",
            f"{name}_time": here.strftime("%H:%M") if here else "",
        }
    return data


def said(client: Client, response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_publish_at_saves_and_leads_to_the_clock(editor: User, signed_in: SignIn) -> None:
    story = make.draft()
    client = signed_in(editor)
    response = client.post(form_of(story), typed(story, headline="Harbour frozen over", _schedule="1"))
    assert response.headers["Location"] == page_of(story)
    story.refresh_from_db()
    assert story.headline == "Harbour frozen over"
    html = client.get(page_of(story)).content.decode()
    assert 'name="at_date"' in html
    assert 'data-moment-clock="Africa/Maputo"' in html


def test_both_times_are_set_moved_and_emptied(editor: User, signed_in: SignIn) -> None:
    story = make.draft()
    client = signed_in(editor)
    response = client.post(page_of(story), filled(story, tomorrow(10), tomorrow(15), note="For the anniversary"))
    assert response.headers["Location"] == form_of(story)
    assert "10:00 Lisbon" in said(client, response)
    assert [(each.verb, each.at, each.note) for each in schedule.waiting(story.pk)] == [
        ("publish", tomorrow(10), "For the anniversary"), ("withdraw", tomorrow(15), "For the anniversary"),
    ]  # fmt: skip
    for times in ((20, 22), (8, 9), (8, 23), (7, 23)):  # each move passes the other one's old time
        client.post(page_of(story), filled(story, *map(tomorrow, times), note="For the anniversary"))
        assert [each.at for each in schedule.waiting(story.pk)] == [tomorrow(hour) for hour in times]
    # A second click, also on an old page, finds its work done.
    client.post(page_of(story), filled(story, tomorrow(7), tomorrow(23), note="For the anniversary"))
    assert ScheduledChange.objects.count() == 2
    client.post(page_of(story), filled(story, None, None))
    assert not schedule.waiting(story.pk).exists()


def test_a_refusal_keeps_what_was_typed_and_changes_nothing(editor: User, signed_in: SignIn) -> None:
    story = make.draft()
    actions_desk.plan(story.pk, actor=editor, embargo_until=tomorrow(12))
    client = signed_in(editor)
    html = client.post(page_of(story), filled(story, tomorrow(10), tomorrow(15), note="Early")).content.decode()
    assert "under embargo until" in html
    assert 'value="10:00"' in html
    assert 'value="Early"' in html
    html = client.post(page_of(story), filled(story, tomorrow(15), tomorrow(13))).content.decode()
    assert "only be taken off after" in html
    past = client.post(page_of(story), filled(story, timezone.now() - timedelta(days=2))).content.decode()
    assert "This time is past" in past
    stale = filled(story, tomorrow(15)) | {"version": story.version - 1}
    assert "saved this story while you had it open" in client.post(page_of(story), stale).content.decode()
    assert not ScheduledChange.objects.exists()


def test_only_a_chief_is_asked_for_a_reason_and_breaks_an_embargo(editor: User, signed_in: SignIn) -> None:
    story = make.draft()
    actions_desk.plan(story.pk, actor=editor, embargo_until=tomorrow(12))
    assert 'name="override"' not in signed_in(editor).get(page_of(story)).content.decode()
    signed_in(editor).post(page_of(story), filled(story, tomorrow(10), override="I want to"))
    assert not ScheduledChange.objects.exists()
    chief = signed_in(make.user(Role.CHIEF))
    assert 'name="override"' in chief.get(page_of(story)).content.decode()
    chief.post(page_of(story), filled(story, tomorrow(10), override="The ministry agrees"))
    assert ScheduledChange.objects.get().override == "The ministry agrees"


def test_the_form_says_when_it_goes_out_and_that_it_was_changed_since(editor: User, signed_in: SignIn) -> None:
    story = make.draft("Old words")
    change = actions_schedule.schedule(story.pk, verb="publish", at=tomorrow(18), actor=editor)
    client = signed_in(editor)
    html = " ".join(client.get(form_of(story)).content.decode().split())
    assert "18:00 Lisbon /" in html
    assert "Goes out at" in html
    assert "Schedule the newer one" not in html
    actions.save(story.pk, actor=editor, content={"headline": "New words"})
    html = client.get(form_of(story)).content.decode()
    assert f"The clock will publish revision {change.revision}" in html
    client.post(page_of(story), {"_newest": change.pk})
    change.refresh_from_db()
    assert story.revisions.get(number=change.revision or 0).content["headline"] == "New words"
    client.post(page_of(story), {"_cancel": change.pk})
    change.refresh_from_db()
    assert change.state == "cancelled"
    assert "Goes out at" not in client.get(form_of(story)).content.decode()


@pytest.mark.parametrize("given", [{"_cancel": "x"}, {"_cancel": "9" * 30}, {"_newest": ""}])
def test_a_row_that_is_not_the_storys_is_not_touched(given: dict[str, str], editor: User, signed_in: SignIn) -> None:
    other = actions_schedule.schedule(make.draft().pk, verb="publish", at=tomorrow(18), actor=editor)
    story = make.draft()
    client = signed_in(editor)
    assert client.post(page_of(story), given).status_code == 404
    assert client.post(page_of(story), {"_cancel": other.pk}).status_code == 404
    other.refresh_from_db()
    assert other.state == "waiting"


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.REPORTER, Role.SUBEDITOR])
def test_others_see_the_clock_and_do_not_set_it(role: Role, editor: User, signed_in: SignIn) -> None:
    person = make.user(role)
    story = make.draft(actor=person)
    change = actions_schedule.schedule(story.pk, verb="publish", at=tomorrow(18), actor=editor)
    client = signed_in(person)
    assert client.get(page_of(story)).status_code == 403
    for data in (filled(story, tomorrow(19)), {"_cancel": change.pk}, {"_newest": change.pk}):
        assert client.post(page_of(story), data).status_code == 403
    change.refresh_from_db()
    assert (change.state, change.at) == ("waiting", tomorrow(18))
    html = client.get(form_of(story)).content.decode()
    assert "18:00 Lisbon" in html
    assert 'name="_cancel"' not in html
    assert 'name="_schedule"' not in html


def test_a_live_story_without_changes_can_only_be_taken_off(editor: User, signed_in: SignIn) -> None:
    story = Article.objects.get(pk=make.story().pk)
    client = signed_in(editor)
    assert 'name="at_date"' not in client.get(page_of(story)).content.decode()
    client.post(page_of(story), filled(story, None, tomorrow(9)))
    assert ScheduledChange.objects.get().verb == "withdraw"
    actions.save(story.pk, actor=editor, content={"headline": "Changed"})
    story.refresh_from_db()
    client.post(page_of(story), filled(story, tomorrow(8), tomorrow(9)))
    assert [each.verb for each in schedule.waiting(story.pk)] == ["update", "withdraw"]


def test_the_week_is_the_newsrooms_and_late_ones_stand_first(editor: User, signed_in: SignIn) -> None:
    # 23:30 on Sunday in Lisbon is Monday in Maputo, and in UTC half an hour earlier in summer.
    sunday = datetime(2031, 6, 8, 22, 30, tzinfo=UTC)
    actions_schedule.schedule(make.draft("Sunday night").pk, verb="publish", at=sunday, actor=editor)
    late = actions_schedule.schedule(make.draft("Long due").pk, verb="publish", at=tomorrow(9), actor=editor)
    ScheduledChange.objects.filter(pk=late.pk).update(at=timezone.now() - timedelta(days=40))
    client = signed_in(editor)
    address = reverse("admin:articles_article_schedule_list")
    html = client.get(address, {"week": "2031-06-04"}).content.decode()
    assert 'id="day-2031-06-08"' in html
    assert "Sunday night" in html
    assert "Sun 8 Jun 2031, 23:30 Lisbon / Mon 9 Jun 2031, 00:30 Maputo" in html
    assert html.index("Long due") < html.index("Sunday night")
    assert "Sunday night" not in client.get(address, {"week": "2031-06-09"}).content.decode()
    for garbage in ("x", "2031-02-31", "0001-01-01", "9999-12-31"):
        assert 'class="schedule-day schedule-today"' in client.get(address, {"week": garbage}).content.decode()


def test_the_week_is_filtered(editor: User, signed_in: SignIn) -> None:
    sport = make.section("Sport")
    football = make.section("Football", parent=sport)
    at = tomorrow(12)
    actions_schedule.schedule(make.draft("Cup final", section=football).pk, verb="publish", at=at, actor=editor)
    actions_schedule.schedule(make.draft("New mayor").pk, verb="publish", at=at, actor=make.user())
    client = signed_in(editor)
    week = {"week": at.strftime("%Y-%m-%d")}

    def shown(**asked: Any) -> set[str]:
        html = client.get(reverse("admin:articles_article_schedule_list"), week | asked).content.decode()
        return {headline for headline in ("Cup final", "New mayor") if headline in html}

    assert shown() == {"Cup final", "New mayor"}
    assert shown(section=sport.pk) == {"Cup final"}
    assert shown(mine="1") == {"Cup final"}
    assert shown(verb="withdraw") == set()
    assert shown(state="done") == set()
    assert shown(section="9" * 30) == {"Cup final", "New mayor"}
    assert shown(state="open", section="x", verb="x") == {"Cup final", "New mayor"}


def test_a_contributor_sees_the_clock_of_their_own_stories_alone(signed_in: SignIn) -> None:
    writer = make.user(Role.CONTRIBUTOR)
    at = tomorrow(12)
    actions_schedule.schedule(make.draft("My own", actor=writer).pk, verb="publish", at=at, actor=None)
    actions_schedule.schedule(make.draft("Somebody else's").pk, verb="publish", at=at, actor=None)
    late = actions_schedule.schedule(make.draft("Late elsewhere").pk, verb="publish", at=at, actor=None)
    ScheduledChange.objects.filter(pk=late.pk).update(at=timezone.now() - timedelta(hours=1))
    html = signed_in(writer).get(
        reverse("admin:articles_article_schedule_list"), {"week": at.strftime("%Y-%m-%d")}
    ).content.decode()  # fmt: skip
    assert "My own" in html
    assert "Somebody else" not in html
    assert "Late elsewhere" not in html


@pytest.mark.parametrize("rows", [1, 3])
def test_the_weeks_queries_do_not_grow(
    rows: int, editor: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    at = tomorrow(12)
    for number in range(rows):
        change = actions_schedule.schedule(make.draft().pk, verb="publish", at=at, actor=make.user())
        if number % 2:
            ScheduledChange.objects.filter(pk=change.pk).update(at=timezone.now() - timedelta(hours=1))
    client = signed_in(editor)
    with django_assert_max_num_queries(12):
        client.get(reverse("admin:articles_article_schedule_list"), {"week": at.strftime("%Y-%m-%d")})


def test_an_old_page_does_not_undo_what_a_colleague_set(editor: User, signed_in: SignIn) -> None:
    story = make.draft()
    client = signed_in(editor)
    client.post(page_of(story), filled(story, tomorrow(10)))
    seen = client.get(page_of(story)).context["form"]["seen"].value()
    chief = make.user(Role.CHIEF)
    actions_schedule.reschedule(schedule.waiting(story.pk).get().pk, actor=chief, at=tomorrow(18))
    old = filled(story, None, note="Not today", seen=seen)
    answer = client.post(page_of(story), old)
    html = answer.content.decode()
    assert "Somebody changed the clock meanwhile" in html
    assert 'value="Not today"' in html
    assert schedule.waiting(story.pk).get().at == tomorrow(18)
    client.post(page_of(story), old | {"seen": answer.context["form"]["seen"].value()})
    assert not schedule.waiting(story.pk).exists()


def test_a_refused_page_that_was_too_old_can_be_sent_again(editor: User, signed_in: SignIn) -> None:
    story = make.draft()
    client = signed_in(editor)
    old = filled(story, tomorrow(10))
    actions.save(story.pk, actor=make.user(Role.CHIEF), content={"headline": "New words"})
    answer = client.post(page_of(story), old)
    assert not ScheduledChange.objects.exists()
    client.post(page_of(story), old | {"version": answer.context["form"]["version"].value()})
    assert schedule.waiting(story.pk).get().at == tomorrow(10)
