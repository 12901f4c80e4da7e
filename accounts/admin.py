from functools import partial

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actions import save_staff
from accounts.audited import AuditedAdmin
from accounts.forms import StaffForm
from accounts.letters import send_password_link
from accounts.models import AuditRow, User


@admin.register(User)
class StaffAdmin(AuditedAdmin):
    form = StaffForm
    list_display = ("display_name", "email", "role", "is_active", "last_login")
    list_filter = ("is_active", "role")
    search_fields = ("display_name", "email")
    ordering = ("display_name",)
    fieldsets = (
        (None, {"fields": ("email", "display_name", "role", "language", "time_zone", "is_active")}),
        (_("Password"), {"fields": ("new_password", "send_link")}),
    )

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        return type("StaffForm", (form,), {"editor": request.user})

    def save_model(self, request, obj, form, change):
        password = form.cleaned_data["new_password"]
        if password:
            obj.set_password(password)
        elif not change:
            obj.set_unusable_password()
        save_staff(obj, actor=request.user)
        if obj == request.user and password:
            update_session_auth_hash(request, obj)
        if form.cleaned_data["send_link"]:
            transaction.on_commit(partial(self.send_link, request, obj, is_invitation=not change))

    def send_link(self, request, user, *, is_invitation):
        if send_password_link(user, is_invitation=is_invitation):
            messages.success(request, gettext("A link for a password went to %(email)s.") % {"email": user.email})
        else:
            messages.error(
                request, gettext("The mail to %(email)s could not be sent. Try again later.") % {"email": user.email}
            )


class VerbFilter(admin.SimpleListFilter):
    title = _("did what")
    parameter_name = "verb"

    def lookups(self, request, model_admin):
        verbs = AuditRow.objects.order_by("verb").values_list("verb", flat=True).distinct()
        return [(verb, gettext(verb)) for verb in verbs]

    def queryset(self, request, queryset):
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(AuditRow)
class AuditAdmin(AuditedAdmin):
    list_display = ("at", "who", "did", "label", "kind")
    list_display_links = ("at",)
    list_filter = ("at", VerbFilter, "actor")
    list_select_related = ("actor",)
    search_fields = ("label",)
    fields = ("at", "who", "did", "kind", "link", "more")
    readonly_fields = fields

    @admin.display(description=_("who"), ordering="actor")
    def who(self, row):
        return row.actor or gettext("the system")

    @admin.display(description=_("did what"), ordering="verb")
    def did(self, row):
        return row.said

    @admin.display(description=_("kind of thing"), ordering="thing")
    def kind(self, row):
        try:
            return apps.get_model(row.thing)._meta.verbose_name
        except LookupError:
            return row.thing

    @admin.display(description=_("to what"))
    def link(self, row):
        try:
            address = reverse(f"admin:{row.thing.replace('.', '_')}_change", args=[row.thing_number])
        except NoReverseMatch:
            return row.label
        return format_html('<a href="{}">{}</a>', address, row.label)

    @admin.display(description=_("detail"))
    def more(self, row):
        return ", ".join(f"{name}: {value}" for name, value in row.detail.items())
