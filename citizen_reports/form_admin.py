"""Call-outs, as chiefs write them: a form, its questions and its stories, in every language of the paper."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from accounts.models.audit import record
from articles import languages
from articles.forms.moments import MomentField
from articles.models.places import Section
from articles.models.site import SiteSettings
from citizen_reports.models.intake import IntakeForm, Question, ReportKind, StoryCallOut, lines


def further_languages() -> list[tuple[str, str]]:
    """The paper's languages besides its own that witnesses' pages speak, by their own names."""
    site, spoken = SiteSettings.load(), dict(settings.LANGUAGES)
    return [(code, languages.LANGUAGES[code].name) for code in site.languages[1:] if code in spoken]


class InLanguagesForm(forms.ModelForm):
    """Has a field ``<column>_<code>`` for each of `columns` in each further language; they are kept in `words`."""

    columns: tuple[str, ...] = ()
    further: tuple[str, ...] = ()  # the codes, known since `of_paper`

    @classmethod
    def of_paper(cls) -> type[InLanguagesForm]:
        """This form with fields for the languages that the paper has now."""
        found = further_languages()
        fields: dict[str, Any] = {"further": tuple(code for code, _language in found)}
        for code, language in found:
            for column in cls.columns:
                own = cls._meta.model._meta.get_field(column).formfield()
                own.label, own.required, own.help_text = f"{own.label} ({language})", False, ""
                own.widget.attrs.update({"lang": code, "dir": languages.direction(code), "class": "vTextField"})
                if isinstance(own.widget, forms.Textarea):
                    own.widget.attrs.update({"rows": 3, "class": "vLargeTextField"})
                fields[f"{column}_{code}"] = own
        return type(cls.__name__, (cls,), fields)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in self.further:
            for column in self.columns:
                self.initial.setdefault(f"{column}_{code}", self.instance.words.get(code, {}).get(column, ""))

    def clean(self) -> dict[str, Any]:
        content = super().clean() or self.cleaned_data
        words: dict[str, Any] = dict(self.instance.words)
        for code in self.further:
            told = {column: content.get(f"{column}_{code}", "") for column in self.columns}
            words[code] = {column: text for column, text in told.items() if text}
        self.instance.words = {code: told for code, told in words.items() if told}
        return content


class CallOutForm(InLanguagesForm):
    columns = ("title", "intro", "safety_text")
    opens_at = MomentField(label=_("Opens"), required=False, help_text=_("Empty: it is open from now on."))
    closes_at = MomentField(label=_("Closes"), required=False, help_text=_("Empty: it has no end."))
    kinds = forms.MultipleChoiceField(
        label=_("What may be sent"), choices=ReportKind, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all of them."),
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label=_("Only in these languages"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: in all that the paper has."),
    )  # fmt: skip

    class Meta:
        model = IntakeForm
        fields = (
            "title", "slug", "intro", "safety_text", "is_open", "opens_at", "closes_at", "kinds", "languages",
            "position", "section", "max_files", "max_file_mb", "max_media_mb", "max_report_mb", "retention_days",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = SiteSettings.load()
        own = [(site.language, languages.LANGUAGES[site.language].name)]
        if field := self.fields.get("languages"):
            cast("forms.MultipleChoiceField", field).choices = [*own, *further_languages()]


class QuestionForm(InLanguagesForm):
    columns = ("label", "help_text", "options")

    class Meta:
        model = Question
        fields = ("label", "help_text", "kind", "options", "required", "is_personal", "is_active", "position")
        widgets = {"options": forms.Textarea(attrs={"rows": 3})}

    def clean(self) -> dict[str, Any]:
        content = super().clean()
        number = len(lines(content.get("options") or ""))
        for code in self.further:
            name = f"options_{code}"
            if content.get(name) and len(lines(content[name])) != number:
                self.add_error(name, gettext("Write as many answers here as above, in the same order."))
        return content


def _in_other_languages(columns: tuple[str, ...]) -> list[tuple[Any, Any]]:
    """A group for each further language, closed."""
    return [
        (language, {"fields": [f"{column}_{code}" for column in columns], "classes": ("collapse",)})
        for code, language in further_languages()
    ]


class PartOfForm(InlineModelAdmin):
    """Whoever may see or change the form may see or change this."""

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("citizen_reports.view_intakeform")

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("citizen_reports.change_intakeform")

    has_add_permission = has_delete_permission = has_change_permission


class QuestionInline(PartOfForm, admin.StackedInline):
    model = Question
    form = QuestionForm
    extra = 0

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, **{"form": QuestionForm.of_paper(), **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, Any]]:
        ticks = ("required", "is_personal", "is_active")
        rows: list[tuple[Any, Any]] = [
            (None, {"fields": ("label", "help_text", ("kind", "position"), "options", ticks)}),
        ]
        may_write = self.has_change_permission(request, obj)
        return [*rows, *_in_other_languages(QuestionForm.columns)] if may_write else rows


class StoryInline(PartOfForm, admin.StackedInline):
    model = StoryCallOut
    extra = 0
    autocomplete_fields = ("story",)
    verbose_name = _("story that asks with this form")
    verbose_name_plural = _("“Were you there?” under these stories leads here while it is open")


@admin.register(IntakeForm)
class IntakeFormAdmin(AuditedAdmin):
    form = CallOutForm
    list_display = ("title", "slug", "is_open", "opens_at", "closes_at", "retention_days")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (QuestionInline, StoryInline)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "section":
            kwargs["queryset"] = Section.objects.select_related("parent").order_by("path")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **{"form": CallOutForm.of_paper(), **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: IntakeForm | None = None) -> list[tuple[Any, Any]]:
        rows: list[tuple[Any, Any]] = [
            (None, {"fields": ("title", "slug", "intro", "safety_text")}),
            (
                _("When and what"),
                {"fields": ("is_open", "opens_at", "closes_at", "kinds", "languages", "position", "section")},
            ),
            (
                _("Limits"),
                {"fields": ("max_files", "max_file_mb", "max_media_mb", "max_report_mb", "retention_days")},
            ),
        ]
        if self.has_change_permission(request, obj):
            rows[1:1] = _in_other_languages(CallOutForm.columns)
        return rows

    def save_related(self, request, form, formsets, change):
        with transaction.atomic():
            super().save_related(request, form, formsets, change)
            verb = gettext_noop("changed") if change else gettext_noop("added")
            record(actor=request.user, verb=verb, thing=form.instance)
