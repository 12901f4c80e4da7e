"""The editor for bodies: django-prose-editor's bundle with our own toolbar and blocks, under the admin's strict CSP.

The bundle brings Tiptap. What may stand in a body is said for the browser in ``static/desk/editor/schema.js`` and for
the server in `articles.markup`. Without JavaScript the field is a text area that holds the HTML itself.
"""

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from js_asset import ImportMap, Media, Script

from articles import embeds, figures
from articles.embeds import Embed
from articles.languages import direction
from articles.models.published import PublishedArticle
from images import video_names
from images.models import Picture, Video
from safeguards.numbers import whole

_NAMES = (
    "schema", "quotation", "block", "photo", "gallery", "video", "embed", "stories", "facts", "questions", "picker",
    "upload", "paste", "toolbar", "insert", "comfort", "slash", "drag", "dropped", "find", "count", "keys", "step",
)  # fmt: skip
# As `markup.clean` and the editor itself write them.
_NAMED = re.compile(r'<figure data-(image|video|embed|stories)="([^"]*)"')
MODULES = ImportMap(
    {
        "django-prose-editor/editor": "django_prose_editor/editor.js",
        "desk/pictures-upload": "desk/pictures-upload.js",
        **{f"desk/editor/{name}": f"desk/editor/{name}.js" for name in _NAMES},
    }
)


class BodyEditor(forms.Textarea):
    """A text area that becomes the editor. Its import map is inline: the page must give its media the CSP's nonce.

    Beside the text, the field ``<name>_nodes`` says which kinds of blocks the editor knew; empty: it did not run.
    `for_stories`: what comes from the library, and other stories, can be put in; then the page must hold
    ``_picture_dialog.html``. `commissioned` is the length that was asked for, in words; None: none was.
    """

    commissioned: int | None = None

    def __init__(self, *, for_stories: bool = False) -> None:
        self.for_stories = for_stories
        super().__init__()

    @property
    def media(self) -> Media:
        return Media(
            importmap=MODULES,
            css={"all": ["desk/editor.css", "desk/blocks.css", "desk/comfort.css"]},
            js=[Script("desk/editor/start.js", type="module")],
        )

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        attrs = {**(attrs or {}), "data-body-editor": "", "dir": "auto"}
        field = super().render(name, value, attrs, renderer)
        context = {
            "field": field,
            "name": name,
            "id": attrs.get("id", name),
            "for_stories": self.for_stories,
            "known": json.dumps(facts_in(value or "")),
            "commissioned": str(self.commissioned or ""),
        }
        return render_to_string("admin/articles/article/_body_editor.html", context)


def facts_in(body: str) -> dict[str, list[dict[str, Any]]]:
    """What the editor shows of everything that a body names: ``pictures``, ``videos``, ``embeds``, ``stories``.

    What is not there any more, or not published, is left out; the editor then shows the number or the address.
    """
    named: dict[str, list[str]] = {"image": [], "video": [], "embed": [], "stories": []}
    for kind, value in _NAMED.findall(body):
        named[kind] += value.split() if kind == "stories" else [unescape(value)]
    recognised = filter(None, map(embeds.recognise, dict.fromkeys(named["embed"])))
    return {
        "pictures": figures.facts(Picture.objects.filter(pk__in=_numbers(named["image"]))),
        "videos": [video_facts(video) for video in Video.objects.filter(pk__in=_numbers(named["video"]))],
        "embeds": [embed_facts(embed) for embed in recognised],
        "stories": [
            story_facts(story) for story in PublishedArticle.objects.filter(pk__in=_numbers(named["stories"])).cards()
        ],
    }


def _numbers(values: list[str]) -> set[int]:
    return {number for value in values if (number := whole(value)) is not None}


def video_facts(video: Video) -> dict[str, Any]:
    """``id``, ``thumb`` (a path, "" while there is no poster), ``alt``, ``caption``, ``credit``, ``seconds``."""
    poster: Any = video_names.sources(video)["poster"] if video.is_ready else {}
    return {
        "id": video.pk,
        "thumb": poster.get("src", ""),
        "alt": video.alt_text,
        "caption": video.caption,
        "credit": video.credit,
        "seconds": video.seconds,
    }


def story_facts(story: PublishedArticle) -> dict[str, Any]:
    """``id``, ``headline``, ``section`` (a name), ``published`` (a date in words), ``language``, ``direction``."""
    return {
        "id": story.pk,
        "headline": story.headline,
        "section": story.section.name_in(story.language),
        "published": date_format(timezone.localtime(story.published_at), "SHORT_DATE_FORMAT"),
        "language": story.language,
        "direction": direction(story.language),
    }


def embed_facts(embed: Embed) -> dict[str, Any]:
    """``url`` (the canonical one), ``provider`` (a name), ``kind`` (what stands there, in a word)."""
    return {"url": embed.url, "provider": embed.provider, "kind": str(embed.kind.label)}
