"""Pages beside a story's form: its revisions and history, and its preview."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.models import User
from articles.embeds import with_frames
from articles.models.desk import Article, State
from articles.preview import as_readers_would_see
from articles.verbs import offered


def person(request: HttpRequest) -> User:
    """The member of staff who asks: the admin lets nobody else in."""
    return cast(User, request.user)


def when_and_who(moment: datetime, person: User | None) -> str:
    """ "22 Nov. 2026, 09:14, Edith Oram" in the reader's zone and language."""
    when = date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    return f"{when}, {person}" if person else when


def public_path(story: Article) -> str:
    """Where readers find the story now; "" for one that is not live."""
    return story.public_place["path"] if story.state == State.PUBLISHED else ""


def published_message(number: int, path: str) -> str:
    """What is said to who has published: where readers find the story, and where its receipt is."""
    receipt = reverse("admin:articles_article_receipt", args=[number])
    links = [(path, path), (receipt, gettext("See where it went"))]
    both = format_html_join(" · ", '<a href="{}">{}</a>', links)
    return format_html("{} {}", gettext("Published. Readers find it at"), both)


def story_of(request: HttpRequest, number: int) -> Article:
    """The story of that number if this person may see it, else the page that is not there (404)."""
    stories = Article.objects.for_user(person(request)).select_related("saved_by", "section__parent")
    return get_object_or_404(stories, pk=number)


def typed_beside(request: HttpRequest, name: str) -> str:
    """What was typed into a field of the form's bar or checks: on this request, or on the form that is put back."""
    row = getattr(request, "desk_restored", None)
    kept = row.fields.get(name, []) if row else []
    return request.POST.get(name, "") or "".join(kept)


def desk_page(request: HttpRequest, name: str, story: Article, **context: Any) -> TemplateResponse:
    """A page beside the story's form: the template ``<name>.html`` of stories, with all that the desk's pages hold."""
    site = admin.site.each_context(request)
    return TemplateResponse(
        request,
        f"admin/articles/article/{name}.html",
        {
            **site,
            "opts": Article._meta,
            "story": story,
            "verbs": offered(person(request), story),
            "public_path": public_path(story),
            **context,
        },
    )


@require_safe
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """The readers' page in two widths, plainly marked as not published."""
    return desk_page(request, "preview", story_of(request, number), title=gettext("Preview"))


@require_safe
def preview_page(request: HttpRequest, number: int) -> HttpResponse:
    """The readers' page itself, made from the working copy; for no search engine. (No page of the desk is cached.)"""
    response = with_frames(render(request, "articles/article.html", as_readers_would_see(story_of(request, number))))
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
