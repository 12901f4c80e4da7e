"""Newsrooms of any size to measure with, and the plain view to measure against. Loaded once Django is ready."""

import time
from datetime import UTC, datetime, timedelta
from io import BytesIO

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from articles.models.desk import Article, Byline
from articles.models.places import Section, Tag
from articles.models.published import PublishedArticle, PublishedByline, PublishedTag
from articles.models.site import MenuItem, SiteSettings
from articles.reading import open_edition, story_context
from authors.models import Author
from newsroom import urls
from newsroom.wsgi import application

NEWEST = datetime(2026, 6, 1, 12, tzinfo=UTC)
PARAGRAPH = (
    "<p>The ferry left the north quay at noon with forty people aboard, the harbour office of Port Vela said.</p>"
)
BODY = PARAGRAPH * 9  # about 1 kB
BATCH = 2_000
ASKED = 20  # stories, spread over the whole age of the newsroom


def open_newsroom(count: int) -> None:
    """From here on the database is that of the newsroom with `count` stories."""
    connection.close()
    connection.settings_dict["NAME"] = str(settings.DATA_DIR / f"{count}.sqlite3")


def fill(count: int) -> None:
    """Makes a newsroom: six sections, 20 authors, 50 tags, `count` stories an hour apart, each as a working copy (in
    tables in normal form) and as published."""
    open_newsroom(count)
    call_command("migrate", verbosity=0)
    SiteSettings.objects.create(pk=1, name="The Harbour Post", language="en")
    sections = [
        Section(name=name, slug=name.lower()) for name in ("News", "Culture", "Sport", "Money", "World", "Opinion")
    ]
    for section in sections:
        section.save()
        MenuItem.objects.create(section=section)
    authors = Author.objects.bulk_create(
        Author(name=f"Writer {number}", slug=f"writer-{number}") for number in range(20)
    )
    tags = Tag.objects.bulk_create(Tag(name=f"Subject {number}", slug=f"subject-{number}") for number in range(50))
    for first in range(1, count + 1, BATCH):
        with transaction.atomic():
            _write(range(first, min(first + BATCH, count + 1)), count, sections, authors, tags)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _write(numbers: range, count: int, sections: list[Section], authors: list[Author], tags: list[Tag]) -> None:
    working, bylines, published, author_rows, tag_rows, tag_links = [], [], [], [], [], []
    for number in numbers:
        section, author, tag = sections[number % 6], authors[number % 20], tags[number % 50]
        at = NEWEST - timedelta(hours=count - number)
        words = {
            "headline": f"Ferry service resumes at the north quay, day {number}",
            "standfirst": "Four days without a boat end at the north quay.",
            "language": "en",
            "section": section,
        }
        working.append(Article(pk=number, body=BODY, slug=f"ferry-{number}", saved_at=at, **words))
        bylines.append(Byline(article_id=number, author=author, name=author.name))
        tag_links.append(Article.tags.through(article_id=number, tag_id=tag.pk))
        published.append(
            PublishedArticle(
                pk=number,
                revision=1,
                digest="",
                path=story_path(number, count),
                kind="news",
                body_html=BODY,
                word_count=170,
                byline=[{"name": author.name, "credit": "", "path": author.get_absolute_url()}],
                tag_links=[{"name": tag.name, "path": tag.get_absolute_url()}],
                published_at=at,
                updated_at=at,
                **words,
            )
        )
        author_rows.append(PublishedByline(article_id=number, author=author, published_at=at))
        tag_rows.append(PublishedTag(content_object_id=number, tag=tag, published_at=at))
    Article.objects.bulk_create(working)
    Byline.objects.bulk_create(bylines)
    Article.tags.through.objects.bulk_create(tag_links)
    PublishedArticle.objects.bulk_create(published)
    PublishedByline.objects.bulk_create(author_rows)
    PublishedTag.objects.bulk_create(tag_rows)


def story_path(number: int, count: int) -> str:
    at = NEWEST - timedelta(hours=count - number)
    return f"/news/{at:%Y/%m/%d}/ferry-{number}/"


def pages(count: int) -> dict[str, list[str]]:
    """Kinds of pages, and the addresses to ask for in each round."""
    numbers = range(count // ASKED, count + 1, count // ASKED)
    return {
        "article": [story_path(number, count) for number in numbers],
        "plain Django view": [f"/plain/{number}/" for number in numbers],
        "front": ["/"] * 5,
        "section": ["/culture/"] * 5,
        "author": ["/author/writer-7/"] * 5,
        "tag": ["/tag/subject-7/"] * 5,
        "month": [f"/archive/{NEWEST:%Y/%m}/"] * 5,
        "feed": ["/feeds/rss.xml"] * 5,
    }


def cost(paths: list[str]) -> float:
    """Seconds for one page, on average over `paths`, each asked for once. ``RuntimeError`` unless all are 200."""
    began = time.perf_counter()
    for each in paths:
        ask(each)
    return (time.perf_counter() - began) / len(paths)


def ask(address: str) -> None:
    answers: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": address, "QUERY_STRING": "", "HTTP_HOST": "127.0.0.1:8000",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }  # fmt: skip
    response = application(environ, lambda status, headers: answers.append(status))
    for _ in response:
        pass
    response.close()
    if answers != ["200 OK"]:
        raise RuntimeError(f"{address}: {answers}")


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
