"""When a story goes out and when it is taken off."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.forms.moments import MomentField
from articles.registry import PublishOption


class ScheduleForm(forms.Form):
    """Both times are as they shall be from now on: one that is emptied is cancelled.

    `options` are the ticks offered beside *Publish*; `may_publish` says whether there is anything to publish, and
    `frozen` which revision the clock holds already.
    """

    at = MomentField(label=_("Goes out"), required=False)
    until = MomentField(
        label=_("Taken off"), required=False, help_text=_("Empty: it stays. Taken off, it can be published again.")
    )
    note = forms.CharField(
        label=_("Note for colleagues"), max_length=300, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)  # what the clock held when this was shown

    def __init__(
        self,
        *args: Any,
        options: list[PublishOption],
        may_publish: bool,
        may_override: bool,
        frozen: int | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.frozen = frozen
        self.ticks = [f"option-{option.name}" for option in options]
        if not may_publish:
            del self.fields["at"]
        for option in options if may_publish else []:
            self.fields[f"option-{option.name}"] = forms.BooleanField(
                label=str(option.label), required=False, help_text=option.help_text()
            )
        if may_override and may_publish:
            self.fields["override"] = forms.CharField(
                label=_("Reason to set checks aside"), max_length=300, required=False,
                widget=forms.TextInput(attrs={"dir": "auto"}),
                help_text=_("Only where a check or an embargo stands in the way. It stays with the story's history."),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        at, until = cleaned.get("at"), cleaned.get("until")
        if at and until and until <= at:
            self.add_error("until", ValidationError(gettext("It can only be taken off after it has gone out.")))
        return cleaned

    def refresh(self) -> None:
        """Keeps what was typed, on top of what is true now: sending once more is then meant."""
        data = cast(QueryDict, self.data).copy()
        data["seen"], data["version"] = self.initial["seen"], str(self.initial["version"])
        self.data = data

    def options(self) -> dict[str, bool]:
        """What was ticked, by the options' names."""
        return {name.removeprefix("option-"): bool(self.cleaned_data.get(name)) for name in self.ticks}
