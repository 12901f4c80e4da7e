"""Corrections beside a story's form: the panel, and the pages that add, change and remove one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from articles import actions_corrections, actions_notes, markup
from articles.admin.panels import Panel
from articles.admin.story_pages import desk_page, person, story_of
from articles.corrections import Note
from articles.forms import refusals
from articles.forms.corrections import CorrectionForm, NewCorrectionForm, RemoveCorrectionForm
from articles.kinds import NoteKind
from articles.models.corrections import Correction
from articles.models.desk import Article, State
from articles.problems import DeskProblem
from articles.verbs import VERBS
from safeguards.numbers import whole


def panel(request: HttpRequest, story: Article, verbs: list[str]) -> dict[str, Any] | None:
    """The story's notes, and how many readers report an error; left out where there are none and can be none."""
    notes = list(story.corrections.filter(removed_at=None).select_related("created_by"))
    reported = actions_notes.waiting_on(story.pk) if request.user.has_perm("articles.view_readernote") else 0
    if not (notes or reported or "correct" in verbs):
        return None
    return {"panel": "corrections", "is_open": bool(notes or reported), "notes": notes, "reported": reported}


PANEL = Panel("admin/articles/article/_corrections.html", panel)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, number: int) -> HttpResponse:
    """A new note on a live story, with the changes of its working copy if that is ticked."""
    story = _story_to_correct(request, number)
    form = NewCorrectionForm(
        request.POST if request.method == "POST" else None,
        has_changes=story.has_unpublished_changes,
        initial={"with_changes": True},
    )
    version = request.POST.get("version", "") if request.method == "POST" else str(story.version)

    def done() -> None:
        values = form.cleaned_data
        ticked = values.get("with_changes", False)
        seen = whole(version) if ticked else None
        actions_corrections.add(number, actor=person(request), expected_version=seen, **values)

    shown = {"title": gettext("New correction"), "version": version, "button": gettext("Publish it")}
    return _ask(request, story, form, done, said=gettext("Readers see it now."), **shown)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, number: int, correction: int) -> HttpResponse:
    """Another wording, kind or place for a note that readers see."""
    story = _story_to_correct(request, number)
    note = get_object_or_404(story.corrections, pk=correction, removed_at=None)
    now = {"kind": note.kind, "text": note.text, "is_above": "above" if note.is_above else "below"}
    form = CorrectionForm(request.POST if request.method == "POST" else None, initial=now)

    version = request.POST.get("version", "").replace("\r\n", "\n") if request.method == "POST" else note.text

    def done() -> None:
        actions_corrections.change(note.pk, actor=person(request), expected_text=version or None, **form.cleaned_data)

    title = gettext("Change the correction")
    shown = {"title": title, "button": gettext("Publish it so"), "note": note, "version": version}
    return _ask(request, story, form, done, said=gettext("Readers see it so now."), **shown)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, number: int, correction: int) -> HttpResponse:
    """Asks why, then takes the note off."""
    story = _story_to_correct(request, number)
    note = get_object_or_404(story.corrections, pk=correction)
    form = RemoveCorrectionForm(request.POST if request.method == "POST" else None)

    def done() -> None:
        actions_corrections.remove(note.pk, actor=person(request), **form.cleaned_data)

    shown = {"title": gettext("Remove the correction"), "button": gettext("Remove it"), "note": note, "removes": True}
    return _ask(request, story, form, done, said=gettext("Readers no longer see it."), **shown)


def _story_to_correct(request: HttpRequest, number: int) -> Article:
    story = story_of(request, number)
    if not VERBS["correct"].allowed(person(request), story):
        raise PermissionDenied
    return story


def _ask(request: HttpRequest, story: Article, form: Form, do: Any, *, said: str, **shown: Any) -> HttpResponse:
    """The form, its preview, or the verb done; what was typed stays when it is refused."""
    preview = None
    if request.method == "POST" and form.is_valid():
        if "_preview" in request.POST:
            preview = _as_readers_would_see(form, story, shown.get("note"))
        else:
            try:
                do()
            except DeskProblem as problem:
                refusals.show(problem, form)
            else:
                messages.success(request, said)
                return _back(story)
    elif request.method != "POST" and story.state != State.PUBLISHED:
        messages.warning(request, gettext("This story is “%(state)s” now.") % {"state": story.get_state_display()})
        return _back(story)
    return desk_page(request, "correction", story, form=form, preview=preview, **shown)


def _as_readers_would_see(form: Form, story: Article, note: Correction | None) -> Note:
    values = form.cleaned_data
    return Note(
        0, NoteKind(values["kind"]), markup.smarten(values["text"], language=story.language), values["is_above"],
        note.at if note else timezone.now(),
    )  # fmt: skip


def _back(story: Article) -> HttpResponse:
    answer = redirect("admin:articles_article_change", story.pk)
    answer.status_code = 303
    return answer


PAGES = [
    ("<int:number>/corrections/add/", add, "correction_add"),
    ("<int:number>/corrections/<int:correction>/", change, "correction"),
    ("<int:number>/corrections/<int:correction>/remove/", remove, "correction_remove"),
]
