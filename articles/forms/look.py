"""How the paper's look is chosen: palettes and typefaces with a specimen of each, its own fonts, its icon."""

import hashlib
import struct
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.forms.renderers import BaseRenderer
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from articles import icons, palettes
from images.fields import refuse_if_away
from images.pixels import PictureRefused

MAX_FONT_BYTES = 300_000
_WOFF2_HEADER = struct.Struct(">4sIIHH")  # signature, flavour, length, tables, reserved (and more that we do not need)


class LookChoice(forms.RadioSelect):
    """Radio buttons as cards, each with what it looks like and a link to the front page in it."""

    template = ""

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        base = (attrs or {}).get("id", f"id_{name}")
        cards = [
            {"value": key, "label": label, "id": f"{base}_{key}", "checked": key == str(value), **self.specimen(key)}
            for key, label in self.choices
        ]
        described = (attrs or {}).get("aria-describedby", "")
        return render_to_string(self.template, {"name": name, "cards": cards, "described": described})

    def specimen(self, key: str) -> dict[str, Any]:
        return {}


class PaletteChoice(LookChoice):
    template = "admin/articles/sitesettings/_palettes.html"

    def specimen(self, key: str) -> dict[str, Any]:
        chosen = palettes.colours(key)
        return {"halves": [(0, chosen.light), (150, chosen.dark)]}


class FacesChoice(LookChoice):
    template = "admin/articles/sitesettings/_faces.html"


class FontField(forms.FileField):
    """Takes a WOFF2 file of at most 300 kB; what it hands on is named by a digest of its bytes."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not isinstance(upload, UploadedFile):
            return upload
        refuse_if_away()
        content = upload.read(MAX_FONT_BYTES + 1)
        if len(content) > MAX_FONT_BYTES:
            raise ValidationError(
                gettext(
                    "The font is larger than 300 kB. Keep only the letters that your languages need, and try again."
                )
            )
        if not _is_woff2(content):
            raise ValidationError(
                gettext("This is not a WOFF2 font. Other formats (TTF, OTF, WOFF) must be converted to WOFF2 first.")
            )
        return ContentFile(content, name=f"{hashlib.sha256(content).hexdigest()[:32]}.woff2")


def _is_woff2(content: bytes) -> bool:
    if len(content) < _WOFF2_HEADER.size:
        return False
    signature, _flavour, length, tables, _reserved = _WOFF2_HEADER.unpack_from(content)
    return signature == b"wOF2" and length == len(content) and tables > 0


class IconField(forms.FileField):
    """Takes a square picture of at least 512 pixels; what it hands on is made from the pixels alone."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not isinstance(upload, UploadedFile):
            return upload
        refuse_if_away()
        try:
            return icons.fresh(upload)
        except PictureRefused as refusal:
            raise ValidationError(str(refusal)) from refusal
