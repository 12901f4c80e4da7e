"""Letters by the desk in the admin: written, looked at, tried on oneself, approved, given to the clock."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from csp.decorators import csp
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audited import AuditedAdmin
from accounts.models import User
from accounts.models.audit import record
from articles import signals
from articles.models.site import SiteSettings
from articles.views.readers import EVERY_PAGE
from subscriptions import lettering, manual, topics
from subscriptions.addressing import is_barred, readers
from subscriptions.frames import LETTER_POLICY, NOBODY
from subscriptions.manual_forms import OF_THE_DESK, Arrangement, LetterForm, NewsletterForm
from subscriptions.models.letters import Edition, Newsletter
from subscriptions.models.manual import ManualLetter

log = logging.getLogger(__name__)
State = ManualLetter.State
COUNTED = 10_000
# Button -> what it does with the letter as it is stored, and what is said then.
VERBS: dict[str, tuple[Callable[..., object], Any]] = {
    "take-back": (manual.take_back, _("It can be changed again. Nobody gets it until it is sent off anew.")),
    "discard": (manual.discard, _("Discarded. It stays in the list, and can be taken up again.")),
}


@admin.register(ManualLetter)
class ManualLetterAdmin(AuditedAdmin):
    list_display = ("__str__", "newsletter", "language", "state", "due_at", "changed_by", "changed_at")
    list_filter = ("state", "newsletter")
    list_select_related = ("newsletter", "changed_by")
    search_fields = ("subject__spelt",)
    search_help_text = _("Words of the subject")
    actions = None
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ("subscriptions/desk.css",)}

    def get_urls(self):
        def named(name: str) -> str:
            return f"subscriptions_manualletter_{name}"

        wrap = self.admin_site.admin_view
        return [
            path("<int:number>/preview/", wrap(self.preview), name=named("preview")),
            path("<int:number>/letter/", wrap(self.letter), name=named("letter")),
            path("<int:number>/test/", wrap(self.test), name=named("test")),
            path("<int:number>/do/<str:verb>/", wrap(self.do), name=named("do")),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        first = Newsletter.objects.filter(kind=Newsletter.Kind.MANUAL).first()
        return self._edit(request, ManualLetter(newsletter=first, language=SiteSettings.load().language))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        letter = self.get_object(request, object_id)
        if letter is None:
            return self.not_there(request, object_id)
        if not self.has_view_or_change_permission(request, letter):
            raise PermissionDenied
        if request.method == "POST" and not self.has_change_permission(request, letter):
            raise PermissionDenied
        if request.method == "POST" and "_decide" in request.POST:
            return self._decide(request, letter)
        if letter.state != State.DRAFT:
            return self._standing(request, letter)
        return self._edit(request, letter)

    def _decide(self, request: HttpRequest, letter: ManualLetter) -> HttpResponse:
        """It goes out, as it stood on the page that was looked at: in the preview, or where it waits for approval."""
        version = letter.version if request.POST.get("version") == str(letter.version) else 0
        try:
            edition = manual.decide(letter, actor=_person(request), version=version)
            messages.success(request, _said_of(edition))
        except manual.LetterRefused as refused:
            messages.error(request, str(refused))
        return _to("change", letter)

    def _edit(self, request: HttpRequest, letter: ManualLetter) -> HttpResponse:
        """The form. The small buttons change the page alone; the others save first, and nothing typed is ever lost."""
        if request.method != "POST":
            shown = Arrangement(list(letter.stories))
            return self._form(request, letter, LetterForm.of(letter, None), shown)
        arranged, form = Arrangement.typed(request.POST), LetterForm.of(letter, request.POST)
        if arranged.change(request.POST) or not form.is_valid():
            return self._form(request, letter, form, arranged)
        version = form.cleaned_data.pop("version") or 0
        if "_over" in request.POST and letter.pk:
            version = letter.version
        values = {**form.cleaned_data, "stories": arranged.numbers}
        try:
            manual.write(letter, actor=_person(request), version=version, values=values)
            letter.refresh_from_db()
            return self._go_on(request, letter)
        except manual.LetterRefused as refused:
            form.add_error(None, str(refused))
        return self._form(request, letter, form, arranged, is_overtaken=True)

    def _go_on(self, request: HttpRequest, letter: ManualLetter) -> HttpResponse:
        """What the button asked for besides saving. Raises `LetterRefused`; what was typed is saved by then."""
        actor = _person(request)
        try:
            if "_ask" in request.POST:
                manual.ask(letter, actor=actor, version=letter.version)
                messages.success(request, gettext("Somebody else can approve it now."))
            elif "_look" not in request.POST:
                messages.success(request, gettext("Saved."))
        except manual.LetterRefused as refused:
            messages.error(request, str(refused))
        return _to("preview" if "_look" in request.POST else "change", letter)

    def _standing(self, request: HttpRequest, letter: ManualLetter) -> HttpResponse:
        """A letter that is not being written: how it stands, and the way back."""
        may_change = self.has_change_permission(request, letter)
        waits = letter.edition and letter.edition.state == Edition.State.SCHEDULED
        return self._page(
            request, "standing", letter,
            may_approve=may_change and letter.state == State.WAITING and manual.may_approve(letter, _person(request)),
            may_take_back=may_change and (letter.state != State.DECIDED or waits),
            may_discard=may_change and letter.state == State.WAITING,
            audience=_audience(letter),
        )  # fmt: skip

    def _form(
        self,
        request: HttpRequest,
        letter: ManualLetter,
        form: LetterForm,
        arranged: Arrangement,
        *,
        is_overtaken: bool = False,
    ) -> HttpResponse:
        newsletters = Newsletter.objects.filter(kind=Newsletter.Kind.MANUAL)
        is_alone = letter.newsletter_id is None or not letter.newsletter.needs_approval
        return self._page(
            request, "form", letter, form=form, arranged=arranged, has_newsletter=newsletters.exists(),
            may_send=is_alone, audience=_audience(letter), media=self.media + form.media,
            is_overtaken=is_overtaken,
            may_change=letter.pk is None or self.has_change_permission(request, letter),
        )  # fmt: skip

    @method_decorator(require_POST)
    def do(self, request: HttpRequest, number: int, verb: str) -> HttpResponse:
        letter = self._letter(request, number, to_act=True)
        if verb in VERBS:
            act, said = VERBS[verb]
            try:
                act(letter, actor=_person(request))
                messages.success(request, said)
            except manual.LetterRefused as refused:
                messages.error(request, str(refused))
        return _to("change", letter)

    @method_decorator(require_POST)
    def test(self, request: HttpRequest, number: int) -> HttpResponse:
        """The letter as it is stored, to the person's own address, at once."""
        letter = self._letter(request, number, to_act=True)
        person, shells = _person(request), manual.shells_of(letter)
        subject = gettext("Test: %(subject)s") % {"subject": shells.subject or letter}
        mail = EmailMultiAlternatives(subject, _unaddressed(shells.text), to=[person.email])
        mail.attach_alternative(_unaddressed(shells.html), "text/html")
        try:
            mail.send()
        except OSError as error:
            log.warning("a test letter was not sent (%s)", type(error).__name__, extra={"letter": letter.pk})
            messages.error(request, gettext("The mail server did not take it. Try again in a few minutes."))
        else:
            record(actor=person, verb="letter tried", thing=letter)
            messages.success(request, gettext("Sent to %(address)s.") % {"address": person.email})
        return _to("preview", letter)

    @method_decorator(require_safe)
    def preview(self, request: HttpRequest, number: int) -> HttpResponse:
        letter = self._letter(request, number)
        text = _unaddressed(manual.shells_of(letter).text)
        frame = reverse("admin:subscriptions_manualletter_letter", args=[letter.pk])
        may_send = letter.state == State.DRAFT and not letter.newsletter.needs_approval
        return self._page(
            request, "preview", letter, text=text, frame=frame, title=gettext("The letter"),
            may_send=may_send and self.has_change_permission(request, letter), audience=_audience(letter),
            waits=letter.due_at and letter.due_at > timezone.now(),
        )  # fmt: skip

    @method_decorator([require_safe, csp(LETTER_POLICY)])
    def letter(self, request: HttpRequest, number: int) -> HttpResponse:
        """The HTML part alone, for the frames of the preview."""
        return HttpResponse(_unaddressed(manual.shells_of(self._letter(request, number)).html))

    def _letter(self, request: HttpRequest, number: int, *, to_act: bool = False) -> ManualLetter:
        may = self.has_change_permission(request) if to_act else self.has_view_or_change_permission(request)
        if not may:
            raise PermissionDenied
        return get_object_or_404(ManualLetter.objects.select_related("newsletter", "edition"), pk=number)

    def _page(self, request: HttpRequest, name: str, letter: ManualLetter, **context: Any) -> HttpResponse:
        title = str(letter) if letter.pk else gettext("Write a letter")
        site = self.admin_site.each_context(request)
        shown = {**site, "opts": self.opts, "title": title, "object": letter, **context}
        return TemplateResponse(request, f"admin/subscriptions/manualletter/{name}.html", shown)


@admin.register(Newsletter)
class NewsletterAdmin(AuditedAdmin):
    """The desk's newsletters, and what may be said of the paper's own."""

    form = NewsletterForm
    list_display = ("name", "kind", "needs_approval", "is_offered", "is_public")
    prepopulated_fields = {"slug": ("name",)}
    actions = None
    show_facets = admin.ShowFacets.NEVER

    def get_form(self, request, obj=None, change=False, **kwargs):
        topics.found_topics()
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request, obj=None):
        fields = list(NewsletterForm.Meta.fields)
        if obj and obj.kind != Newsletter.Kind.MANUAL:
            fields = [name for name in fields if name not in OF_THE_DESK]
        return fields

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        record(actor=request.user, verb="newsletter saved", thing=obj)
        languages = SiteSettings.load().languages
        tags = [f"letters:{language}" for language in languages]
        if "is_public" in form.changed_data:
            tags.append(EVERY_PAGE)  # at their foot a link to letters comes or goes
        signals.shown_anew.send(Newsletter, tags=tags)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if form.instance.kind == Newsletter.Kind.MANUAL:
            topics.keep_list(form.instance)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _to(name: str, letter: ManualLetter) -> HttpResponse:
    answer = redirect(f"admin:subscriptions_manualletter_{name}", letter.pk)
    answer.status_code = 303
    return answer


def _unaddressed(shell: str) -> str:
    """Its links for readers lead nowhere."""
    return lettering.filled(shell, leave=NOBODY, manage=NOBODY)


def _audience(letter: ManualLetter) -> str:
    """How many people would get it now, in words; counted to ten thousand."""
    if letter.newsletter_id is None:
        return ""
    meant = Edition(newsletter=letter.newsletter, language=letter.language, cadence="")
    wanted = list(letter.newsletter.topics.values_list("pk", flat=True))
    if not wanted:
        return gettext("Nobody gets this newsletter yet: a chief must say who does.")
    count = readers(meant, topics=wanted).filter(~is_barred()).order_by().values("pk")[: COUNTED + 1].count()
    if count > COUNTED:
        return gettext("More than %(count)d readers would get it now.") % {"count": COUNTED}
    return ngettext("%(count)d reader would get it now.", "%(count)d readers would get it now.", count) % {
        "count": count
    }


def _said_of(edition: Edition) -> str:
    if edition.created_at >= edition.due_at:
        return gettext("It goes out now.")
    return gettext("It is on the clock. Until then it can be taken back.")
