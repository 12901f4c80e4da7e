"""The form under each story for whoever has found an error in it."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _


class ReaderNoteForm(forms.Form):
    """`text` comes with plain line ends, without those around it. `website` is a trap: people do not see it."""

    text = forms.CharField(
        label=_("What is wrong, and how do you know?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 7, "dir": "auto"}),
        error_messages={"required": _("Please write what is wrong.")},
    )
    contact = forms.CharField(
        label=_("How can we answer you?"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "email"}),
        help_text=_("Only if you wish: an e-mail address, for example. We keep it sealed and forget it after 90 days."),
    )
    website = forms.CharField(required=False)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, label_suffix="")

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").strip()
