from datetime import date
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audited import AuditedAdmin
from accounts.models import User
from images import library, names, registry
from images.bulk import BulkForm
from images.filters import Missing, RightsEnd, Used, Whose
from images.forms import PictureForm, WordsForm, as_lines
from images.models import MISSING, Picture
from images.offering import facts, offer
from images.pixels import PictureRefused
from images.video_admin import VideoAdmin  # noqa: F401  # registers itself

ALIKE = 3  # likely duplicates named when a picture arrives


@admin.register(Picture)
class PictureAdmin(AuditedAdmin):
    form = PictureForm
    change_list_template = "admin/images/picture/change_list.html"
    change_form_template = "admin/images/picture/change_form.html"
    list_display = ("__str__",)
    list_display_links = None
    list_filter = (Missing, RightsEnd, Used, Whose, "is_sensitive", "rights")
    actions = ("set_rights",)
    actions_selection_counter = False  # Django's script counts rows of a table
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 48
    search_fields = ("caption__spelt", "alt_text__spelt", "credit__spelt", "place__spelt")
    search_help_text = _("Searches captions, descriptions, credits and places.")
    fieldsets = (
        (None, {"fields": ("alt_text", "is_decorative", "caption", "credit", ("taken_on", "place"))}),
        (_("Rights"), {"fields": ("rights", "rights_note", ("rights_from", "rights_until"), "is_sensitive")}),
        (_("Focal point and blurred parts"), {"fields": (("focal_x", "focal_y"), "blurred_parts")}),
    )

    def get_urls(self):
        return [
            path("choose/", self.admin_site.admin_view(self.choose), name="images_picture_choose"),
            path("<int:number>/describe/", self.admin_site.admin_view(self.describe), name="images_picture_describe"),
            path("<int:number>/replace/", self.admin_site.admin_view(self.replace), name="images_picture_replace"),
            *super().get_urls(),
        ]

    def has_change_permission(self, request, obj=None):
        """Contributors: only what they brought, until readers have it."""
        if super().has_change_permission(request, obj):
            return True
        own = "images.change_own_picture"
        return bool(
            obj and obj.uploaded_by_id == request.user.pk and request.user.has_perm(own) and not registry.is_live(obj)
        )

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            today = timezone.localdate()
            response.context_data["cards"] = [
                {"picture": picture, "thumb": thumb(picture), "missing": missing(picture, today)}
                for picture in response.context_data["cl"].result_list
            ]
        return response

    def add_view(self, request, form_url="", extra_context=None):
        """Many files at once: for scripts, as JSON; else a page that says of each what became of it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        files = request.FILES.getlist("files") if request.method == "POST" else []
        received = [self._receive(request, file) for file in files]
        if request.method == "POST" and "application/json" in request.headers.get("Accept", ""):
            return JsonResponse({"files": received})
        if received and all(each["url"] for each in received):
            count = len(received)
            told = ngettext("%(count)s picture is in the library.", "%(count)s pictures are in the library.", count)
            messages.success(request, told % {"count": count})
            return redirect(received[0]["url"] if count == 1 else reverse("admin:images_picture_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Upload pictures"),
            "opts": self.opts,
            "received": received,
            "nothing_came": request.method == "POST" and not received,
        }
        return TemplateResponse(request, "admin/images/picture/upload.html", context)

    def render_change_form(self, request, context, *args, **kwargs):
        obj = context["original"]
        today = timezone.localdate()
        crops = [(crop, names.sources(obj, crop)) for crop in names.CROPS if crop != "whole"]
        context |= {
            "preview": names.sources(obj, "whole"),
            "crops": crops,
            "missing": missing(obj, today),
            "show_save_and_add_another": False,
            "used_in": registry.used_in(obj),
            "duplicates": [(each, thumb(each)) for each in library.likely_duplicates(obj)],
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        if "blurred_parts" in fields:
            fields["blurred"] = fields.pop("blurred_parts")
        self._say_shown_anew(request, library.change(obj, actor=request.user, **fields).shown_anew)

    @admin.action(description=_("Set credit and rights…"), permissions=["change"])
    def set_rights(self, request, queryset):
        """One form for all that were chosen; each gets its audit row."""
        most = self.list_per_page
        pictures = list(queryset[: most + 1])
        if len(pictures) > most:
            del pictures[most:]
            said = gettext("You chose more than %(most)d pictures. These are the first %(most)d: go on page by page.")
            messages.warning(request, said % {"most": most})
        form = BulkForm(request.POST if "apply" in request.POST else None, pictures=pictures)
        if form.is_valid():
            count = form.save(actor=request.user)
            told = ngettext("%(count)s picture was changed.", "%(count)s pictures were changed.", count)
            messages.success(request, told % {"count": count})
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Credit and rights of many pictures"),
            "opts": self.opts,
            "form": form,
            "pictures": [(picture, thumb(picture)) for picture in pictures],
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/images/picture/bulk.html", context)

    def delete_view(self, request, object_id, extra_context=None):
        """Only what is used nowhere may go, and then all of it."""
        picture = self.get_object(request, unquote(object_id))
        if picture is None:
            raise Http404
        if not self.has_delete_permission(request, picture):
            raise PermissionDenied
        if request.method == "POST":
            name = str(picture)
            try:
                library.remove(picture, actor=request.user)
            except ProtectedError:
                messages.error(request, gettext("The picture is in use, and stays."))
                return redirect("admin:images_picture_change", picture.pk)
            messages.success(request, gettext("“%(picture)s” is gone, with its file.") % {"picture": name})
            return redirect("admin:images_picture_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Remove the picture"),
            "opts": self.opts,
            "object": picture,
            "thumb": thumb(picture),
            "used_in": registry.used_in(picture),
        }
        return TemplateResponse(request, "admin/images/picture/remove.html", context)

    def _say_shown_anew(self, request: HttpRequest, count: int) -> None:
        if count:
            told = ngettext("%(count)s live story shows it anew.", "%(count)s live stories show it anew.", count)
            messages.info(request, told % {"count": count})

    @admin.display(description=_("Blurred parts"))
    def blurred_parts(self, picture):  # for those who may only look
        return as_lines(picture.blurred) or gettext("none")

    @method_decorator(require_POST)
    def replace(self, request: HttpRequest, number: int) -> HttpResponse:
        """Another file for the same picture; a refusal is said on its page."""
        picture = Picture.objects.filter(pk=number).first()
        if picture is None:
            raise Http404
        if not self.has_change_permission(request, picture):
            raise PermissionDenied
        if file := request.FILES.get("file"):
            try:
                replaced = library.replace(picture, file, filename=file.name or "", actor=cast(User, request.user))
                self._say_shown_anew(request, replaced.shown_anew)
                messages.success(request, gettext("The file was replaced, wherever the picture is used."))
            except PictureRefused as refusal:
                messages.error(request, str(refusal))
        else:
            messages.error(request, gettext("Choose the file that is to take its place."))
        return redirect("admin:images_picture_change", number)

    @method_decorator(require_POST)
    def describe(self, request: HttpRequest, number: int) -> JsonResponse:
        """For scripts that upload: ``{"picture": …}`` as `choose` tells of it, or ``{"form": …}`` with its errors."""
        picture = get_object_or_404(Picture, pk=number)
        if not self.has_change_permission(request, picture):
            raise PermissionDenied
        form = WordsForm(picture, request.POST)
        if not form.is_valid():
            return JsonResponse({"form": _asking(form)})
        written = {name: form.cleaned_data[name] for name in form.changed_data}
        changed = library.change(picture, actor=cast(User, request.user), **written)
        return JsonResponse({"picture": facts(changed) | looks(changed)})

    @method_decorator(require_safe)
    def choose(self, request: HttpRequest) -> JsonResponse:
        """For the picker in forms: ``{"pictures": [{"id", "thumb", "alt", …}], "before": id or null}`` (`offer`)."""
        pictures, before = offer(self, request, Picture.objects.all(), looks)
        return JsonResponse({"pictures": pictures, "before": before})

    def _receive(self, request: HttpRequest, file: Any) -> dict[str, Any]:
        began = timezone.now()
        try:
            picture = library.add(file, filename=file.name, actor=cast(User, request.user))
        except PictureRefused as refusal:
            return {"name": file.name, "url": "", "thumb": "", "error": str(refusal), "known": False, "alike": []}
        is_known = picture.uploaded_at < began
        alike = [] if is_known else library.likely_duplicates(picture)[:ALIKE]
        return {
            "name": file.name,
            "url": page_of(picture),
            "thumb": thumb(picture),
            "error": "",
            "known": is_known,
            "alike": [{"name": str(each), "url": page_of(each), "thumb": thumb(each)} for each in alike],
            "picture": facts(picture) | looks(picture),
            "form": _asking(WordsForm(picture)) if self.has_change_permission(request, picture) else "",
        }


def page_of(picture: Picture) -> str:
    """The address of its page in the admin."""
    return reverse("admin:images_picture_change", args=[picture.pk])


def thumb(picture: Picture) -> str:
    """The address of its small square."""
    width = min(names.widths(picture, "square"))
    return names.Rendition(picture.pk, picture.version, "square", width, "webp").path


def looks(picture: Picture) -> dict[str, Any]:
    """What pickers show of pictures alone."""
    return {"thumb": thumb(picture), "missing": missing(picture, timezone.localdate())}


def _asking(form: WordsForm) -> str:
    return render_to_string("admin/images/picture/_describe.html", {"form": form})


def missing(picture: Picture, today: date) -> list[str]:
    """What stands in the way of using it, in words."""
    return [str(MISSING[code]) for code in picture.what_is_missing(on=today)]
