"""The figures of a body as readers get them: photos, galleries, videos, posts elsewhere, related stories."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext, override

from articles import embeds, figures, languages, markup, paths
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from images import names, video_names
from images.models import Video

# As `markup.render` leaves them.
_GALLERY = re.compile(r'<section class="gallery">(.*?)</section>')
_FIGURE = re.compile(
    r'<figure data-(image|video|embed|stories)="([^"]*)">(?:<figcaption([^>]*)>(.*?)</figcaption>)?</figure>'
)
_STORIES = re.compile(r'<figure data-stories="([\d ]+)">')
# As `render` writes them.
_ASK = re.compile(r'<div class="ask".*?</div>')
_CARD = re.compile(r'<div class="elsewhere">.*?<a href="([^"]*)"[^>]*>(.*?)</a>.*?</div>')
_PLAYER = re.compile(r'<video(?: poster="([^"]*)")?[^>]*>.*?(<a href="[^"]*">)(.*?)</a></video>')
_COVERED = re.compile(r'<details class="graphic"><summary>(.*?)</summary>.*?</details>')
# Of a picture the plain <img> is enough: few others choose among sources, and none resolves their addresses.
_SOURCE = re.compile(r"<source [^>]*>")
_SITE_RELATIVE = re.compile(r'\b(href|src)="(/(?!/)[^"]*)')
_GALLERY_HEIGHT, _GALLERY_SHARE = 416, 55  # of a picture: pixels at a desk, hundredths of a phone's width


@dataclass(frozen=True)
class Material:
    """What a body's figures show, by number: what is not here is left out of the body."""

    pictures: figures.Pictures = field(default_factory=dict)
    videos: dict[int, Video] = field(default_factory=dict)
    stories: dict[int, PublishedArticle] = field(default_factory=dict)


def stories_in(body: str) -> list[int]:
    """Numbers of the stories that a cleaned body points to, in order, each once."""
    return list(dict.fromkeys(int(number) for match in _STORIES.finditer(body) for number in match[1].split()))


def material_of(content: dict[str, Any], *, number: int = 0) -> Material:
    """What a story's content names, one query for each kind: of videos those that can be played, of stories those that
    readers can read, but not story `number`, which the content is of."""
    stories = PublishedArticle.objects.cards().in_bulk({*stories_in(content["body"])} - {number})
    return Material(figures.pictures_of(content), figures.videos_of(content), stories)


def render(body: str, material: Material, *, language: str) -> str:
    """As `markup.render`, with the body's figures in it; nothing comes from elsewhere before a reader asks for it."""
    zone = ZoneInfo(SiteSettings.load().newsroom_time_zone) if material.stories else timezone.get_current_timezone()
    with override(language), timezone.override(zone):
        return _Writer(material, language).write(markup.render(body, language=language))


def for_elsewhere(html: str, *, address: str) -> str:
    """A rendered body for feeds and mailboxes, its addresses whole: of posts and videos links, nothing with a script.

    `address` is the story's own: what is graphic is to be seen there, since covers do not hold everywhere.
    """

    def player(match: re.Match[str]) -> str:
        shown = f'<img src="{match[1]}" alt=""><br>' if match[1] else ""
        return f"<p>{match[2]}{shown}{match[3]}</a></p>"

    html = _COVERED.sub(lambda match: f'<p><a href="{escape(address)}">{match[1]}</a></p>', html)
    html = _CARD.sub(r'<p>\2: <a href="\1">\1</a></p>', _ASK.sub("", html))
    html = _SOURCE.sub("", _PLAYER.sub(player, html))
    return _SITE_RELATIVE.sub(lambda match: f'{match[1]}="{paths.absolute(match[2])}', html)


def of_stories_only(body: str) -> bool:
    """Whether a cleaned body holds what a page of the desk's own cannot show."""
    return any(match[1] != "embed" for match in _FIGURE.finditer(body))


def lost(before: str, after: str) -> set[str]:
    """Names of the editor's nodes whose content one cleaned body holds and the other does not."""
    old, new = _contents(before), _contents(after)
    pictures = new["photo"] | new["gallery"]
    return {node for node in old if old[node] - (pictures if node in {"photo", "gallery"} else new[node])}


def _contents(body: str) -> dict[str, set[str]]:
    kinds = {"image": "photo", "video": "video", "embed": "embed", "stories": "stories"}
    found: dict[str, set[str]] = {node: set() for node in (*kinds.values(), "gallery")}
    for gallery in _GALLERY.findall(body):
        found["gallery"] |= {match[2] for match in _FIGURE.finditer(gallery)}
    for match in _FIGURE.finditer(_GALLERY.sub("", body)):
        found[kinds[match[1]]].add(match[2])
    for node, tag in {"factBox": '<aside class="facts"', "questions": "<dl>"}.items():
        found[node] = set(map(str, range(body.count(tag))))
    return found


class _Writer:
    def __init__(self, material: Material, language: str) -> None:
        self.material, self.language = material, language
        self.labels: dict[str, int] = {}

    def write(self, html: str) -> str:
        return _FIGURE.sub(self._figure, _GALLERY.sub(self._gallery, html))

    def _figure(self, match: re.Match[str]) -> str:
        kinds: dict[str, Callable[[str, dict[str, Any]], str]] = {
            "image": self._photo, "video": self._video, "embed": self._embed, "stories": self._stories,
        }  # fmt: skip
        return kinds[match[1]](unescape(match[2]), _caption(match))

    def _gallery(self, match: re.Match[str]) -> str:
        shown = [each for each in _FIGURE.finditer(match[1]) if int(each[2]) in self.material.pictures]
        if len(shown) < 2:
            return "".join(map(self._figure, shown))
        pictures = []
        for position, each in enumerate(shown, 1):
            picture = self.material.pictures[int(each[2])]
            wide = picture.width / picture.height
            sizes = (
                f"(min-width: 47rem) {round(_GALLERY_HEIGHT * wide)}px, {min(85, round(_GALLERY_SHARE * wide)) or 1}vw"
            )
            place = f"{position}/{len(shown)}"
            pictures.append(markup.safe(self._photo(each[2], {**_caption(each), "sizes": sizes, "position": place})))
        return _written("gallery", {"pictures": pictures})

    def _photo(self, number: str, caption: dict[str, Any]) -> str:
        picture = self.material.pictures.get(int(number))
        if picture is None:
            return ""
        context = {
            "picture": picture,
            "alt": figures.alt(picture),
            "crop": names.sources(picture, "whole"),
            "caption": markup.smarten(picture.caption, language=self.language),
            **caption,
        }
        return _written("figure", context)

    def _video(self, number: str, caption: dict[str, Any]) -> str:
        video = self.material.videos.get(int(number))
        if video is None:
            return ""
        source = video_names.sources(video)
        spoken = languages.LANGUAGES.get(video.captions_language)
        minutes, seconds = divmod(round(video.seconds), 60)
        context = {
            "video": video,
            "source": source,
            "alt": figures.alt(video),
            "captions_name": spoken.name if spoken else video.captions_language,
            "captions_first": video.captions_kind == Video.Captions.TRANSLATED,
            "length": f"{minutes}:{seconds:02}",
            "caption": markup.smarten(video.caption, language=self.language),
            **caption,
        }
        return _written("video", context)

    def _embed(self, url: str, caption: dict[str, Any]) -> str:
        embed = embeds.recognise(url)
        return _written("embed", {"embed": embed, **caption}) if embed else ""

    def _stories(self, numbers: str, caption: dict[str, Any]) -> str:
        known = self.material.stories
        stories = [known[int(number)] for number in numbers.split() if int(number) in known]
        if not stories:
            return ""
        label = markup.plain(caption["own_caption"]).replace("\n", " ") or gettext("Read also")
        self.labels[label] = self.labels.get(label, 0) + 1
        # Landmarks of one kind need names of their own.
        name = f"{label} ({self.labels[label]})" if self.labels[label] > 1 else label
        lines = [(story, story.section.name_in(self.language)) for story in stories]
        return _written(
            "related", {"stories": lines, "label": label, "name": name, "language": self.language, **caption}
        )


def _caption(match: re.Match[str]) -> dict[str, Any]:
    return {"caption_attributes": markup.safe(match[3] or ""), "own_caption": markup.safe(match[4] or "")}


def _written(partial: str, context: dict[str, Any]) -> str:
    return render_to_string(f"articles/_{partial}.html", context).replace("\n", "")
