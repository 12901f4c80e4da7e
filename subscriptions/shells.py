"""The letter about a story, written once for all its readers."""

from articles import blocks, markup, style
from articles.models.published import PublishedArticle
from articles.reading import story_context
from articles.tokens import tokens
from subscriptions.lettering import (
    BODY_BYTES,
    LEAVE,
    LETTER_BYTES,
    MANAGE,
    WIDTH,
    Press,
    Shells,
    filled,
    fitted,
    lead_of,
)

__all__ = ["LEAVE", "MANAGE", "Shells", "beginning", "breaking", "filled"]


def breaking(story: PublishedArticle, *, is_update: bool = False) -> Shells:
    """The breaking letter: the whole story, or its beginning if it is very long, in its own language.

    `is_update`: it goes to those who follow the story, and is no breaking news.
    """
    press = Press(story.language)
    with press.speaking():
        shown = story_context(story, press.paper)
        whole = fitted(blocks.for_elsewhere(shown["body"], address=shown["canonical"]))
        context = {
            "title": story.headline,
            "preheader": story.standfirst,
            "story": story,
            "canonical": shown["canonical"],
            "tone": style.tone(story.section),
            "picture": lead_of(story, "wide", WIDTH, 640),
            "is_update": is_update,
        }

        subject = " ".join(story.headline.split())
        limit, known = BODY_BYTES, ""
        while True:
            body, is_whole = beginning(whole, limit)
            plain = markup.plain(body).replace("\n", "\n\n")
            html, text = press.page("breaking", body=markup.safe(body), plain=plain, is_whole=is_whole, **context)
            size = len(html.encode())
            if size <= LETTER_BYTES or body == known:
                return Shells(subject, html, text)
            # Style stands on each element: tables and lists grow by far more of it than paragraphs.
            limit, known = len(body.encode()) * LETTER_BYTES // (size + LETTER_BYTES // 8), body


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
