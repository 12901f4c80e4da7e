"""The field that chooses a story's lead picture."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from js_asset import Media, Script

from articles import figures
from images.models import Picture
from safeguards.numbers import whole


class LeadPicture(forms.NumberInput):
    """A picture's number, behind a thumbnail and the picker. Without JavaScript the number itself is typed.

    Its script uses the import map of `articles.editor.BodyEditor`; the page must hold ``_picture_dialog.html``.
    """

    @property
    def media(self) -> Media:
        return Media(js=[Script("desk/lead_picture.js", type="module")])

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        number = whole(value)
        picture = Picture.objects.filter(pk=number).first() if number is not None else None
        context = {
            "field": super().render(name, value, {**(attrs or {}), "min": 1}, renderer),
            "picture": picture,
            "thumb": figures.thumbnail(picture) if picture else "",
        }
        return render_to_string("admin/articles/article/_lead_picture.html", context)
