"""The editor for bodies: django-prose-editor's bundle with our own toolbar and blocks, under the admin's strict CSP.

The bundle brings Tiptap. What may stand in a body is said for the browser in ``static/desk/editor/schema.js`` and for
the server in `articles.markup`. Without JavaScript the field is a text area that holds the HTML itself.
"""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from js_asset import ImportMap, Media, Script

from articles import figures

_NAMES = ("schema", "quotation", "photo", "picker", "paste", "toolbar")
MODULES = ImportMap(
    {
        "django-prose-editor/editor": "django_prose_editor/editor.js",
        **{f"desk/editor/{name}": f"desk/editor/{name}.js" for name in _NAMES},
    }
)


class BodyEditor(forms.Textarea):
    """A text area that becomes the editor. Its import map is inline: the page must give its media the CSP's nonce.

    Beside the text, the field ``<name>_nodes`` says which kinds of blocks the editor knew; empty: it did not run.
    `with_photos`: pictures can be put in; then the page must hold ``_picture_dialog.html``.
    """

    def __init__(self, *, with_photos: bool = False) -> None:
        self.with_photos = with_photos
        super().__init__()

    @property
    def media(self) -> Media:
        return Media(
            importmap=MODULES,
            css={"all": ["desk/editor.css"]},
            js=[Script("desk/editor/start.js", type="module")],
        )

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        attrs = {**(attrs or {}), "data-body-editor": "", "dir": "auto"}
        field = super().render(name, value, attrs, renderer)
        pictures = figures.pictures_of({"body": value or ""}).values()
        context = {
            "field": field,
            "name": name,
            "id": attrs.get("id", name),
            "with_photos": self.with_photos,
            "pictures": json.dumps(figures.facts(pictures)),
        }
        return render_to_string("admin/articles/article/_body_editor.html", context)
