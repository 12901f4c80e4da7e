"""What is asked before a story is taken off."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WithdrawForm(forms.Form):
    note = forms.CharField(
        label=_("Note for colleagues"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Why it goes. It stays with the story's history; readers do not see it."),
    )  # fmt: skip


class KillForm(forms.Form):
    notice = forms.CharField(
        label=_("Notice to readers"), max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_(
            "What was wrong, in a sentence or two, in the story's language. It stands at its address for "
            "good, and in the list of corrections; the headline does not."
        ),
        error_messages={
            "required": _("Readers who come to the address need a notice: what was wrong, in a sentence or two.")
        },
    )  # fmt: skip


class ConfirmForm(forms.Form):
    """Nothing is asked but to be sure."""
