"""What is asked before a translation is begun."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class TranslateForm(forms.Form):
    """`languages` are those that the story's group lacks: code and name."""

    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, data: Any = None, *, languages: list[tuple[str, str]]) -> None:
        super().__init__(data, label_suffix="")
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
