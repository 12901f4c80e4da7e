"""Publishing from a phone in two taps: what readers will see, what the checks say, and one button."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from articles import actions, checks, figures, registry, snapshots
from articles.admin.checking import grouped
from articles.admin.story_pages import desk_page, person, published_message, story_of
from articles.models.desk import Article
from articles.models.site import SiteSettings
from articles.problems import DeskProblem
from articles.verbs import VERBS, offered
from safeguards.numbers import whole


@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, number: int) -> HttpResponse:
    """The story as its card, its checks and the button; POST publishes just what was shown (``version``)."""
    story = story_of(request, number)
    asking = person(request)
    if not VERBS["publish"].allowed(asking, story):
        raise PermissionDenied
    problem: DeskProblem | None = None
    if request.method == "POST":
        try:
            return _publish(request, story)
        except DeskProblem as refusal:
            problem = refusal
            story = story_of(request, number)  # as it stands now
    verb = verb_for(asking, story)
    if not verb and not problem:
        messages.warning(request, gettext("There is nothing to publish now."))
        return redirect("admin:articles_article_change", number)
    found = checks.examine_story(story, snapshots.take(story), site=SiteSettings.load())
    options = registry.options_for(asking, number, verb=verb) if verb else []
    return desk_page(
        request, "quick", story,
        title=VERBS[verb].label if verb else gettext("Publish"),
        problem=problem,
        verb=verb,
        groups=grouped(found),
        summary=checks.summary(found),
        is_held=any(finding.is_required for finding in found),
        may_override=bool(problem) and checks.can_be_overridden(found, asking),
        reason=request.POST.get("override_reason", ""),
        thumb=figures.thumbnail(story.lead_picture) if story.lead_picture else "",
        byline=", ".join(line.printed for line in story.bylines.select_related("author")),
        options=[(option, f"option-{option.name}" in request.POST) for option in options],
    )  # fmt: skip


def verb_for(asking: Any, story: Article) -> str:
    """Either "publish" or "update", or "" when readers have it just so or the verb does not fit."""
    fitting = [verb for verb in ("publish", "update") if verb in offered(asking, story)]
    if fitting == ["update"] and not story.has_unpublished_changes:
        return ""
    return fitting[0] if fitting else ""


def _publish(request: HttpRequest, story: Article) -> HttpResponse:
    asking, posted = person(request), request.POST
    seen = whole(posted.get("version"))
    version = -1 if seen is None else seen
    reason = posted.get("override_reason", "")
    verb = "update" if posted.get("verb") == "update" else "publish"
    ticked = {each.name: f"option-{each.name}" in posted for each in registry.options_for(asking, story.pk, verb=verb)}
    if verb == "update":
        published = actions.update(story.pk, actor=asking, expected_version=version, options=ticked, override=reason)
    else:
        published = actions.publish(story.pk, actor=asking, expected_version=version, options=ticked, override=reason)
    messages.success(request, published_message(story.pk, published.path))
    return redirect("admin:articles_article_change", story.pk)
