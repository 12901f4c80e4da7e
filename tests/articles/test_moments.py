"""Date pickers: typed on the newsroom's clock, right where clocks change, and shown on the home country's."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.test import Client
from django.utils import timezone, translation

from articles.clocks import Zones, around_gap, how_far, instants, on_both_clocks
from articles.forms.moments import MomentField
from tests import make

LISBON, APIA, CAIRO = ZoneInfo("Europe/Lisbon"), ZoneInfo("Pacific/Apia"), ZoneInfo("Africa/Cairo")


class Picker(forms.Form):
    at = MomentField(label="When")
    until = MomentField(label="Until", required=False)


def typed(day: str, clock: str, which: str = "", **more: str) -> dict[str, str]:
    return {"at_date": day, "at_time": clock, "at_which": which, **more}


@pytest.fixture
def lisbon(db: None) -> None:
    make.site(newsroom_time_zone="Europe/Lisbon", home_time_zone="Africa/Maputo")


@pytest.mark.parametrize(
    ("wall", "zone", "moments"),
    [
        ("2026-06-01 12:00", LISBON, ["2026-06-01 11:00"]),
        ("2026-12-01 12:00", LISBON, ["2026-12-01 12:00"]),
        ("2026-03-29 01:30", LISBON, []),
        ("2026-10-25 01:30", LISBON, ["2026-10-25 00:30", "2026-10-25 01:30"]),
        ("2011-12-30 12:00", APIA, []),  # a day that never was
        ("2026-04-24 00:30", CAIRO, []),  # clocks go forward at midnight
    ],
)
def test_each_time_on_a_clock_is_no_one_or_two_moments(wall: str, zone: ZoneInfo, moments: list[str]) -> None:
    expected = [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in moments]
    assert instants(datetime.fromisoformat(wall), zone) == expected


def test_a_skipped_time_has_two_neighbours() -> None:
    at = datetime.fromisoformat
    assert around_gap(at("2026-03-29 01:30"), LISBON) == (at("2026-03-29 00:59"), at("2026-03-29 02:00"))
    assert around_gap(at("2026-04-24 00:30"), CAIRO)[0] == at("2026-04-23 23:59")


@pytest.mark.usefixtures("lisbon")
def test_what_is_typed_is_the_newsrooms_time() -> None:
    form = Picker(typed("2026-06-01", "18:00"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"at": datetime(2026, 6, 1, 17, 0, tzinfo=UTC), "until": None}


@pytest.mark.usefixtures("lisbon")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (typed("2026-03-29", "01:30"), "01:30 does not exist. Take 00:59 or 02:00"),
        (typed("2026-10-25", "01:30"), "Say which is meant"),
        (typed("2026-10-25", "01:30", "third"), "third"),
        (typed("2026-06-01", ""), "both the date and the time"),
        (typed("", "18:00"), "both the date and the time"),
        (typed("0001-01-01", "18:00"), "no date and time"),
        (typed("9999-12-31", "23:59"), "no date and time"),
        (typed("tomorrow", "18:00"), "valid date"),
        (typed("", ""), "required"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words_and_kept(data: dict[str, str], words: str) -> None:
    form = Picker(data)
    assert not form.is_valid()
    assert words in str(form.errors["at"])
    html = str(form["at"])
    assert f'value="{data["at_date"]}"' in html
    assert f'value="{data["at_time"]}"' in html


@pytest.mark.usefixtures("lisbon")
@pytest.mark.parametrize(("which", "hour"), [("first", 0), ("second", 1)])
def test_a_time_that_comes_twice_is_asked_about_and_told_apart(which: str, hour: int) -> None:
    asked = Picker(typed("2026-10-25", "01:30"))
    assert not asked.is_valid()
    assert "data-moment-which hidden" not in str(asked["at"])
    chosen = Picker(typed("2026-10-25", "01:30", which))
    assert chosen.is_valid(), chosen.errors
    moment = chosen.cleaned_data["at"]
    assert moment == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    # And back again, from what was kept.
    html = str(Picker(initial={"at": moment})["at"])
    assert f'value="{which}" checked' in html
    assert 'value="01:30"' in html


@pytest.mark.usefixtures("lisbon")
def test_other_clocks_stand_beside_it() -> None:
    initial = {"at": datetime(2026, 6, 1, 22, 30, tzinfo=UTC)}
    html = " ".join(str(Picker(initial=initial)["at"]).split())
    assert 'value="2026-06-01"' in html
    assert 'value="23:30"' in html
    assert "00:30</b> Maputo (home country)" in html
    assert "where you are" in html  # UTC, here
    with timezone.override(LISBON):
        assert "where you are" not in str(Picker(initial=initial)["at"])


@pytest.mark.usefixtures("lisbon")
def test_a_form_that_was_not_touched_has_not_changed() -> None:
    initial = {"at": datetime(2026, 10, 25, 1, 30, tzinfo=UTC)}
    assert not Picker(typed("2026-10-25", "01:30", "second"), initial=initial).has_changed()
    assert Picker(typed("2026-10-25", "01:30", "first"), initial=initial).has_changed()
    assert Picker(typed("2026-10-25", "nonsense"), initial=initial).has_changed()


@pytest.mark.usefixtures("lisbon")
def test_the_papers_clocks_are_asked_for_once_a_field(django_assert_num_queries: Any) -> None:
    form = Picker(initial={"at": datetime(2026, 6, 1, tzinfo=UTC)})
    with django_assert_num_queries(1):
        str(form["at"])
        str(form["at"])


@pytest.mark.django_db
def test_cities_are_called_as_the_paper_calls_them(client: Client) -> None:
    clocks = {"newsroom_time_zone": "Europe/Lisbon", "home_time_zone": "Africa/Lagos"}
    site = make.site(**clocks, wording={"ar": {"city": "لشبونة", "home": "لاغوس"}, "fr": {"city": "Lisbonne"}})
    noon = datetime(2031, 1, 7, 12, 0, tzinfo=UTC)
    with translation.override("ar"):
        picker = str(Picker(initial={"at": noon})["at"])
        assert "لشبونة</span>" in picker
        assert "لاغوس (" in picker
        assert "Lisbon<" not in picker
        assert "لاغوس" in on_both_clocks(noon, Zones.of(site))
    with translation.override("fr"):
        assert on_both_clocks(noon, Zones.of(site)).endswith("12:00 Lisbonne / 13:00 Lagos")
    story = make.story(language="ar")
    for path in (story.path, f"/text{story.path}"):
        page = client.get(path).content.decode()
        assert "لشبونة" in page
        assert "Lisbon" not in page


def test_both_clocks_in_words() -> None:
    zones = Zones(LISBON, ZoneInfo("Africa/Maputo"))
    now = timezone.now()
    today = now.astimezone(LISBON).replace(hour=12, minute=0)
    assert on_both_clocks(today, zones).startswith("12:00 Lisbon / ")
    winter = datetime(2031, 1, 7, 23, 0, tzinfo=UTC)
    assert on_both_clocks(winter, zones) == "Tue 7 Jan 2031, 23:00 Lisbon / Wed 8 Jan 2031, 01:00 Maputo"
    with translation.override("ar"):
        assert on_both_clocks(winter, zones).endswith("01:00 Maputo\u2069")
    assert on_both_clocks(winter, Zones(LISBON, LISBON)) == "Tue 7 Jan 2031, 23:00 Lisbon"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "in 0 min"),
        (90, "in 1 h 30 min"),
        (120, "in 2 h"),
        (60 * 30, "in 30 h"),
        (60 * 72, "in 3 days"),
        (-12, "12 min late"),
    ],
)
def test_how_far_off_it_is(minutes: int, words: str) -> None:
    assert how_far(timezone.now() + timedelta(minutes=minutes, seconds=1)) == words
