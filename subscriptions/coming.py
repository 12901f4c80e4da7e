"""In plain words: which letters a reader will get, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext

from articles.clocks import city
from subscriptions import hours
from subscriptions.models.people import Subscriber, Subscription, Topic
from subscriptions.topics import in_order

Cadence = Subscription.Cadence


def next_letter(reader: Subscriber, cadence: str, now: datetime) -> datetime:
    """When the next morning or weekly letter is due (UTC), a pause taken into account."""
    today = now.astimezone(ZoneInfo(reader.time_zone)).date()
    first = max(today, reader.paused_until or today)
    days = (first + timedelta(days=each) for each in range(9))
    wanted = (day for day in days if cadence == Cadence.DAILY or day.weekday() == reader.digest_weekday)
    moments = (hours.moment(day, reader.digest_hour, reader.time_zone) for day in wanted)
    return next(at for at in moments if at > now)


def lines(reader: Subscriber) -> list[str]:
    """What comes, one sentence each, in the language that is spoken now; one that says so when nothing does."""
    return list(_said(reader, timezone.now())) or [gettext("You get no letters.")]


def _said(reader: Subscriber, now: datetime) -> Iterator[str]:
    if reader.state == Subscriber.State.SUPPRESSED:
        yield gettext(
            "No letters are sent to this address: some came back, or we were asked to stop."
            " Give us another address below, or write to us."
        )
        return
    wishes = reader.subscriptions.filter(state=Subscription.State.ACTIVE, topic__is_open=True)
    rows = wishes.select_related("topic__section__parent", "topic__author", "topic__tag", "topic__newsletter")
    stories = [each.topic for each in rows if each.topic.kind == Topic.Kind.STORY]
    letters = [each.topic for each in rows if each.topic.kind == Topic.Kind.LETTER]
    about: dict[str, list[Topic]] = {each: [] for each in Cadence.values}
    for wish in rows:
        if wish.topic.kind not in Topic.AT_ONCE:
            about[wish.cadence].append(wish.topic)
    place, zone = city(ZoneInfo(reader.time_zone)), ZoneInfo(reader.time_zone)
    if hours.is_paused(reader, now) and reader.paused_until and len(rows):
        yield gettext("Nothing comes before %(day)s: you have paused your letters.") % {
            "day": _day(reader.paused_until, reader, now)
        }
    if about[Cadence.INSTANT]:
        yield gettext("At once, when it is breaking news: %(topics)s.") % {
            "topics": _names(about[Cadence.INSTANT], reader)
        }
    if stories:
        yield ngettext(
            "At once, when there is more to the story that you follow.",
            "At once, when there is more to one of the %(count)d stories that you follow.",
            len(stories),
        ) % {"count": len(stories)}
    if letters:
        yield gettext("Whenever it is written: %(letters)s.") % {"letters": _names(letters, reader)}
    if (about[Cadence.INSTANT] or stories or letters) and reader.quiet_from is not None:
        yield gettext("Nothing wakes you between %(from)s and %(until)s: it waits until then, if it is still news.") % {
            "from": f"{reader.quiet_from:02}:00", "until": f"{reader.quiet_until:02}:00",
        }  # fmt: skip
    for cadence, words in (
        (Cadence.DAILY, gettext("Your next morning letter: %(day)s at %(time)s, %(city)s. It is about: %(topics)s.")),
        (Cadence.WEEKLY, gettext("Your next weekly letter: %(day)s at %(time)s, %(city)s. It is about: %(topics)s.")),
    ):
        if about[cadence]:
            at = next_letter(reader, cadence, now).astimezone(zone)
            yield words % {
                "day": _day(at.date(), reader, now), "time": date_format(at.replace(tzinfo=None), "H:i"),
                "city": place, "topics": _names(about[cadence], reader),
            }  # fmt: skip


def _names(topics: list[Topic], reader: Subscriber) -> str:
    return str(get_text_list([topic.name_in(reader.language) for topic in in_order(topics)], gettext("and")))


def _day(day: date, reader: Subscriber, now: datetime) -> str:
    today = now.astimezone(ZoneInfo(reader.time_zone)).date()
    near = {today: gettext("today"), today + timedelta(days=1): gettext("tomorrow")}
    return near.get(day) or date_format(day, gettext("l j F"))
