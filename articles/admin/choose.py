"""What the editor's dialogs ask while somebody writes: published stories to point to, and what an address is."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from articles import embeds
from articles.editor import embed_facts, story_facts
from articles.models.published import PublishedArticle, PublishedArticleQuerySet
from articles.search import find
from safeguards.numbers import whole

OFFERED = 20  # stories in one answer to the picker


@require_safe
def stories(request: HttpRequest) -> JsonResponse:
    """For the picker in forms: ``{"stories": [`story_facts`…], "before": id or null}``, newest first.

    ``?q=`` wants each of its words in headline or byline, or one that begins so; ``?before=`` goes on where an earlier
    answer ended, ``?not=`` is the story that is being written.
    """
    if not request.user.has_perm("articles.add_article"):
        raise PermissionDenied
    found = PublishedArticle.objects.newest_first().cards()
    if typed := request.GET.get("q", "").strip():
        found = found.filter(pk__in=find.titled(typed))
    if own := _number(request, "not"):
        found = found.exclude(pk=own)
    if before := _number(request, "before"):
        found = _after(found, before)
    offered = list(found[: OFFERED + 1])
    more = offered[OFFERED - 1].pk if len(offered) > OFFERED else None
    return JsonResponse({"stories": [story_facts(story) for story in offered[:OFFERED]], "before": more})


def _after(found: PublishedArticleQuerySet, number: int) -> PublishedArticleQuerySet:
    """The stories below that one; none when readers no longer find it."""
    last = PublishedArticle.objects.filter(pk=number).first()
    return found.before(last.place) if last else found.none()


def _number(request: HttpRequest, name: str) -> int:
    return whole(request.GET.get(name)) or 0


@require_safe
def embed(request: HttpRequest) -> JsonResponse:
    """What stands at ``?url=``, as `embed_facts` tells it; ``{"error": words}`` where nothing is known of it."""
    if not (request.user.has_perm("articles.add_article") or request.user.has_perm("articles.change_page")):
        raise PermissionDenied
    known = embeds.recognise(request.GET.get("url", "").strip())
    answer: dict[str, Any] = embed_facts(known) if known else {"error": _not_known()}
    return JsonResponse(answer)


def _not_known() -> str:
    return gettext(
        "This is not the address of a post or video that we know how to show (%(providers)s). Copy the address of the "
        "post or video itself, or set a link in the text."
    ) % {"providers": ", ".join(embeds.PROVIDERS)}
