"""Pictures and videos in stories: which ones a story's content names, and what stands in their way."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from articles import markup
from images import names
from images.models import Picture, Usable, Video

Pictures = dict[int, Picture]

# As `markup.clean` writes it.
_FIGURE = re.compile(r'<figure data-(image|video)="(\d+)">')
_COMPLAINTS: dict[str, str | Promise] = {
    "alt_text": _("The picture “%(picture)s” has no description. Write one in the library, or tick “only decoration”."),
    "credit": _("The picture “%(picture)s” has no credit. Add it in the library."),
    "rights": _("The rights in the picture “%(picture)s” have not been cleared yet. State them in the library."),
    "not_yet": _("The picture “%(picture)s” may not be used yet."),
    "expired": _("The picture “%(picture)s” may no longer be used: its rights have run out."),
}
_GONE = _("Picture %(number)s is not in the library. Choose another.")
_OF_VIDEOS: dict[str, str | Promise] = {
    "alt_text": _("The video “%(video)s” has no description. Write one in the library, or tick “only decoration”."),
    "credit": _("The video “%(video)s” has no credit. Add it in the library."),
    "rights": _("The rights in the video “%(video)s” have not been cleared yet. State them in the library."),
    "not_yet": _("The video “%(video)s” may not be used yet."),
    "expired": _("The video “%(video)s” may no longer be used: its rights have run out."),
    "not_ready": _("The video “%(video)s” cannot be played yet. The library says how far it is."),
}
_VIDEO_GONE = _("Video %(number)s is not in the library. Choose another.")


def numbers_in(body: str, kind: str = "image") -> list[int]:
    """Numbers of the pictures (or, `kind` "video", the videos) in a cleaned body, in order, each once."""
    return list(dict.fromkeys(int(match[2]) for match in _FIGURE.finditer(body) if match[1] == kind))


def pictures_of(content: dict[str, Any]) -> Pictures:
    """The pictures that a story's content names, by number; those that are not in the library are left out."""
    return Picture.objects.in_bulk({*numbers_in(content["body"]), content.get("lead_picture")} - {None})


def videos_of(content: dict[str, Any]) -> dict[int, Video]:
    """The videos that a story's content names and that can be played, by number."""
    return Video.objects.filter(is_ready=True).select_related("poster").in_bulk(numbers_in(content["body"], "video"))


def complaints(content: dict[str, Any], *, on: date) -> dict[str, list[str]]:
    """Field name -> messages about pictures and videos that must not be published on that day; {} when all may."""
    known = pictures_of(content)
    lead = content.get("lead_picture")
    videos = numbers_in(content["body"], "video")
    found = {
        "lead_picture": _about([lead] if lead else [], known, on),
        "body": [
            *_about(numbers_in(content["body"]), known, on),
            *_about(videos, Video.objects.in_bulk(videos), on, wording=_OF_VIDEOS, gone=_VIDEO_GONE),
        ],
    }
    return {field: messages for field, messages in found.items() if messages}


def _about(
    numbers: Iterable[int],
    known: Mapping[int, Usable],
    on: date,
    *,
    wording: dict[str, str | Promise] = _COMPLAINTS,
    gone: str | Promise = _GONE,
) -> list[str]:
    messages = []
    for number in numbers:
        if thing := known.get(number):
            messages += [
                str(wording[code]) % {"picture": thing, "video": thing} for code in thing.what_is_missing(on=on)
            ]
        else:
            messages.append(str(gone) % {"number": number})
    return messages


def lead(picture: Picture | None, *, language: str) -> dict[str, Any]:
    """The lead picture as `PublishedArticle.lead` holds it; {} for none."""
    if picture is None:
        return {}
    return {
        "picture": picture.pk,
        "alt": alt(picture),
        "caption": markup.smarten(picture.caption, language=language),
        "credit": picture.credit,
        "sensitive": picture.is_sensitive,
        "crops": {crop: names.sources(picture, crop) for crop in names.CROPS},
    }


def facts(pictures: Iterable[Picture]) -> list[dict[str, Any]]:
    """What a story's form shows of pictures, for JSON: ``id``, ``thumb`` (a path), ``alt``, ``caption``, ``credit``."""
    return [
        {
            "id": picture.pk,
            "thumb": thumbnail(picture),
            "alt": alt(picture),
            "caption": picture.caption,
            "credit": picture.credit,
        }
        for picture in pictures
    ]


def thumbnail(picture: Picture) -> str:
    """The path of its smallest rendition, uncut."""
    narrowest = names.widths(picture, "whole")[0]
    return names.Rendition(picture.pk, picture.version, "whole", narrowest, "webp").path


def alt(thing: Usable) -> str:
    """What is said of a picture or a video to those who do not see it; "" of decoration."""
    return "" if thing.is_decorative else thing.alt_text
