"""Pictures in stories: which ones a story's content names, what stands in their way, and how readers get them."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from articles import markup
from images import names
from images.models import Picture

Pictures = dict[int, Picture]

# As `markup.clean` and `markup.render` write it.
_FIGURE = re.compile(r'<figure data-image="(\d+)">(?:<figcaption([^>]*)>(.*?)</figcaption>)?</figure>')
_COMPLAINTS: dict[str, str | Promise] = {
    "alt_text": _("The picture “%(picture)s” has no description. Write one in the library, or tick “only decoration”."),
    "credit": _("The picture “%(picture)s” has no credit. Add it in the library."),
    "rights": _("The rights in the picture “%(picture)s” have not been cleared yet. State them in the library."),
    "not_yet": _("The picture “%(picture)s” may not be used yet."),
    "expired": _("The picture “%(picture)s” may no longer be used: its rights have run out."),
}
_GONE = _("Picture %(number)s is not in the library. Choose another.")


def numbers_in(body: str) -> list[int]:
    """Numbers of the pictures in a cleaned body, in order, each once."""
    return list(dict.fromkeys(int(match[1]) for match in _FIGURE.finditer(body)))


def pictures_of(content: dict[str, Any]) -> Pictures:
    """The pictures that a story's content names, by number; those that are not in the library are left out."""
    return Picture.objects.in_bulk({*numbers_in(content["body"]), content.get("lead_picture")} - {None})


def complaints(content: dict[str, Any], *, on: date) -> dict[str, list[str]]:
    """Field name -> messages about pictures that must not be published on that day; {} when all may."""
    known = pictures_of(content)
    lead = content.get("lead_picture")
    found = {
        "lead_picture": _about([lead] if lead else [], known, on),
        "body": _about(numbers_in(content["body"]), known, on),
    }
    return {field: messages for field, messages in found.items() if messages}


def _about(numbers: Iterable[int], known: Pictures, on: date) -> list[str]:
    messages = []
    for number in numbers:
        if picture := known.get(number):
            codes = picture.what_is_missing(on=on)
            messages += [str(_COMPLAINTS[code]) % {"picture": picture} for code in codes]
        else:
            messages.append(str(_GONE) % {"number": number})
    return messages


def lead(picture: Picture | None, *, language: str) -> dict[str, Any]:
    """The lead picture as `PublishedArticle.lead` holds it; {} for none."""
    if picture is None:
        return {}
    return {
        "picture": picture.pk,
        "alt": _alt(picture),
        "caption": markup.smarten(picture.caption, language=language),
        "credit": picture.credit,
        "sensitive": picture.is_sensitive,
        "crops": {crop: names.sources(picture, crop) for crop in names.CROPS},
    }


def render(body: str, pictures: Pictures, *, language: str) -> str:
    """As `markup.render`, with the body's pictures in it. One that `pictures` lacks is left out with its caption."""

    def figure(match: re.Match[str]) -> str:
        picture = pictures.get(int(match[1]))
        if picture is None:
            return ""
        context = {
            "picture": picture,
            "alt": _alt(picture),
            "crop": names.sources(picture, "whole"),
            "caption_attributes": markup.safe(match[2] or ""),
            "own_caption": markup.safe(match[3] or ""),
            "caption": markup.smarten(picture.caption, language=language),
        }
        return render_to_string("articles/_figure.html", context).replace("\n", "")

    with override(language):
        return _FIGURE.sub(figure, markup.render(body, language=language))


def facts(pictures: Iterable[Picture]) -> list[dict[str, Any]]:
    """What a story's form shows of pictures, for JSON: ``id``, ``thumb`` (a path), ``alt``, ``caption``, ``credit``."""
    return [
        {
            "id": picture.pk,
            "thumb": thumbnail(picture),
            "alt": _alt(picture),
            "caption": picture.caption,
            "credit": picture.credit,
        }
        for picture in pictures
    ]


def thumbnail(picture: Picture) -> str:
    """The path of its smallest rendition, uncut."""
    narrowest = names.widths(picture, "whole")[0]
    return names.Rendition(picture.pk, picture.version, "whole", narrowest, "webp").path


def _alt(picture: Picture) -> str:
    return "" if picture.is_decorative else picture.alt_text
