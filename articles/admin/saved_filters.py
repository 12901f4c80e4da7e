"""Lists of stories that people come back to: a query under a name, one's own or the whole desk's, shown as tabs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.models import User
from articles.admin.story_pages import person
from articles.models.workflow import SavedFilter
from articles.narrowing import query_of

SHARE = "articles.share_filter"
MOST = 30
QUERY = 500  # letters, as the row has room
FURTHER = ("q", "o")  # the search and the order belong to a list, too


class SavedFilterForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, strip=True)
    is_shared = forms.BooleanField(label=_("for the whole desk"), required=False)
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)


def offered(user: User) -> list[SavedFilter]:
    """The person's own, and of those that others keep for the whole desk as many as there is room for, by name."""
    seen = SavedFilter.objects.filter(Q(user=user) | Q(is_shared=True)).select_related("user")
    own_first = seen.order_by(Case(When(user=user, then=0), default=1), "name", "pk")
    return sorted(own_first[: 2 * MOST], key=lambda kept: (kept.name.casefold(), kept.pk))


def tabs(request: HttpRequest) -> dict[str, Any]:
    """What the list's template needs: the tabs, which of them is shown, and the form that keeps another."""
    user = person(request)
    query = query_of(request.GET.dict(), *FURTHER)
    shown = [{"filter": each, "is_open": each.query == query} for each in offered(user)]
    may_share = user.has_perm(SHARE)
    for tab in shown:
        kept: SavedFilter = tab["filter"]  # type: ignore[assignment]
        tab["may_remove"] = kept.user_id == user.pk or may_share
    return {
        "tabs": shown,
        "query": query,
        "open_tab": next((tab for tab in shown if tab["is_open"]), None),
        "filter_form": SavedFilterForm(initial={"query": query}),
        "may_share": may_share,
    }


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keeps the list under a name; a name of one's own that is taken gets the new list."""
    user, form = person(request), SavedFilterForm(request.POST)
    query = query_of(QueryDict(request.POST.get("query", "")[:2000]).dict(), *FURTHER)
    back = reverse("admin:articles_article_changelist") + (f"?{query}" if query else "")
    if not form.is_valid():
        messages.error(request, gettext("Give the list a name of at most 60 letters."))
        return redirect(back)
    own = SavedFilter.objects.filter(user=user)
    name, is_shared = form.cleaned_data["name"], form.cleaned_data["is_shared"]
    if is_shared and not user.has_perm(SHARE):
        raise PermissionDenied
    if not query:
        messages.error(request, gettext("This is the list of all stories. Choose some of them first, then keep it."))
    elif len(query) > QUERY:
        messages.error(request, gettext("That is too much to keep. Search for fewer words."))
    elif own.count() >= MOST and not own.filter(name=name).exists():
        messages.error(request, gettext("You keep %(count)d lists already. Remove one first.") % {"count": MOST})
    else:
        own.update_or_create(user=user, name=name, defaults={"query": query, "is_shared": is_shared})
        messages.success(request, gettext("The list is kept as “%(name)s”.") % {"name": name})
    return redirect(back)


@require_POST
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Forgets a list; no story changes."""
    user = person(request)
    seen = SavedFilter.objects.filter(Q(user=user) | Q(is_shared=True))
    kept = get_object_or_404(seen, pk=number)
    if kept.user_id != user.pk and not user.has_perm(SHARE):
        raise PermissionDenied
    kept.delete()
    messages.success(request, gettext("“%(name)s” is no longer kept.") % {"name": kept.name})
    return redirect("admin:articles_article_changelist")


PAGES = [("lists/keep/", keep, "keep_filter"), ("lists/<int:number>/remove/", remove, "remove_filter")]
