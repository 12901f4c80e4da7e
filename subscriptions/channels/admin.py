"""Channels at the desk: the paper's accounts, what was posted to them, and what a person decides about one post."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.audited import AuditedAdmin
from accounts.models import User
from accounts.models.audit import record
from articles.admin import panels
from articles.models.desk import Article
from subscriptions.channels import desk, panel, posting
from subscriptions.channels.forms import KEY, AccountForm, AgainForm, HandForm, NewAccountForm
from subscriptions.channels.kinds import KINDS
from subscriptions.channels.measuring import measure_of
from subscriptions.looked_at import LookedAt
from subscriptions.models.channels import ChannelAccount, ChannelPost

panels.add(panel.PANEL)
SCRIPTS = ("subscriptions/channels.js",)
CSS = {"all": ("subscriptions/desk.css", "subscriptions/channels.css")}


@admin.register(ChannelAccount)
class ChannelAccountAdmin(AuditedAdmin):
    list_display = ("name", "kind", "language", "is_active", "standing")
    list_display_links = ("name",)
    actions = None

    class Media:
        css = CSS

    @admin.display(description=_("how it stands"))
    def standing(self, account):
        if account.is_by_hand:
            return gettext("Posted by hand")
        if not account.is_set_up:
            return gettext("Not set up")
        if not account.tested_at:
            return gettext("Not tested yet")
        if account.test_problem:
            return account.get_test_problem_display()
        when = date_format(timezone.localtime(account.tested_at), "SHORT_DATETIME_FORMAT")
        return gettext("Worked at the last test, %(when)s") % {"when": when}

    def get_form(self, request, obj=None, change=False, **kwargs):
        return AccountForm if obj else NewAccountForm

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [(None, {"fields": ["kind", "name"]})]
        form = AccountForm(instance=obj)
        where = [name for name in ("address", "server") if name in form.fields]
        keys = [name for name in form.fields if name.startswith(KEY) or name == "forget"]
        note = KINDS[obj.kind].note if obj.kind in KINDS else _("The desk gets the text ready; a person posts it.")
        return [
            (None, {"fields": ["name", "standing_now", *where], "description": note}),
            *([(_("Keys"), {"fields": keys})] if keys else []),
            (_("What goes there"), {"fields": ["language", "sections", "is_active"]}),
        ]

    def get_readonly_fields(self, request, obj=None):
        return ["standing_now"] if obj else []

    @admin.display(description=_("how it stands"))
    def standing_now(self, account):
        said = f" “{account.test_detail}”" if account.test_detail else ""
        return f"{account.get_kind_display()} · {self.standing(account)}{said}"

    def save_model(self, request, obj, form, change):
        obj.save()
        verb = gettext_noop("changed") if change else gettext_noop("added")
        record(actor=request.user, verb=verb, thing=obj, fields=sorted(form.changed_data))

    def response_add(self, request, obj, post_url_continue=None):
        messages.success(request, gettext("Now say where it is, and with which key."))
        return redirect("admin:subscriptions_channelaccount_change", obj.pk)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: PLR0917
        context.update(
            show_save_and_add_another=False,
            show_save_and_continue=bool(obj),
            may_test=bool(obj and obj.is_set_up and not obj.is_by_hand and self.has_change_permission(request, obj)),
        )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_urls(self):
        test = path(
            "<int:number>/test/", self.admin_site.admin_view(self.test), name="subscriptions_channelaccount_test"
        )
        return [test, *super().get_urls()]

    @method_decorator(require_POST)
    def test(self, request: HttpRequest, number: int) -> HttpResponse:
        """Asks the channel something harmless, with what is saved; outside of any transaction."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        account = get_object_or_404(ChannelAccount, pk=number)
        if account.is_set_up and not account.is_by_hand:
            wrong = posting.test(account)
            record(actor=request.user, verb=gettext_noop("channel tested"), thing=account, problem=account.test_problem)
            if wrong:
                messages.error(request, wrong)
            else:
                messages.success(request, gettext("It works: %(name)s") % {"name": account.test_detail})
        else:
            messages.error(request, gettext("There is nothing to test: no key is saved."))
        return redirect("admin:subscriptions_channelaccount_change", number)


@admin.register(ChannelPost)
class ChannelPostAdmin(LookedAt):
    list_display = ("headline", "account", "purpose", "state", "since", "place")
    list_filter = ("state", "account", "purpose")
    list_select_related = ("account",)
    search_fields = ("headline__spelt",)
    search_help_text = _("Words of the headline")
    empty_value_display = "–"

    class Media:
        css = CSS

    @admin.display(description=_("since"), ordering="changed_at")
    def since(self, post):
        return date_format(timezone.localtime(post.changed_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("link"))
    def place(self, post):
        return format_html('<a href="{}" rel="noreferrer">{}</a>', post.url, gettext("Look")) if post.url else ""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:number>/do/<slug:verb>/", wrap(self.do), name="subscriptions_channelpost_do"),
            path("story/<int:number>/", wrap(panel.story_texts), name="subscriptions_channelpost_story"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One post: its text, how it stands, and the buttons that fit."""
        post = self.get_object(request, object_id)
        if post is None:
            return self.not_there(request, object_id)
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, post)

    def _page(self, request: HttpRequest, post: ChannelPost, **typed: Any) -> HttpResponse:
        may_act = desk.may_decide(cast(User, request.user), post.article_number)
        verbs = desk.offered(post, is_live=post.is_live) if may_act else {}
        return self.page(
            request, "post", str(post), post,
            verbs=verbs,
            hand=typed.get("hand") or HandForm(),
            again=typed.get("again") or AgainForm(post=post),
            used=measure_of(post.account.kind).used(post.text),
            limit=measure_of(post.account.kind).limit,
            story=Article.objects.for_user(cast(User, request.user)).filter(pk=post.article_number).first(),
        )  # fmt: skip

    @method_decorator(require_POST)
    def do(self, request: HttpRequest, number: int, verb: str) -> HttpResponse:
        if not request.user.has_perm("subscriptions.post_to_channels"):
            raise PermissionDenied
        post = get_object_or_404(ChannelPost.objects.select_related("account"), pk=number)
        if not desk.may_decide(cast(User, request.user), post.article_number):
            raise PermissionDenied
        if verb not in desk.VERBS:
            return self._back(request, post)
        given: dict[str, Any] = {}
        if verb in {"there", "posted"}:
            hand = HandForm(request.POST)
            if not hand.is_valid():
                return self._page(request, post, hand=hand)
            given["url"] = hand.cleaned_data["url"]
        if verb == "again" and "text" in request.POST:
            again = AgainForm(request.POST, post=post)
            if not again.is_valid():
                return self._page(request, post, again=again)
            given["text"] = again.cleaned_data["text"]
        try:
            desk.VERBS[verb].act(post, actor=cast(User, request.user), **given)
        except desk.PostProblem as problem:
            messages.error(request, str(problem))
            if "text" in given:
                return self._page(request, post, again=AgainForm(request.POST, post=post))
        else:
            post.refresh_from_db()
            if post.state == ChannelPost.State.UNCERTAIN:
                messages.warning(request, post.why)
            else:
                messages.success(request, desk.VERBS[verb].said)
        return self._back(request, post)

    def _back(self, request: HttpRequest, post: ChannelPost) -> HttpResponse:
        if request.POST.get("back") == "receipt":
            return redirect("admin:articles_article_receipt", post.article_number)
        if request.POST.get("back") == "story":
            return redirect(reverse("admin:articles_article_change", args=[post.article_number]) + "#panel-channels")
        return redirect("admin:subscriptions_channelpost_change", post.pk)
