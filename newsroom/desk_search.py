"""One search over all that the desk holds: a few of each kind, and only what this member of staff may see anyway."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from django.apps import apps
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import User
from articles.models.desk import Article
from citizen_reports import desks, sorting
from citizen_reports.models.reports import Report
from subscriptions.models.people import Subscriber

OF_EACH = 5
SHORTEST, LONGEST = 2, 400
# As their own lists search them, and for whom they are listed.
KINDS = (
    "articles.Article", "images.Picture", "images.Video", "authors.Author", "articles.Tag", "articles.Section",
    "articles.Series", "articles.Page", "citizen_reports.Report", "subscriptions.Subscriber", "accounts.User",
)  # fmt: skip


class Setting(NamedTuple):
    """A page by name, with further words that people would look for it by. ``permission`` "": for everybody."""

    label: str | Promise
    words: str | Promise
    page: str
    permission: str


_PAPER, _SEES_PAPER = "admin:articles_sitesettings_changelist", "articles.view_sitesettings"
SETTINGS = (
    Setting(_("Name and logo of the paper"), _("tagline description icon brand"), _PAPER, _SEES_PAPER),
    Setting(_("Languages of the paper"), _("edition translation wording"), _PAPER, _SEES_PAPER),
    Setting(_("Colours and typefaces"), _("palette look font design"), _PAPER, _SEES_PAPER),
    Setting(_("Time zones of the paper"), _("clock newsroom home country"), _PAPER, _SEES_PAPER),
    Setting(_("Channels"), _("WhatsApp Telegram X Facebook follow"), _PAPER, _SEES_PAPER),
    Setting(_("Menus"), _("navigation"), "admin:articles_menuitem_changelist", "articles.view_menuitem"),
    Setting(_("Old addresses"), _("redirect moved URL"), "admin:articles_oldpath_changelist", "articles.view_oldpath"),
    Setting(
        _("Forms for witnesses"), _("citizen report intake"), "admin:citizen_reports_intakeform_changelist",
        "citizen_reports.view_intakeform",
    ),
    Setting(
        _("Letters"), _("newsletter mail alert"), "admin:subscriptions_edition_changelist", "subscriptions.view_edition"
    ),
    Setting(_("Staff and roles"), _("user permission invite"), "admin:accounts_user_changelist", "accounts.view_user"),
    Setting(_("What was done"), _("audit history log"), "admin:accounts_auditrow_changelist", "accounts.view_auditrow"),
    Setting(_("Board"), _("kanban states columns"), "admin:articles_article_board", ""),
    Setting(_("Schedule"), _("calendar plan clock"), "admin:articles_article_schedule_list", "articles.view_article"),
    Setting(_("Two-factor sign-in"), _("passkey app recovery codes security"), "mfa_index", ""),
    Setting(_("Notices"), _("notifications bell"), "admin:notices", ""),
    Setting(_("My settings"), _("name language time zone notices mail"), "accounts:my_settings", ""),
    Setting(_("My password"), _("change sign in"), "accounts:password_change", ""),
    Setting(_("Where I am signed in"), _("sessions devices sign out"), "accounts:sessions", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One line: its words and language, its address, and a remark."""

    label: str
    address: str
    remark: str = ""
    language: str = ""


@dataclass(frozen=True)
class Group:
    label: str
    rows: list[Found]
    whole: str = ""  # the address of the whole list, where there are more


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """``?q=``: at most five of each kind, in a fixed number of queries. Behind ``admin_view``."""
    typed = " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST]
    context = {
        **admin.site.each_context(request),
        "title": gettext("Search the desk"),
        "typed": typed,
        "too_short": 0 < len(typed) < SHORTEST,
        "groups": search(request, typed) if len(typed) >= SHORTEST else [],
    }
    return TemplateResponse(request, "admin/search.html", context)


def search(request: HttpRequest, typed: str) -> list[Group]:
    """What `typed` finds, kind by kind; kinds with nothing are left out."""
    groups = [_group(request, apps.get_model(label), typed) for label in KINDS]
    pages = Group(gettext("Pages of the desk"), list(_pages(cast(User, request.user), typed)))
    return [group for group in [*groups, pages] if group and group.rows]


def _group(request: HttpRequest, model: type[Model], typed: str) -> Group | None:
    model_admin = admin.site.get_model_admin(model)
    if not model_admin.has_view_or_change_permission(request):
        return None
    if model is Report:
        # By its reference alone: what a witness wrote is sealed.
        rows: QuerySet[Any] = desks.seen_by(cast(User, request.user)).filter(reference=sorting.reference_of(typed))
    elif model is Subscriber and "@" not in typed:
        return None
    else:
        rows = model_admin.get_search_results(request, model_admin.get_queryset(request), typed)[0]
    if model is Article:
        rows = rows.select_related("section__parent").defer("body", "standfirst", "brief")
    found = list(rows[: OF_EACH + 1])
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    whole = f"{reverse(f'{name}_changelist')}?{urlencode({'q': typed})}" if len(found) > OF_EACH else ""
    return Group(str(capfirst(model._meta.verbose_name_plural)), [_line(row, name) for row in found[:OF_EACH]], whole)


def _line(row: Any, name: str) -> Found:
    address = reverse(f"{name}_change", args=[row.pk])
    if isinstance(row, Article):
        remark = ", ".join(filter(None, [row.stage_label, str(row.section or "")]))
        return Found(str(row), address, remark, row.language)
    if isinstance(row, Report):
        return Found(row.reference, address, str(row.get_state_display()))
    if isinstance(row, Subscriber):
        return Found(row.email, address, str(row.get_state_display()))
    return Found(str(row), address, str(row.get_role_display()) if isinstance(row, User) else "")


def _pages(user: User, typed: str) -> Iterable[Found]:
    words = typed.casefold().split()
    fitting = [
        setting
        for setting in SETTINGS
        if all(word in f"{setting.label} {setting.words}".casefold() for word in words)
        and (not setting.permission or user.has_perm(setting.permission))
    ]
    for setting in fitting[:OF_EACH]:
        yield Found(str(setting.label), reverse(setting.page))
