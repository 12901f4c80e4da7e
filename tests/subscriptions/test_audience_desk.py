"""The audience at the desk: found by the whole address, counted, drawn, and handed out as a table with a reason."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import AuditRow
from accounts.roles import Role
from articles.models.published import PublishedArticle
from subscriptions import people
from subscriptions.audience import charts, exporting, figures
from subscriptions.models.audience import DailyFigure
from subscriptions.models.letters import Newsletter
from subscriptions.models.people import Subscriber, Suppression
from subscriptions.topics import find_all, keep, keep_list
from tests import make
from tests.subscriptions.readers import alert, publish, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")
READERS = "/admin/subscriptions/subscriber/"


@pytest.fixture
def desk(chief: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(chief)


def listed(client: Client, **query: str) -> list[str]:
    page = client.get(READERS, query).content.decode()
    return sorted(re.findall(r"[\w=+@-]+@x\.example(?=</a>)", page))


def test_a_reader_is_found_by_the_whole_address_alone(desk: Client) -> None:
    reader("Ada@x.example")
    reader("adam@x.example")
    assert listed(desk, q="ada@X.example") == ["Ada@x.example"]
    for part in ("ada", "x.example", "@", "ada@x"):
        assert listed(desk, q=part) == []


def test_the_list_is_filtered_by_state_language_zone_and_month(desk: Client) -> None:
    old = reader("old@x.example", language="ar")
    Subscriber.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=70), time_zone="Asia/Aden")
    reader("new@x.example")
    people.suppress("new@x.example", actor=None)
    assert listed(desk) == ["new@x.example", "old@x.example"]
    assert listed(desk, state__exact="suppressed") == ["new@x.example"]
    assert listed(desk, language="ar") == ["old@x.example"]
    assert listed(desk, zone="Asia/Aden") == ["old@x.example"]
    assert listed(desk, month=f"{timezone.localtime():%Y-%m}") == ["new@x.example"]
    assert listed(desk, month="nonsense") == ["new@x.example", "old@x.example"]


def test_the_list_takes_as_many_queries_for_three_as_for_one_and_counts_no_whole_table(desk: Client) -> None:
    def look() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert listed(desk)
        return [query["sql"] for query in queries]

    reader("a@x.example")
    look()
    one = look()
    reader("b@x.example")
    reader("c@x.example")
    assert len(look()) == len(one)
    counts = [sql for sql in look() if "COUNT(" in sql and "subscriptions_subscriber" in sql]
    assert counts
    assert all("LIMIT" in sql for sql in counts)


def test_a_reader_s_page_tells_what_became_of_the_last_letters(desk: Client) -> None:
    someone = reader("ada@x.example")
    alert("The wall broke")
    work()
    page = desk.get(f"{READERS}{someone.pk}/change/").content.decode()
    assert "The wall broke" in page
    assert "Sent" in page
    assert "The whole paper" in page
    other = reader("ben@x.example")
    assert "No letter has gone to this reader yet." in desk.get(f"{READERS}{other.pk}/change/").content.decode()
    assert desk.get(f"{READERS}nonsense/change/").status_code == 302


def export(client: Client, **changes: str):
    return client.post(READERS + "export/", {"state": "", "reason": "Move to another house", **changes})


def test_the_export_is_a_table_that_no_spreadsheet_takes_for_formulas(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PIECE", 2)
    for name in ("=1+1", "+ada", "-ben", "plain", "last"):
        reader(f"{name}@x.example", topic_of(make.section("@Home")))
    people.erase(reader("gone@x.example"))
    answered = export(desk)
    text = b"".join(answered.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("\ufeff")
    head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert tuple(head) == exporting.HEAD
    assert sorted(row[0] for row in rows) == [
        "'+ada@x.example", "'-ben@x.example", "'=1+1@x.example", "last@x.example", "plain@x.example",
    ]  # fmt: skip
    assert {row[7] for row in rows} == {"'@Home"}
    assert AuditRow.objects.get(verb="readers exported").detail == {"reason": "Move to another house", "state": ""}
    assert answered.headers["Content-Disposition"].startswith('attachment; filename="readers-')


def test_an_export_without_a_reason_is_none(desk: Client) -> None:
    assert b"<form" in export(desk, reason="").content
    assert not AuditRow.objects.filter(verb="readers exported").exists()


def test_the_export_takes_as_many_queries_for_three_as_for_one() -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(exporting.lines(Subscriber.objects.all()))
        return len(queries)

    def follower(email: str) -> None:
        story = publish()
        newsletter = Newsletter.objects.create(name=email, slug=str(story.pk), is_offered=True)
        keep_list(newsletter)
        reader(email, *keep(find_all([f"story-{story.pk}"])), newsletter.list_topic)

    follower("a@x.example")
    one = count()
    follower("b@x.example")
    follower("c@x.example")
    assert count() == one


@pytest.mark.parametrize("role", Role)
def test_roles_decide_who_brings_and_takes_readers(role: Role, signed_in: Callable[[User], Client]) -> None:
    user = make.user(role)
    client = signed_in(user)
    for page, permission in (
        ("import/", "import_subscriber"), ("export/", "export_subscriber"), ("growth/", "view_subscriber"),
    ):  # fmt: skip
        may = user.has_perm(f"subscriptions.{permission}")
        assert client.get(READERS + page).status_code == (200 if may else 403), page
        if page != "growth/":
            assert client.post(READERS + page, {}).status_code == (200 if may else 403), page


def test_figures_are_counts_of_each_day_and_may_be_written_twice() -> None:
    stays, leaves, bounces, erased = (reader(f"{name}@x.example") for name in ("a", "b", "c", "d"))
    people.leave(leaves)
    sport = topic_of(make.section("Sport"))
    people.choose(stays, {sport: "weekly"})
    story = publish()
    (followed,) = keep(find_all([f"story-{story.pk}"]))
    follower = reader("e@x.example", sport, followed)
    people.leave(reader("f@x.example", followed))
    PublishedArticle.objects.update(published_at=timezone.now() - timedelta(days=91))
    people.suppress(bounces.email, actor=None, reason=Suppression.Reason.HARD)
    people.erase(erased)
    assert people.end_following() == 1
    figures.write_down()
    figures.write_down()
    found = dict(DailyFigure.objects.filter(count__gt=0).values_list("name", "count"))
    assert found == {"confirmed": 6, "left": 2, "bounced": 1, "active": 2}
    assert {stays.state, follower.state} == {"active"}


def fill(day: date, **counts: int) -> None:
    for name, count in counts.items():
        DailyFigure.objects.create(day=day, name=name, count=count)


def test_weeks_are_the_sum_of_their_days_and_the_state_at_their_end() -> None:
    monday = date(2026, 11, 16)
    fill(monday, confirmed=3, left=1, active=10)
    fill(monday + timedelta(days=6), confirmed=2, bounced=4, active=12)
    fill(monday + timedelta(days=7), confirmed=7, active=19)
    *_, before, last = charts.periods(until=date(2026, 11, 24), weekly=True)
    assert (before.begin, before.confirmed, before.left, before.bounced, before.active) == (monday, 5, 1, 4, 12)
    assert (last.confirmed, last.active) == (7, 19)
    days = charts.periods(until=date(2026, 11, 24), weekly=False)
    assert len(days) == charts.DAYS
    assert (days[-2].confirmed, days[-2].active) == (7, 19) or days[-2].active is None


def test_bars_stand_on_the_base_line_and_within_the_chart() -> None:
    fill(date(2026, 11, 23), confirmed=40, left=10, bounced=10)
    fill(date(2026, 11, 24), confirmed=20)
    chart = charts.growth(charts.periods(until=date(2026, 11, 24), weekly=False))
    bars = {(bar.kind, bar.title.rpartition(" ")[2]): bar for bar in chart.bars}
    assert set(bars) == {("confirmed", "40"), ("left", "10"), ("bounced", "10"), ("confirmed", "20")}
    assert bars["confirmed", "40"].height == 2 * bars["confirmed", "20"].height
    assert bars["confirmed", "40"].y + bars["confirmed", "40"].height == charts.HEIGHT
    assert bars["bounced", "10"].y + bars["bounced", "10"].height == bars["left", "10"].y
    assert all(bar.x >= 0 and bar.x + bar.width <= chart.width and bar.y >= 0 for bar in chart.bars)
    assert charts.growth(charts.periods(until=date(2020, 1, 1), weekly=True)).bars == []


def test_growth_is_drawn_with_words_and_a_table_beside_it(desk: Client) -> None:
    assert "Nobody has come or gone in this time." in desk.get(READERS + "growth/").content.decode()
    reader("a@x.example")
    figures.write_down()
    alert("The wall broke")
    work()
    for by in ("day", "week"):
        page = desk.get(READERS + "growth/", {"by": by}).content.decode()
        assert page.count('<svg class="audience-chart"') == page.count("</desc>") == 2
        assert 'aria-labelledby="growth-title growth-desc"' in page
        assert re.search(r"<rect [^>]*class=\"confirmed\"><title>[^<]*: Confirmed 1</title>", page)
        assert re.search(r"<th scope=\"row\">[^<]+</th><td>1</td><td>0</td><td>0</td><td>1</td>", page)
        assert "The wall broke" in page
        assert "style=" not in page.partition('<svg class="audience-chart"')[2].partition("</svg>")[0]
