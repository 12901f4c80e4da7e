"""What is asked when a story changes hands."""

from django import forms
from django.utils.translation import gettext_lazy as _


class HandOverForm(forms.Form):
    note = forms.CharField(
        label=_("Note for the desk"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("What the next person should know. It stands among the story's comments; readers never see it."),
    )  # fmt: skip


class ReturnForm(forms.Form):
    note = forms.CharField(
        label=_("What is to be done"), max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("The writer sees it above the story and among its comments; readers never do."),
        error_messages={"required": _("Say what is to be done: the writer sees it.")},
    )  # fmt: skip
