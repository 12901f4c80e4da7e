"""An example of every address that the newsroom answers, made from its URL patterns."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

DIGEST = "0123456789abcdef"
ICON = "pictures/icon-32"
# By what stands in a pattern. A new expression needs its example here.
OF_EXPRESSIONS = {
    r"^(?P<name>[0-9a-f]{32}\.webp)$": f"{DIGEST}{DIGEST}.webp",
    r"^(?P<name>[0-9]+-[0-9]+-[a-z]+-[0-9]+-[0-9a-f]{16}\.(?:avif|webp|jpg))$": f"1-1-wide-640-{DIGEST}.webp",
    r"^(?P<name>v[0-9]+-(?:[0-9a-f]+-){1,2}[0-9a-f]{16}\.(?:mp4|webm|avif|webp|jpg|vtt))$": f"v1-1-{DIGEST}.mp4",
    r"^upload/(?P<slug>[-\w]+)/$": "upload/witness/",
    r"^(?P<slug>[-\w]+)/$": "witness/",
    r"^pictures/icon-(?P<kind>32|180|192|512|maskable)-(?P<digest>[0-9a-f]{16})\.png$": f"{ICON}-{DIGEST}.png",
    r"^pictures/(?P<name>card-[0-9]{1,18}-[0-9a-f]{16}-[0-9a-f]{16}\.png)$": f"pictures/card-1-{DIGEST}-{DIGEST}.png",
    r"^fonts/(?P<name>[0-9a-f]{32}(?:_[a-zA-Z0-9]{7})?\.woff2)$": f"fonts/{DIGEST}{DIGEST}.woff2",
    r"^(?P<path>[^\x00]+)/feeds/(?P<name>rss\.xml|atom\.xml|feed\.json)$": "news/feeds/rss.xml",
    r"^[^\x00]+/[0-9]{4}/[0-9]{2}/[0-9]{2}/[^\x00/]+/$": "news/2026/11/23/ferry-resumes/",
    r"^[^\x00]+/[0-9]{4}/[0-9]{2}/[0-9]{2}/[^\x00/]+/history/$": "news/2026/11/23/ferry-resumes/history/",
    r"^[^\x00]+/$": "news/",
    r"^[^\x00]+\.[^\x00/]+$": "news.html",
    r"^[^\x00]+(?:/|\.[^\x00/]+)$": "news/",
    r"^mail-out/(?P<name>[0-9]{8}T[0-9]{12}-[0-9a-f]{8}\.eml)/$": "mail-out/20260101T000000000000-00000000.eml/",
    r"(?P<url>.*)$": "nowhere/",
}
OF_KINDS: dict[str, Any] = {
    "AnySlugConverter": "ferry", "EditionConverter": "fr", "FeedConverter": "rss.xml", "IntConverter": 1,
    "MonthConverter": "11", "PathConverter": "1", "SlugConverter": "ferry", "StringConverter": "en",
    "UUIDConverter": UUID(int=1), "YearConverter": "2026",
}  # fmt: skip


class Address(NamedTuple):
    path: str
    pattern: URLPattern


def every_address() -> Iterator[Address]:
    """In the order of the patterns; an earlier one may answer in a later one's place."""

    def walk(patterns: list[Any], before: str) -> Iterator[Address]:
        for each in patterns:
            here = before + _example(each.pattern)
            if isinstance(each, URLPattern):
                yield Address(here, each)
            else:
                yield from walk(each.url_patterns, here)

    return walk(get_resolver().url_patterns, "/")


def _example(pattern: Any) -> str:
    if not isinstance(pattern, RoutePattern):
        expression = str(pattern)
        if "(?P<language>" in expression:
            return "fr/letters/"
        if "(?P<app_label>" in expression:
            return "articles/"
        return OF_EXPRESSIONS[expression]
    made = str(pattern)
    for name, converter in pattern.converters.items():
        kind = type(converter).__name__
        for written in (f"<{name}>", *(f"<{prefix}:{name}>" for prefix in _prefixes(made, name))):
            made = made.replace(written, str(OF_KINDS[kind]))
    return made


def _prefixes(route: str, name: str) -> list[str]:
    return [part.rpartition("<")[2] for part in route.split(f":{name}>")[:-1]]
