"""How letters look: one design for all of them, its style inlined, light and dark, in both directions.

What stays the same for all readers of an edition is made once; where they differ, in two links, stand placeholders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from articles import markup, palettes, paths, reading, style
from articles.models.places import Section
from articles.models.published import PublishedArticle
from images import names
from subscriptions import links

# As long as what takes their place, and nothing that MIME or an address would write differently.
LEAVE = "reader-leaves-here".ljust(links.LENGTH, "-")
MANAGE = "reader-manages-here".ljust(links.LENGTH, "-")
# Mailboxes cut a letter off at 102 kB (Gmail). Of the body as it is written the rest is about 10, and the style that is
# inlined; how much that comes to is measured at the end, with room for the longer links of letters that are counted.
BODY_BYTES, LETTER_BYTES = 80_000, 96_000
WIDTH = 568  # of what stands in the column, in pixels
_THUMB = 132
_STORIES = "<!--stories-->"
# Few mail programs have more; style is repeated on each element, so it is short.
_SERIF = "Georgia,'Noto Serif','Noto Naskh Arabic','Geeza Pro',serif"
_SANS = "system-ui,'Segoe UI',Roboto,'Noto Sans Arabic','Geeza Pro',Arial,sans-serif"
_HEAD = re.compile(r"<head>(<style>.*?</style>)(.*?)</head>", re.DOTALL)
_IMG = re.compile(r'(<img\b[^>]*?) width="(\d+)" height="(\d+)"')
# What mailboxes would read out beside the subject after the preheader, held off by spaces of no width.
_HOLD_OFF = "\u034f\u200c " * 60
# Only what depends on the reader's screen stays in the head.
_INLINER = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


class Shells(NamedTuple):
    """A letter with `LEAVE` and `MANAGE` where the reader's own links go."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Block:
    """One story of a letter, as HTML with its style inlined and as text."""

    html: str
    text: str


@dataclass
class Press:
    """Makes letters in one language; what they have in common is looked up once. Use it within `speaking`."""

    language: str
    paper: reading.Edition = field(init=False)
    css: str = field(init=False)
    _blocks: dict[tuple[object, ...], Block] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.speaking():
            self.paper = reading.open_edition(self.language)
            self.css = _css(self.paper)

    def speaking(self) -> _Speaking:
        """A context in which this thread speaks the letter's language and keeps newsroom time; then as before."""
        return _Speaking(self.language)

    def page(self, template: str, **context: Any) -> tuple[str, str]:
        """HTML and text of ``subscriptions/mail/<template>.html`` and ``.txt``, with the paper around it."""
        shown = {
            "paper": self.paper,
            "right_to_left": self.paper.direction == "rtl",
            "front": paths.absolute(self.paper.path),
            "logo": paths.absolute(self.paper.logo_url) if self.paper.logo_url else "",
            "leave": settings.SITE_URL + reverse("subscriptions:leave", args=[LEAVE]),
            "manage": settings.SITE_URL + reverse("subscriptions:manage", args=[MANAGE]),
            "hold_off": _HOLD_OFF,
            "css": markup.safe(self.css),
            **context,
        }
        with self.speaking():
            html = render_to_string(f"subscriptions/mail/{template}.html", shown)
            text = render_to_string(f"subscriptions/mail/{template}.txt", shown)
        # The character set first, the long style after it.
        return _HEAD.sub(r"<head>\2\1</head>", _INLINER.inline(html), count=1), re.sub(
            r"\n{3,}", "\n\n", text
        ).strip() + "\n"

    def block(self, story: PublishedArticle, *, is_first: bool) -> Block:
        """The story in a list of several: the first has its picture large. Made once for each version of it."""
        known = (story.pk, story.digest, story.updated_at, is_first)
        if known not in self._blocks:
            picture = lead_of(story, "wide", WIDTH, 640) if is_first else lead_of(story, "standard", _THUMB, 320)
            context = {
                "story": story,
                "paper": self.paper,
                "address": paths.absolute(story.path),
                "picture": picture,
                "is_first": is_first,
                "tone": style.tone(story.section),
                "section": story.section.name_in(self.language),
                "summary": reading.summary_of(story) if story.standfirst else "",
            }
            with self.speaking():
                html = render_to_string("subscriptions/mail/_story.html", context)
                text = render_to_string("subscriptions/mail/_story.txt", context).strip() + "\n"
            self._blocks[known] = Block(_INLINER.inline_fragment(html, self.css), text)
        return self._blocks[known]

    def with_stories(
        self, template: str, stories: list[PublishedArticle], *, more: int = 0, **context: Any
    ) -> tuple[str, str]:
        """As `page`, with a block for each story at ``<!--stories-->``, as many as fit.

        `more` are on the site besides; the page is told how many there are with those that did not fit.
        """
        blocks = [self.block(story, is_first=not position) for position, story in enumerate(stories)]
        while sum(len(block.html.encode()) for block in blocks) > BODY_BYTES:
            blocks.pop()
        while True:
            html, text = self.page(template, more=more + len(stories) - len(blocks), **context)
            html = html.replace(_STORIES, "".join(block.html for block in blocks), 1)
            if len(html.encode()) <= LETTER_BYTES or not blocks:
                return html, text.replace(_STORIES, "\n".join(block.text for block in blocks), 1)
            blocks.pop()


class _Speaking(translation.override):
    """As Django's, with newsroom time besides: opening an edition sets both."""

    def __enter__(self) -> None:
        super().__enter__()
        self.zone = timezone.override(timezone.get_current_timezone())
        self.zone.__enter__()

    def __exit__(self, *details: Any) -> None:
        self.zone.__exit__(*details)
        super().__exit__(*details)


def filled(shell: str, *, leave: str, manage: str) -> str:
    """The shell with one reader's tokens."""
    return shell.replace(LEAVE, leave).replace(MANAGE, manage)


def fitted(html: str) -> str:
    """Pictures of a body no wider than the column, for those mail programs that heed attributes alone."""

    def sized(match: re.Match[str]) -> str:
        width, height = int(match[2]), int(match[3])
        shown = min(width, WIDTH)
        return f'{match[1]} width="{shown}" height="{max(1, round(height * shown / (width or 1)))}"'

    return _IMG.sub(sized, html)


def lead_of(story: PublishedArticle, crop: str, width: int, wanted: int) -> dict[str, Any] | None:
    """A JPEG of the lead picture by its public address: ``url``, ``alt``, ``width``, ``height``; None without one."""
    crops = story.card_picture and story.card_picture["crops"].get(crop)
    found = crops and names.read(crops["src"].rpartition("/")[2])
    if not found:
        return None
    offered = [each for each, _path in crops["webp"]]
    rendition = found._replace(width=next((each for each in offered if each >= wanted), offered[-1]))
    height = round(width * crops["height"] / crops["width"])
    return {"url": paths.absolute(rendition.path), "alt": story.lead["alt"], "width": width, "height": height}


def _css(paper: reading.Edition) -> str:
    sections = Section.objects.exclude(colour="").values_list("pk", "colour")
    faces = palettes.FACES.get(paper.site.faces, (palettes.SERIF, palettes.SERIF))
    headline, text = (_SERIF if face == palettes.SERIF else _SANS for face in faces)
    return _written(paper.site.palette, headline, text, paper.direction, tuple(sections.order_by("pk")))


@lru_cache(maxsize=64)
def _written(palette: str, headline: str, text: str, direction: str, sections: tuple[tuple[int, str], ...]) -> str:
    colours = palettes.colours(palette)
    context = {
        "light": colours.light,
        "dark": colours.dark,
        "headline": headline,
        "text": text,
        "sans": _SANS,
        "start": "right" if direction == "rtl" else "left",
        "end": "left" if direction == "rtl" else "right",
        "sections": [(number, *palettes.section_shades(colour, colours)) for number, colour in sections],
    }
    return " ".join(render_to_string("subscriptions/mail/_style.css", context).split())
