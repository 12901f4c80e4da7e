"""The form by which an export of another system comes in."""

from __future__ import annotations

from typing import IO, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.languages import LANGUAGES
from articles.models.moves import MovingRun
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.moving.media import LONG_LIST, has_long_list, is_archive
from articles.moving.systems import LOOKED_AT, kind_of
from images.models import Rights


class MovingForm(forms.Form):
    """Files are told by what they begin with, not by their names."""

    export = forms.FileField(
        label=_("Export"),
        help_text=_(
            "Of WordPress: the file that it makes under Tools › Export (.xml). Of Ghost: the one under Settings › "
            "Import/Export (.json). Either may be packed (.gz). Which it is, the file says."
        ),
    )
    pictures = forms.FileField(
        label=_("Pictures"), required=False,
        help_text=_(
            "A zip or tar file of the folder wp-content/uploads, or content/images of Ghost. Without it, see below."
        ),
    )  # fmt: skip
    fetch = forms.BooleanField(
        label=_("Fetch pictures from the old site"), required=False,
        help_text=_("While it is still there: each picture from its old address."),
    )  # fmt: skip
    site = forms.URLField(
        label=_("Address of the old site"), required=False, assume_scheme="https",
        help_text=_("Only for Ghost, whose exports do not say it: to fetch pictures, and for links that name it."),
    )  # fmt: skip
    section = forms.ModelChoiceField(
        Section.objects.order_by("path"), label=_("Section"),
        help_text=_("For stories that have no category and no tag."),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language"))
    rights = forms.ChoiceField(label=_("Rights in the pictures"), choices=Rights.choices, initial=Rights.UNKNOWN)
    credit = forms.CharField(label=_("Credit of the pictures"), required=False, max_length=160)

    kind: MovingRun.Kind | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = SiteSettings.load()
        choices = [(code, LANGUAGES[code].name) for code in site.languages]
        cast(forms.ChoiceField, self.fields["language"]).choices = choices
        self.fields["section"].initial = Section.objects.order_by("pk").first()

    def clean_export(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["export"]
        self.kind = kind_of(upload.read(LOOKED_AT))
        upload.seek(0)
        if self.kind is None:
            raise ValidationError(
                gettext("This is no export of WordPress and none of Ghost: it does not begin as one.")
            )
        return upload

    def clean_pictures(self) -> UploadedFile | None:
        upload: UploadedFile | None = self.cleaned_data["pictures"]
        if upload and not is_archive(cast(IO[bytes], upload)):
            raise ValidationError(gettext("This is no zip or tar file."))
        if upload and has_long_list(cast(IO[bytes], upload)):
            raise ValidationError(str(LONG_LIST))
        return upload

    def clean(self) -> dict[str, Any]:
        said = {**self.cleaned_data, "kind": self.kind}
        if said.get("fetch") and not said.get("site") and self.kind == MovingRun.Kind.GHOST:
            self.add_error("site", gettext("Ghost’s exports do not say where the pictures are. Name the old site."))
        return said
