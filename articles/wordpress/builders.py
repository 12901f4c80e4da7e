"""What shortcodes show that are a picture, pictures or a film: WordPress's own, and those of page builders."""

from __future__ import annotations

import re
from html import escape, unescape

from articles import embeds
from articles.wordpress.brackets import Bracket

# By their names: "vc_single_image", "et_pb_image", "fusion_imageframe", "av_image"; "vc_gallery", "et_pb_gallery".
_OF_ONE = re.compile(r"ima?ge?(?!s|_?(?:compare|carousel|gallery|grid))|photo|picture")
_OF_MANY = re.compile(r"gallery|carousel|slide|images|media_grid")
_NUMBER = re.compile(r"(\d{1,18})(?:\|.*)?", re.DOTALL)
_NUMBERS = re.compile(r"[\d, ]*\d[\d, ]*")
_PICTURE = re.compile(
    r"(?:https?:/)?/[^\s<>\"']{1,1000}\.(?:jpe?g|png|gif|webp)(?:\?[^\s<>\"']{0,300})?", re.IGNORECASE
)
_HEADED = {"vc_custom_heading": "text", "av_heading": "heading"}
_FILMS = {"youtube": "https://youtu.be/", "vimeo": "https://vimeo.com/"}


def pictures(bracket: Bracket, inside: str) -> str:
    """HTML of what it shows, as `articles.moving.texts` knows it; "" where it shows no picture.

    `inside` is the one word between it and its end.
    """
    name, known = bracket.name, bracket.known
    if name == "gallery" or _OF_MANY.search(name):
        said = (known.get(each, "") for each in ("ids", "include", "images", "image_ids", "gallery_ids"))
        ids = next(filter(_NUMBERS.fullmatch, said), "")
        return f'<section class="gallery" data-ids="{ids}"></section>' if ids or name == "gallery" else ""
    if not _OF_ONE.search(name):
        return ""
    said = (known.get(each, "") for each in ("image", "image_id", "attachment", "attachment_id"))
    number = next((found[1] for each in said if (found := _NUMBER.fullmatch(each))), "")
    files = (known.get("src", ""), known.get("url", ""), known.get("image", ""), known.get("image_url", ""), inside)
    file = next(filter(_PICTURE.fullmatch, files), "")
    if not number and not file:
        return ""
    alt, caption = escape(unescape(known.get("alt", ""))), known.get("caption", "")
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    sign = f' class="wp-image-{number}"' if number else ""
    return f'<figure><img{sign} src="{escape(unescape(file))}" alt="{alt}">{below}</figure>'


def heading(bracket: Bracket) -> str:
    """Words that page builders keep in the shortcode itself; "" for none."""
    words = bracket.known.get(_HEADED.get(bracket.name, ""), "").strip()
    return f"<h2>{words}</h2>" if words else ""


def film(bracket: Bracket, inside: str) -> str:
    """The address of the post or film elsewhere that it shows; "" for none that is known here."""
    bare = bracket.said.strip(" =\"'")
    said = [bracket.known.get(each, "") for each in ("src", "url", "mp4", "link", "id")]
    words = [*filter(None, said), bare, inside]
    where = next((address for name, address in _FILMS.items() if name in bracket.name), "")
    ways = [*words, *(where + word for word in words if where and word.isascii())]
    return next(filter(embeds.recognise, ways), "")
