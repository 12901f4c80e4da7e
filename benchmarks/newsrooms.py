"""What a page costs cold, in newsrooms of two sizes and beside a plain view. Loaded once Django is ready.

Pages are asked for in turn through the whole of Django with its middleware, but neither through the store of finished
pages nor through a web server.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from articles.models.desk import Article
from articles.models.published import Place, PublishedArticle
from articles.reading import open_edition, story_context
from articles.views.paging import token
from benchmarks.filling import NEWEST, moment, open_newsroom, story_path
from benchmarks.load import spent
from benchmarks.table import Row
from newsroom import urls

ASKED = 20  # stories, spread over the whole age of the newsroom
ARTICLE, PLAIN = "article", "plain Django view"
# Of a paper's age by design: a link for each month.
GROWING = ("archive", "sitemap")
application = get_wsgi_application()


def pages(count: int) -> dict[str, list[str]]:
    """Kinds of pages, and the addresses to ask for in each round."""
    numbers = [count * step // ASKED for step in range(1, ASKED + 1)]
    half_way = urlencode({"before": token(Place(moment(count // 2, count), count // 2))})
    lists = {
        "front": "/",
        "section": "/culture/",
        "section, half-way down": f"/culture/?{half_way}",
        "author": "/author/writer-7/",
        "tag": "/tag/subject-7/",
        "month": f"/archive/{NEWEST:%Y/%m}/",
        "feed": "/feeds/rss.xml",
        "feed of a section": "/culture/feeds/rss.xml",
        "corrections": "/corrections/",
        "sitemap of a month": f"/sitemaps/{NEWEST:%Y-%m}.xml",
        "news sitemap": "/news-sitemap.xml",
        "archive": "/archive/",
        "sitemap": "/sitemap.xml",
    }
    return {
        ARTICLE: [story_path(number, count) for number in numbers],
        PLAIN: [f"/plain/{number}/" for number in numbers],
        **{name: [address] * 5 for name, address in lists.items()},
    }


def compare(few: int, many: int, *, rounds: int, on: str) -> list[Row]:
    """Each kind of page at `many` stories beside `few`, and the article beside the plain view."""
    costs: dict[tuple[int, str], list[float]] = {}
    asked = {count: pages(count) for count in (few, many)}
    for number in range(rounds + 1):
        for step in range(ASKED):
            for page, addresses in asked[few].items():
                for count in (few, many) if step < len(addresses) else ():
                    open_newsroom(count)
                    cost = _cost(asked[count][page][step])
                    if number:  # the first round warms templates and files
                        costs.setdefault((count, page), []).append(cost)
    median = {key: statistics.median(values) * 1000 for key, values in costs.items()}

    def row(measure: str, ours: float, yardstick: float, budget: str) -> Row:
        return Row(measure, on, f"{ours:.2f} ms", f"{yardstick:.2f} ms", ours / yardstick, budget)

    beside = [
        row(f"cold article / {PLAIN}, {count:,}", median[count, ARTICLE], median[count, PLAIN], "≤ 1.00")
        for count in (few, many)
    ]
    grown = [
        row(f"{page}, {many:,} / {few:,} stories", median[many, page], median[few, page],
            "" if page in GROWING else "≤ 1.30")
        for page in pages(few) if page != PLAIN
    ]  # fmt: skip
    return beside + grown


def _cost(address: str) -> float:
    """Seconds of processor time for one page."""
    before = spent()
    ask(address)
    return spent() - before


def ask(address: str) -> None:
    """Has the page made. Raises ``RuntimeError`` unless it is one."""
    through(application, address).close()


def through(asked: Callable[..., Any], address: str) -> Any:
    """What a WSGI application answers, read to its end. Raises ``RuntimeError`` unless it is 200."""
    answers: list[str] = []
    route, _mark, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": route, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1:8000",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }  # fmt: skip
    response = asked(environ, lambda status, headers, *rest: answers.append(status))
    for _piece in response:
        pass
    if answers != ["200 OK"]:
        raise RuntimeError(f"{address}: {answers}")
    return response


def plain(request: HttpRequest, number: int) -> HttpResponse:
    """The article as a Django site would show it that keeps authors and tags in tables of their own."""
    article = Article.objects.select_related("section__parent", "series").get(pk=number)
    story = PublishedArticle(
        pk=number, path=request.path, kind=article.kind, language=article.language, section=article.section,
        series=article.series, headline=article.headline, standfirst=article.standfirst, body_html=article.body,
        word_count=170, published_at=article.saved_at, updated_at=article.saved_at,
        byline=[
            {"name": line.name, "credit": line.credit, "path": line.author.get_absolute_url() if line.author else ""}
            for line in article.bylines.select_related("author")
        ],
        tag_links=[{"name": tag.name, "path": tag.get_absolute_url()} for tag in article.tags.all()],
    )  # fmt: skip
    return render(request, "articles/article.html", story_context(story, open_edition(article.language)))


urlpatterns = [path("plain/<int:number>/", plain), *urls.urlpatterns]
handler404, handler500 = urls.handler404, urls.handler500
