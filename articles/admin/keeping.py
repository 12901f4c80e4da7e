"""What is typed on a story's form and not saved: kept while typing, offered back, and kept when nobody is signed in.

The form carries three fields of its own: its token, how often it has been kept, and the form whose text it was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from articles import autosaves, comparing, markup, snapshots
from articles.admin import handing, labels, story_pages
from articles.autosaves import HeldByAnother, OpenForm
from articles.forms import typed
from articles.forms.article import ArticleForm
from articles.models.desk import Article
from articles.models.workflow import Autosave
from articles.verbs import VERBS
from safeguards.numbers import whole

OWN = PAGE, COUNT, TOOK = "form-page", "form-count", "form-took"
EMPTY: dict[str, Any] = {
    **dict.fromkeys(snapshots.TEXT_FIELDS, ""), "section": None, "series": None, "tags": [], "bylines": [],
}  # fmt: skip
# What is typed beside the story, not into it: the field, and its label.
BESIDE: dict[str, Any] = {
    **handing.NOTES, "note_to_readers": _("What changed, for readers"), "override_reason": _("Reason"),
}  # fmt: skip
_SAVING = {f"articles_article_{name}" for name in ("add", "change", "merge")}
SAVED_COOKIE = "desk_saved"  # tells the browser which form's copy it may forget


def form_address(number: int | None) -> str:
    """Where the story's form is; of None, the empty form."""
    return reverse("admin:articles_article_change", args=[number]) if number else reverse("admin:articles_article_add")


def restored_address(number: int | None) -> str:
    return f"{form_address(number)}?{urlencode({'restore': 1})}"


def posted_form(request: HttpRequest) -> OpenForm | None:
    """The form that a request says it comes from, whoever sends it."""
    return autosaves.read_token(request.POST.get(PAGE, ""))


def may_write(user: User, number: int | None) -> bool:
    """Whether this person could save this story now (None: a new one). Raises `Http404` for one they may not see."""
    if number is None:
        return user.has_perm("articles.add_article")
    story = get_object_or_404(Article.objects.for_user(user), pk=number)
    return VERBS["save"].fits(user, story) and VERBS["save"].allowed(user, story)


def keep(request: HttpRequest, form: OpenForm) -> Autosave:
    """Keeps the fields of a request. Raises `HeldByAnother`, and `ValueError` for too much."""
    fields = typed.worth_keeping(request.POST, [*ArticleForm.base_fields, *BESIDE])
    version, (count, took) = whole(request.POST.get("version"), digits=9) or 0, count_and_took(request)
    if sum(len(value.encode()) for values in fields.values() for value in values) > autosaves.MOST:
        raise ValueError(gettext("This is too much text to be kept."))
    return autosaves.keep(form, fields, version=version, count=count, took=took)


def beside(fields: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Those of `BESIDE` into which something was typed, of a form's `fields`."""
    typed_into = {name: "".join(fields.get(name, [])).strip() for name in BESIDE}
    return {name: text for name, text in typed_into.items() if text}


def notes(fields: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """The same as labels and texts, for pages that show what was typed."""
    return [(str(BESIDE[name]), text) for name, text in beside(fields).items()]


def count_and_took(request: HttpRequest) -> tuple[int, str]:
    """How often the form has been kept, and which form's text it was given; nonsense counts as nothing."""
    return whole(request.POST.get(COUNT), digits=9) or 0, request.POST.get(TOOK, "")[:32]


@csrf_exempt  # the form's token is as hard to guess, and still holds after signing in anew in another tab
@require_POST
def autosave(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """What the form's script posts while somebody types. ``said`` is for the line beside the buttons."""
    user, form = story_pages.person(request), posted_form(request)
    if form is None or (form.user, form.story) != (user.pk, number):
        return _refused(gettext("This page was not given out by this server, or long ago."), 400)
    if not may_write(user, number):
        return _refused(gettext("This story can no longer be changed by you."), 403)
    try:
        row = keep(request, form)
    except HeldByAnother as other:
        said = gettext("Text of %(time)s that you have not decided about is in the way.")
        return _refused(said % {"time": _time(other.row)}, 409)
    except ValueError as too_much:
        return _refused(str(too_much), 413)
    return JsonResponse({"said": gettext("Kept at %(time)s") % {"time": _time(row)}})


@require_http_methods(["GET", "HEAD", "POST"])
def unsaved(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """What somebody typed and did not save, beside what stands in the story; POST throws it away."""
    user = story_pages.person(request)
    story = get_object_or_404(Article.objects.for_user(user), pk=number) if number else None
    if request.method == "POST":
        if autosaves.throw_away(user, number, page=request.POST.get("page", "")):
            messages.success(request, gettext("Thrown away: what you had typed and not saved."))
        return redirect(form_address(number))
    row = autosaves.offered(user, number)
    if row is None:
        messages.info(request, gettext("There is nothing of yours that is not saved."))
        return redirect(form_address(number))
    before = snapshots.take(story) if story else EMPTY
    after = content_of(row)
    if after is None:
        messages.warning(request, gettext("It cannot be compared as it is. Put it into the form to see it."))
        return redirect(form_address(number))
    old, new = labels.shown(before), labels.shown(after)
    return _page(
        request, "unsaved", story=story, title=gettext("What you have not saved"), row=row,
        restore=restored_address(number), form_address=form_address(number),
        rows=[
            *[(new[name][0], comparing.words(old[name][1], new[name][1])) for name in new if old[name] != new[name]],
            *[(label, comparing.words("", text)) for label, text in notes(row.fields)],
        ],
        pairs=[pair for pair in comparing.blocks(before["body"], after["body"]) if pair.op != "same"],
    )  # fmt: skip


def content_of(row: Autosave) -> dict[str, Any] | None:
    """What is kept, as a content; None when the form would not take it as it is."""
    story = Article.objects.get(pk=row.article_id) if row.article_id else None
    form = ArticleForm(typed.as_posted(row.fields), instance=story)
    return form.content() if form.is_valid() else None


def for_form(request: HttpRequest, story: Article | None) -> dict[str, Any]:
    """What the form's page shows of all this: the form's own fields, and what is offered or has been put in."""
    user, number = story_pages.person(request), story.pk if story else None
    count, took = count_and_took(request)
    form = posted_form(request) if request.method == "POST" else None
    if form and (form.user, form.story) != (user.pk, number):
        form = None
    restored: Autosave | None = getattr(request, "desk_restored", None)
    row = None if restored else autosaves.offered(user, number)
    if row and ((form and row.page == form.page) or not _differs(row, story)):
        row = None
    return {
        "form": form or autosaves.open_form(user, number),
        "count": count,
        "took": restored.page if restored else took,
        "offered": row,
        "restored": restored,
        "is_saved": bool(restored and not _has_other_text(restored, story)),
        "notes": notes(restored.fields) if restored else [],
        "is_older": bool(story and (shown := restored or row) and shown.version < story.version),
        "restore": restored_address(number),
        "compare": reverse("admin:articles_article_unsaved", args=[number] if number else []),
    }


def restore(request: HttpRequest, number: int | None) -> None:
    """Has the form that is about to be shown filled with what is kept."""
    row = autosaves.offered(story_pages.person(request), number)
    if row is None:
        messages.info(request, gettext("There is nothing of yours that is not saved."))
    else:
        request.desk_restored = row  # type: ignore[attr-defined]


def settle(request: HttpRequest, response: HttpResponse) -> None:
    """What was typed on the request's form has been saved: nothing of it is offered any more, nor in the browser."""
    form = posted_form(request)
    if form is None or form.user != story_pages.person(request).pk:
        return
    count, took = count_and_took(request)
    autosaves.settle(form, count=count, took=took)
    response.set_cookie(
        SAVED_COOKIE, f"{form.page}.{took}", max_age=600, path=reverse("admin:index"), samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def stash(request: HttpRequest) -> HttpResponse | None:
    """A story's form came from somebody who is not signed in, or from a page too old: nothing typed is to be lost.

    The form's token says whose it is, and nobody else was given it. The answer leads to the form, through the sign-in
    where that is owed, with what was typed in it. None for anything but such a form.
    """
    match = request.resolver_match
    form = posted_form(request) if match and match.url_name in _SAVING else None
    if form is None or not _still_there(form):
        return None
    signed_in = request.user.is_authenticated and request.user.pk == form.user
    try:
        keep(request, form)
    except (HeldByAnother, ValueError):
        return _held(request)
    if signed_in:
        messages.warning(request, gettext("The page was too old, so nothing was saved. Save once more."))
        return redirect(restored_address(form.story))
    messages.warning(
        request, gettext("You were signed out, so nothing was saved. What you typed is kept: sign in to go on.")
    )
    sign_in = urlencode({REDIRECT_FIELD_NAME: restored_address(form.story)})
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{sign_in}")


def _still_there(form: OpenForm) -> bool:
    is_known = form.story is None or Article.objects.filter(pk=form.story).exists()
    return is_known and User.objects.filter(pk=form.user, is_active=True).exists()


def _held(request: HttpRequest) -> HttpResponse:
    """What cannot be kept here is kept by the page itself, to be sent again after signing in elsewhere."""
    return _page(
        request, "held", title=gettext("Not saved yet"), posted=fields_again(request), address=request.path,
        restore=restored_address(None), sign_in=resolve_url(settings.LOGIN_URL),
    )  # fmt: skip


def fields_again(request: HttpRequest) -> list[tuple[str, str]]:
    """All that a form posted, for hidden fields that post it once more."""
    return [(name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values]


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    site = {**admin.site.each_context(request), "opts": Article._meta}
    return render(request, f"admin/articles/article/{name}.html", {**site, **context})


def _differs(row: Autosave, story: Article | None) -> bool:
    return bool(beside(row.fields)) or _has_other_text(row, story)


def _has_other_text(row: Autosave, story: Article | None) -> bool:
    content = content_of(row)
    if content is None:
        return True
    if story is None:
        return bool(markup.plain(content["body"]) or any(content[name] for name in ("headline", "standfirst", "slug")))
    return content != snapshots.take(story)


def _refused(said: str, status: int) -> JsonResponse:
    return JsonResponse({"said": said}, status=status)


def _time(row: Autosave) -> str:
    return date_format(timezone.localtime(row.at), "TIME_FORMAT")
