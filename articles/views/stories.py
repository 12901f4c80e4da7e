from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from articles import beside
from articles.embeds import with_frames
from articles.models.published import PublishedArticle
from articles.reading import open_edition, story_context
from articles.views.elsewhere import address, elsewhere
from articles.views.readers import for_readers, tagged


@for_readers
def article(request: HttpRequest, language: str = "") -> HttpResponse:
    """The published story at this address, in its own language; four queries."""
    story = PublishedArticle.objects.filter(path=address(request)).select_related("section__parent", "series").first()
    if not story:
        return elsewhere(request)
    edition = open_edition(story.language)
    around = beside.of(story, edition.site)
    page = with_frames(render(request, "articles/article.html", story_context(story, edition, around)))
    if story.noindex:
        page.headers["X-Robots-Tag"] = "noindex"
    return tagged(page, f"translations:{story.root}", stories=[story, *around.shown])
