"""The contents of a long piece: its subheadings, and where on the page they stand."""

import re
from typing import NamedTuple

from articles import markup
from articles.models.published import PublishedArticle

LONG = 1_200  # words
LEAST = 3  # subheadings
_FACTS = re.compile(r'<aside class="facts".*?</aside>', re.DOTALL)
_HEADING = re.compile(r'<h2 id="([^"]+)"[^>]*>(.*?)</h2>', re.DOTALL)


class Part(NamedTuple):
    """A subheading in plain words, and its ``id`` on the page."""

    anchor: str
    words: str


def parts(story: PublishedArticle) -> list[Part]:
    """What the story's contents list; nothing for a story that is short, or not divided.

    The ids are those that `markup.render` gave the headings at publication; headings of fact boxes stand aside.
    """
    if story.word_count < LONG:
        return []
    found = [Part(anchor, markup.plain(words)) for anchor, words in _HEADING.findall(_FACTS.sub("", story.body_html))]
    return found if len(found) >= LEAST else []
