"""Two clocks: the newsroom's, on which the desk types, and the home country's, by which most readers live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi, gettext, ngettext

from articles.models.site import SiteSettings, city_of

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Zones:
    """The newsroom's time zone and the home country's; often the same."""

    newsroom: ZoneInfo
    home: ZoneInfo
    # What the paper calls their cities, by the zones' names.
    cities: Mapping[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, site: SiteSettings) -> Zones:
        """The paper's, with their cities in the language of the page."""
        newsroom, home = site.newsroom_time_zone, site.home_time_zone
        words = site.words(get_language() or site.language)
        return cls(ZoneInfo(newsroom), ZoneInfo(home), {home: words["home"], newsroom: words["city"]})

    def city(self, zone: ZoneInfo) -> str:
        """As the paper calls it, or as `city` does."""
        return self.cities.get(zone.key) or city(zone)


def city(zone: ZoneInfo) -> str:
    """The city that a zone is named after."""
    return city_of(zone.key)


def instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The moments (UTC, in order) at which clocks of the zone show `wall`, a time without a zone.

    One; none when clocks go forward over it; two when they go back over it.
    """
    found: list[datetime] = []
    for fold in (0, 1):
        moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall and moment not in found:
            found.append(moment)
    return found


def around_gap(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last minute before and the first after, as clocks show them, where clocks go forward over `wall`."""
    before = after = wall
    while not instants(before, zone):
        before -= MINUTE
    while not instants(after, zone):
        after += MINUTE
    return before, after


def on_both_clocks(moment: datetime, zones: Zones) -> str:
    """ "18:00 Lisbon / 17:00 Praia"; with the date unless it is the newsroom's today. One clock if they agree."""
    here, there = moment.astimezone(zones.newsroom), moment.astimezone(zones.home)
    is_today = here.date() == timezone.now().astimezone(zones.newsroom).date()
    said = [f"{time_of(here, with_date=not is_today)} {zones.city(zones.newsroom)}"]
    if zones.newsroom != zones.home:
        said.append(f"{time_of(there, with_date=there.date() != here.date())} {zones.city(zones.home)}")
    # Names of cities may be Latin: in Arabic each clock stands for itself, or the two would run into each other.
    return " / ".join(f"\u2068{each}\u2069" if get_language_bidi() else each for each in said)


def time_of(moment: datetime, *, with_date: bool) -> str:
    """What a clock shows, in the desk's language: "18:00", or with weekday and date before it."""
    shown = moment.replace(tzinfo=None)  # already on the right clock
    time = date_format(shown, "H:i")
    return f"{date_format(shown, 'D')} {date_format(shown, 'SHORT_DATE_FORMAT')}, {time}" if with_date else time


def how_far(moment: datetime) -> str:
    """ "in 2 h", "in 5 min", "12 min late": from now, in the coarsest unit that says something."""
    minutes = round((moment - timezone.now()).total_seconds() / 60)
    if minutes < 0:
        return gettext("%(time)s late") % {"time": _length(-minutes)}
    return gettext("in %(time)s") % {"time": _length(minutes)}


def _length(minutes: int) -> str:
    if minutes >= 48 * 60:
        days = round(minutes / (24 * 60))
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if minutes >= 60:
        hours, rest = divmod(minutes, 60)
        if rest and hours < 6:
            return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
        return gettext("%(hours)d h") % {"hours": round(minutes / 60)}
    return gettext("%(minutes)d min") % {"minutes": minutes}
