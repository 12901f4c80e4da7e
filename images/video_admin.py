from datetime import date
from typing import Any, cast
from urllib.parse import unquote

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audited import AuditedAdmin
from accounts.models import User
from images import names, registry, remux, video_files, video_names, videos
from images.models import MISSING, Video
from images.offering import offer
from images.uploads import Body
from images.video_files import VideoRefused
from images.video_forms import LANGUAGES, VideoForm

RAW = "application/octet-stream"  # the file alone is the request's body: it passes through no temporary file


class State(admin.SimpleListFilter):
    title = _("what is missing")
    parameter_name = "missing"

    def lookups(self, request, model_admin):
        return [(code, MISSING[code]) for code in ("alt_text", "credit", "expired", "not_ready")]

    def queryset(self, request, queryset):
        wanted = {
            "alt_text": Q(alt_text="", is_decorative=False),
            "credit": Q(credit=""),
            "expired": Q(rights_until__lt=timezone.localdate()),
            "not_ready": Q(is_ready=False),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(Video)
class VideoAdmin(AuditedAdmin):
    form = VideoForm
    change_list_template = "admin/images/video/change_list.html"
    change_form_template = "admin/images/video/change_form.html"
    list_display = ("__str__",)
    list_display_links = None
    list_filter = ("rights", State, "is_sensitive")
    list_select_related = ("poster",)
    list_per_page = 48
    autocomplete_fields = ("poster",)
    search_fields = ("caption__spelt", "alt_text__spelt", "credit__spelt", "place__spelt")
    search_help_text = _("Searches captions, descriptions, credits and places.")
    fieldsets = (
        (None, {"fields": ("alt_text", "is_decorative", "caption", "credit", ("taken_on", "place"))}),
        (_("Poster"), {"fields": ("poster_at", "poster")}),
        (_("Captions"), {"fields": ("captions_file", "captions", ("captions_language", "captions_kind"))}),
        (_("Rights"), {"fields": ("rights", "rights_note", ("rights_from", "rights_until"), "is_sensitive")}),
    )

    def get_urls(self):
        guarded = self.admin_site.admin_view
        return [
            path("choose/", guarded(self.choose), name="images_video_choose"),
            path("<int:number>/replace/", guarded(self.replace), name="images_video_replace"),
            path("<int:number>/again/", guarded(self.again), name="images_video_again"),
            path("<int:number>/state/", guarded(self.state), name="images_video_state"),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return self.fieldsets
        captions = {"fields": ("captions", ("captions_language", "captions_kind"))}  # no field to choose a file in
        return [(name, captions if "captions_file" in rest["fields"] else rest) for name, rest in self.fieldsets]

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            today = timezone.localdate()
            response.context_data["cards"] = [
                {
                    "video": video,
                    "thumb": thumb(video),
                    "length": clock(video.seconds),
                    "missing": missing(video, today),
                }
                for video in response.context_data["cl"].result_list
            ]
        return response

    def add_view(self, request, form_url="", extra_context=None):
        """One file a request: for scripts its bytes alone, answered in JSON; else a form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._upload(request, None)

    def replace(self, request: HttpRequest, number: int) -> HttpResponse:
        """Another file for the same video; the page is as for a new one."""
        video = self._one(number)
        if not self.has_change_permission(request, video):
            raise PermissionDenied
        return self._upload(request, video)

    def render_change_form(self, request, context, *args, **kwargs):
        video = context["original"]
        context |= {
            "player": video_names.sources(video),
            "length": clock(video.seconds),
            "missing": missing(video, timezone.localdate()),
            "state": state_of(video),
            "languages": LANGUAGES,
            "show_save_and_add_another": False,
            "used_in": registry.video_used_in(video),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        changed = {*form.changed_data} & {*VideoForm.Meta.fields} | {"captions"}  # these may come from a file
        stored = videos.change(obj, actor=request.user, **{name: form.cleaned_data[name] for name in changed})
        if not stored.is_ready and obj.is_ready:
            messages.info(request, gettext("The new poster is being made."))

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, number: int) -> HttpResponse:
        """A video that could not be made ready is tried once more."""
        video = self._one(number)
        if not self.has_change_permission(request, video):
            raise PermissionDenied
        videos.try_again(video, actor=cast(User, request.user))
        messages.success(request, gettext("The worker tries again."))
        return redirect("admin:images_video_change", number)

    @method_decorator(require_safe)
    def state(self, request: HttpRequest, number: int) -> JsonResponse:
        """``{"state": "waiting" | "ready" | "failed"}``, for the page that waits."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return JsonResponse({"state": state_of(self._one(number))})

    @method_decorator(require_safe)
    def choose(self, request: HttpRequest) -> JsonResponse:
        """For the picker in forms: ``{"videos": [{"id", "thumb", "alt", …}], "before": id or null}`` (`offer`)."""
        today = timezone.localdate()

        def describe(video: Video) -> dict[str, Any]:
            told = {"kind": "video", "thumb": thumb(video), "seconds": video.seconds}
            return told | {"missing": missing(video, today)}

        offered, before = offer(self, request, Video.objects.select_related("poster"), describe)
        return JsonResponse({"videos": offered, "before": before})

    def _upload(self, request: HttpRequest, older: Video | None) -> HttpResponse:
        if request.method == "POST" and request.content_type == RAW:
            name = unquote(request.headers.get("X-File-Name", ""))
            return JsonResponse({"files": [self._receive(request, None, name, older)]})
        received: dict[str, str] = {}
        if request.method == "POST" and (file := request.FILES.get("file")):
            received = self._receive(request, file, file.name or "", older)
            if received["url"]:
                messages.success(request, gettext("The video has arrived, and is being made ready."))
                return redirect(received["url"])
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Replace the file") if older else gettext("Upload videos"),
            "subtitle": str(older) if older else None,
            "opts": self.opts,
            "older": older,
            "refused": received.get("error", "") or self._why_nothing_came(request),
            "engine": remux.engine(),
            "most_bytes": video_files.most_bytes(),
            "most_megabytes": settings.VIDEO_MAX_MB,
        }
        return TemplateResponse(request, "admin/images/video/upload.html", context)

    def _why_nothing_came(self, request: HttpRequest) -> str:
        if request.method != "POST" or request.FILES:
            return ""
        try:
            video_files.refuse_unless_it_fits(int(request.headers.get("Content-Length") or 0))
        except VideoRefused as refusal:
            return str(refusal)
        return gettext("Choose a video.")

    def _receive(self, request: HttpRequest, file: Any, name: str, older: Video | None) -> dict[str, str]:
        actor = cast(User, request.user)
        try:
            upload = Body(request) if file is None else file
            if older:
                video = videos.replace(older, upload, filename=name, actor=actor)
            else:
                video = videos.add(upload, filename=name, actor=actor)
        except VideoRefused as refusal:
            return {"name": name, "url": "", "error": str(refusal)}
        return {"name": name, "url": reverse("admin:images_video_change", args=[video.pk]), "error": ""}

    def _one(self, number: int) -> Video:
        video = Video.objects.filter(pk=number).first()
        if video is None:
            raise Http404
        return video


def state_of(video: Video) -> str:
    """ "waiting" for the worker, "ready", or "failed"."""
    if video.is_ready:
        return "ready"
    return "failed" if video.failure else "waiting"


def clock(seconds: float) -> str:
    """A length as players show it: 1:05, or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def thumb(video: Video) -> str:
    """The address of a small poster; "" while there is none."""
    if video.poster:
        width = min(names.widths(video.poster, "whole"))
        return names.Rendition(video.poster.pk, video.poster.version, "whole", width, "webp").path
    if not video.is_ready:
        return ""
    return video_names.Part(video.pk, video.version, "webp", width=min(video_names.poster_widths(video))).path


def missing(video: Video, today: date) -> list[str]:
    """What stands in the way of using it, in words."""
    return [str(MISSING[code]) for code in video.what_is_missing(on=today)]
