"""What a reader finds beside a story: the same one in other languages, and which to read next.

Readers' code. Both are read anew for each page, so what has been taken off is never among them, and headlines are
those of today.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings

SHOWN = 4  # of the stories to read next
ANY_OTHER = "x-default"  # https://developers.google.com/search/docs/specialty/international/localized-versions
_FIELDS = (
    "path", "language", "headline", "short_headline", "kind", "lead", "noindex", "original", "published_at",
    "updated_at",
)  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """`versions` are all that readers have of the story, one a language, itself among them; `related` come next."""

    story: PublishedArticle
    versions: list[PublishedArticle]
    related: list[PublishedArticle]

    @property
    def others(self) -> list[PublishedArticle]:
        """The story in other languages."""
        return [each for each in self.versions if each.pk != self.story.pk]

    @property
    def original(self) -> PublishedArticle | None:
        """The version that was written first, if readers have it."""
        return next((each for each in self.versions if each.pk == self.story.root), None)

    @property
    def alternates(self) -> list[tuple[str, str]]:
        """Language and path of each version, for search engines, the same on every page of the group.

        Empty where there is no other, or where search engines are kept away.
        """
        found = [(each.language, each.path) for each in self.versions if not each.noindex]
        if self.story.noindex or len(found) < 2:
            return []
        first = [(ANY_OTHER, self.original.path)] if self.original and not self.original.noindex else []
        return found + first

    @property
    def shown(self) -> list[PublishedArticle]:
        """Every other story that the page shows."""
        return [*self.others, *self.related]


def of(story: PublishedArticle, site: SiteSettings) -> Beside:
    """One query. The story need not be saved: the desk previews with it."""
    wanted = Q(pk__in=[*story.related, story.root]) | Q(original=story.root)
    rows = list(PublishedArticle.objects.filter(wanted).exclude(pk=story.pk).only(*_FIELDS).order_by("pk"))
    # One a language, the original before all others: where two are in the story's own, it is itself.
    by_language = {story.language: story}
    for each in sorted(rows, key=lambda row: row.pk != story.root):
        if each.root == story.root:
            by_language.setdefault(each.language, each)
    order = [*site.languages, *sorted(by_language)]
    versions = sorted(by_language.values(), key=lambda each: order.index(each.language))
    known = {each.pk: each for each in rows if each.language == story.language and not each.noindex}
    related = [known[number] for number in story.related if number in known]
    return Beside(story, versions, related[:SHOWN])
