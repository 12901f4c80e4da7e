"""The clock in the desk: the panel and line on a story's form, its page, and the schedule of the whole paper."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from articles import actions_schedule, checks, clocks, registry, schedule
from articles.admin import panels
from articles.admin.story_pages import desk_page, person, story_of
from articles.forms import refusals
from articles.forms.schedule import ScheduleForm
from articles.models.desk import Article
from articles.models.desk import State as Standing
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.models.workflow import ScheduledChange
from articles.problems import DeskProblem, NotReady
from articles.verbs import VERBS
from safeguards.numbers import whole

Verb, State = ScheduledChange.Verb, ScheduledChange.State
ON_THE_PANEL, ON_THE_PAGE, IN_A_WEEK, LATE_SHOWN = 6, 50, 300, 50
SHOWN_STATES = {"open": (State.WAITING, State.FAILED), "done": (State.DONE,), "cancelled": (State.CANCELLED,)}


def lines(changes: list[ScheduledChange], zones: clocks.Zones) -> list[dict[str, Any]]:
    """Each change as templates show it: on both clocks, how far off, late or not, and why it failed."""
    now = timezone.now()
    return [
        {
            "change": change,
            "when": clocks.on_both_clocks(change.at, zones),
            "far": clocks.how_far(change.at) if change.state == State.WAITING else "",
            "is_late": change.state == State.WAITING and change.at < now - schedule.GRACE,
            "was_late": schedule.was_late(change),
            "why": gettext(change.error) if change.error else "",
            "is_open": change.state in {State.WAITING, State.FAILED},
        }
        for change in changes
    ]


def strip(story: Article) -> dict[str, Any]:
    """For the line above the form: what waits or has failed, whether the working copy has moved on since
    (``overtaken``), and whether a publication waits (``publishes``).
    """
    found = ScheduledChange.objects.filter(article=story.pk, state__in=SHOWN_STATES["open"]).order_by("at", "pk")
    shown = lines(list(found), clocks.Zones.of(SiteSettings.load()))
    overtaken = [
        line["change"]
        for line in shown
        if line["change"].state == State.WAITING and line["change"].revision and _is_overtaken(story, line["change"])
    ]
    publishes = any(
        line["change"].state == State.WAITING and line["change"].verb in schedule.PUBLICATIONS for line in shown
    )
    return {"lines": shown, "overtaken": overtaken[0] if overtaken else None, "publishes": publishes}


def _is_overtaken(story: Article, change: ScheduledChange) -> bool:
    frozen = story.revisions.filter(number=change.revision or 0).values_list("digest", flat=True).first()
    return frozen != story.digest


def _panel(request: HttpRequest, story: Article, verbs: list[str]) -> dict[str, Any] | None:
    recent = ScheduledChange.objects.filter(article=story.pk).select_related("created_by").order_by("-pk")
    rows = sorted(recent[:ON_THE_PANEL], key=lambda change: (change.at, change.pk))
    may = "schedule" in verbs
    if not rows and not may:
        return None
    return {
        "panel": "schedule",
        "is_open": any(change.state in SHOWN_STATES["open"] for change in rows),
        "lines": lines(rows, clocks.Zones.of(SiteSettings.load())),
        "may": may,
        "form": _form(person(request), story) if may else None,
    }


PANEL = panels.Panel("admin/articles/article/_schedule.html", _panel)


def _waiting(story: Article) -> tuple[ScheduledChange | None, ScheduledChange | None]:
    """The publication and the withdrawal that wait."""
    found = list(schedule.waiting(story.pk))
    publication = next((each for each in found if each.verb != Verb.WITHDRAW), None)
    return publication, next((each for each in found if each.verb == Verb.WITHDRAW), None)


def _as_seen(*changes: ScheduledChange | None) -> str:
    """What waits, so that a page can tell whether it has been changed since."""
    return ",".join(f"{each.pk}.{each.revision or 0}.{each.at.timestamp():.0f}" if each else "-" for each in changes)


def _form(user: User, story: Article, data: Any = None) -> ScheduleForm:
    publication, withdrawal = _waiting(story)
    may_publish = bool(publication) or story.state != Standing.PUBLISHED or story.has_unpublished_changes
    options = registry.options_for(user, story.pk) if story.state != Standing.PUBLISHED else []
    first = publication or withdrawal
    return ScheduleForm(
        data,
        frozen=publication.revision if publication else None,
        options=options,
        may_publish=may_publish,
        may_override=user.has_perm(checks.OVERRIDE),
        auto_id="schedule_%s",
        initial={
            "at": publication and publication.at,
            "until": withdrawal and withdrawal.at,
            "note": first.note if first else "",
            "override": publication.override if publication else "",
            "version": story.version,
            "seen": _as_seen(publication, withdrawal),
            **({f"option-{name}": tick for name, tick in publication.options.items()} if publication else {}),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def story_schedule(request: HttpRequest, number: int) -> HttpResponse:
    """The story's own page of the clock. POST sets both times, takes what is saved now, or cancels one row."""
    user = person(request)
    story = story_of(request, number)
    if not VERBS["schedule"].allowed(user, story):
        raise PermissionDenied
    back = HttpResponseRedirect(_safe_next(request) or reverse("admin:articles_article_change", args=[number]))
    if "_cancel" in request.POST or "_newest" in request.POST:
        _change_one(request, story)
        return back
    form = _form(user, story, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _set(story.pk, form, user))
            return back
        except DeskProblem as problem:
            refusals.show(problem, form)
        form.refresh()
    rows = ScheduledChange.objects.filter(article=number).select_related("created_by").order_by("-at", "-pk")
    return desk_page(
        request, "schedule", story, title=gettext("Schedule"), form=form, may=True,
        lines=lines(list(rows[:ON_THE_PAGE]), clocks.Zones.of(SiteSettings.load())),
    )  # fmt: skip


def _safe_next(request: HttpRequest) -> str:
    """Back to the paper's schedule, when that is where the button stood."""
    return reverse("admin:articles_article_schedule_list") if request.POST.get("next") == "list" else ""


def _change_one(request: HttpRequest, story: Article) -> None:
    """Cancels the row that the button names, or lets the clock take what is saved now; says what came of it."""
    given = request.POST.get("_cancel") or request.POST.get("_newest") or ""
    change = get_object_or_404(ScheduledChange, article=story.pk, pk=_number(given))
    try:
        if "_cancel" in request.POST:
            actions_schedule.cancel(change.pk, actor=person(request))
            messages.success(request, gettext("Taken off the clock."))
        else:
            actions_schedule.reschedule(change.pk, actor=person(request), take_newest=True)
            messages.success(request, gettext("The clock will publish what is saved now."))
    except DeskProblem as problem:
        messages.error(request, str(problem))


def _number(given: str) -> int:
    """A row's number from an address or a button; 0, which no row has, for what is none."""
    return whole(given) or 0


@transaction.atomic
def _set(number: int, form: ScheduleForm, user: User) -> str:
    """Makes what waits for the story what the form says; gives what to tell. All of it, or nothing."""
    story = Article.objects.select_for_update().get(pk=number)
    publication, withdrawal = _waiting(story)
    at, until = form.cleaned_data.get("at"), form.cleaned_data["until"]
    is_done = (at, until) == (publication and publication.at, withdrawal and withdrawal.at)
    if form.cleaned_data["seen"] not in {"", _as_seen(publication, withdrawal)} and not is_done:
        why = gettext("Somebody changed the clock meanwhile. Send it again if you mean yours.")
        raise NotReady({NON_FIELD_ERRORS: [why]})
    steps = [(Verb.PUBLISH, publication), (Verb.WITHDRAW, withdrawal)]
    if withdrawal and (until is None or until > withdrawal.at):
        steps.reverse()  # it makes room for the other
    for verb, there in steps:
        _set_one(verb, there, form, story, user)
    zones = clocks.Zones.of(SiteSettings.load())
    said = [
        f"{change.get_verb_display()}: {clocks.on_both_clocks(change.at, zones)}" for change in schedule.waiting(number)
    ]
    return gettext("The clock is set.") + " " + ". ".join(said) if said else gettext("Nothing is on the clock.")


def _set_one(verb: str, there: ScheduledChange | None, form: ScheduleForm, story: Article, user: User) -> None:
    given = form.cleaned_data
    is_end = verb == Verb.WITHDRAW
    at = given.get("until" if is_end else "at")
    options = {} if is_end else form.options()
    override = "" if is_end else given.get("override", "")
    try:
        if at is None:
            if there:
                actions_schedule.cancel(there.pk, actor=user)
        elif there is None:
            actions_schedule.schedule(
                story.pk, verb=verb, at=at, actor=user, expected_version=given["version"], options=options,
                override=override, note=given["note"],
            )  # fmt: skip
        elif (at, given["note"], options, override) != (there.at, there.note, there.options, there.override):
            actions_schedule.reschedule(
                there.pk, actor=user, at=at, options=options, override=override, note=given["note"]
            )
    except NotReady as problem:
        if is_end and "at" in problem.errors:
            raise NotReady({"until": problem.errors["at"]}) from problem
        raise


@require_safe
def paper_schedule(request: HttpRequest) -> HttpResponse:
    """A week of the paper's schedule, day by day on the newsroom's clock; what is late or has failed stands first."""
    user = person(request)
    if not (user.has_perm("articles.view_article") or user.has_perm("articles.view_own_article")):
        raise PermissionDenied
    zones = clocks.Zones.of(SiteSettings.load())
    today = timezone.now().astimezone(zones.newsroom).date()
    monday = _monday(request.GET.get("week", ""), today)
    begin, end = (datetime.combine(day, time(), tzinfo=zones.newsroom) for day in (monday, monday + timedelta(days=7)))
    found = _for(user, ScheduledChange.objects.filter(at__gte=begin, at__lt=end), request)
    found = found.order_by("at", "pk")[: IN_A_WEEK + 1]
    shown = lines(list(found), zones)
    days = []
    for offset in range(7):
        day = monday + timedelta(days=offset)
        of_day = [line for line in shown[:IN_A_WEEK] if line["change"].at.astimezone(zones.newsroom).date() == day]
        days.append({"day": day, "is_today": day == today, "lines": of_day})
    overdue = schedule.late()
    if not user.has_perm("articles.view_article"):
        overdue = overdue.filter(article__in=Article.objects.for_user(user))
    context = {
        **admin.site.each_context(request),
        "opts": Article._meta,
        "title": gettext("Schedule"),
        "days": days,
        "is_empty": not shown,
        "is_cut": len(shown) > IN_A_WEEK,
        "most": IN_A_WEEK,
        "late": lines(list(overdue[:LATE_SHOWN]), zones),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "this_week": _monday("", today),
        "earlier": _week(request, monday - timedelta(days=7)),
        "later": _week(request, monday + timedelta(days=7)),
        "now_address": _week(request, today),
        "newsroom": zones.city(zones.newsroom),
        "home": zones.city(zones.home),
        "sections": Section.objects.select_related("parent").order_by("path"),
        "asked": request.GET,
        "kinds": Verb.choices,
        "may": user.has_perm(VERBS["schedule"].permission),
    }
    return TemplateResponse(request, "admin/articles/article/schedule_list.html", context)


def _monday(given: str, today: Any) -> Any:
    try:
        day = parse_date(given) or today
    except ValueError:
        day = today
    day = day if 1990 <= day.year < 2200 else today
    return day - timedelta(days=day.weekday())


def _for(user: User, rows: Any, request: HttpRequest) -> Any:
    """What this person may see of it, and asked for."""
    rows = rows.select_related("article__section__parent", "created_by").defer("article__body", "article__standfirst")
    if not user.has_perm("articles.view_article"):
        rows = rows.filter(article__in=Article.objects.for_user(user))
    asked = request.GET
    states = SHOWN_STATES.get(asked.get("state", ""))
    rows = rows.filter(state__in=states) if states else rows.exclude(state=State.CANCELLED)
    if asked.get("verb") in Verb.values:
        rows = rows.filter(verb=asked["verb"])
    top = _number(asked.get("section", ""))
    if top:
        below = Section.objects.filter(parent_id=top).values_list("pk", flat=True)
        rows = rows.filter(article__section__in=[top, *below])
    if asked.get("mine"):
        rows = rows.filter(created_by=user)
    return rows


def _week(request: HttpRequest, day: Any) -> str:
    query = request.GET.copy()
    query["week"] = day.isoformat()
    return f"?{query.urlencode()}"


PAGES = [
    ("schedule/", paper_schedule, "schedule_list"),
    ("<int:number>/schedule/", story_schedule, "schedule"),
]
