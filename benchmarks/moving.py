"""What it costs to bring in a WordPress export: posts a second beside bare inserts, and memory as the export grows.

The yardstick reads the same kind of export with the same reader and writes the rows of a published story by the ORM,
in one transaction a post: no cleaning, no checks, no search index, no purges.

``python -m benchmarks.moving`` as `benchmarks.run` starts it, with DATA_DIR a folder to be thrown away. With
``--bring`` or ``--bare`` it does the one or the other with an export, and prints what that took.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    django.setup()  # the models below need it

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditRow
from articles.models.desk import Article, Byline, State
from articles.models.moves import MovingRun
from articles.models.places import Section, Tag
from articles.models.published import OldPath, PublishedArticle, PublishedByline, PublishedTag
from articles.models.revisions import Revision
from articles.models.search import SearchText
from articles.models.site import SiteSettings
from articles.moving import bringing, media
from articles.moving.exports import Options
from articles.wordpress import posts
from articles.wordpress.posts import Item
from articles.wordpress.scan import Scanner
from authors.models import Author
from benchmarks.load import most_memory, spent
from benchmarks.table import Row
from tests.articles.wordpress import exports

ROOT = Path(__file__).resolve().parent.parent
FIRST = datetime(2010, 1, 1, tzinfo=UTC)
BODY = "\n\n".join(["The ferry left the north quay at noon, and nobody could say when it would be back."] * 12)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--posts", type=int, default=1_000)
    parser.add_argument("--bring", type=Path)
    parser.add_argument("--bare", type=Path)
    options = parser.parse_args()
    if options.bring or options.bare:
        before = spent()
        (bring if options.bring else bare)(options.bring or options.bare)
        said = [spent() - before, most_memory() / 1024]
        print(json.dumps(said))  # noqa: T201  # for the process that started this one
        return
    call_command("migrate", verbosity=0)
    SiteSettings.objects.update_or_create(pk=1, defaults={"name": "The Strait", "language": "en"})
    Section.objects.create(name="News", slug="news")
    on = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    print(json.dumps([asdict(row) for row in compare(options.posts, on=on)]))  # noqa: T201


def compare(many: int, *, on: str) -> list[Row]:
    """An export of `many` posts, one of a quarter of them or a thousand, and the bare way with as many as that."""
    few = min(many // 4, 1_000)
    folder = Path(settings.DATA_DIR)
    ours, our_memory = taken("--bring", export(folder / "few.xml", 1, few))
    yardstick, _memory = taken("--bare", export(folder / "bare.xml", few + 1, 2 * few))
    all_of_them, memory = taken("--bring", export(folder / "many.xml", 2 * few + 1, 2 * few + many))
    there = PublishedArticle.objects.count()
    if there != 2 * few + many:
        raise RuntimeError(f"not every post came: {there}")
    rates = few / ours, few / yardstick, many / all_of_them

    def row(measure: str, unit: str, one: float, other: float, budget: str) -> Row:
        return Row(measure, on, f"{one:,.0f}{unit}", f"{other:,.0f}{unit}", one / other, budget)

    return [
        row(f"WordPress posts brought in / bare inserts, {few:,}", "/s", rates[0], rates[1], ""),
        row(f"WordPress posts brought in, {many:,} / {few:,}", "/s", rates[2], rates[0], "≥ 0.80"),
        row(f"memory of bringing in {many:,} / {few:,} posts", " MB", memory, our_memory, "≤ 1.10"),
    ]


def export(path: Path, first: int, last: int) -> Path:
    """An export of the posts with these numbers, one an hour, some kilobyte each, with authors, sections and tags."""
    with path.open("w", encoding="utf-8") as file:
        file.write(exports.HEAD.format(site=exports.SITE) + exports.AUTHORS)
        for number in range(first, last + 1):
            at = f"{FIRST + timedelta(hours=number):%Y-%m-%d %H:%M:%S}"
            item = exports.Item(
                number, title=f"Ferry {number}", slug=f"ferry-{number}", content=f"{BODY}\n\nBerth {number % 50}.",
                tags=("Ferry", f"Fog {number % 10}"), at=at, local=at,
            )  # fmt: skip
            file.write(item.xml())
        file.write(exports.FOOT)
    return path


def taken(what: str, path: Path) -> tuple[float, float]:
    """Seconds of processor time and the most memory in MB, of a process that does this with the export."""
    program = [sys.executable, "-m", "benchmarks.moving", what, str(path)]
    done = subprocess.run(program, cwd=ROOT, env=os.environ, check=True, stdout=subprocess.PIPE, text=True)
    seconds, memory = json.loads(done.stdout)
    return seconds, memory


def bring(path: Path) -> None:
    run = bringing.begin(kind=MovingRun.Kind.WORDPRESS, name=path.name, is_trial=False)
    section = Section.objects.order_by("pk")[0]
    bringing.bring_in(run, [path], Options(section=section, language="en", source=media.Nowhere()))
    bringing.end(run, MovingRun.State.DONE)


def bare(path: Path) -> None:
    zone = timezone.get_default_timezone()
    shared: dict[str, Any] = {
        "section": Section.objects.order_by("pk")[0], "author": Author.objects.order_by("pk")[0],
        "tags": {tag.name: tag for tag in Tag.objects.all()},
    }  # fmt: skip
    with path.open("rb") as stream:
        for piece in Scanner(stream):
            if piece.kind == "item":
                with transaction.atomic():
                    _write(posts.item(posts.element(piece, "utf-8"), line=piece.line, zone=zone), **shared)


def _write(item: Item, *, section: Section, author: Author, tags: dict[str, Tag]) -> None:
    """The rows of one published story, as far as they are the story's own."""
    at = item.at or timezone.now()
    words: dict[str, Any] = {"headline": item.title, "standfirst": item.excerpt, "language": "en", "section": section}
    mine = [tags[term.name] for term in item.terms if term.taxonomy == "post_tag"]
    article = Article.objects.create(
        **words,
        body=item.content,
        slug=item.slug,
        state=State.PUBLISHED,
        live_revision=1,
        saved_at=at,
        import_digest=f"bare {item.number}",
    )
    Byline.objects.create(article=article, author=author, name=author.name)
    Article.tags.through.objects.bulk_create(Article.tags.through(article=article, tag=tag) for tag in mine)
    content = {"headline": item.title, "body": item.content, "tags": [tag.pk for tag in mine], "section": section.pk}
    Revision.objects.create(article=article, number=1, verb=Revision.Verb.IMPORTED, content=content, digest="")
    path = f"/news/{at:%Y/%m/%d}/{item.slug}/"
    published = PublishedArticle.objects.create(
        pk=article.pk, revision=1, digest="", path=path, kind="news", word_count=180, body_html=item.content,
        published_at=at, updated_at=at, byline=[{"name": author.name, "credit": "", "path": ""}],
        tag_links=[{"name": tag.name, "path": ""} for tag in mine], **words,
    )  # fmt: skip
    PublishedByline.objects.create(article=published, author=author, published_at=at)
    PublishedTag.objects.bulk_create(PublishedTag(content_object=published, tag=tag, published_at=at) for tag in mine)
    SearchText.objects.create(pk=article.pk, title=item.title, body=item.content)
    for old in (f"/?p={item.number}", f"/2016/05/{item.slug}/"):
        OldPath.objects.create(path=old, kind="moved", target=path, article_number=article.pk, language="en", at=at)
    for verb in ("saved", "published"):
        AuditRow.objects.create(verb=verb, thing="article", thing_number=article.pk, label=item.title)


if __name__ == "__main__":
    main()
