"""Front pages in the desk: where an editor arranges them, looks at the draft, launches it, and goes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from js_asset import Media, Script

from accounts.models import User
from articles import actions_banner, actions_fronts, arranging, fronts
from articles.admin import banner
from articles.clocks import Zones
from articles.editor import MODULES
from articles.forms.fronts import Arrangement, stories_named
from articles.frontpage import below, front_context, section_context
from articles.languages import LANGUAGES
from articles.models.fronts import Front
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from articles.problems import DeskProblem, StaleFront
from articles.reading import open_edition
from safeguards.numbers import whole

LISTED = 20  # stories of the list below a section's front, in the preview


@dataclass(frozen=True)
class Place:
    """The front of an edition (`section` None) or of a section in it; `front` may not be written yet."""

    site: SiteSettings
    language: str
    section: Section | None
    front: Front

    @property
    def args(self) -> list[Any]:
        return [self.language, self.section.pk if self.section else 0]

    @property
    def title(self) -> str:
        return str(self.section or gettext("Front page"))

    @property
    def path(self) -> str:
        site = self.site
        return site.section_path(self.section, self.language) if self.section else site.edition_path(self.language)

    @property
    def containers(self) -> list[fronts.Container]:
        """The draft; a page that nobody ever arranged begins with about what it shows by itself."""
        return fronts.read(self.front.draft) if self.front.version else arranging.beginning(self.front)

    @property
    def is_changed(self) -> bool:
        """Whether the draft is another than what readers see."""
        return bool(self.front.version) and self.front.draft != self.front.live


def _place(request: HttpRequest, language: str, section: int) -> Place:
    if not actions_fronts.may_arrange(_person(request), section or None):
        raise PermissionDenied
    site = SiteSettings.load()
    if language not in site.languages:
        raise Http404
    where = get_object_or_404(Section.objects.select_related("parent"), pk=section) if section else None
    fronts_here = Front.objects.select_related("changed_by", "section")
    front = fronts_here.filter(language=language, section=where).first() or Front(language=language, section=where)
    return Place(site, language, where, front)


def _page(request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
    site = admin.site.each_context(request)
    status = context.pop("status", 200)
    return TemplateResponse(request, f"admin/articles/front/{name}.html", {**site, **context}, status=status)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Every front there is, and what is to be said of each."""
    if not request.user.has_perm(actions_fronts.PERMISSION):
        raise PermissionDenied
    site = SiteSettings.load()
    sections = list(Section.objects.select_related("parent").order_by("path"))
    known = {(front.language, front.section_id): front for front in Front.objects.select_related("changed_by")}
    editions = []
    for language in site.languages:
        places = [
            Place(site, language, where, known.get((language, where.pk if where else None)) or Front(language=language))
            for where in (None, *sections)
            if actions_fronts.may_arrange(_person(request), where.pk if where else None)
        ]
        name = LANGUAGES[language].name if language in LANGUAGES else language
        editions.append({"language": language, "name": name, "places": places})
    may_set_banner = actions_banner.may_set(_person(request))
    return _page(request, "overview", title=gettext("Front pages"), editions=editions, may_set_banner=may_set_banner)


@require_http_methods(["GET", "HEAD", "POST"])
def arrange(request: HttpRequest, language: str, section: int) -> HttpResponse:
    """The editor: every button saves the whole draft, and does its own work on it."""
    place = _place(request, language, section)
    zones = Zones.of(place.site)
    if request.method != "POST":
        return _editor(request, place, Arrangement(place.containers, zones=zones))
    form = Arrangement(data=request.POST, zones=zones)
    quiet = request.accepts("application/json") and not request.accepts("text/html")
    if not form.is_valid():
        return JsonResponse({"error": _wrong()}, status=422) if quiet else _editor(request, place, form, _wrong())
    containers = form.containers()
    what, _sep, name = request.POST.get("do", "").partition(":")
    look_at, unknown = "", list[str]()
    if what in arranging.MOVES:
        look_at = arranging.MOVES[what](containers, name)
    elif what == "add":
        numbers, unknown = stories_named(request.POST.get(f"add-{name}", ""))
        arranging.add_cards(containers, name, numbers)
        look_at = f"container-{name}"
    try:
        front = actions_fronts.change_draft(
            language, place.front.section_id, actor=_person(request), containers=containers,
            expected_version=_version(request),
        )  # fmt: skip
    except DeskProblem as problem:
        if quiet:
            return JsonResponse({"error": str(problem)}, status=409)
        if isinstance(problem, StaleFront):  # with the step that was being made
            return _editor(request, place, Arrangement(containers, zones=zones), str(problem), is_stale=True)
        return _editor(request, place, form, str(problem))
    if quiet:
        return JsonResponse({"version": front.version, "changed": front.draft != front.live})
    if unknown:
        said = gettext("Readers find no story at this: %(words)s. Give its number or its address.")
        messages.warning(request, said % {"words": " ".join(unknown)})
    if what == "preview":
        return redirect("admin:articles_front_preview", *place.args)
    return redirect(reverse("admin:articles_front_arrange", args=place.args) + (look_at and f"#{look_at}"))


def _wrong() -> str:
    return gettext("Nothing is saved yet: correct what is marked below.")


def _version(request: HttpRequest) -> int:
    version = whole(request.POST.get("version"), digits=9)
    return -1 if version is None else version


def _editor(
    request: HttpRequest, place: Place, form: Arrangement, problem: str = "", *, is_stale: bool = False
) -> HttpResponse:
    """`is_stale`: what was typed over a draft that has changed since; saving once more puts it in its place."""
    scripts = Media(importmap=MODULES, js=[Script("desk/front.js", type="module")])
    version = request.POST.get("version") if problem and not is_stale else place.front.version
    now = timezone.now()
    filled = fronts.pressed(place.containers, place.front, now=now)
    return _page(
        request, "arrange", title=_titled(place), place=place, form=form.with_stories(filled, now=now),
        version=version, problem=problem, is_stale=is_stale, is_new=not place.front.version, most=fronts.MOST_STORIES,
        media=scripts.with_nonce(str(request.csp_nonce)), status=409 if is_stale else 200,  # type: ignore[attr-defined]
    )  # fmt: skip


def _titled(place: Place) -> str:
    name = LANGUAGES[place.language].name if place.language in LANGUAGES else place.language
    return f"{place.title} ({name})"


@require_safe
def preview(request: HttpRequest, language: str, section: int) -> HttpResponse:
    """What the launch would change, and the page itself in two widths."""
    place = _place(request, language, section)
    now = timezone.now()
    before = fronts.pressed(fronts.read(place.front.live), place.front, now=now)
    after = fronts.pressed(place.containers, place.front, now=now)
    changes = arranging.differences(before, after)
    stories = PublishedArticle.objects.in_bulk([number for numbers in changes.values() for number in numbers])
    named = {what: [stories[number] for number in numbers if number in stories] for what, numbers in changes.items()}
    return _page(
        request, "preview", title=gettext("Preview"), place=place, titled=_titled(place), changes=named,
        by_itself=not place.front.live, is_empty=not place.containers,
    )  # fmt: skip


@require_safe
def preview_page(request: HttpRequest, language: str, section: int) -> HttpResponse:
    """The readers' page, made from the draft; for no search engine."""
    place = _place(request, language, section)
    edition = open_edition(language)
    containers = fronts.pressed(place.containers, place.front, now=timezone.now())
    if place.section:
        children = list(place.section.children.select_related("parent"))
        context = section_context(edition, place.section, children, containers)
        context["listing"] = {"stories": below(context, count=LISTED), "older": "", "is_first": True}
        response = render(request, "articles/section.html", context)
    else:
        response = render(request, "articles/front.html", front_context(edition, containers))
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_POST
def launch(request: HttpRequest, language: str, section: int) -> HttpResponse:
    place = _place(request, language, section)
    where, actor, expected = place.front.section_id, _person(request), _version(request)
    try:
        if not place.front.version:
            # Nobody has touched it: what the page begins with is launched as it was shown.
            begun = place.containers
            expected = actions_fronts.change_draft(
                language, where, actor=actor, containers=begun, expected_version=expected
            ).version
        actions_fronts.launch(language, where, actor=actor, expected_version=expected)
    except DeskProblem as problem:
        messages.error(request, str(problem))
        return redirect("admin:articles_front_preview", *place.args)
    messages.success(request, gettext("Launched. Readers see it now."))
    return redirect("admin:articles_front_arrange", *place.args)


@require_POST
def undo(request: HttpRequest, language: str, section: int) -> HttpResponse:
    place = _place(request, language, section)
    launch = whole(request.POST.get("launch"), digits=9)
    try:
        actions_fronts.undo(language, place.front.section_id, actor=_person(request), launch=launch)
    except DeskProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, gettext("Readers have again what they had before the last launch."))
    return redirect("admin:articles_front_arrange", *place.args)


@require_POST
def discard(request: HttpRequest, language: str, section: int) -> HttpResponse:
    place = _place(request, language, section)
    try:
        actions_fronts.discard_draft(
            language, place.front.section_id, actor=_person(request), expected_version=_version(request)
        )
    except DeskProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, gettext("The draft is again what readers see."))
    return redirect("admin:articles_front_arrange", *place.args)


@require_http_methods(["GET", "HEAD", "POST"])
def history(request: HttpRequest, language: str, section: int) -> HttpResponse:
    """The launches, newest first; each can be launched once more."""
    place = _place(request, language, section)
    if request.method == "POST":
        number = whole(request.POST.get("number"), digits=9) or 0
        if not place.front.pk or not place.front.launches.filter(number=number).exists():
            raise Http404
        actions_fronts.restore(language, place.front.section_id, actor=_person(request), number=number)
        messages.success(request, gettext("Launched once more. Readers see it now."))
        return redirect("admin:articles_front_arrange", *place.args)
    launches = list(place.front.launches.select_related("by")[: actions_fronts.HISTORY]) if place.front.pk else []
    for each in launches:
        each.titles = [made["title"] or fronts.Layout(made["layout"]).label for made in each.content]  # type: ignore[attr-defined]
        each.stories = sum(len(made["cards"]) for made in each.content)  # type: ignore[attr-defined]
    return _page(request, "history", title=gettext("Launches"), place=place, titled=_titled(place), launches=launches)


# (route below ``articles/front/``, view, name after "articles_").
_HERE = "<str:language>/<int:section>/"
PAGES: list[tuple[str, Any, str]] = [
    ("", overview, "front"),
    ("banner/", banner.page, "banner"),
    (_HERE, arrange, "front_arrange"),
    (f"{_HERE}preview/", preview, "front_preview"),
    (f"{_HERE}preview/page/", preview_page, "front_preview_page"),
    (f"{_HERE}launch/", launch, "front_launch"),
    (f"{_HERE}undo/", undo, "front_undo"),
    (f"{_HERE}discard/", discard, "front_discard"),
    (f"{_HERE}history/", history, "front_history"),
]
