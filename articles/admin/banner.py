"""The breaking banner in the desk: what stands on readers' pages now, and a form to set, change or end it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from articles import actions_banner
from articles.actions_banner import MOST_LETTERS, STANDS_FOR, Level
from articles.forms import refusals
from articles.forms.fronts import stories_named
from articles.forms.moments import MomentField
from articles.forms.site import edition_choices
from articles.models.site import SiteSettings
from articles.problems import NotReady
from safeguards.numbers import whole


class BannerForm(forms.Form):
    language = forms.ChoiceField(label=_("Edition"))
    text = forms.CharField(
        label=_("Text"), max_length=MOST_LETTERS, required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "class": "vTextField"}),
        help_text=_("In a few words. Left empty, the story's headline stands there."),
    )  # fmt: skip
    leads_to = forms.CharField(
        label=_("Leads to"), max_length=400, required=False, widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("The number or address of a published story, or another address. It may lead nowhere."),
    )  # fmt: skip
    level = forms.ChoiceField(label=_("How loud"), choices=Level.choices, widget=forms.RadioSelect)
    ends_at = MomentField(label=_("Ends"))

    def __init__(self, *args: Any, site: SiteSettings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = edition_choices(site)  # type: ignore[attr-defined]

    def destination(self) -> dict[str, Any]:
        """``story`` or ``path``, for the verb."""
        given = self.cleaned_data["leads_to"].strip()
        stories, _unknown = stories_named(given)
        if stories:
            return {"story": stories[0]}
        # A number that readers do not find is refused by the verb, with the reason.
        number = whole(given)
        return {"path": given} if number is None else {"story": number}


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Sets, changes and ends; what was typed stays when it is refused."""
    site, actor = SiteSettings.load(), cast(User, request.user)
    if not actions_banner.may_set(actor):
        raise PermissionDenied
    if request.method == "POST" and "end" in request.POST:
        actions_banner.end_banner(request.POST["end"], actor=actor)
        messages.success(request, gettext("Ended. Readers no longer see it."))
        return redirect("admin:articles_banner")
    if request.method == "POST":
        form = BannerForm(request.POST, site=site)
        if form.is_valid() and _set(form, actor):
            messages.success(request, gettext("The banner stands on every page of this edition."))
            return redirect("admin:articles_banner")
    else:
        form = BannerForm(site=site, initial=_beginning(site, request.GET.get("language", "")))
    context = {"title": gettext("Breaking banner"), "form": form, "banners": actions_banner.live(site)}
    return TemplateResponse(
        request, "admin/articles/front/banner.html", {**admin.site.each_context(request), **context}
    )


def _set(form: BannerForm, actor: User) -> bool:
    data = form.cleaned_data
    try:
        actions_banner.set_banner(
            data["language"], actor=actor, text=data["text"], ends_at=data["ends_at"], level=Level(data["level"]),
            **form.destination(),
        )  # fmt: skip
    except NotReady as problem:
        refusals.show(problem, form, otherwise="leads_to")
        return False
    return True


def _beginning(site: SiteSettings, language: str) -> dict[str, Any]:
    """The banner that stands in that edition, to change it; or an empty one that ends in two hours."""
    now = timezone.now().replace(second=0, microsecond=0)
    begun = {"language": language or site.language, "level": Level.BREAKING, "ends_at": now + STANDS_FOR}
    banner = site.banners.get(language)
    if not banner:
        return begun
    leads_to = banner["story"] or banner["path"]
    ends_at = datetime.fromisoformat(banner["ends_at"])
    return {**begun, "text": banner["text"], "leads_to": leads_to, "level": banner["level"], "ends_at": ends_at}
