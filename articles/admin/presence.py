"""Who else has the story open, and whether it has been saved since: what each form asks every ten seconds."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from articles import presences
from articles.admin import keeping, story_pages
from articles.models.desk import Article
from articles.presences import Company


@csrf_exempt  # as for `keeping.autosave`
@require_POST
def ping(request: HttpRequest, number: int) -> HttpResponse:
    """``here``: sentences on who else is there; ``newer``: what is to be said of a version saved since, or null.

    ``token``: with what the page's forms are to be sent. Whoever signed in anew in another tab has a new one.
    """
    person, form = story_pages.person(request), keeping.posted_form(request)
    story = get_object_or_404(Article.objects.for_user(person).select_related("saved_by"), pk=number)
    if form is None or (form.user, form.story) != (person.pk, number):
        return JsonResponse({"here": [], "newer": None}, status=400)
    if "left" in request.POST:
        presences.leave(form)
        return HttpResponse(status=204)
    company = presences.ping(form, is_typing="typing" in request.POST)
    version = request.POST.get("version", "")
    newer = _newer(story, version) if version != str(story.version) else None
    return JsonResponse({"here": _here(company), "newer": newer, "token": get_token(request)})


def _here(company: Company) -> list[str]:
    said = []
    for other in company.others:
        words = {"name": other.user, "time": _time(other.since)}
        if other.is_typing:
            said.append(gettext("%(name)s is changing this story, open since %(time)s.") % words)
        else:
            said.append(gettext("%(name)s has this story open since %(time)s.") % words)
    if company.own_windows:
        said.append(
            ngettext(
                "You have this story open in another window.",
                "You have this story open in %(number)s other windows.",
                company.own_windows,
            )
            % {"number": company.own_windows}
        )
    return said


def _newer(story: Article, version: str) -> dict[str, str]:
    compare = reverse("admin:articles_article_compare", args=[story.pk])
    who = str(story.saved_by or gettext("The system"))
    return {
        "said": gettext("%(name)s saved this story at %(time)s.") % {"name": who, "time": _time(story.saved_at)},
        "url": f"{compare}?{urlencode({'old': version, 'new': story.latest_revision})}",
    }


def _time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "TIME_FORMAT")
