"""Credit and rights of many pictures at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from images import library
from images.models import Picture, Rights

if TYPE_CHECKING:
    from accounts.models import User

_WORDS = ("credit", "rights", "rights_note", "rights_from", "rights_until")


class BulkForm(forms.Form):
    """What is to be written on each of `pictures`; what is left empty stays as it is on each."""

    credit = forms.CharField(label=_("Credit"), max_length=160, required=False)
    rights = forms.ChoiceField(
        label=_("Rights"), choices=[("", _("as they are")), *Rights.choices], required=False, initial=""
    )
    rights_note = forms.CharField(label=_("Note on the rights"), max_length=300, required=False)
    rights_from = forms.DateField(
        label=_("May be used from"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    rights_until = forms.DateField(
        label=_("May be used until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    without_end = forms.BooleanField(label=_("May be used without an end"), required=False)

    def __init__(self, *args: Any, pictures: Sequence[Picture], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pictures = pictures

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("without_end") and cleaned.get("rights_until"):
            self.add_error("without_end", gettext("Either a last day or no end."))
        elif not self.errors and not self.written():
            raise forms.ValidationError(gettext("Fill in what is to be written on the pictures."))
        wrong = [picture for picture in self.pictures if not self.errors and self._ends_before_it_begins(picture)]
        for picture in wrong:
            said = gettext("“%(picture)s” could then never be used: its last day is before its first.")
            self.add_error(None, said % {"picture": picture})
        return cleaned

    def written(self) -> dict[str, Any]:
        """Fields of `Picture` and what they become."""
        written = {name: self.cleaned_data[name] for name in _WORDS if self.cleaned_data.get(name)}
        if self.cleaned_data.get("without_end"):
            written["rights_until"] = None
        return written

    def _ends_before_it_begins(self, picture: Picture) -> bool:
        written = self.written()
        first = written.get("rights_from", picture.rights_from)
        last = written.get("rights_until", picture.rights_until)
        return bool(first and last and last < first)

    @transaction.atomic
    def save(self, *, actor: User) -> int:
        """Writes it on each picture, each with its audit row; on how many."""
        for picture in sorted(self.pictures, key=lambda each: each.pk):
            library.change(picture, actor=actor, **self.written())
        return len(self.pictures)
