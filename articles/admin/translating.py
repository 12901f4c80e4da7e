"""A story's translations beside its form: which there are, how each stands, and a button that begins one."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from articles import actions_translations, translations
from articles.admin.panels import Panel
from articles.admin.story_pages import desk_page, person, story_of
from articles.forms import refusals
from articles.forms.site import edition_choices
from articles.forms.translating import TranslateForm
from articles.languages import name_of
from articles.models.desk import Article
from articles.models.revisions import Revision
from articles.models.site import SiteSettings
from articles.problems import DeskProblem
from articles.verbs import VERBS
from safeguards.numbers import whole


class Version(NamedTuple):
    """A language of the group. `story`: None while there is none; `is_seen`: this person may open it.

    `seen` and `newest` are the original's revisions to compare where it has changed since; else None.
    """

    code: str
    name: str
    story: Article | None
    is_original: bool = False
    is_seen: bool = False
    seen: int | None = None
    newest: int | None = None


def panel(request: HttpRequest, story: Article, verbs: list[str]) -> dict[str, Any] | None:
    """The story's group, language by language; left out where the paper has but one and the story stands alone."""
    versions = _versions(request, story)
    if len(versions) < 2:
        return None
    own = next((each for each in versions if each.story == story), None)
    root = next((each for each in versions if each.is_original), None)
    return {
        "panel": "translations",
        "is_open": len([each for each in versions if each.story]) > 1,
        "versions": versions,
        "root": root,
        "changed": own if own and own.seen else None,
        "may_begin": _may_begin(request, root.story if root else None),
    }


def _versions(request: HttpRequest, story: Article) -> list[Version]:
    """By the paper's languages, then others of the group. Three queries, however many there are."""
    earlier = Revision.objects.filter(article=OuterRef("original"), number__lte=OuterRef("original_revision"))
    kept = Subquery(earlier.order_by("-number").values("number")[:1])  # plain saves grow thinner
    rows = list(translations.group(story).annotate(followed=kept).defer("body", "standfirst", "brief").order_by("pk"))
    if story not in rows:
        rows.append(story)  # killed, or in the bin
    may_see = Article.objects.for_user(person(request)).filter(pk__in=[row.pk for row in rows])
    seen = {*may_see.values_list("pk", flat=True)}
    root = story.original_id or story.pk
    newest = next((row.latest_revision for row in rows if row.pk == root), 0)
    known = {row.language: row for row in rows}
    codes = dict.fromkeys([*SiteSettings.load().languages, *known])
    return [_version(code, known.get(code), root=root, newest=newest, seen=seen) for code in codes]


def _version(code: str, row: Article | None, *, root: int, newest: int, seen: set[int]) -> Version:
    if row is None:
        return Version(code, name_of(code), None)
    followed = getattr(row, "followed", None)
    has_changed = row.original_id == root and followed and row.original_revision and row.original_revision < newest
    revisions = (followed, newest) if has_changed and root in seen else (None, None)
    return Version(code, name_of(code), row, row.pk == root, row.pk in seen, *revisions)


def _may_begin(request: HttpRequest, root: Article | None) -> bool:
    rule = VERBS["translate"]
    return bool(root and rule.fits(person(request), root) and rule.allowed(person(request), root))


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, number: int) -> HttpResponse:
    """Begins a translation of the story's original and leads to it; GET asks for the language."""
    story = story_of(request, number)
    if not VERBS["translate"].allowed(person(request), story.original or story):
        raise PermissionDenied
    there = {*translations.group(story).values_list("language", flat=True)}
    missing = [each for each in edition_choices(SiteSettings.load()) if each[0] not in there]
    form = TranslateForm(request.POST if request.method == "POST" else None, languages=missing)
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        try:
            draft = actions_translations.begin(number, language=language, actor=person(request))
        except DeskProblem as problem:
            refusals.show(problem, form)
        else:
            said = gettext("A draft in this language has been begun with the original's text: %(language)s.")
            messages.success(request, said % {"language": name_of(language)})
            return redirect("admin:articles_article_change", draft.pk)
    title = VERBS["translate"].label
    return desk_page(request, "translate", story, title=title, form=form, original=story.original or story)


@require_POST
def in_line(request: HttpRequest, number: int) -> HttpResponse:
    """Nothing is left to translate of what has changed in the original, up to the ``revision`` that was shown."""
    story = story_of(request, number)
    if not VERBS["save"].allowed(person(request), story):
        raise PermissionDenied
    try:
        revision = whole(request.POST.get("revision"), digits=9) or 0
        actions_translations.mark_in_line(number, revision=revision, actor=person(request))
    except DeskProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, gettext("The translation is in line with its original."))
    return redirect("admin:articles_article_change", number)


PANEL = Panel("admin/articles/article/_translations.html", panel)
PAGES = [("<int:number>/translate/", begin, "translate"), ("<int:number>/in-line/", in_line, "in_line")]
