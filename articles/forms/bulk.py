"""What is asked when something is done to many stories at once. `values` are the verb's further arguments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from articles.forms.moments import MomentField
from articles.models.places import Section, Tag
from articles.narrowing import flag_labels
from articles.verbs import sections_of

TAGS = 20


class BulkForm(forms.Form):
    """Nothing is asked but to be sure."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    @property
    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class AssignForm(BulkForm):
    assignee = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("display_name", "pk"),
        label=_("With"), required=False, empty_label=pgettext_lazy("who has a story", "Nobody"),
    )  # fmt: skip


class DueForm(BulkForm):
    due_at = MomentField(label=_("Due"), required=False, help_text=_("Empty: no time is set."))


class FlagForm(BulkForm):
    flag = forms.ChoiceField(label=_("Flag"), choices=lambda: list(flag_labels().items()))
    is_set = forms.TypedChoiceField(
        label=_("What to do"), coerce=lambda value: value == "set",
        choices=[("set", _("Put it on")), ("clear", _("Take it off"))],
    )  # fmt: skip

    @property
    def values(self) -> dict[str, Any]:
        return {self.cleaned_data["flag"]: self.cleaned_data["is_set"]}


class SectionForm(BulkForm):
    section = forms.ModelChoiceField(
        Section.objects.select_related("parent").order_by("path"), label=_("Section"), empty_label=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limits = sections_of(self.user)
        field = self.fields["section"]
        if limits is not None and isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            field.queryset = field.queryset.filter(pk__in=limits)


class TagsForm(BulkForm):
    tags = forms.CharField(
        label=_("Tags"), max_length=500, widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text=_("Separated by commas. They come to those that a story has already."),
    )  # fmt: skip

    def clean_tags(self) -> list[Tag]:
        names = list(dict.fromkeys(filter(None, map(str.strip, self.cleaned_data["tags"].split(",")))))[:TAGS]
        found = {name: Tag.objects.filter(name__named=name).first() for name in names}
        if unknown := [name for name, tag in found.items() if tag is None]:
            said = gettext("There is no such tag: %(names)s. Make it first, or choose another.")
            raise ValidationError(said % {"names": ", ".join(unknown)})
        return [tag for tag in found.values() if tag]


class NoteForm(BulkForm):
    note = forms.CharField(
        label=_("Note for the desk"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("It stands among the comments of each of them; readers never see it."),
    )  # fmt: skip
