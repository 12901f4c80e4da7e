"""What readers had of a story, publication by publication: kept where its section shows what changed."""

from __future__ import annotations

from typing import Any

from articles import comparing, markup
from articles.models.public_record import PublishedVersion
from articles.models.published import PublishedArticle
from articles.models.revisions import Revision

# Pictures, videos and posts change without a word of the story changing, and links to other stories are theirs.
_NO_WORDS_OF_ITS_OWN = ("<figure", "<section")


def keep(published: PublishedArticle, revision: Revision, *, replaced: PublishedArticle | None, note: str = "") -> None:
    """Writes down what readers now have, in the caller's transaction; `note` tells them what changed.

    Of a section that shows it only since it was asked to, what readers had until now (`replaced`) comes first.
    """
    if not published.section.shows_history:
        return
    if replaced and replaced.section.shows_history and not published.version_rows.exists():
        before = Revision.objects.filter(article=published.pk, number=replaced.revision).first()
        if before:
            _write(replaced, before, note="")
    _write(published, revision, note=note)


def text_of(content: dict[str, Any]) -> str:
    """The words of a story's text as printed, a line for each block."""
    lines = [
        markup.plain(block) for block in comparing.split(content["body"]) if not block.startswith(_NO_WORDS_OF_ITS_OWN)
    ]
    return markup.smarten("\n".join(filter(None, lines)), language=content["language"])


def _write(published: PublishedArticle, revision: Revision, *, note: str) -> None:
    PublishedVersion.objects.get_or_create(
        article_id=published.pk,
        revision=revision.number,
        defaults={
            "at": published.updated_at,
            "headline": published.headline,
            "standfirst": published.standfirst,
            "text": text_of(revision.content),
            "note": note[:300],
        },
    )
