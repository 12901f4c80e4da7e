"""The form by which an export of another system comes in."""

from __future__ import annotations

import zipfile
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.languages import LANGUAGES
from articles.models.places import Section
from articles.models.site import SiteSettings
from images.models import Rights

_LOOKED_AT = 4096


class MovingForm(forms.Form):
    """Files are told by what they begin with, not by their names."""

    export = forms.FileField(
        label=_("Export of WordPress"),
        help_text=_("The file that WordPress makes under Tools › Export: .xml or .xml.gz."),
    )
    pictures = forms.FileField(
        label=_("Pictures"), required=False,
        help_text=_("A zip file of the folder wp-content/uploads. Without it, see below."),
    )  # fmt: skip
    fetch = forms.BooleanField(
        label=_("Fetch pictures from the old site"), required=False,
        help_text=_("While it is still there: each picture from its old address."),
    )  # fmt: skip
    section = forms.ModelChoiceField(
        Section.objects.order_by("path"), label=_("Section"), help_text=_("For stories that have no category.")
    )
    language = forms.ChoiceField(label=_("Language"))
    rights = forms.ChoiceField(label=_("Rights in the pictures"), choices=Rights.choices, initial=Rights.UNKNOWN)
    credit = forms.CharField(label=_("Credit of the pictures"), required=False, max_length=160)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = SiteSettings.load()
        choices = [(code, LANGUAGES[code].name) for code in site.languages]
        cast(forms.ChoiceField, self.fields["language"]).choices = choices
        self.fields["section"].initial = Section.objects.order_by("pk").first()

    def clean_export(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["export"]
        start = upload.read(_LOOKED_AT)
        upload.seek(0)
        if not start.startswith(b"\x1f\x8b") and b"<rss" not in start:
            raise ValidationError(gettext("This is no export of WordPress: it does not begin as one."))
        return upload

    def clean_pictures(self) -> UploadedFile | None:
        upload: UploadedFile | None = self.cleaned_data["pictures"]
        if upload and not zipfile.is_zipfile(upload):
            raise ValidationError(gettext("This is no zip file."))
        if upload:
            upload.seek(0)
        return upload
