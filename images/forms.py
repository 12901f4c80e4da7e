"""The form of one picture, with its blurred parts as lines of text that a keyboard can write."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from images.models import Picture

MOST_PARTS = 40


def as_lines(parts: list[list[float]]) -> str:
    """Parts of a picture as people write them."""
    return "\n".join(" ".join(f"{100 * share:.4g}" for share in part) for part in parts)


class BlurredField(forms.CharField):
    """Parts of a picture, a line each: left, top, right and bottom in per cent. Cleans to shares between 0 and 1."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return as_lines(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[list[float]]:
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_PARTS:
            raise ValidationError(gettext("Not more than %(most)s parts.") % {"most": MOST_PARTS})
        return [self._part(line) for line in lines]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return as_lines(initial or []).split() != (data or "").split()

    def _part(self, line: str) -> list[float]:
        try:
            left, top, right, bottom = (round(float(number) / 100, 4) for number in line.replace(",", ".").split())
        except ValueError:
            left = top = right = bottom = -1.0
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise ValidationError(
                gettext("“%(line)s” is no part of the picture: write left, top, right and bottom in per cent.")
                % {"line": line}
            )
        return [left, top, right, bottom]


class PictureForm(forms.ModelForm):
    """What people write about a picture, its focal point, and what is blurred."""

    blurred_parts = BlurredField(
        label=_("Blurred parts"),
        required=False,
        help_text=_("A line for each: left, top, right and bottom edge in per cent, such as “40 10 55 30”."),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 30, "dir": "ltr"}),
    )

    class Meta:
        model = Picture
        fields = (
            "alt_text", "is_decorative", "caption", "credit", "taken_on", "place", "rights", "rights_note",
            "rights_from", "rights_until", "is_sensitive", "focal_x", "focal_y",
        )  # fmt: skip
        _share = {"min": 0, "max": 1, "step": 0.01}
        widgets = {
            "alt_text": forms.Textarea(attrs={"rows": 2, "cols": 60}),
            "caption": forms.Textarea(attrs={"rows": 3, "cols": 60}),
            "focal_x": forms.NumberInput(attrs=_share),
            "focal_y": forms.NumberInput(attrs=_share),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["blurred_parts"] = self.instance.blurred

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("rights_from"), cleaned.get("rights_until")
        if first and last and last < first:
            self.add_error("rights_until", gettext("This day is before the day from which it may be used."))
        return cleaned


class WordsForm(forms.ModelForm):
    """What must be known of a picture before it can be used: asked as soon as its file is in the library."""

    class Meta:
        model = Picture
        fields = ("alt_text", "is_decorative", "caption", "credit", "rights")
        widgets = {
            "alt_text": forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            "caption": forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            "credit": forms.TextInput(attrs={"dir": "auto"}),
        }

    def __init__(self, picture: Picture, data: Any = None) -> None:
        # Several stand on one page, beside a story's form that has a credit as well.
        super().__init__(data, instance=picture, auto_id=f"picture-{picture.pk}-%s")
