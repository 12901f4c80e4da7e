"""The form on a reader's own page: what she hears about, how often, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from articles.reading import Edition as Paper
from subscriptions import hours
from subscriptions.forms import languages, offer
from subscriptions.models.people import WEEKDAYS, Subscriber, Subscription, Topic, normal_address
from subscriptions.topics import (
    find_all,
    in_order,
    keep,
    matching,
    offered_letters,
    open_topics,
    suggested,
    with_headlines,
)

Kind, Cadence = Topic.Kind, Subscription.Cadence
NEVER = ("", pgettext_lazy("how often", "Never"))
# What may be chosen besides, where it is not how often.
RHYTHMS = {
    Kind.STORY: [(Cadence.INSTANT.value, Cadence.INSTANT.label)],
    Kind.LETTER: [(Cadence.INSTANT.value, _("Each time"))],
}
SUGGESTED = 12  # authors, and as many tags
FOUND = 20  # the same, of what is looked for
# Wishes for what stood on the page when it was opened or looked for, and is not suggested.
LATER = 200
LONGEST_NAME = 80  # characters of what is looked for
LONGEST_PAUSE = timedelta(days=366)


@dataclass(frozen=True)
class Group:
    """Topics of one sort: those that are always shown, and those that unfold."""

    title: str
    shown: list[forms.BoundField]
    more: list[forms.BoundField]


class PreferencesForm(forms.Form):
    """Everything that a reader may set, in one form. ``wishes`` and ``preferences`` are what `people.choose` takes.

    `found` are topics that she looked for; `initial` may hold what stood in the fields meanwhile (`kept`).
    """

    language = forms.ChoiceField(label=_("In which language"), widget=forms.RadioSelect)
    time_zone = forms.ChoiceField(label=_("Where you are"))
    digest_hour = forms.TypedChoiceField(label=_("Hour of the morning letter"), coerce=int)
    digest_weekday = forms.TypedChoiceField(label=_("Day of the weekly letter"), coerce=int, choices=WEEKDAYS)
    quiet_from = forms.TypedChoiceField(label=_("From"), coerce=int, empty_value=None, required=False)
    quiet_until = forms.TypedChoiceField(label=_("Until"), coerce=int, empty_value=None, required=False)
    paused_until = forms.DateField(
        label=_("No letters until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    agrees_to_measure = forms.BooleanField(
        label=_("You may count whether I open letters and which links I follow"), required=False,
        widget=forms.CheckboxInput(attrs={"aria-describedby": "counted-help"}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, paper: Paper, subscriber: Subscriber, found: Collection[Topic] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not paper.site.counts_letters:
            del self.fields["agrees_to_measure"]
        clock = [(str(hour), time_format(time(hour), "H:i")) for hour in range(24)]
        offer(self, "language", languages(paper))
        offer(self, "time_zone", hours.zone_choices(besides=subscriber.time_zone))
        offer(self, "digest_hour", clock)
        for name in ("quiet_from", "quiet_until"):
            offer(self, name, [("", "–"), *clock])
        for name in self.fields:
            self.fields[name].initial = getattr(subscriber, name)
        if subscriber.language not in paper.site.languages:  # an edition that the paper has given up
            self.fields["language"].initial = paper.site.language
        if hours.is_paused(subscriber, timezone.now()) is False:
            self.fields["paused_until"].initial = None
        self._ask_about(subscriber, paper.language, found)

    def _ask_about(self, subscriber: Subscriber, language: str, found: Collection[Topic]) -> None:
        active = subscriber.subscriptions.filter(state=Subscription.State.ACTIVE, topic__is_open=True)
        wanted = {
            each.topic: each.cadence
            for each in active.select_related(
                "topic__section__parent", "topic__author", "topic__tag", "topic__newsletter"
            )
        }
        self.wanted = {topic.key for topic in wanted}
        always = [*open_topics(), *offered_letters()]
        offered = {topic.key: topic for topic in [*always, *suggested(language, count=SUGGESTED), *wanted, *found]}
        given = self.data or self.initial
        unknown = (name for name in given if name not in offered and "-" in name and given[name])
        offered |= {topic.key: topic for topic in find_all(islice(unknown, LATER))}
        self.found = {topic.key for topic in found}
        self.topics = {topic.key: topic for topic in with_headlines(in_order(offered.values()))}
        cadence = {topic.key: how_often for topic, how_often in wanted.items()}
        for key, topic in self.topics.items():
            choices = [NEVER, *RHYTHMS.get(Kind(topic.kind), Cadence.choices)]
            self.fields[key] = forms.ChoiceField(
                label=topic.name_in(language), choices=choices, required=False, initial=cadence.get(key, ""),
                help_text=topic.newsletter.description if topic.newsletter else "",
            )  # fmt: skip

    def results(self) -> list[Group]:
        """What she looked for, by its sort; it stands in no other group besides."""
        sorts = [(gettext("Authors"), Kind.AUTHOR), (gettext("Subjects"), Kind.TAG)]
        found = [
            (title, [self[key] for key, topic in self.topics.items() if topic.kind == kind and key in self.found])
            for title, kind in sorts
        ]
        return [Group(title, fields, []) for title, fields in found if fields]

    def groups(self) -> list[Group]:
        """What there is to choose from, by its sort, in the page's order."""
        sorts = [
            ("", {Kind.SITE, Kind.SECTION}),
            (gettext("Newsletters"), {Kind.LETTER}),
            (gettext("Authors"), {Kind.AUTHOR}),
            (gettext("Subjects"), {Kind.TAG}),
            (gettext("Stories you follow"), {Kind.STORY}),
        ]
        return [group for title, kinds in sorts if (group := self._group(title, kinds))]

    def _group(self, title: str, kinds: Iterable[str]) -> Group | None:
        keys = [key for key, topic in self.topics.items() if topic.kind in kinds and key not in self.found]
        always = {Kind.SITE, Kind.SECTION, Kind.LETTER}
        shown = [key for key in keys if always & set(kinds) or key in self.wanted or self[key].value()]
        more = [key for key in keys if key not in shown]
        return Group(title, [self[key] for key in shown], [self[key] for key in more]) if keys else None

    def clean_paused_until(self) -> Any:
        day, zone = self.cleaned_data["paused_until"], self.cleaned_data.get("time_zone")
        if day is None or not zone:
            return day
        today = timezone.now().astimezone(ZoneInfo(zone)).date()
        if day <= today:
            raise ValidationError(gettext("Choose a day after today."))
        if day > today + LONGEST_PAUSE:
            raise ValidationError(gettext("Choose a day within a year; or unsubscribe, further down."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (start is None) != (end is None):
            self.add_error("quiet_until" if end is None else "quiet_from", gettext("Choose both hours, or neither."))
        elif start is not None and start == end:
            self.add_error("quiet_until", gettext("Choose two different hours."))
        return cleaned

    @property
    def wishes(self) -> dict[Topic, str]:
        chosen = {key: self.cleaned_data[key] for key in self.topics if self.cleaned_data[key]}
        return {topic: chosen[topic.key] for topic in keep(self.topics[key] for key in chosen)}

    @property
    def preferences(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in type(self).base_fields if name in self.fields}


@dataclass(frozen=True)
class Finder:
    """A search for authors and subjects. ``said`` is what came of it in words, "" for a list of all that was found."""

    typed: str
    topics: list[Topic]
    said: str


def look_for(typed: str, language: str) -> Finder:
    """Authors and subjects of the edition, by their names as somebody remembers them; `FOUND` of each at most."""
    typed = " ".join(typed.replace("\0", "").split())[:LONGEST_NAME]
    topics = matching(typed, language, count=FOUND + 1)
    shown = [topic for kind in (Kind.AUTHOR, Kind.TAG) for topic in [t for t in topics if t.kind == kind][:FOUND]]
    said = ""
    if not typed:
        said = gettext("Write a name, or a part of one.")
    elif not topics:
        said = gettext("We have no author and no subject of this name. A part of it is enough.")
    elif shown != topics:
        said = gettext("There are more than these: write more of the name.")
    return Finder(typed, shown, said)


def kept(data: QueryDict) -> dict[str, Any]:
    """What stood in the fields of the page, as what another page begins with: nothing of it is saved or judged."""
    return {"agrees_to_measure": False, **data.dict()}


class AddressForm(forms.Form):
    """Where a reader's letters are to go."""

    email = forms.EmailField(label=_("New e-mail address"), max_length=254)

    def __init__(self, *args: Any, subscriber: Subscriber, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscriber = subscriber

    def clean_email(self) -> str:
        if normal_address(self.cleaned_data["email"]) == self.subscriber.email_norm:
            raise ValidationError(gettext("Your letters come to this address already."))
        return str(self.cleaned_data["email"])
