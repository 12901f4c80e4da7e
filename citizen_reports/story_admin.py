"""Stories on a report's page, reports on a story's form, and the pages between them: link, unlink, into the library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.models import User
from articles import searching
from articles.admin import panels
from articles.checks import OVERRIDE
from articles.models.desk import Article
from citizen_reports import before_publication, consent_alarms, desks, handling, into_library, stories
from citizen_reports.models.people import Consent
from citizen_reports.models.reports import Report, ReportState, ReportStory
from citizen_reports.models.stories import ConsentAlarm, LibraryCopy

FOUND = 10  # stories that a search on a report's page shows
ANSWERS = 20  # reports that answer a story, the newest
# Set aside or gone: they answer no story.
_NO_ANSWER = (*stories.ASIDE, ReportState.PURGED)


@dataclass
class Row:
    """A report on a story's panel."""

    report: Report
    link: ReportStory | None = None
    consent: Consent | None = None
    files: int = 0  # of the library, made of its own
    alarms: list[ConsentAlarm] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def panel(request: HttpRequest, story: Article, verbs: list[str]) -> dict[str, Any] | None:
    """The story's reports and those that answer it, as far as the person may see them; nine queries at most."""
    user = cast(User, request.user)
    if not user.has_perm("citizen_reports.view_report"):
        return None
    # A translation rests on what its original rests on; a link of its own stands before that.
    both = ReportStory.objects.filter(article__in={story.pk, story.original_id or story.pk}, removed_at=None)
    links = {each.report_id: each for each in sorted(both, key=lambda each: (each.article_id == story.pk, each.pk))}
    seen = desks.seen_by(user).select_related("section__parent", "assigned_to")
    alarms = list(ConsentAlarm.objects.filter(article=story, ended_at=None))
    linked = list(seen.filter(pk__in={*links, *(each.report_id for each in alarms)}))
    answering = list(
        seen.filter(answers_story=story, purged_at=None)
        .exclude(pk__in=links)
        .exclude(state__in=_NO_ANSWER)
        .order_by("-last_activity", "pk")[:ANSWERS]
    )
    if not (links or alarms or answering):
        return None
    rows = _rows(linked, links, alarms)
    consents = stories.consents_of([report.pk for report in answering])
    return {
        "panel": "reports",
        "is_open": True,
        "rows": rows,
        "others": len({*links, *(each.report_id for each in alarms)}) - len(linked),
        "answering": [Row(report, consent=consents.get(report.pk)) for report in answering],
        "may_link": _may_change(user),
        "may_settle": user.has_perm(OVERRIDE),
    }


def _rows(reports: list[Report], links: dict[UUID, ReportStory], alarms: list[ConsentAlarm]) -> list[Row]:
    consents = stories.consents_of([report.pk for report in reports])
    files = list(LibraryCopy.objects.filter(report__in=reports).values_list("report", flat=True))
    doubtful = {report.pk: said for report, _code, said in before_publication.about_truth(reports)}
    rows = []
    for report in sorted(reports, key=lambda each: links[each.pk].pk if each.pk in links else 0):
        link = links.get(report.pk)
        mine = [each for each in alarms if each.report_id == report.pk]
        is_printed = link is not None and link.has_words and not mine  # an alarm says the same, and more
        said = before_publication.about_words(report, consents.get(report.pk)) if is_printed else ""
        unsure = doubtful[report.pk] % {"reference": report.reference} if report.pk in doubtful else ""
        rows.append(
            Row(
                report, link, consents.get(report.pk), files.count(report.pk), mine,
                [each for each in (said, unsure) if each],
            )
        )  # fmt: skip
    return rows


def on_report(request: HttpRequest, report: Report) -> dict[str, Any]:
    """What a report's page shows of stories: its own, the alarms, and those that a search finds."""
    user = cast(User, request.user)
    seen = Article.objects.for_user(user)
    links = stories.of(report)
    typed = request.GET.get("story", "")
    found = searching.search(seen.exclude(state__in=stories.GONE), typed) if typed.strip() else seen.none()
    return {
        "links": links,
        "alarms": list(consent_alarms.open_ones().filter(report=report)),
        "may_settle": user.has_perm(OVERRIDE),
        "story_typed": typed,
        "stories_found": list(
            found.exclude(pk__in=[link.article_id for link in links])
            .select_related("section__parent")
            .order_by("-saved_at")[:FOUND]
        ),
        "answered": _answered(report, links, seen),
        "may_take": user.has_perm("images.add_picture"),
        "may_forget": report.channel == "email" and not report.purged_at and _may_change(user),
    }


def _may_change(user: User) -> bool:
    return user.has_perm("citizen_reports.change_report")


def _answered(report: Report, links: list[ReportStory], seen: Any) -> Article | None:
    """The story that the witness answered, while it is not linked."""
    if report.answers_story_id in {None, *(link.article_id for link in links)}:
        return None
    return cast("Article | None", seen.exclude(state__in=stories.GONE).filter(pk=report.answers_story_id).first())


def report_of(request: HttpRequest, number: UUID) -> Report:
    """The report, of somebody who works with reports and may see this one."""
    if not _may_change(cast(User, request.user)):
        raise PermissionDenied
    return get_object_or_404(desks.seen_by(cast(User, request.user)), pk=number)


def page(request: HttpRequest, name: str, report: Report, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page that asks before something is done with a report: a template in ``admin/citizen_reports/report/``."""
    shown = {**admin.site.each_context(request), "opts": Report._meta, "report": report, **context}
    return TemplateResponse(request, f"admin/citizen_reports/report/{name}.html", shown, status=status)


def _back(report: Report, story: Article, back: str) -> HttpResponse:
    if back == "story":
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[story.pk]))
    return HttpResponseRedirect(reverse("admin:citizen_reports_report_change", args=[report.pk]))


def _prints_name(report: Report, consent: Consent | None) -> bool:
    return bool(consent and handling.credit_line(report, consent))


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, number: UUID, story: int) -> HttpResponse:
    """Asks how the story uses the report, and links them."""
    report, user = report_of(request, number), cast(User, request.user)
    article = get_object_or_404(Article.objects.for_user(user), pk=story)
    consent, given = handling.consent_in_force(report), request.POST
    refusal = ""
    if request.method == "POST":
        try:
            stories.link(
                number, actor=user, article=story, prints_words="prints_words" in given,
                credit_checked="credit_checked" in given,
            )  # fmt: skip
        except handling.HandlingRefused as problem:
            refusal = str(problem)
        else:
            messages.success(request, gettext("The report and the story know of each other now."))
            return _back(report, article, given.get("back", ""))
    allows = bool(consent and consent.publish_text)
    return page(
        request, "link", report, title=gettext("Link to a story"), story=article, refusal=refusal, allows=allows,
        ticked="prints_words" in given if given else allows, prints_name=_prints_name(report, consent),
        back=given.get("back", "report"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def unlink(request: HttpRequest, number: UUID, story: int) -> HttpResponse:
    """Asks why, and unlinks them."""
    report, user = report_of(request, number), cast(User, request.user)
    article = get_object_or_404(Article.objects.for_user(user), pk=story)
    refusal, given = "", request.POST
    if request.method == "POST":
        try:
            stories.unlink(number, actor=user, article=story, reason=given.get("reason", ""))
        except handling.HandlingRefused as problem:
            refusal = str(problem)
        else:
            messages.success(request, gettext("Unlinked."))
            return _back(report, article, given.get("back", ""))
    return page(
        request, "unlink", report, title=gettext("Unlink from a story"), story=article, refusal=refusal,
        reason=given.get("reason", ""), back=given.get("back", "report"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def library(request: HttpRequest, number: UUID, file: int) -> HttpResponse:
    """Shows the clean copy once more, with how it would be credited, and takes it into the library."""
    report, user = report_of(request, number), cast(User, request.user)
    attachment = get_object_or_404(report.attachments, pk=file)
    if not user.has_perm(f"images.add_{into_library.kind_of(attachment)}"):
        raise PermissionDenied
    consent, refusal = handling.consent_in_force(report), ""
    if request.method == "POST":
        try:
            thing = into_library.take(number, actor=user, file=file, credit_checked="credit_checked" in request.POST)
        except handling.HandlingRefused as problem:
            refusal = str(problem)
        else:
            messages.success(request, gettext("It is in the library. Describe it, so that it can be used."))
            return HttpResponseRedirect(reverse(f"admin:images_{thing._meta.model_name}_change", args=[thing.pk]))
    return page(
        request, "library", report, title=gettext("Take into the library"), file=attachment, refusal=refusal,
        missing=into_library.what_is_missing(report, consent, attachment), consent=consent,
        prints_name=_prints_name(report, consent), nameless=into_library.nameless(),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: HttpRequest, number: UUID, alarm: int) -> HttpResponse:
    """Asks a chief why the story may stay, and ends the alarm."""
    report, user = report_of(request, number), cast(User, request.user)
    if not user.has_perm(OVERRIDE):
        raise PermissionDenied
    found = consent_alarms.open_ones().filter(report=report, pk=alarm).first()
    if found is None:
        raise Http404
    refusal = ""
    if request.method == "POST":
        try:
            consent_alarms.settle(number, actor=user, alarm=alarm, reason=request.POST.get("reason", ""))
        except handling.HandlingRefused as problem:
            refusal = str(problem)
        else:
            messages.success(request, gettext("The alarm is over."))
            return _back(report, found.article, "report")
    return page(
        request, "settle", report, title=gettext("Leave the story as it is"), alarm=found, refusal=refusal,
        reason=request.POST.get("reason", ""),
    )  # fmt: skip


# (route below a report's list, view, name after "citizen_reports_report_").
PAGES: list[tuple[str, Any, str]] = [
    ("<uuid:number>/stories/<int:story>/link/", link, "link"),
    ("<uuid:number>/stories/<int:story>/unlink/", unlink, "unlink"),
    ("<uuid:number>/files/<int:file>/library/", library, "library"),
    ("<uuid:number>/alarms/<int:alarm>/", settle, "settle"),
]
panels.add(panels.Panel("admin/citizen_reports/report/_story_panel.html", panel))
