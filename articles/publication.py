"""How a revision becomes the row that readers see, and what its old addresses say. Called by `articles.actions`."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext

from articles import blocks, figures, markup, paths, related, signals, versions
from articles.models.corrections import Correction
from articles.models.desk import Article
from articles.models.places import Section, Tag
from articles.models.public_record import PublishedCorrection
from articles.models.published import (
    OldPath,
    PublishedArticle,
    PublishedByline,
    PublishedPicture,
    PublishedRelated,
    PublishedTag,
    PublishedVideo,
)  # fmt: skip
from articles.models.revisions import Revision
from articles.models.site import SiteSettings
from articles.problems import NotReady
from articles.search import index
from articles.slugs import slugify
from articles.snapshots import Line, current
from authors.models import Author

MOST_REBUILT = 200
AT_ONCE = 500  # stories whose links are printed anew by two queries
_HANGING = ("author_rows", "tag_rows", "picture_rows", "video_rows", "related_rows")
_log = logging.getLogger(__name__)


Links = list[dict[str, str]]


class PublicPlace(TypedDict):
    """Where a story stands, and what that address was made of."""

    path: str
    slug: str
    section: int
    language: str


def choose_place(article: Article, content: dict[str, Any], *, site: SiteSettings, first: datetime) -> PublicPlace:
    """The story's address: the one it had, while section, language and slug stay; else a new one that is free.

    A slug that the desk wrote and that is taken raises `NotReady`; one made from the headline gets a number.
    """
    former = article.public_place
    slug = content["slug"] or former.get("slug") or slugify(content["headline"])
    place = PublicPlace(path="", slug=slug, section=content["section"], language=content["language"])
    if former and {**place, "path": former["path"]} == former:
        return PublicPlace(**{**place, "path": former["path"]})
    section = Section.objects.select_related("parent").get(pk=content["section"])
    day = first.astimezone(ZoneInfo(site.newsroom_time_zone)).date()
    base, suffix = slug, 1
    while True:
        path = paths.article_path(
            section.path, day=day, slug=slug, language=content["language"], main_language=site.language
        )
        if not _taken(path, article.pk):
            return PublicPlace(path=path, slug=slug, section=place["section"], language=place["language"])
        if content["slug"]:
            raise NotReady({"slug": [gettext("Another story of that day and section has this slug. Choose another.")]})
        suffix += 1
        slug = f"{base}-{suffix}"


def _taken(path: str, number: int) -> bool:
    return (
        PublishedArticle.objects.filter(path=path).exclude(pk=number).exists()
        or OldPath.objects.filter(path=path).exclude(article_number=number).exists()
    )


class Named(NamedTuple):
    """The authors, by number, and tags of a content; what has been deleted since is left out."""

    authors: dict[int, Author]
    tags: list[Tag]


def named_in(content: dict[str, Any]) -> Named:
    authors = Author.objects.in_bulk({line["author"] for line in content["bylines"] if line["author"]})
    return Named(authors, list(Tag.objects.filter(pk__in=content["tags"])))


def build(
    number: int,
    content: dict[str, Any],
    *,
    path: str,
    published_at: datetime,
    updated_at: datetime,
    named: Named | None = None,
) -> PublishedArticle:
    """The row that readers would see, not saved: for publication and for previews alike."""
    language = content["language"]
    named = named or named_in(content)
    material = blocks.material_of(content, number=number)

    def fine(text: str) -> str:
        return markup.smarten(text.strip(), language=language)

    return PublishedArticle(
        id=number, path=path, language=language, kind=content["kind"],
        section_id=content["section"], series_id=content["series"],
        kicker=fine(content["kicker"]), headline=fine(content["headline"]),
        short_headline=fine(content["short_headline"]), social_headline=fine(content["social_headline"]),
        standfirst=fine(content["standfirst"]), dateline=content["dateline"].strip(),
        lead=figures.lead(material.pictures.get(content.get("lead_picture") or 0), language=language),
        body_html=blocks.render(content["body"], material, language=language),
        word_count=markup.word_count(content["body"]),
        byline=byline_of(content["bylines"], named.authors), tag_links=tag_links(named.tags),
        noindex=content.get("noindex", False), original=content.get("original"),
        related=related.choose(number, content, besides=blocks.stories_in(content["body"])),
        corrections=corrections_of(number, language=language),
        published_at=published_at, updated_at=updated_at,
    )  # fmt: skip


def corrections_of(number: int, *, language: str) -> list[dict[str, Any]]:
    """What the paper has added to the story, as `PublishedArticle.corrections` holds it."""
    notes = Correction.objects.filter(article=number, removed_at=None)
    return [
        {
            "number": note.pk,
            "kind": note.kind,
            "text": markup.smarten(note.text, language=language),
            "above": note.is_above,
            "at": note.at.isoformat(),
        }
        for note in notes
    ]


def list_corrections(published: PublishedArticle) -> None:
    """Makes the story's lines of ``/corrections/`` what the story itself prints."""
    numbers = [note["number"] for note in published.corrections]
    published.correction_rows.exclude(pk__in=numbers).delete()
    for note in published.corrections:
        PublishedCorrection.objects.update_or_create(
            pk=note["number"],
            defaults={
                "article": published, "kind": note["kind"], "text": note["text"],
                "language": published.language, "at": datetime.fromisoformat(note["at"]),
            },
        )  # fmt: skip


def byline_of(lines: list[Line], authors: Mapping[int, Author]) -> Links:
    """Names as printed, in order, each with the address of its author's page or "" (an agency, a guest)."""
    return [
        {
            "name": line["name"],
            "credit": line["credit"],
            "path": author.get_absolute_url() if (author := authors.get(line["author"] or 0)) else "",
        }
        for line in lines
    ]


def tag_links(tags: Iterable[Tag]) -> Links:
    """Names and addresses of tags, by name."""
    return [{"name": tag.name, "path": tag.get_absolute_url()} for tag in sorted(tags, key=lambda tag: tag.name)]


def led_on(links: Links, *, old: str, new: str) -> Links:
    """With the address `new` wherever `old` stood."""
    return [{**link, "path": new if link["path"] == old else link["path"]} for link in links]


def print_anew(numbers: Sequence[int], field: str, change: Callable[[Links], Links]) -> None:
    """Writes the links in `field` (``byline`` or ``tag_links``) of those published stories anew, and nothing else."""
    for start in range(0, len(numbers), AT_ONCE):
        some = PublishedArticle.objects.filter(pk__in=numbers[start : start + AT_ONCE])
        rows = list(some.select_for_update().order_by("pk").only("pk", field))
        for row in rows:
            setattr(row, field, change(getattr(row, field)))
        PublishedArticle.objects.bulk_update(rows, [field])


def write(
    number: int,
    revision: Revision,
    *,
    path: str,
    published_at: datetime,
    updated_at: datetime,
    note_to_readers: str = "",
) -> tuple[PublishedArticle, PublishedArticle | None]:
    """Saves the published row of a revision with all rows that hang on it, in the caller's transaction.

    That row, and the one that readers had until now, if they had the story.
    Where other stories point readers to this one, they are made anew too (`follow`).
    """
    replaced = PublishedArticle.objects.select_related("section").filter(pk=number).first()
    published = _write(
        number, revision, path=path, published_at=published_at, updated_at=updated_at, is_new=replaced is None
    )
    versions.keep(published, revision, replaced=replaced, note=note_to_readers)
    if replaced is None or _as_others_show_it(replaced) != _as_others_show_it(published):
        follow(number)
    return published, replaced


def _as_others_show_it(story: PublishedArticle) -> tuple[Any, ...]:
    return (
        story.path, story.language, story.headline, story.short_headline, story.section_id, story.published_at
    )  # fmt: skip


def _write(
    number: int,
    revision: Revision,
    *,
    path: str,
    published_at: datetime,
    updated_at: datetime,
    is_new: bool = False,
) -> PublishedArticle:
    """`is_new`: readers do not have the story, so nothing is to be replaced."""
    content = current(revision.content)
    others = {*blocks.stories_in(content["body"])} - {number}
    # What those stories are must not change between our reading and our commit: who changes one then waits for us,
    # and finds our row when it looks who points to it.
    if others:
        list(PublishedArticle.objects.select_for_update().filter(pk__in=others).order_by("pk").values_list("pk"))
    named = named_in(content)
    published = build(
        number, content, path=path, published_at=published_at, updated_at=updated_at, named=named
    )  # fmt: skip
    published.revision, published.digest = revision.number, revision.digest
    published.save(force_insert=is_new)
    index.keep(published)
    if not is_new:
        for name in _HANGING:
            getattr(published, name).all().delete()
    PublishedByline.objects.bulk_create(
        PublishedByline(article=published, author=author, published_at=published_at)
        for author in named.authors.values()
    )
    PublishedTag.objects.bulk_create(
        PublishedTag(content_object=published, tag=tag, published_at=published_at) for tag in named.tags
    )
    PublishedPicture.objects.bulk_create(
        PublishedPicture(article=published, picture=picture) for picture in figures.pictures_of(content).values()
    )
    PublishedVideo.objects.bulk_create(
        PublishedVideo(article=published, video=video) for video in figures.videos_of(content).values()
    )
    PublishedRelated.objects.bulk_create(PublishedRelated(article=published, other=other) for other in others)
    if published.corrections or not is_new:
        list_corrections(published)
    return published


def follow(number: int) -> None:
    """Makes anew what readers see of the stories that point to this one, in the caller's transaction.

    Of more than `MOST_REBUILT` only the newest: the command ``rebuild_published`` does them all, and the log says so.
    """
    live = PublishedRelated.objects.filter(other=number).order_by("-article__published_at", "-article")
    pointing = list(live.values_list("article", flat=True)[: MOST_REBUILT + 1])
    if len(pointing) > MOST_REBUILT:
        _log.warning("More than %s stories point to story %s: run rebuild_published", MOST_REBUILT, number)
    if not pointing:
        return
    newest = Article.objects.select_for_update().filter(pk__in=pointing[:MOST_REBUILT]).order_by("pk")
    for article in newest:
        rebuild(article)


def leave_old_paths(
    number: int, *, kind: OldPath.Kind, former: dict[str, Any], target: str = "", notice: str = "", headline: str = ""
) -> None:
    """Makes every address that the story ever had say what is true now.

    Each old row points at today's address, so there are no chains; an address that works again leaves the table.
    """
    OldPath.objects.filter(path=target).delete()
    now = timezone.now()
    news = {"kind": kind, "target": target, "notice": notice, "at": now}
    if headline:
        news["headline"] = headline
    OldPath.objects.filter(article_number=number).update(**news)
    if former and former["path"] != target:
        OldPath.objects.update_or_create(
            path=former["path"], defaults={**news, "article_number": number, "language": former["language"]}
        )


def leave_renamed(old: str, new: str, *, is_prefix: bool = False) -> None:
    """One row for a page, section, author, tag or series whose address changed from `old` to `new` (paths)."""
    old, new = unquote(old), unquote(new)  # rows hold addresses as written; Django's reverse encodes them
    if old == new:
        return
    OldPath.objects.filter(path=new).delete()
    OldPath.objects.filter(target=old).update(target=new)
    OldPath.objects.update_or_create(
        path=old, defaults={"kind": OldPath.Kind.MOVED, "target": new, "is_prefix": is_prefix, "at": timezone.now()}
    )


def rebuild(article: Article) -> PublishedArticle:
    """The published row made anew from its revision: after a change of templates, typography, or of what it shows.

    No publication: the moment of the last update stays, and the signal is ``article_rebuilt``.
    """
    current = PublishedArticle.objects.get(pk=article.pk)
    revision = article.revisions.get(number=current.revision)
    made = _write(
        article.pk, revision, path=current.path, published_at=current.published_at, updated_at=current.updated_at
    )
    signals.article_rebuilt.send(Article, article_id=article.pk, published=made)
    return made


def notice_missing() -> str:
    return gettext("Readers who come to the address need a notice: what was wrong, in a sentence or two.")
