"""Newsrooms of any size, filled in minutes: one story is written by the models, all others by SQL from it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from articles.models.desk import Article, Byline, State
from articles.models.places import Section, Tag
from articles.models.published import PublishedArticle, PublishedByline, PublishedTag
from articles.models.search import SearchText, SearchWord
from articles.models.site import MenuItem, SiteSettings
from articles.search import index
from articles.search.words import COUNTED
from authors.models import Author
from tests import prepared

NEWEST = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECTIONS = ("News", "Culture", "Sport", "Money", "World", "Opinion")
AUTHORS, TAGS = 20, 50
BERTHS = 1_000  # a word of the text that so many stories share: one in a thousand
PARAGRAPH = (
    "<p>The ferry left the north quay at noon with forty people aboard, the harbour office of Port Vela said.</p>"
)
BODY = PARAGRAPH * 9  # about 1 kB
HEADLINE = "Ferry service resumes at the north quay, day"


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def database(count: int) -> str:
    """The name of the database of the newsroom with `count` stories, 0 for the empty one."""
    return f"bench_{count}" if is_postgresql() else str(Path(settings.DATA_DIR) / f"{count}.sqlite3")


_connections: dict[int, BaseDatabaseWrapper] = {}


def open_newsroom(count: int) -> None:
    """From here on the database is that of the newsroom with `count` stories."""
    if count not in _connections:
        _connections[count] = connections.create_connection(DEFAULT_DB_ALIAS)
        _connections[count].settings_dict = {**connection.settings_dict, "NAME": database(count)}
    connections[DEFAULT_DB_ALIAS] = _connections[count]


def prepare() -> None:
    """Makes the empty newsroom, of which the others are copies: tables, six sections, 20 authors, 50 tags."""
    if is_postgresql():
        _on_server(f"CREATE DATABASE {database(0)}")
    else:
        prepared.database(Path(database(0)))
    open_newsroom(0)
    call_command("migrate", verbosity=0)
    SiteSettings.objects.update_or_create(pk=1, defaults={"name": "The Harbour Post", "language": "en"})
    for name in SECTIONS:
        section = Section(name=name, slug=name.lower())
        section.save()
        MenuItem.objects.create(section=section)
    for number in range(AUTHORS):
        Author.objects.create(name=f"Writer {number}", slug=f"writer-{number}")
    for number in range(TAGS):
        Tag.objects.create(name=f"Subject {number}", slug=f"subject-{number}")
    connection.close()


def fill(count: int) -> None:
    """Makes the newsroom with `count` stories, one an hour, each as a working copy (in tables in normal form), as
    published, and in the index of the search. Raises ``RuntimeError`` when the index is not what a verb makes."""
    if is_postgresql():
        _on_server(f"CREATE DATABASE {database(count)} TEMPLATE {database(0)}")
    else:
        shutil.copyfile(database(0), database(count))
    open_newsroom(count)
    with connection.cursor() as cursor:
        for statement in _HASTE[connection.vendor]:
            cursor.execute(statement)
    with transaction.atomic():
        _Newsroom(count).fill()
    _index(count)
    connection.close()  # the next one is as in life again
    if is_postgresql():
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [Article]):
                cursor.execute(statement)
            cursor.execute("VACUUM ANALYZE")  # which it does by itself in life; nobody does it on SQLite
    _check(count // 2)
    connection.close()


_HASTE = {
    # Without triggers: at the end each row's foreign keys would be looked up one by one, for half an hour.
    "postgresql": [
        "SET maintenance_work_mem = '512MB'",
        "SET work_mem = '256MB'",
        "SET session_replication_role = 'replica'",
    ],
    "sqlite": ["PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-512000"],
}


class _Newsroom:
    """The SQL of one newsroom's stories: `n` is the number of a story, 1 the oldest."""

    def __init__(self, count: int) -> None:
        self.count = count
        section, author, tag = (model.objects.order_by("pk")[0].pk for model in (Section, Author, Tag))
        self.section = f"{section} + n % {len(SECTIONS)}"
        self.author = f"{author} + n % {AUTHORS}"
        self.tag = f"{tag} + n % {TAGS}"
        newest = f"{NEWEST:%Y-%m-%d %H:%M:%S}"
        if is_postgresql():
            self.at = f"timestamptz '{newest}+00' - ({count} - n) * interval '1 hour'"
            self.day = f"to_char(({self.at}) at time zone 'UTC', 'YYYY/MM/DD')"
        else:
            self.at = f"datetime('{newest}', (n - {count}) || ' hours')"
            self.day = f"strftime('%Y/%m/%d', {self.at})"

    def fill(self) -> None:
        at, section, headline = self.at, self.section, f"'{HEADLINE} ' || n"
        body = f"'{BODY}<p>She lay at berth' || (n % {BERTHS}) || '.</p>'"
        writer, subject = f"(n % {AUTHORS})", f"(n % {TAGS})"
        words: dict[str, Any] = {
            "headline": f"{HEADLINE} 1", "standfirst": "Four days without a boat end at the north quay.",
            "language": "en", "section": Section.objects.order_by("pk")[1],
        }  # fmt: skip
        article = Article.objects.create(
            pk=1, body=BODY, slug="ferry-1", saved_at=NEWEST, state=State.PUBLISHED, live_revision=1,
            first_published_at=NEWEST, public_place={"path": story_path(1, self.count)}, **words,
        )  # fmt: skip
        self.copy(article, id="n", headline=headline, body=body, slug="'ferry-' || n", section_id=section, saved_at=at)
        author, tag = Author.objects.order_by("pk")[1], Tag.objects.order_by("pk")[1]
        byline = Byline.objects.create(article=article, author=author, name=author.name)
        self.copy(byline, article_id="n", author_id=self.author, name=f"'Writer ' || {writer}")
        self.copy(Article.tags.through.objects.create(article=article, tag=tag), article_id="n", tag_id=self.tag)
        published = PublishedArticle.objects.create(
            pk=1, revision=1, digest="", path=story_path(1, self.count), kind="news", word_count=170,
            body_html=f"{BODY}<p>She lay at berth1.</p>", published_at=moment(1, self.count),
            updated_at=moment(1, self.count),
            byline=[{"name": author.name, "credit": "", "path": author.get_absolute_url()}],
            tag_links=[{"name": tag.name, "path": tag.get_absolute_url()}], **words,
        )  # fmt: skip
        self.copy(
            published, id="n", headline=headline, body_html=body, section_id=section, published_at=at, updated_at=at,
            path=f"'/news/' || {self.day} || '/ferry-' || n || '/'",
            byline=_link("Writer ", "/author/writer-", writer, '"credit": "", '),
            tag_links=_link("Subject ", "/tag/subject-", subject),
        )  # fmt: skip
        row = PublishedByline.objects.create(article=published, author=author, published_at=moment(1, self.count))
        self.copy(row, article_id="n", author_id=self.author, published_at=at)
        link = PublishedTag.objects.create(content_object=published, tag=tag, published_at=moment(1, self.count))
        self.copy(link, content_object_id="n", tag_id=self.tag, published_at=at)
        index.keep(published)
        text = SearchText.objects.get(pk=1)
        # The number in the headline, the writer's and the berth are the story's own words.
        title = text.title.removesuffix(" 1 writer 1")
        self.copy(
            text, id="n", title=f"'{title} ' || n || ' writer ' || {writer}",
            body=f"'{text.body.removesuffix('1')}' || (n % {BERTHS})",
        )  # fmt: skip
        SearchWord.objects.update(stories=self.count)
        self.copy(
            SearchWord.objects.all()[0], word="'' || n", initial="substr('' || n, 1, 1)", stories="1",
            first=10 ** (COUNTED - 1),
        )  # fmt: skip

    def copy(self, row: models.Model, *, first: int = 2, **columns: str) -> None:
        """Rows like the saved `row` for the stories from `first` on; `columns` says in SQL what differs."""
        if first > self.count:
            return
        meta = row._meta
        table = connection.ops.quote_name(meta.db_table)
        names = [
            field.column
            for field in meta.concrete_fields
            if field.column in columns or not isinstance(field, models.AutoField)
        ]
        wanted = ", ".join(columns.get(name) or f"one.{connection.ops.quote_name(name)}" for name in names)
        all_of_them = f"SELECT {first} UNION ALL SELECT n + 1 FROM series WHERE n < {self.count}"  # noqa: S608
        into = ", ".join(connection.ops.quote_name(name) for name in names)
        with connection.cursor() as cursor:
            cursor.execute(  # no parameters: "%" is SQL's own here
                f"INSERT INTO {table} ({into}) WITH RECURSIVE series (n) AS ({all_of_them})"  # noqa: S608  # words of ours
                f" SELECT {wanted} FROM series, {table} AS one"
                f" WHERE one.{connection.ops.quote_name(meta.pk.column)} = {row.pk}"
            )


def _link(name: str, path: str, number: str, more: str = "") -> str:
    """SQL of a list of one link, as printed: the name and the address both end with `number`."""
    link = f"""'[{{"name": "{name}' || {number} || '", {more}"path": "{path}' || {number} || '/"}}]'"""
    return f"CAST({link} AS jsonb)" if is_postgresql() else link


def _index(count: int) -> None:
    """Puts all that is in `SearchText` into the index at once."""
    with connection.cursor() as cursor:
        if not is_postgresql():
            cursor.execute("INSERT INTO articles_search (articles_search) VALUES ('rebuild')")
            return
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'articles_search_vector'")
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX articles_search_vector")
        cursor.execute(
            "UPDATE articles_searchtext SET vector ="
            " setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', body), 'D')"
        )
        cursor.execute(definition)


def _check(number: int) -> None:
    """Raises ``RuntimeError`` unless a verb that puts this story into the index anew finds all as it makes it."""
    with transaction.atomic():
        before = _known(number)
        index.keep(PublishedArticle.objects.get(pk=number))
        if _known(number) != before:
            raise RuntimeError(f"the search index of the bench is not what a publication makes: {before}")
        transaction.set_rollback(True)


def _known(number: int) -> list[Any]:
    text = SearchText.objects.get(pk=number)
    words = SearchWord.objects.filter(word__in=text.title.split()).order_by("word").values_list("word", "stories")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CAST(vector AS text) FROM articles_searchtext WHERE id = %s"
            if is_postgresql()
            else "SELECT rowid FROM articles_search WHERE articles_search MATCH 'title : ' || %s",
            [number],
        )
        return [text.title, text.body, list(words), cursor.fetchall()]


def _on_server(statement: str) -> None:
    import psycopg  # noqa: PLC0415  # a database cannot be made from within itself

    known = connection.get_connection_params()
    wanted = {name: known[name] for name in ("host", "port", "user", "password") if known.get(name)}
    with psycopg.connect(**wanted, dbname="postgres", autocommit=True) as server:
        server.execute(statement)


def moment(number: int, count: int) -> datetime:
    return NEWEST - timedelta(hours=count - number)


def story_path(number: int, count: int) -> str:
    """The address of a story for readers."""
    return f"/news/{moment(number, count):%Y/%m/%d}/ferry-{number}/"
