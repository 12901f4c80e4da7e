"""The form of one video: what people write about it, its poster, and its captions, typed or from a file."""

from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from images import captions
from images.models import Video

_LANGUAGE = RegexValidator(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", _("Write the language’s code, such as en, fr or ar."))
LANGUAGES = sorted((code, facts["name_local"]) for code, facts in LANG_INFO.items() if "name_local" in facts)


class VideoForm(forms.ModelForm):
    """Its captions come out cleaned, or with an error that names the line."""

    captions_file = forms.FileField(
        label=_("Captions file"),
        required=False,
        help_text=_("WebVTT (.vtt) or SubRip (.srt), in UTF-8. It takes the place of the captions below."),
        widget=forms.FileInput(attrs={"accept": ".vtt,.srt,text/vtt"}),
    )

    class Meta:
        model = Video
        fields = (
            "alt_text", "is_decorative", "caption", "credit", "taken_on", "place", "rights", "rights_note",
            "rights_from", "rights_until", "is_sensitive", "poster", "poster_at", "captions", "captions_language",
            "captions_kind",
        )  # fmt: skip
        widgets = {
            "alt_text": forms.Textarea(attrs={"rows": 2, "cols": 60}),
            "caption": forms.Textarea(attrs={"rows": 3, "cols": 60}),
            "poster_at": forms.NumberInput(attrs={"min": 0, "step": 0.1}),
            "captions": forms.Textarea(attrs={"rows": 8, "cols": 60, "dir": "auto", "spellcheck": "true"}),
            "captions_language": forms.TextInput(
                attrs={"list": "video-languages", "size": 8, "dir": "ltr", "autocomplete": "off"}
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "captions_language" in self.fields:
            self.fields["captions_language"].validators.append(_LANGUAGE)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("captions_file")
        given = file.read(captions.MOST_BYTES + 1) if file else cleaned.get("captions", "").encode()
        try:
            cleaned["captions"] = captions.clean(given) if given.strip() else ""
        except captions.CaptionsRefused as refusal:
            self.add_error("captions_file" if file else "captions", str(refusal))
        if cleaned.get("captions") and not cleaned.get("captions_language") and not self.has_error("captions_language"):
            self.add_error("captions_language", gettext("Say which language the captions are in."))
        first, last = cleaned.get("rights_from"), cleaned.get("rights_until")
        if first and last and last < first:
            self.add_error("rights_until", gettext("This day is before the day from which it may be used."))
        if (cleaned.get("poster_at") or 0) > self.instance.seconds:
            self.add_error("poster_at", gettext("The video is not that long."))
        return cleaned
