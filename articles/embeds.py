"""Posts and videos elsewhere: which addresses a story may show as a card, and what a click may load from where.

A table of providers. An address that none of them knows is an ordinary link.
"""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.db.models import TextChoices
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What stands there; an upright video is a video too."""

    VIDEO = "video", _("Video")
    UPRIGHT = "upright", _("Video")
    POST = "post", _("Post")


class Embed(NamedTuple):
    """A post or video of a provider.

    `url` is its canonical https address, ASCII, without what only tracks readers. `frame` is the provider's own address
    for frames, "" where it has none that works without its script.
    """

    provider: str
    kind: Kind
    url: str
    frame: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.removeprefix("www.")


class _Place(NamedTuple):
    host: str
    path: str
    query: dict[str, str]


_LONGEST = 500
_ADDRESS = re.compile(r"(?:https?:)?//(?P<host>[a-z0-9.-]+)(?::443|:80)?(?P<rest>[/?#][!-~]*)?", re.I)
_DOMAIN = re.compile(r"(?=.{4,120}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_FRAMED = re.compile(r' data-frame="(https://[a-z0-9.-]+)/')
_TUBE = re.compile(r"[\w-]{11}", re.ASCII)
_CLOCK = re.compile(r"(?=\d)(?:(\d{1,2})h)?(?:(\d{1,3})m)?(?:(\d{1,6})s?)?", re.ASCII)
_FACEBOOK_VIDEO = re.compile(r"/(?:[\w.]+/videos/(?:[\w.-]+/)?|reel/)\d+/?", re.ASCII)
_FACEBOOK_POST = re.compile(
    r"/[\w.]+/(?:posts/(?:[\w.%-]+/)?|photos/(?:[\w.-]+/)?)\w+/?|/groups/[\w.]+/(?:posts|permalink)/\d+/?", re.ASCII
)
_VIMEO = re.compile(r"(?:/video|/channels/[\w-]+|/groups/[\w-]+/videos)?/(\d{1,12})(?:/([0-9a-f]{6,16}))?/?", re.ASCII)


def recognise(url: str) -> Embed | None:
    """The post or video that an address leads to; None if no provider knows it. Never raises on a str."""
    found = _ADDRESS.fullmatch(url.strip()[: _LONGEST + 1])
    if not found or len(found[0]) > _LONGEST:
        return None
    try:
        parts = urlsplit(f"https://host{found['rest'] or ''}")
    except ValueError:
        return None
    host = re.sub(r"^(?:www|m|mobile)\.", "", found["host"].lower())
    place = _Place(host, parts.path, dict(reversed(parse_qsl(parts.query))))
    return _PROVIDERS.get(host, _mastodon)(place)


def frame_origins(html: str) -> list[str]:
    """The origins that a rendered body may load frames from when a reader asks for it, for the content policy."""
    return sorted(set(_FRAMED.findall(html)))


def with_frames(response: HttpResponse) -> HttpResponse:
    """The page, whose policy lets it load what its posts and videos from elsewhere offer to load; of others nothing."""
    if origins := frame_origins(response.content.decode()):
        response._csp_update = {"frame-src": origins}  # type: ignore[attr-defined]  # read by django-csp
    return response


def _youtube(place: _Place) -> Embed | None:
    first, _slash, rest = place.path.strip("/").partition("/")
    if place.host == "youtu.be":
        video = first
    elif first in {"embed", "shorts", "live", "v"}:
        video = rest.partition("/")[0]
    else:
        video = place.query.get("v", "") if first == "watch" else ""
    if not _TUBE.fullmatch(video) or video == "videoseries":
        return None
    clock = _CLOCK.fullmatch(place.query.get("t") or place.query.get("start") or "")
    hours, minutes, seconds = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    start = hours * 3600 + minutes * 60 + seconds
    frame = f"https://www.youtube-nocookie.com/embed/{video}?autoplay=1" + (f"&start={start}" if start else "")
    if first == "shorts":
        return Embed("YouTube", Kind.UPRIGHT, f"https://www.youtube.com/shorts/{video}", frame.partition("&")[0])
    url = f"https://www.youtube.com/watch?v={video}" + (f"&t={start}" if start else "")
    return Embed("YouTube", Kind.VIDEO, url, frame)


def _vimeo(place: _Place) -> Embed | None:
    found = _VIMEO.fullmatch(place.path)
    if not found:
        return None
    number, key = found[1], found[2] or place.query.get("h", "")
    key = key if re.fullmatch(r"[0-9a-f]{6,16}", key) else ""
    frame = f"https://player.vimeo.com/video/{number}?dnt=1&autoplay=1" + (f"&h={key}" if key else "")
    return Embed("Vimeo", Kind.VIDEO, f"https://vimeo.com/{number}" + (f"/{key}" if key else ""), frame)


def _x(place: _Place) -> Embed | None:
    found = re.fullmatch(r"/(\w{1,20}|i/web)/status(?:es)?/(\d{1,20})(?:/.*)?", place.path, re.ASCII)
    # Its frames are made by its script alone.
    if not found and place.path == "/embed/Tweet.html":
        found = re.fullmatch(r"()(\d{1,20})", place.query.get("id", ""), re.ASCII)
    return Embed("X", Kind.POST, f"https://x.com/{found[1] or 'i'}/status/{found[2]}", "") if found else None


def _telegram(place: _Place) -> Embed | None:
    found = re.fullmatch(r"(?:/s)?/(?!c/|s/)([a-z]\w{3,31})/(\d{1,12})/?", place.path, re.ASCII | re.I)
    if not found:
        return None
    url = f"https://t.me/{found[1]}/{found[2]}"
    return Embed("Telegram", Kind.POST, url, f"{url}?embed=1")


def _facebook(place: _Place) -> Embed | None:
    if place.path in {"/plugins/post.php", "/plugins/video.php"}:
        behind = recognise(place.query.get("href", ""))
        return behind if behind and behind.provider == "Facebook" else None
    kept = ("v",) if place.path.strip("/") == "watch" else ("story_fbid", "fbid", "id")
    query = {name: place.query[name] for name in kept if re.fullmatch(r"\w{1,90}", place.query.get(name, ""), re.ASCII)}
    if place.path.strip("/") == "watch" and query:
        kind, url = Kind.VIDEO, "https://www.facebook.com/watch/?" + urlencode(query)
    elif _FACEBOOK_VIDEO.fullmatch(place.path):
        kind, url = Kind.VIDEO, f"https://www.facebook.com{place.path.rstrip('/')}"
    elif _FACEBOOK_POST.fullmatch(place.path):
        kind, url = Kind.POST, f"https://www.facebook.com{place.path.rstrip('/')}"
    elif place.path.strip("/") in {"permalink.php", "story.php", "photo", "photo.php"} and {"story_fbid", "fbid"} & {
        *query
    }:
        kind, url = Kind.POST, f"https://www.facebook.com/{place.path.strip('/')}?" + urlencode(query)
    else:
        return None
    plugin = "video" if kind == Kind.VIDEO else "post"
    frame = f"https://www.facebook.com/plugins/{plugin}.php?show_text=true&href={quote(url, safe='')}"
    return Embed("Facebook", kind, url, frame)


def _bluesky(place: _Place) -> Embed | None:
    found = re.fullmatch(
        r"/profile/((?:did:plc:)?[a-z0-9.-]{3,120})/post/([a-z0-9]{8,20})/?", place.path
    ) or re.fullmatch(r"/embed/((?:did:plc:)?[a-z0-9.-]{3,120})/app\.bsky\.feed\.post/([a-z0-9]{8,20})", place.path)
    if not found:
        return None
    frame = f"https://embed.bsky.app/embed/{found[1]}/app.bsky.feed.post/{found[2]}"
    return Embed("Bluesky", Kind.POST, f"https://bsky.app/profile/{found[1]}/post/{found[2]}", frame)


def _mastodon(place: _Place) -> Embed | None:
    """Any server may be one; its posts are known by the shape of their addresses."""
    found = re.fullmatch(r"/@(\w{1,60})/(\d{10,20})(?:/embed)?/?", place.path, re.ASCII)
    if not found or not _DOMAIN.fullmatch(place.host):
        return None
    url = f"https://{place.host}/@{found[1]}/{found[2]}"
    return Embed("Mastodon", Kind.POST, url, f"{url}/embed")


_PROVIDERS: dict[str, Callable[[_Place], Embed | None]] = {
    **dict.fromkeys(("youtube.com", "youtu.be", "youtube-nocookie.com", "music.youtube.com"), _youtube),
    **dict.fromkeys(("vimeo.com", "player.vimeo.com"), _vimeo),
    **dict.fromkeys(("x.com", "twitter.com", "platform.twitter.com"), _x),
    **dict.fromkeys(("t.me", "telegram.me"), _telegram),
    **dict.fromkeys(("facebook.com", "web.facebook.com", "fb.com"), _facebook),
    **dict.fromkeys(("bsky.app", "embed.bsky.app"), _bluesky),
}
PROVIDERS = ("YouTube", "Vimeo", "X", "Telegram", "Facebook", "Mastodon", "Bluesky")
