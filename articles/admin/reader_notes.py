"""Readers' notes in the admin: what is said to be wrong, and what became of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from articles import actions_notes
from articles.models.desk import Article
from articles.models.reader_notes import ReaderNote
from articles.problems import DeskProblem
from articles.verbs import offered

State = ReaderNote.State
BUTTONS = {
    State.DONE: (_("Dealt with"), _("Noted as dealt with.")),
    State.REFUSED: (_("No error"), _("Noted as no error.")),
    State.OPEN: (_("Open again"), _("Open again.")),
}


class StateFilter(admin.SimpleListFilter):
    """What is open comes first; everything else is a click away."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [(State.DONE.value, State.DONE.label), (State.REFUSED.value, State.REFUSED.label), ("all", _("All"))]

    def choices(self, changelist):
        shown = list(super().choices(changelist))
        return [{**shown[0], "display": State.OPEN.label}, *shown[1:]]

    def queryset(self, request, queryset):
        return queryset if self.value() == "all" else queryset.filter(state=self.value() or State.OPEN)


@admin.register(ReaderNote)
class ReaderNoteAdmin(AuditedAdmin):
    """Nothing is typed here: every button is a verb of `actions_notes`."""

    list_display = ("headline", "beginning", "state", "language", "age")
    list_filter = (StateFilter,)
    search_fields = ("headline__spelt",)
    actions = None
    fields = ("state", "headline", "at", "text", "handled_by", "handled_at")
    readonly_fields = fields
    change_form_template = "admin/articles/readernote/change_form.html"

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False  # they go by themselves, after 90 days

    @admin.display(description=_("what is wrong"))
    def beginning(self, note):
        return note.text[:100]

    @admin.display(description=_("age"), ordering="at")
    def age(self, note):
        return timesince(note.at, depth=1)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        note = self.get_object(request, object_id) if object_id else None
        shown: dict[str, Any] = {}
        if note:
            story = Article.objects.for_user(request.user).filter(pk=note.article_number).first()
            shown = {
                "note": note,
                "title": gettext("A reader’s note"),
                "story": story,
                "may_correct": story is not None and "correct" in offered(request.user, story),
                "buttons": [(state, label) for state, (label, _said) in BUTTONS.items() if state != note.state],
                "may_settle": self.has_change_permission(request, note),
                "may_answer": bool(note.contact) and request.user.has_perm("articles.view_note_contact"),
                "kept_days": max(0, 90 - (timezone.now() - note.at).days),
            }
            if request.method == "POST" and "_contact" in request.POST:
                return self._with_contact(request, note, {**shown, **(extra_context or {})})
        return super().changeform_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def _with_contact(self, request, note, shown):
        """The page once more, with how to answer; the look is recorded."""
        try:
            contact = actions_notes.open_contact(note.pk, actor=request.user)
        except DeskProblem as refused:
            raise PermissionDenied from refused
        shown["contact"] = contact
        shown["mail"] = _mail(contact, note)
        request.method = "GET"
        return super().changeform_view(request, str(note.pk), "", shown)

    def save_model(self, request, obj, form, change):
        state = request.POST.get("_state", "")
        if state in State.values:
            actions_notes.settle(obj.pk, actor=request.user, state=state)
            messages.success(request, BUTTONS[State(state)][1])

    def message_user(self, request, message, *args, **kwargs):
        """`save_model` has said what was done."""


def _mail(contact: str, note: ReaderNote) -> str:
    """A link that opens a letter to the reader; "" where she left something else than a mail address."""
    try:
        validate_email(contact)
    except ValidationError:
        return ""
    return f"mailto:{contact}?" + urlencode({"subject": note.headline}).replace("+", "%20")
