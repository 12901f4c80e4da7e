"""Morning and weekly letters: who gets one and when, on each reader's own clock, and what stands in it.

The chore `keep_editions` makes an edition for each day before that day begins anywhere, and addresses its readers; each
delivery has its own time. A letter is composed when it goes out (`Digests`), of what its reader has not had yet.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from articles.models.published import PublishedArticle, PublishedByline, PublishedTag
from articles.models.site import SiteSettings
from subscriptions import addressing, hours, mime, newsletters
from subscriptions.lettering import Press, Shells
from subscriptions.models.letters import Delivery, Edition, EditionStory, Newsletter
from subscriptions.models.people import Subscriber, Subscription, Topic

DAY = timedelta(days=1)
# A day begins at UTC+14 and ends at UTC-12.
FIRST_ZONE, LAST_ZONE = timedelta(hours=14), timedelta(hours=12)
AHEAD = timedelta(hours=1)
# How far a letter looks back: usually, and at most, when the one before it was missed.
BACK = {Newsletter.Kind.DAILY: (DAY, 2 * DAY), Newsletter.Kind.WEEKLY: (7 * DAY, 8 * DAY)}
MOST = {Newsletter.Kind.DAILY: 12, Newsletter.Kind.WEEKLY: 20}  # stories shown; of more it is said that they are there
LOOKED_AT = 1000  # of the newest stories
_KEPT = 200  # composed letters, per turn of a worker

State, Reason = Delivery.State, Delivery.Reason
_HAS_IT = (*Delivery.GONE, State.SENDING, State.UNCERTAIN)
Key = tuple[str, int]
Stocked = tuple[int, datetime, set[Key]]


def keep_editions() -> int:
    """For the worker, every few minutes: editions of the days to come, and their readers as they are now; how many.

    Whoever signed up meanwhile is added, and who moved to another zone or hour gets the letter at that one.
    """
    now = timezone.now()
    first, last = (now - LAST_ZONE).date(), (now + FIRST_ZONE + AHEAD).date()
    count = 0
    for kind in Newsletter.DIGESTS:
        for language in _wanting(kind).order_by().values_list("language", flat=True).distinct():
            day = first
            while day <= last:
                count += _keep(kind, language, day)
                day += DAY
    return count


def due_at(day: date, reader: Subscriber) -> datetime:
    """When that day's letter is due to the reader (UTC)."""
    return hours.moment(day, reader.digest_hour, reader.time_zone)


def _wanting(kind: str) -> QuerySet[Subscriber]:
    wish = Subscription.objects.filter(subscriber=OuterRef("pk"), state=Subscription.State.ACTIVE, cadence=kind)
    return Subscriber.objects.filter(Exists(wish), state=Subscriber.State.ACTIVE)


@transaction.atomic
def _keep(kind: str, language: str, day: date) -> int:
    edition = Edition.objects.filter(newsletter__kind=kind, edition_key=_key(day, language)).first()
    if edition and edition.state not in {Edition.State.SENDING, Edition.State.PAUSED}:
        return 0
    readers = _readers(kind, language, day)
    if readers is None or not (edition or readers.exists()):
        return 0
    if edition is None:
        edition = _make(kind, language, day)
    else:
        _move(edition, readers)
    late = timedelta(hours=edition.newsletter.not_after_hours)
    addressing.address(edition, readers, due_at=F("due"), not_after=F("due") + late)
    _count(edition)
    return 1


def _readers(kind: str, language: str, day: date) -> QuerySet[Any] | None:
    """Who gets the letter of that day, each with its moment as ``due``; None if nobody does.

    Not who began to want it after that moment: for them the next one is the first.
    """
    wanting = _wanting(kind).filter(~addressing.is_barred(), language=language).exclude(paused_until__gt=day)
    if kind == Newsletter.Kind.WEEKLY:
        wanting = wanting.filter(digest_weekday=day.weekday())
    zones: dict[tuple[datetime, int], list[str]] = defaultdict(list)
    for zone, hour in wanting.order_by().values_list("time_zone", "digest_hour").distinct():
        zones[hours.moment(day, hour, zone), hour].append(zone)
    if not zones:
        return None
    whens = [
        When(digest_hour=hour, time_zone__in=names, then=Value(due, DateTimeField()))
        for (due, hour), names in zones.items()
    ]
    since = Subscription.objects.filter(
        subscriber=OuterRef("pk"), state=Subscription.State.ACTIVE, cadence=kind, changed_at__lte=OuterRef("due")
    )
    elsewhere = Delivery.objects.filter(
        subscriber=OuterRef("pk"), edition__newsletter__kind=kind, edition__day=day, state__in=_HAS_IT
    ).exclude(edition__language=language)
    wanting = wanting.filter(~Exists(elsewhere))  # she had it before she changed her language
    return wanting.annotate(due=Case(*whens, output_field=DateTimeField())).filter(Exists(since))


def _make(kind: str, language: str, day: date) -> Edition:
    newsletter = newsletters.of_kind(Newsletter.Kind(kind))
    over = datetime.combine(day + DAY, time(), UTC) + LAST_ZONE
    with translation.override(language):
        subject = f"{newsletter.name}, {date_format(day, 'DATE_FORMAT')}"
    return Edition.objects.create(
        newsletter=newsletter, edition_key=_key(day, language), day=day, cadence=kind, language=language,
        subject=subject, state=Edition.State.SENDING, prepared_at=timezone.now(), open_until=over,
        not_after=over + timedelta(hours=newsletter.not_after_hours),
    )  # fmt: skip


def _key(day: date, language: str) -> str:
    return f"{day:%Y-%m-%d}-{language}"


def _move(edition: Edition, readers: QuerySet[Any]) -> None:
    """Who changed zone or hour before the letter was due gets it at the new one, or now."""
    now = timezone.now()
    late = timedelta(hours=edition.newsletter.not_after_hours)
    right = Subquery(readers.filter(pk=OuterRef("subscriber")).values("due")[:1], output_field=DateTimeField())
    waiting = edition.deliveries.filter(state=State.READY, due_at__gt=now).annotate(right=right)
    moved = waiting.exclude(due_at=F("right")).exclude(right=None).order_by().values_list("pk", "right")
    for pk, due in moved[:LOOKED_AT]:
        Delivery.objects.filter(pk=pk, state=State.READY).update(due_at=due, not_after=max(due, now) + late)


def _count(edition: Edition) -> None:
    """Figures and the time to look next; at the end of the home newsroom's morning, what the general edition shows."""
    edition.refresh_from_db()
    waits = edition.deliveries.filter(state__in=Delivery.OPEN).aggregate(first=Min("due_at"))["first"]
    Edition.objects.filter(pk=edition.pk).update(
        audience=edition.deliveries.count() + edition.excluded, due_at=waits or edition.open_until
    )
    morning = hours.moment(edition.day or date.min, 7, SiteSettings.load().newsroom_time_zone)
    if timezone.now() >= morning and not edition.story_rows.exists():
        numbers = general(edition, until=morning)
        EditionStory.objects.bulk_create(
            [EditionStory(edition=edition, article_number=pk, position=at) for at, pk in enumerate(numbers)],
            ignore_conflicts=True,
        )


def general(edition: Edition, *, until: datetime) -> list[int]:
    """Numbers of the stories that a reader of the whole paper would get at that moment, the newest first."""
    usual, _most = BACK[Newsletter.Kind(edition.newsletter.kind)]
    stories = PublishedArticle.objects.filter(
        language=edition.language, published_at__gt=until - usual, published_at__lte=until
    )
    return list(stories.newest_first().values_list("pk", flat=True)[: MOST[Newsletter.Kind(edition.newsletter.kind)]])


def shells_of(press: Press, edition: Edition, stories: list[PublishedArticle], *, more: int = 0) -> Shells:
    """The digest with these stories. The first one's headline is its subject."""
    with press.speaking():
        name = edition.newsletter.name if edition.language == press.paper.site.language else _name(edition)
    others = [story.card_headline for story in stories[1:4]]
    html, text = press.with_stories(
        "digest", stories, more=more, title=stories[0].headline, name=name, day=edition.day,
        preheader=" · ".join(others) or stories[0].standfirst,
    )  # fmt: skip
    return Shells(" ".join(stories[0].headline.split()), html, text)


def as_shown(edition: Edition) -> Shells:
    """The letter as the desk may look at it; of a digest what a reader of the whole paper gets, or would get now."""
    if not edition.newsletter.is_digest:
        return Shells(edition.subject, edition.html, edition.text)
    numbers = [row.article_number for row in edition.story_rows.all()] or general(edition, until=timezone.now())
    live = PublishedArticle.objects.cards().in_bulk(numbers)
    stories = [live[number] for number in numbers if number in live]
    if not stories:
        nothing = gettext("There is no story for this letter yet.")
        return Shells(edition.subject, nothing, nothing)
    return shells_of(Press(edition.language), edition, stories)


def _name(edition: Edition) -> str:
    return gettext("Morning letter") if edition.cadence == Subscription.Cadence.DAILY else gettext("Weekly letter")


@dataclass
class Digests:
    """Composes digests for one turn of a worker. Not for several threads at once."""

    _presses: dict[str, Press] = field(default_factory=dict)
    _letters: dict[tuple[object, ...], mime.Shell] = field(default_factory=dict)
    _chosen: dict[int, tuple[list[int], int]] = field(default_factory=dict)

    def expect(self, edition: Edition, deliveries: list[Delivery]) -> None:
        """Chooses the stories for a batch of claimed deliveries and writes them down, by a fixed number of queries."""
        fresh = [each for each in deliveries if not each.stories]
        self._chosen.update({each.pk: ([int(pk) for pk in each.stories.split()], 0) for each in deliveries})
        if not fresh:
            return
        readers = [each.subscriber_id for each in fresh]
        wishes = _wishes(readers, edition.cadence)
        stock = _stock(edition)
        with transaction.atomic():
            # Another worker who chooses for one of them at this moment, for another letter, sees what is chosen here.
            list(Subscriber.objects.select_for_update(no_key=True).filter(pk__in=readers).order_by("pk").values("pk"))
            self._choose(edition, fresh, wishes, stock)

    def _choose(
        self, edition: Edition, fresh: list[Delivery], wishes: dict[Any, set[Key]], stock: list[Stocked]
    ) -> None:
        had, last = _history([each.subscriber_id for each in fresh], edition)
        usual, most_back = BACK[Newsletter.Kind(edition.newsletter.kind)]
        now = timezone.now()
        same: dict[str, list[int]] = defaultdict(list)
        for each in fresh:
            before = last.get(each.subscriber_id)
            since = max(before, now - most_back) if before else now - usual
            mine, known = wishes[each.subscriber_id], had[each.subscriber_id]
            found = [pk for pk, at, keys in stock if at > since and pk not in known and keys & mine]
            shown = found[: MOST[Newsletter.Kind(edition.newsletter.kind)]]
            self._chosen[each.pk] = shown, len(found) - len(shown)
            if shown:
                same[_written(shown)].append(each.pk)
        for stories, numbers in same.items():
            Delivery.objects.filter(pk__in=numbers).update(stories=stories)
        served = [each.subscriber_id for each in fresh if self._chosen[each.pk][0]]
        Subscriber.objects.filter(pk__in=served).update(last_digest_at=now)

    def for_reader(self, edition: Edition, delivery: Delivery, reader: Subscriber) -> mime.Shell | Delivery.Reason:
        """The letter as it is to go out at this moment, or why none does: no story is left, or other wishes by now."""
        if delivery.pk not in self._chosen:
            self.expect(edition, [delivery])
        weekly = edition.cadence == Subscription.Cadence.WEEKLY
        if reader.language != edition.language:
            return Reason.UNWANTED
        if edition.day and (
            (reader.paused_until and reader.paused_until > edition.day)
            or (weekly and reader.digest_weekday != edition.day.weekday())
        ):
            return Reason.UNWANTED
        chosen, more = self._chosen.pop(delivery.pk)
        rows = PublishedArticle.objects.filter(pk__in=chosen).values_list("pk", "digest", "updated_at")
        live = {number: version for number, *version in rows}
        shown = [number for number in chosen if number in live]
        if shown != chosen or not shown:
            Delivery.objects.filter(pk=delivery.pk).update(stories=_written(shown))
        if not shown:
            return Reason.NO_STORIES
        versions = tuple((number, *live[number]) for number in shown)
        return self._letter(edition, versions, more, is_counted=delivery.is_counted)

    def _letter(
        self, edition: Edition, versions: tuple[tuple[Any, ...], ...], more: int, *, is_counted: bool
    ) -> mime.Shell:
        key = (edition.pk, versions, more, is_counted)
        if key not in self._letters:
            if edition.language not in self._presses:
                self._presses[edition.language] = Press(edition.language)
            press = self._presses[edition.language]
            stories = PublishedArticle.objects.cards().in_bulk([number for number, *_version in versions])
            rows = [stories[number] for number, *_version in versions if number in stories]
            shells = shells_of(press, edition, rows, more=more)
            composed = Edition(pk=edition.pk, newsletter=edition.newsletter, **shells._asdict())
            name = edition.newsletter.from_name or press.paper.words["name"]
            while len(self._letters) >= _KEPT:
                del self._letters[next(iter(self._letters))]
            self._letters[key] = mime.shell_of(composed, from_name=name, is_counted=is_counted)
        return self._letters[key]


def _written(numbers: list[int]) -> str:
    return f" {' '.join(map(str, numbers))} " if numbers else ""


def _wishes(readers: list[Any], cadence: str) -> dict[Any, set[Key]]:
    """By reader: keys of the topics that she wants so often."""
    found: dict[Any, set[Key]] = defaultdict(set)
    rows = Subscription.objects.filter(subscriber__in=readers, state=Subscription.State.ACTIVE, cadence=cadence)
    things = ("topic__section", "topic__author", "topic__tag", "topic__article_number")
    for reader, kind, *numbers in rows.values_list("subscriber", "topic__kind", *things):
        found[reader].add((kind, next(filter(None, numbers), 0)))
    return found


def _history(readers: list[Any], edition: Edition) -> tuple[dict[Any, set[int]], dict[Any, datetime]]:
    """By reader: stories that other digests brought her of late or soon will, and when the last like this was due."""
    had: dict[Any, set[int]] = defaultdict(set)
    last: dict[Any, datetime] = {}
    reach = (edition.day or date.min) - timedelta(days=9)
    coming = Q(state__in=Delivery.OPEN) & (Q(not_after=None) | Q(not_after__gt=timezone.now()))
    # What was due between a backup and its being restored has gone out, as far as anybody can know.
    restored = Q(edition__problem=Edition.Problem.RESTORED)
    rows = Delivery.objects.filter(
        Q(state__in=_HAS_IT) | coming | restored, subscriber__in=readers, edition__day__gte=reach
    ).exclude(edition=edition)
    shown = ("subscriber", "edition__cadence", "not_after", "stories", "changed_at", "state", "edition__problem")
    late = timedelta(hours=edition.newsletter.not_after_hours)
    for reader, cadence, not_after, stories, changed_at, state, problem in rows.values_list(*shown):
        had[reader].update(int(number) for number in stories.split())
        if cadence == edition.cadence and (state in _HAS_IT or problem == Edition.Problem.RESTORED):
            due = min(not_after - late, changed_at) if not_after else changed_at
            last[reader] = max(due, last.get(reader, due))
    return had, last


def _stock(edition: Edition) -> list[Stocked]:
    """The newest stories that such a letter may bring: number, publication, and keys of the topics they belong to."""
    _usual, most_back = BACK[Newsletter.Kind(edition.newsletter.kind)]
    stories = PublishedArticle.objects.filter(
        language=edition.language, published_at__gt=timezone.now() - most_back, published_at__lte=timezone.now()
    )
    rows = list(stories.newest_first().values_list("pk", "published_at", "section", "section__parent")[:LOOKED_AT])
    keys: dict[int, set[Key]] = {
        pk: {(Topic.Kind.SITE.value, 0), (Topic.Kind.SECTION.value, section), (Topic.Kind.STORY.value, pk)}
        | ({(Topic.Kind.SECTION.value, parent)} if parent else set())
        for pk, _at, section, parent in rows
    }
    bylines = PublishedByline.objects.filter(article__in=list(keys)).values_list("article", "author")
    tags = PublishedTag.objects.filter(content_object__in=list(keys)).values_list("content_object", "tag")
    for kind, pairs in ((Topic.Kind.AUTHOR, bylines), (Topic.Kind.TAG, tags)):
        for pk, number in pairs:
            keys[pk].add((kind.value, number))
    return [(pk, at, keys[pk]) for pk, at, *_place in rows]
