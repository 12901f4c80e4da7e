"""Bringing in a text: first the text or file itself, then what was recognised in it."""

from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.actions_import import find_section
from articles.forms.site import edition_choices
from articles.importing.boilerplate import Boilerplate
from articles.importing.decode import MAX_FILE
from articles.importing.plain_text import ParsedText
from articles.models.places import Section
from articles.models.site import SiteSettings

SALT = "articles.bring_in"


class TextForm(forms.Form):
    text = forms.CharField(
        label=_("Text"), required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "dir": "auto"}),
        help_text=_("Section, headline, then each paragraph on a line of its own. A section may be missing."),
    )  # fmt: skip
    file = forms.FileField(
        label=_("or a file"), required=False, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".txt,.docx,text/plain"}),
        help_text=_("Plain text or .docx, up to 10 MB."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        if file is None and not cleaned.get("text", "").strip():
            raise ValidationError(gettext("Paste a text or choose a file."))
        if file and file.size > MAX_FILE:
            self.add_error("file", gettext("The file is larger than 10 MB. Save it without pictures and try again."))
        return cleaned

    def source(self) -> tuple[bytes, str]:
        """The bytes to read and the name they came under. For a valid form."""
        file = self.cleaned_data["file"]
        return (file.read(), file.name) if file else (self.cleaned_data["text"].encode(), "")


class RecognisedForm(forms.Form):
    """What was recognised, with what the desk may decide; `parsed` carries the text from page to page, signed."""

    parsed = forms.CharField(widget=forms.HiddenInput)
    section = forms.ModelChoiceField(
        Section.objects.select_related("parent").order_by("path"), label=_("Section"), required=False, empty_label="—"
    )
    language = forms.ChoiceField(label=_("Language"), choices=lambda: edition_choices(SiteSettings.load()))
    channels = forms.BooleanField(label=_("Put these into the site settings"), required=False, initial=True)

    def clean_parsed(self) -> ParsedText:
        try:
            return opened(self.cleaned_data["parsed"])
        except signing.BadSignature as error:
            raise ValidationError(gettext("The text was damaged on its way. Please bring it in once more.")) from error


def recognised_form(parsed: ParsedText) -> RecognisedForm:
    """The second page's form for a text that was read."""
    section = find_section(parsed.section) if parsed.section else None
    initial = {"parsed": sealed(parsed), "section": section, "language": SiteSettings.load().language}
    return RecognisedForm(initial=initial)


def sealed(parsed: ParsedText) -> str:
    notice = parsed.boilerplate
    told = vars(notice) | {"links": dict(notice.links)} if notice else None
    return signing.dumps(vars(parsed) | {"boilerplate": told}, salt=SALT, compress=True)


def opened(text: str) -> ParsedText:
    """What `sealed` has closed. Raises ``BadSignature`` for anything else."""
    fields = signing.loads(text, salt=SALT)
    notice = fields["boilerplate"]
    if notice:
        fields["boilerplate"] = Boilerplate(**notice | {"channels": tuple(notice["channels"])})
    return ParsedText(**fields | {"warnings": tuple(fields["warnings"])})
