"""At the desk: a correction for those who got the story by letter, looked at and then sent off."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from articles.admin.panels import Panel
from articles.admin.story_pages import desk_page, person, story_of
from articles.models.desk import Article
from articles.models.desk import State as Standing
from articles.models.published import PublishedArticle
from subscriptions import lettering, setting_right
from subscriptions.frames import LETTER_POLICY, NOBODY

MAY = "subscriptions.alert_subscribers"


def shown(request: HttpRequest, story: Article, verbs: list[str]) -> dict[str, Any] | None:
    """For the panel beside the story: corrections of which its readers by letter have not been told."""
    if story.state != Standing.PUBLISHED or not request.user.has_perm(MAY):
        return None
    live = PublishedArticle.objects.only("corrections").filter(pk=story.pk).exclude(corrections=[]).first()
    found = setting_right.offers(live) if live else []
    return {"panel": "telling", "is_open": True, "offers": found} if found else None


PANEL = Panel("admin/subscriptions/edition/_telling.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: HttpRequest, number: int, correction: int) -> HttpResponse:
    """The letter to be read before the button sends it off; who presses twice, or second, is told."""
    story, offer = _offer(request, number, correction)
    if request.method == "POST":
        try:
            edition = setting_right.tell(number, correction, actor=person(request))
        except setting_right.NothingToTell as nothing:
            messages.error(request, str(nothing))
            return redirect("admin:articles_article_change", number)
        messages.success(request, gettext("The correction goes to them now."))
        return redirect("admin:subscriptions_edition_change", edition.pk)
    if offer is None:
        messages.error(request, str(setting_right.NothingToTell()))
        return redirect("admin:articles_article_change", number)
    live = PublishedArticle.objects.select_related("section__parent").get(pk=number)
    text = setting_right.shells_of(live, offer.note).text
    return desk_page(
        request, "tell", story, title=gettext("Tell those who got the story"), offer=offer,
        frame=reverse("admin:subscriptions_edition_telling_letter", args=[number, correction]),
        text=lettering.filled(text, leave=NOBODY, manage=NOBODY),
    )  # fmt: skip


@require_safe
@csp(LETTER_POLICY)  # type: ignore[arg-type]  # it passes on what the address names
def letter(request: HttpRequest, number: int, correction: int) -> HttpResponse:
    """The HTML part alone, for the frames."""
    _story, offer = _offer(request, number, correction)
    if offer is None:
        raise Http404
    live = PublishedArticle.objects.select_related("section__parent").get(pk=number)
    html = setting_right.shells_of(live, offer.note).html
    return HttpResponse(lettering.filled(html, leave=NOBODY, manage=NOBODY))


def _offer(request: HttpRequest, number: int, correction: int) -> tuple[Article, setting_right.Offer | None]:
    story = story_of(request, number)
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    live = PublishedArticle.objects.filter(pk=number).first()
    found = setting_right.offers(live) if live else []
    return story, next((each for each in found if each.note.number == correction), None)
