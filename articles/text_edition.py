"""Bodies for the edition without pictures: what a picture, a video or a post says in words, and links to it."""

import re
from html import escape, unescape

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from articles import markup, paths

# As `articles.blocks` writes them.
_COVER = re.compile(r"<summary>.*?</summary>", re.DOTALL)
_PICTURE = re.compile(r'<picture>.*?<img [^>]*?\balt="([^"]*)"[^>]*></picture>', re.DOTALL)
_PLAYER = re.compile(r'<video[^>]*?(?: aria-label="([^"]*)")?>.*?</video>', re.DOTALL)
_ASK = re.compile(r'<div class="ask".*?</div>', re.DOTALL)
_EMPTY = re.compile(r"<figure[^>]*></figure>")
_LINK = re.compile(r'(<a [^>]*?\bhref=")([^"]*)"')


def body(html: str) -> SafeString:
    """A rendered body in words and links, safe to put into a page; links to our own pages lead on in this edition.

    Speaks this thread's language, which is to be the story's.
    """
    html = _ASK.sub("", _COVER.sub("", html))
    html = _PICTURE.sub(lambda match: _words(gettext("Picture"), match[1]), html)
    html = _PLAYER.sub(lambda match: _words(gettext("Video"), match[1] or ""), html)
    return markup.in_words(_LINK.sub(_onward, _EMPTY.sub("", html)))


def _words(kind: str, described: str) -> str:
    return f"<p>[{escape(kind)}: {described}]</p>" if described else ""


def _onward(match: re.Match[str]) -> str:
    path = unescape(match[2]).removeprefix(settings.SITE_URL)
    return f'{match[1]}{escape(paths.text_path(path))}"' if path.startswith("/") else match[0]
