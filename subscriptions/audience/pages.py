"""The audience desk's own pages: bring readers in, take them out as a table, and see how their number grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.confirming import ask
from accounts.models import User
from accounts.models.audit import record
from articles.models.site import SiteSettings
from subscriptions import opens
from subscriptions.audience import charts, exporting, importing
from subscriptions.audience.forms import ExportForm, ImportForm
from subscriptions.models.audience import AudienceImport
from subscriptions.models.people import Subscriber
from subscriptions.topics import in_order

if TYPE_CHECKING:
    from subscriptions.looked_at import LookedAt

LISTED = 20
VERBS = {
    "import": (importing.decide, gettext_noop("The import has begun. You may leave this page.")),
    "cancel": (importing.cancel, gettext_noop("Cancelled, and the list is deleted. Whoever was added stays.")),
}


def bring(desk: LookedAt, request: HttpRequest) -> HttpResponse:
    """The form for a list, and the lists that were brought before."""
    _refuse(request, "subscriptions.import_subscriber")
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, said = form.cleaned_data["file"], form.cleaned_data
        row = importing.begin(
            file.chunks(), name=file.name, topics=form.chosen_topics, cadence=said["cadence"],
            language=said["language"],
            time_zone=SiteSettings.load().newsroom_time_zone, has_agreed=said["agreed"] == "yes",
            agreed_where=said["agreed_where"], agreed_when=said["agreed_when"], actor=cast(User, request.user),
        )  # fmt: skip
        return redirect("admin:subscriptions_subscriber_brought", row.pk)
    before = AudienceImport.objects.select_related("created_by")[:LISTED]
    return desk.page(request, "import", gettext("Import readers"), form=form, before=before)


def brought(desk: LookedAt, request: HttpRequest, number: int) -> HttpResponse:
    """One list: what the worker found in it, the button that imports it, and how far that has come."""
    _refuse(request, "subscriptions.import_subscriber")
    row = get_object_or_404(AudienceImport.objects.select_related("created_by"), pk=number)
    if request.method == "POST":
        act, words = VERBS.get(request.POST.get("do", ""), (None, ""))
        if act:
            try:
                act(row, actor=cast(User, request.user))
            except importing.ImportProblem as problem:
                messages.error(request, str(problem))
            else:
                messages.success(request, gettext(words))
        return redirect("admin:subscriptions_subscriber_brought", row.pk)
    topics = [str(topic) for topic in in_order(row.topics.select_related("section__parent", "newsletter"))]
    title = gettext("Import readers")
    return desk.page(request, "brought", title, row, topics=topics, states=AudienceImport.State)


def export(desk: LookedAt, request: HttpRequest) -> HttpResponseBase:
    """Asks first who it is, then what for; the export is an audit row."""
    _refuse(request, "subscriptions.export_subscriber")
    if asked := ask(request):
        return asked
    form = ExportForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return desk.page(request, "export", gettext("Export readers"), form=form)
    state = form.cleaned_data["state"]
    record(
        actor=request.user, verb=gettext_noop("readers exported"), thing=cast(User, request.user),
        reason=form.cleaned_data["reason"], state=state,
    )  # fmt: skip
    readers = Subscriber.objects.filter(state=state) if state else Subscriber.objects.all()
    answer = StreamingHttpResponse(exporting.lines(readers), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="readers-{timezone.localdate():%Y-%m-%d}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def growth(desk: LookedAt, request: HttpRequest) -> HttpResponse:
    """How many readers came and went, by day or week, and what became of the last letters."""
    _refuse(request, "subscriptions.view_subscriber")
    weekly = request.GET.get("by") == "week"
    site = SiteSettings.load()
    today = timezone.localdate(timezone=ZoneInfo(site.newsroom_time_zone))
    rows = charts.periods(until=today, weekly=weekly)
    letters = list(charts.last_letters()) if request.user.has_perm("subscriptions.view_edition") else []
    figures = opens.figures(letter.pk for letter in letters)
    counted = [(letter, figures[letter.pk]) for letter in letters if letter.pk in figures]
    return desk.page(
        request, "growth", gettext("Growth"), weekly=weekly, rows=rows[::-1], chart=charts.growth(rows),
        active=next((row.active for row in rows[::-1] if row.active is not None), None),
        letters=letters, letters_chart=charts.letters(letters[::-1]),
        counted=counted, is_counting=site.counts_letters, opens_chart=charts.opened(counted[::-1]),
    )  # fmt: skip


def _refuse(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
