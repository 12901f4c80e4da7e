"""An old address of the desk's own, and lists of them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models.published import OldPath
from articles.problems import DeskProblem, NotReady

LARGEST_LIST = 5 * 1024 * 1024


class OldPathForm(forms.ModelForm):
    """`problem` is a refusal met while saving: it is shown, and nothing typed is lost."""

    problem: DeskProblem | None = None

    class Meta:
        model = OldPath
        fields = ("path", "target", "is_prefix")
        widgets = {name: forms.TextInput(attrs={"dir": "ltr", "class": "vTextField"}) for name in ("path", "target")}
        help_texts = {
            "path": _("For example /2019/05/ferry.html. A whole address is taken for what comes after the host."),
            "target": _("Where readers find it now, on this site. It must be there."),
            "is_prefix": _("Whatever comes after the old address is put after the new one; both end with a slash."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "target" in self.fields:
            self.fields["target"].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if isinstance(self.problem, NotReady):
            for field, complaints in self.problem.errors.items():
                self.add_error(field, [*complaints])
        elif self.problem:
            self.add_error(None, str(self.problem))
        return cleaned

    def _post_clean(self) -> None:
        """The verb looks at what was typed and writes it; the instance stays as it is stored."""


class ListForm(forms.Form):
    """`cleaned_data["text"]` is the list, from a file or as it was shown once before."""

    file = forms.FileField(
        label=_("CSV file"), required=False,
        help_text=_(
            "Each line: the old address, the new one and, if all below it moved along, “yes”. Commas, semicolons or "
            "tabs; at most 10,000 lines."
        ),
    )  # fmt: skip
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if not file:
            return ""
        if file.size > LARGEST_LIST:
            raise ValidationError(gettext("This file is larger than 5 MB. Divide it."))
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as other:
            raise ValidationError(gettext("This file is not in UTF-8. Save it as “CSV UTF-8”.")) from other

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            cleaned["text"] = cleaned.get("file") or cleaned.get("text", "")
            if not cleaned["text"].strip():
                self.add_error("file", gettext("Choose a file with at least one line."))
        return cleaned
