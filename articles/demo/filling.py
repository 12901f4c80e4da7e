"""Fills an untouched newsroom with the demo, and takes it out again. Stories and pictures are marked ``demo:<key>``."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from articles import actions, actions_corrections, actions_site, fronts, reader_notes, signals
from articles.demo import at_the_desk, content, pictures
from articles.models.desk import Article, Byline
from articles.models.places import Section, Series, Tag
from articles.models.published import OldPath, PublishedArticle, PublishedByline
from articles.models.reader_notes import ReaderNote
from articles.models.site import MenuItem, Page, SiteSettings
from articles.search import index
from authors.models import Author
from images import library
from images.models import Picture, Rights
from images.pixels import fresh

MARK = "demo:"
# As content writes them: pictures and stories by their keys.
_FIGURE = re.compile(r'<figure data-image="([a-z-]+)">')
_RELATED = re.compile(r'<figure data-stories="([a-z -]+)">')
_NAMES = (
    "headline", "short_headline", "social_headline", "kicker", "standfirst", "dateline", "kind", "language", "slug",
    "body",
)  # fmt: skip


def is_filled() -> bool:
    return Article.objects.filter(import_digest__startswith=MARK).exists()


def is_untouched() -> bool:
    """No story and no name of its own yet: only into such a newsroom does the demo go."""
    return not Article.objects.exists() and SiteSettings.load().name == SiteSettings().name


def fill(*, writers: list[User]) -> int:
    """Writes settings, sections, authors, pages, menus, pictures and stories; how many stories came.

    A second call brings none. For a newsroom that `is_untouched`: its settings and its sections of the same address are
    written over. What is still on the desk belongs to `writers`, whose roles its life there names; without them it has
    none.
    """
    if is_filled():
        return 0
    # Each on its own: drawing takes seconds, in which others want to write; a second try finds what was drawn already.
    rows = content.pictures()
    files = pictures.draw_all(rows)
    drawn = {row["key"]: _picture(row, files[row["key"]]) for row in rows}
    count = _write(drawn, writers)
    for row in content.newsroom()["authors"]:
        _portrait(row)
    return count


@transaction.atomic
def _write(drawn: dict[str, Picture], writers: list[User]) -> int:
    house = content.newsroom()
    site = SiteSettings.load()
    for name, value in _settings(house["site"]).items():
        setattr(site, name, value)
    site.save()
    sections = _sections(house["sections"])
    authors = {each["slug"]: _author(each) for each in house["authors"]}
    series = {
        each["slug"]: Series.objects.get_or_create(slug=each["slug"], defaults=each)[0] for each in house["series"]
    }
    pages = {each["slug"]: _page(each) for each in house["pages"]}
    _menus(house["menus"], sections, pages)
    staff = {str(writer.role): writer for writer in writers}
    numbers: dict[str, int] = {}
    for row in content.stories():
        links = {"section": sections[row["section"]].pk, "series": series[row["series"]].pk if row["series"] else None}
        lines = [_line(each, authors) for each in row["byline"]]
        original = numbers[row["original"]] if "original" in row else None
        lead = drawn[row["lead"]].pk if row["lead"] else None
        fields = {**links, "bylines": lines, "lead_picture": lead, "original": original}
        numbers[row["key"]] = _story(row, fields, partial(_body, drawn=drawn, numbers=numbers), staff)
    signals.demo_filled.send(None, numbers=numbers)
    at_the_desk.no_mail(staff.values())
    return len(numbers)


def _settings(words: dict[str, Any]) -> dict[str, Any]:
    """Field of the site settings -> what the demo writes there."""
    channels = dict(words["channels"])
    wording = {key: channels.pop(f"{key}_wording") for key in ("updates", "report", "follow")}
    main, *further = words["languages"]
    return {
        **{key: words[key] for key in ("name", "tagline", "description", "home_time_zone", "newsroom_time_zone")},
        **channels,
        "language": main,
        "further_languages": further,
        "wording": {main: wording, **words["wording"]},
    }


def _sections(rows: list[dict[str, Any]], parent: Section | None = None) -> dict[str, Section]:
    found: dict[str, Section] = {}
    for position, row in enumerate(rows):
        path = f"{parent.slug}/{row['slug']}" if parent else row["slug"]
        names = dict(row["name"])
        section = Section.objects.filter(path=path).first() or Section(slug=row["slug"], parent=parent)
        section.name, section.names = names.pop("en"), names
        section.description, section.colour, section.position = row["description"]["en"], row["colour"], position
        section.save()
        found[row["slug"]] = section
        found.update(_sections(row["children"], parent=section))
    return found


def _author(row: dict[str, Any]) -> Author:
    values = {key: row[key] for key in ("name", "role", "biography", "email")}
    return Author.objects.get_or_create(
        slug=row["slug"], defaults={**values, "telegram": row["contacts"].get("telegram", "")}
    )[0]


def _picture(row: dict[str, Any], file: bytes) -> Picture:
    focal_x, focal_y = row["focal"]
    return library.add(
        BytesIO(file),
        filename=f"{row['key']}.jpg", actor=None, rights=Rights.OWN, rights_note=MARK + row["key"],
        alt_text=row["alt"], caption=row["caption"], credit=row["credit"], is_sensitive=row["sensitive"],
        focal_x=focal_x, focal_y=focal_y,
    )  # fmt: skip


def _portrait(row: dict[str, Any]) -> None:
    author = Author.objects.filter(slug=row["slug"], name=row["name"], portrait="").first()
    if author:
        author.portrait = fresh(BytesIO(pictures.portrait(author.slug)), max_side=480)
        author.save(update_fields=["portrait"])


def _body(html: str, *, drawn: dict[str, Picture], numbers: dict[str, int]) -> str:
    """The body with the numbers of pictures and stories for their keys; stories are older than those that name them."""
    html = _FIGURE.sub(lambda figure: f'<figure data-image="{drawn[figure[1]].pk}">', html)
    return _RELATED.sub(
        lambda figure: f'<figure data-stories="{" ".join(str(numbers[key]) for key in figure[1].split())}">', html
    )


def _line(line: str | dict[str, str], authors: dict[str, Author]) -> dict[str, Any]:
    if isinstance(line, dict):
        return {"author": None, "name": line["agency"], "credit": ""}
    return {"author": authors[line].pk, "name": authors[line].name, "credit": ""}


def _page(row: dict[str, Any]) -> Page:
    page = Page.desk.filter(slug=row["slug"], language=row["language"]).first()
    return page or actions_site.save_page(Page(**row), actor=None)


def _menus(menus: dict[str, Any], sections: dict[str, Section], pages: dict[str, Page]) -> None:
    for menu, items in menus.items():
        for position, item in enumerate(items):
            if "section" in item:
                target: dict[str, Any] = {"section": sections[item["section"]]}
            else:
                page = pages[item["page"]]
                target = {"page": page, "language": page.language}
            MenuItem.objects.update_or_create(menu=menu, **target, defaults={"position": position})


def _story(row: dict[str, Any], fields: dict[str, Any], body: Callable[[str], str], staff: dict[str, User]) -> int:
    """Its number. `fields` are what it hangs on; `body` puts numbers into a text."""
    life = row.get("desk", {})
    writer = staff.get(life.get("by", ""))
    article = actions.create(actor=writer, import_digest=MARK + row["key"])
    said = {**{name: row[name] or "" for name in _NAMES}, **fields, "body": body(row["body"])}
    said["tags"] = sorted(tag.pk for tag in actions.names_to_tags(row["tags"]))
    first = row.get("first")  # as it stood when it was new
    actions.save(article.pk, actor=writer, content={**said, **(first or {})})
    if row["state"] == "published":
        actions.publish(article.pk, actor=None, at=timezone.now() - timedelta(hours=row["hours_ago"]))
        if first:
            actions.save(article.pk, actor=None, content=said)
            actions.update(article.pk, actor=None)
        for note in row.get("notes", ()):
            actions_corrections.add(article.pk, actor=None, **note)
        if "reader_note" in row:
            published = PublishedArticle.objects.get(pk=article.pk)
            reader_notes.receive(published, text=row["reader_note"], contact="")
    elif writer:
        at_the_desk.live(article.pk, life, staff)
    return article.pk


@transaction.atomic
def take_out() -> int:
    """Removes the demo's stories, and its pictures, sections, authors, series, tags and pages that nothing else uses.

    Says how many stories went. What the newsroom wrote itself stays, and so do the things that it hangs on.
    """
    numbers = list(Article.objects.filter(import_digest__startswith=MARK).values_list("pk", flat=True))
    index.forget(*numbers)
    signals.demo_taken_out.send(None)
    PublishedArticle.objects.filter(pk__in=numbers).delete()
    OldPath.objects.filter(article_number__in=numbers).delete()
    ReaderNote.objects.filter(article_number__in=numbers).delete()
    at_the_desk.forget(numbers)
    Article.objects.filter(pk__in=numbers).delete()
    for picture in Picture.objects.filter(rights_note__startswith=MARK):
        if not _is_used(picture):
            library.remove(picture, actor=None)
    house = content.newsroom()
    for row in house["pages"]:
        Page.desk.filter(slug=row["slug"], title=row["title"]).delete()
    Series.objects.filter(slug__in=[row["slug"] for row in house["series"]]).exclude(
        Exists(Article.objects.filter(series=OuterRef("pk")))
    ).delete()
    authors = Author.objects.filter(slug__in=[row["slug"] for row in house["authors"]]).exclude(
        Exists(Byline.objects.filter(author=OuterRef("pk")))
    ).exclude(Exists(PublishedByline.objects.filter(author=OuterRef("pk"))))  # fmt: skip
    for author in authors.exclude(portrait=""):
        transaction.on_commit(partial(author.portrait.storage.delete, author.portrait.name), robust=True)
    authors.delete()
    names = {tag for story in content.stories() for tag in story["tags"]}
    Tag.objects.filter(name__in=names).exclude(Exists(Article.tags.through.objects.filter(tag=OuterRef("pk")))).delete()
    slugs = [child["slug"] for row in house["sections"] for child in row["children"]]
    slugs += [row["slug"] for row in house["sections"] if row["slug"] != "news"]  # the first section of any newsroom
    for slug in slugs:
        Section.objects.filter(slug=slug).exclude(Exists(Article.objects.filter(section=OuterRef("pk")))).exclude(
            Exists(Section.objects.filter(parent=OuterRef("pk")))
        ).delete()
    fronts.press_all()
    _forget_settings(_settings(house["site"]))
    return len(numbers)


def _forget_settings(written: dict[str, Any]) -> None:
    """Puts back the defaults where the demo's words still stand; languages that own stories speak remain."""
    site, plain = SiteSettings.load(), SiteSettings()
    spoken = set(PublishedArticle.objects.values_list("language", flat=True))
    for name, value in written.items():
        if getattr(site, name) == value:
            setattr(site, name, getattr(plain, name))
            if name == "further_languages":
                site.further_languages = [code for code in value if code in spoken]
    site.save()


def _is_used(picture: Picture) -> bool:
    return (
        Article.objects.filter(lead_picture=picture).exists()
        or Article.objects.filter(body__contains=f'data-image="{picture.pk}"').exists()
        or picture.published_rows.exists()
    )
