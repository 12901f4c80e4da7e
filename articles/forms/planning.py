"""What the desk lays down for a story: who writes it, until when, how long, and what is to be seen to."""

from __future__ import annotations

import json
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import roles_with
from articles.actions_desk import FLAGS, PLANS
from articles.forms.moments import MomentField
from articles.models.desk import Article
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.verbs import sections_of

LONGEST = 50_000  # words


def writers(also: User | None = None) -> QuerySet[User]:
    """Whom a story can be given: everybody who may write, and `also` whoever has it although they no longer may."""
    people = User.objects.filter(is_active=True, role__in=roles_with("articles.change_own_article"))
    return (people | User.objects.filter(pk=also.pk) if also else people).order_by("display_name", "pk")


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.get_role_display()})"


class PlanFields(forms.Form):
    assignee = PersonChoice(writers(), label=_("With"), required=False, empty_label=_("nobody"))
    due_at = MomentField(label=_("Due"), required=False)
    commissioned_length = forms.IntegerField(
        label=_("Length in words"), required=False, min_value=1, max_value=LONGEST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": "10"}),
    )  # fmt: skip
    brief = forms.CharField(
        label=_("Brief"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("What the story is to be about."),
    )  # fmt: skip


class PlanForm(PlanFields):
    """Writes only what the person has changed since the form was shown, so that two people's plans both stand.

    `names` are the fields that the person may change; the others are left out. After `is_valid`, `changes` has what
    differs from what was shown.
    """

    embargo_until = MomentField(
        label=_("Embargo until"), required=False, help_text=_("Nobody but a chief editor may publish it before.")
    )
    needs_legal = forms.BooleanField(label=_("Needs legal"), required=False)
    needs_picture = forms.BooleanField(label=_("Needs picture"), required=False)
    is_sensitive = forms.BooleanField(
        label=_("Sensitive"), required=False, help_text=_("Handle with care: people may be in danger.")
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10_000)

    def __init__(self, data: Any = None, *, story: Article, person: User, verbs: list[str]) -> None:
        names = [*(PLANS if "plan" in verbs else ()), *(FLAGS if "flag" in verbs else ())]
        now = {name: getattr(story, name) for name in names}
        super().__init__(data, initial={**now, "seen": json.dumps(_plain(now))}, label_suffix="")
        self.now = now
        for name in self.fields.keys() - {*names, "seen"}:
            del self.fields[name]
        if "assignee" in self.fields:
            self.fields["assignee"].queryset = writers(also=story.assignee)  # type: ignore[attr-defined]
        if story.needs_legal and "needs_legal" in self.fields and not person.has_perm("articles.clear_legal"):
            self.fields["needs_legal"].disabled = True
            self.fields["needs_legal"].help_text = _("Only an editor takes this off.")
        self.order_fields(names)

    def clean_seen(self) -> dict[str, str]:
        try:
            seen = json.loads(self.cleaned_data["seen"])
        except ValueError:
            seen = {}
        return {str(name): str(value) for name, value in seen.items()} if isinstance(seen, dict) else {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen, now = cleaned.get("seen", {}), _plain(self.now)
        typed = _plain({name: cleaned[name] for name in self.now if name in cleaned})
        shown = {name: seen.get(name, now[name]) for name in now}
        self.changes = {name: cleaned[name] for name, value in typed.items() if value != shown[name]}
        for name in self.changes:
            if now[name] != shown[name] and now[name] != typed[name]:
                self.add_error(name, ValidationError(self._meanwhile(name)))
        if self.errors:
            # Sending once more is then meant.
            again = cast(QueryDict, self.data).copy()
            again["seen"] = json.dumps(now)
            self.data = again
        return cleaned

    def _meanwhile(self, name: str) -> str:
        value = self.now[name]
        if isinstance(value, bool) or value is None or value == "":
            return gettext("Somebody changed this meanwhile. Send it again if you mean yours.")
        said = gettext("Somebody changed this meanwhile to “%(value)s”. Send it again if you mean yours.")
        return said % {"value": value}


def _plain(values: dict[str, Any]) -> dict[str, str]:
    """Values so that two of them can be compared after a way through the browser."""
    return {name: _as_text(value) for name, value in values.items()}


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, User):
        return str(value.pk)
    if hasattr(value, "timestamp"):
        return str(int(value.timestamp()) // 60)  # the form shows minutes
    return " ".join(str(value).split())


class CommissionForm(PlanFields):
    """A story that somebody is to write."""

    headline = forms.CharField(
        label=_("Working title"), max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "class": "vTextField"}),
    )  # fmt: skip
    section = forms.ModelChoiceField(
        Section.objects.select_related("parent").order_by("path"), label=_("Section"), required=False, empty_label="—"
    )
    language = forms.ChoiceField(label=_("Language"))
    field_order = ("headline", "brief", "assignee", "due_at", "commissioned_length", "section", "language")

    def __init__(self, data: Any = None, *, person: User, languages: list[tuple[str, str]]) -> None:
        super().__init__(data, initial={"language": SiteSettings.load().language}, label_suffix="")
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        limits = sections_of(person)
        section = self.fields["section"]
        if limits is not None:
            section.queryset = section.queryset.filter(pk__in=limits)  # type: ignore[attr-defined]

    def content(self) -> dict[str, Any]:
        """For `actions.save`. For a valid form."""
        cleaned = self.cleaned_data
        section = cleaned["section"].pk if cleaned["section"] else None
        return {"headline": " ".join(cleaned["headline"].split()), "section": section, "language": cleaned["language"]}

    def plans(self) -> dict[str, Any]:
        """For `actions_desk.commission`. For a valid form."""
        return {name: self.cleaned_data[name] for name in PlanFields.base_fields}
