"""What stories do when something below them changes."""

from typing import Any

from articles import publication
from articles.models.published import PublishedArticle
from authors.models import Author
from authors.signals import author_moved


def lead_on_from_old_address(sender: object, *, author: Author, old_path: str, new_path: str, **kwargs: Any) -> None:
    """An author's new address: the old one leads on, and printed bylines link to the new one."""
    publication.leave_renamed(old_path, new_path, is_prefix=True)
    for published in PublishedArticle.objects.filter(author_rows__author=author).only("pk", "byline").iterator():
        published.byline = [
            {**line, "path": new_path if line["path"] == old_path else line["path"]} for line in published.byline
        ]
        published.save(update_fields=["byline"])


def connect() -> None:
    author_moved.connect(lead_on_from_old_address, dispatch_uid="articles.author_moved")
