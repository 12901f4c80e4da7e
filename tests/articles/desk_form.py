"""What a browser sends from a story's form."""

from typing import Any

from django.urls import reverse

from articles.models.desk import Article

LIST = "/admin/articles/article/"
ADD = f"{LIST}add/"
TEXTS = (
    "kicker", "headline", "standfirst", "body", "kind", "slug", "short_headline", "social_headline", "dateline",
    "language",
)  # fmt: skip
Rows = list[dict[str, Any]]


def form_of(article: Article) -> str:
    return reverse("admin:articles_article_change", args=[article.pk])


def typed(article: Article | None = None, *, bylines: Rows | None = None, **changes: Any) -> dict[str, Any]:
    """The story as its form showed it, with `changes`, and the rows of bylines."""
    story = article or Article()
    data: dict[str, Any] = {name: getattr(story, name) for name in TEXTS}
    data |= {
        "lead_picture": story.lead_picture_id or "",
        "section": story.section_id or "",
        "series": story.series_id or "",
        "version": story.version,
    }
    if bylines is None:
        lines = story.bylines.all() if story.pk else []
        bylines = [{"author": line.author_id or "", "name": line.name, "credit": line.credit} for line in lines]
    data |= {"bylines-TOTAL_FORMS": len(bylines) + 1, "bylines-INITIAL_FORMS": 0}
    for index, line in enumerate(bylines):
        row = {"author": "", "name": "", "credit": "", "ORDER": index + 1, **line}
        data |= {f"bylines-{index}-{name}": value for name, value in row.items()}
    return data | changes
