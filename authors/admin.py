from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from authors.actions import save_author
from authors.forms import AuthorForm
from authors.models import Author


@admin.register(Author)
class AuthorAdmin(AuditedAdmin):
    form = AuthorForm
    list_display = ("name", "role", "user")
    list_select_related = ("user",)
    search_fields = ("name__spelt", "slug", "role__spelt")
    readonly_fields = ("portrait_now",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "role", "biography")}),
        (_("Portrait"), {"fields": ("portrait_now", "portrait")}),
        (_("How readers reach them"), {"fields": ("email", "telegram", "x", "website")}),
        (_("At the desk"), {"fields": ("user",)}),
    )

    @admin.display(description=_("present portrait"))
    def portrait_now(self, author):
        if not author.portrait:
            return gettext("none yet")
        return format_html('<img class="portrait" src="{}" alt="">', author.portrait_url)

    def view_on_site(self, author):
        return author.get_absolute_url()

    def save_model(self, request, obj, form, change):
        save_author(obj, actor=request.user)
