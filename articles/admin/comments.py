"""Comments beside a story's form: threads, open and resolved. They are the desk's own and reach no reader."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from articles import actions_desk
from articles.admin.panels import Panel
from articles.admin.story_pages import desk_page, person, story_of
from articles.forms import refusals
from articles.forms.comments import CommentForm
from articles.models.desk import Article
from articles.models.workflow import Comment
from articles.problems import DeskProblem
from articles.verbs import VERBS

MOST_THREADS = 100  # the newest; a story with more has long been spoken about elsewhere


def open_threads(story: Article) -> int:
    """How many comments nobody has resolved."""
    return story.comments.filter(answers=None, resolved_at=None).count()


def panel(request: HttpRequest, story: Article, verbs: list[str]) -> dict[str, Any]:
    """The threads, the open ones first, oldest first; and what it takes to add to them."""
    replies = Prefetch("replies", Comment.objects.select_related("author"))
    newest = story.comments.filter(answers=None).select_related("author", "resolved_by").order_by("-at", "-pk")
    threads = [*newest.prefetch_related(replies)[:MOST_THREADS]][::-1]
    still_open = [thread for thread in threads if thread.resolved_at is None]
    return {
        "panel": "comments",
        "is_open": bool(still_open),
        "threads": still_open,
        "resolved": [thread for thread in threads if thread.resolved_at],
        "form": CommentForm(auto_id="id_comment_%s") if "comment" in verbs else None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: HttpRequest, number: int) -> HttpResponse:
    """Adds a comment or an answer; refused, it comes back on a page of its own with what was typed."""
    story = story_of(request, number)
    if not VERBS["comment"].allowed(person(request), story):
        raise PermissionDenied
    if request.method != "POST":
        return _back(number)
    form = CommentForm(request.POST, auto_id="id_comment_%s")
    if form.is_valid():
        try:
            actions_desk.comment(number, actor=person(request), **form.cleaned_data)
        except DeskProblem as problem:
            refusals.show(problem, form)
        else:
            messages.success(request, gettext("Said to the desk."))
            return _back(number)
    return desk_page(request, "comment", story, title=gettext("Comment"), form=form)


@require_POST
def resolve(request: HttpRequest, number: int, comment: int) -> HttpResponse:
    """Closes a thread, or with ``open`` opens it again."""
    story = story_of(request, number)
    if not VERBS["comment"].allowed(person(request), story):
        raise PermissionDenied
    thread = get_object_or_404(Comment, pk=comment, article=story, answers=None)
    try:
        actions_desk.resolve(thread.pk, actor=person(request), is_resolved="open" not in request.POST)
    except DeskProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, gettext("Open again.") if "open" in request.POST else gettext("Resolved."))
    return _back(number)


def _back(number: int) -> HttpResponse:
    return redirect(f"{redirect('admin:articles_article_change', number).url}#panel-comments")


PANEL = Panel("admin/articles/article/_comments_panel.html", panel)
PAGES = [
    ("<int:number>/comments/", comment, "comment"),
    ("<int:number>/comments/<int:comment>/resolve/", resolve, "comment_resolve"),
]
