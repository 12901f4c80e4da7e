"""Addresses of sections and stories: how they are made, and which first segments the site keeps for itself."""

from datetime import date
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from articles.languages import LANGUAGES

RESERVED = frozenset(LANGUAGES) | {
    "accounts", "admin", "api", "archive", "author", "authors", "corrections", "feeds", "fonts", "health", "hooks",
    "letters", "live", "manifest.webmanifest", "media", "metrics", "news-sitemap.xml", "offline", "pages", "pictures",
    "preview", "read", "report", "robots.txt", "search", "series", "sitemap.xml", "sitemaps", "static", "subscribe",
    "sw.js", "tag", "tags", "text", "videos",
}  # fmt: skip

# Below the page of every list, by format.
FEEDS = {
    "rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml", "feed.json": "application/feed+json",
}  # fmt: skip


def feeds_below(path: str) -> dict[str, str]:
    """The feeds of the list whose page is at `path`, and the media type of each."""
    return {f"{path}feeds/{name}": media_type for name, media_type in FEEDS.items()}


def refuse_reserved(slug: str) -> None:
    """Raises ``ValidationError`` on ``slug`` if the site needs that first segment of an address itself."""
    if slug.lower() in RESERVED:
        raise ValidationError(
            {"slug": gettext("“%(slug)s” is an address of the site itself. Take another word.") % {"slug": slug}}
        )


def section_path(section: str, *, language: str, main_language: str) -> str:
    """``/news/`` or, in a further edition, ``/fr/news/``; `section` is `Section.path`."""
    return f"{edition_path(language, main_language=main_language)}{section}/"


def edition_path(language: str, *, main_language: str) -> str:
    """The front page of a language's edition: ``/`` for the main one, else ``/<lang>/``."""
    return "/" if language == main_language else f"/{language}/"


def article_path(section: str, *, day: date, slug: str, language: str, main_language: str) -> str:
    """``/news/europe/2026/11/22/slug/``, decoded; `day` is that of the first publication, in newsroom time."""
    return f"{section_path(section, language=language, main_language=main_language)}{day:%Y/%m/%d}/{slug}/"


TEXT = "/text"  # what stands before an address in the edition without pictures


def text_path(path: str) -> str:
    """Where the text edition has what the paper has at `path`; the same address where it has nothing of the kind.

    It has fronts, sections, stories and the desk's own pages: what begins with no segment that the site keeps.
    """
    first, _slash, rest = path.removeprefix("/").partition("/")
    if first in LANGUAGES:
        first = rest.partition("/")[0]
    return TEXT + path if path.startswith("/") and first not in RESERVED else path


def absolute(path: str) -> str:
    """The address for the outside world: ``SITE_URL`` and `path` (which may have a query), percent-encoded."""
    return settings.SITE_URL + quote(path, safe="/%?&=#:;,@+~!$'()*-._")
