"""Which stories of the desk: the conditions that its list and its board offer, by the names they have in addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from articles.actions_desk import FLAGS
from articles.kinds import Kind
from articles.languages import LANGUAGES
from articles.models.desk import CHANGED, ON_THEIR_WAY, Article, ArticleQuerySet, State
from articles.models.places import Section
from articles.models.workflow import ScheduledChange
from articles.verbs import sections_of
from safeguards.numbers import whole

if TYPE_CHECKING:
    from articles.models.site import SiteSettings

WRITING = (State.DRAFT, State.RETURNED)
UNFINISHED = (*WRITING, State.IN_REVIEW, State.READY)
GROUPS: dict[str, tuple[tuple[State, ...], str | Promise]] = {
    "open": (UNFINISHED, _("Not yet published")),
    "writing": (WRITING, _("With the writers")),
}
PEOPLE = 300
ALL = "all"

Condition = Callable[[ArticleQuerySet, str, User], ArticleQuerySet]


def narrow(stories: ArticleQuerySet, given: Mapping[str, str], user: User) -> ArticleQuerySet:
    """Those of `stories` that fit all of `given` (``{"state": "ready", "assignee": "me"}``); nonsense is let be.

    Without a state, the bin is left out; without a section, those in which this person does not work.
    """
    for name, condition in CONDITIONS.items():
        stories = condition(stories, given.get(name, ""), user)
    return stories


def query_of(given: Mapping[str, str], *further: str) -> str:
    """`given` as the query of an address, in one order whatever theirs; names of no condition (nor `further`) go."""
    pairs = [(name, given[name]) for name in (*CONDITIONS, *further) if given.get(name)]
    return urlencode(pairs)


def in_order(stories: ArticleQuerySet, most: int) -> list[Article]:
    """At most `most`: what is due first, then what has no time set, the last saved first. Two queries by an index."""
    due = list(stories.filter(due_at__isnull=False).order_by("due_at", "pk")[:most])
    return due if len(due) == most else [*due, *stories.filter(due_at=None)[: most - len(due)]]


def flag_labels() -> dict[str, Any]:
    """The flags that a story may carry, in words."""
    labels = {field.name: field.verbose_name for field in Article._meta.fields}
    return {flag: labels[flag] for flag in FLAGS}


def _state(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    if value in GROUPS:
        return stories.at(*GROUPS[value][0])
    if value in ON_THEIR_WAY:
        return stories.at(value)
    return stories.filter(state=value) if value in State.values else stories.exclude(state=State.DISCARDED)


def _section(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    number = whole(value)
    if number is not None:
        below = Section.objects.filter(parent=number).values_list("pk", flat=True)
        return stories.filter(section__in=[number, *below])
    limits = None if value == ALL else sections_of(user)
    return stories if limits is None else stories.filter(Q(section__in=limits) | Q(section=None))


def _assignee(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    if value == "me":
        return stories.filter(assignee=user)
    if value in {"nobody", "anybody"}:
        return stories.filter(assignee__isnull=value == "nobody")
    number = whole(value)
    return stories if number is None else stories.filter(assignee=number)


def _flag(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    if value == "any":
        return stories.filter(Q(needs_legal=True) | Q(needs_picture=True) | Q(is_sensitive=True))
    return stories.filter(**{value: True}) if value in FLAGS else stories


def _due(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    now = timezone.now()
    tonight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    until = {"late": now, "today": tonight, "week": tonight + timedelta(days=6)}.get(value)
    if until:
        return stories.filter(state__in=UNFINISHED, due_at__lt=until)
    return stories.filter(due_at=None) if value == "none" else stories


def _kind(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    return stories.filter(kind=value) if value in Kind.values else stories


def _language(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    return stories.filter(language=value) if value in LANGUAGES else stories


def _mine(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    return stories.own(user) if value else stories


def _changed(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    return stories.filter(CHANGED) if value else stories


def _scheduled(stories: ArticleQuerySet, value: str, user: User) -> ArticleQuerySet:
    waiting = ScheduledChange.objects.filter(state=ScheduledChange.State.WAITING).values("article")
    return stories.filter(pk__in=waiting) if value else stories


CONDITIONS: dict[str, Condition] = {
    "state": _state, "section": _section, "assignee": _assignee, "due": _due, "flag": _flag, "kind": _kind,
    "language": _language, "mine": _mine, "changed": _changed, "scheduled": _scheduled,
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One field above a list: a select, or (no `options`) a tick."""

    name: str
    label: str
    options: list[tuple[str, str]]
    value: str


def choices(given: Mapping[str, str], user: User, site: SiteSettings, *names: str) -> list[Choice]:
    """What the person may choose by (all conditions, or those of `names`), with what is chosen. At most two queries."""
    makers: dict[str, tuple[Any, Callable[[], list[tuple[str, Any]]]]] = {
        "state": (_("state"), _states),
        "section": (_("section"), lambda: _sections(user)),
        "assignee": (_("with"), lambda: _people(user)),
        "due": (_("due"), lambda: [
            ("late", gettext("Late")), ("today", gettext("Until tonight")), ("week", gettext("Within a week")),
            ("none", gettext("No time set")),
        ]),
        "flag": (_("flag"), lambda: [
            ("any", gettext("Any flag")), *flag_labels().items(),
        ]),
        "kind": (_("kind"), lambda: list(Kind.choices)),
        "language": (_("language"), lambda: [
            (code, LANGUAGES[code].name) for code in (site.language, *site.further_languages) if code in LANGUAGES
        ]),
        "mine": (_("mine"), list),
        "changed": (_("unpublished changes"), list),
        "scheduled": (_("scheduled"), list),
    }  # fmt: skip
    found = []
    for name in names or CONDITIONS:
        label, options = makers[name]
        made = [(value, str(shown)) for value, shown in options()]
        if len(made) != 1:  # one language is no choice
            found.append(Choice(name, str(label), made, given.get(name, "")))
    return found


def _states() -> list[tuple[str, Any]]:
    return [*((name, label) for name, (_states, label) in GROUPS.items()), *State.choices]


def _sections(user: User) -> list[tuple[str, Any]]:
    sections = Section.objects.select_related("parent").order_by("path")
    everywhere = [] if sections_of(user) is None else [(ALL, gettext("All sections"))]
    return [*everywhere, *((str(section.pk), section) for section in sections)]


def _people(user: User) -> list[tuple[str, Any]]:
    if not user.has_perm("articles.view_article"):
        return [("me", gettext("Me")), ("nobody", pgettext("who has a story", "Nobody"))]
    staff = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("display_name", "pk")[:PEOPLE]
    return [
        ("me", gettext("Me")),
        ("nobody", pgettext("who has a story", "Nobody")),
        ("anybody", pgettext("who has a story", "Anybody")),
        *((str(person.pk), person) for person in staff),
    ]
