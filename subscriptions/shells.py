"""The letter about a story, written once for all its readers. Where they differ, in two links, stand placeholders."""

from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from articles import blocks, markup, paths
from articles.models.published import PublishedArticle
from articles.reading import open_edition, story_context
from articles.tokens import tokens
from subscriptions import links

# As long as what takes their place, and nothing that MIME or an address would write differently.
LEAVE = "reader-leaves-here".ljust(links.LENGTH, "-")
MANAGE = "reader-manages-here".ljust(links.LENGTH, "-")
# Mailboxes cut a letter off at 102 kB; the rest of it is about 5.
BODY_BYTES = 80_000


class Shells(NamedTuple):
    """A letter with `LEAVE` and `MANAGE` where the reader's own links go."""

    subject: str
    html: str
    text: str


def breaking(story: PublishedArticle) -> Shells:
    """The breaking letter: the whole story, or its beginning if it is very long, in its own language."""
    with translation.override(story.language), timezone.override(None):
        paper = open_edition(story.language)
        shown = story_context(story, paper)
        body, is_whole = beginning(blocks.for_elsewhere(shown["body"], address=shown["canonical"]))
        context: dict[str, Any] = {
            **shown,
            "body": markup.safe(body),
            "plain": markup.plain(body).replace("\n", "\n\n"),
            "is_whole": is_whole,
            "front": paths.absolute(paper.path),
            "leave": settings.SITE_URL + reverse("subscriptions:leave", args=[LEAVE]),
            "manage": settings.SITE_URL + reverse("subscriptions:manage", args=[MANAGE]),
        }
        return Shells(
            subject=" ".join(story.headline.split()),
            html=render_to_string("subscriptions/mail/breaking.html", context),
            text=render_to_string("subscriptions/mail/breaking.txt", context),
        )


def filled(shell: str, *, leave: str, manage: str) -> str:
    """The shell with one reader's tokens."""
    return shell.replace(LEAVE, leave).replace(MANAGE, manage)


def beginning(html: str, limit: int = BODY_BYTES) -> tuple[str, bool]:
    """As many whole blocks of a rendered body as fit into so many bytes, at least one; and whether that is all."""
    if len(html.encode()) <= limit:
        return html, True
    depth, end = 0, 0
    for token in tokens(html):
        if not token.name:
            continue
        depth += -1 if token.closing else token.name not in {"br", "hr", "img"}
        if depth == 0:
            if end and len(html[: token.end].encode()) > limit:
                break
            end = token.end
    return html[:end], False
