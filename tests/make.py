"""Plain builders: the least that a test needs, and nothing random."""

from io import BytesIO
from itertools import count
from typing import Any

from PIL import Image

from accounts.models import User
from accounts.roles import Role
from articles import actions
from articles.models.desk import Article
from articles.models.places import Section, Series
from articles.models.published import PublishedArticle
from articles.models.site import MenuItem, Page, SiteSettings
from authors.models import Author
from images import library
from images.models import Picture, Rights

_numbers = count(1)
PASSWORD = "correct horse battery"


def user(role: Role | str = Role.EDITOR, **fields: Any) -> User:
    number = next(_numbers)
    fields = {"email": f"{role}{number}@paper.example", "display_name": f"{str(role).title()} {number}", **fields}
    return User.objects.create_user(password=PASSWORD, role=role, **fields)


def site(**fields: Any) -> SiteSettings:
    """The paper's settings: English with French and Arabic editions, unless `fields` say otherwise."""
    fields = {"name": "The Harbour Post", "language": "en", "further_languages": ["fr", "ar"], **fields}
    return SiteSettings.objects.update_or_create(pk=1, defaults=fields)[0]


def section(name: str = "News", *, in_menu: bool = True, **fields: Any) -> Section:
    slug = fields.pop("slug", name.lower().replace(" ", "-"))
    made, _ = Section.objects.get_or_create(
        slug=slug, parent=fields.pop("parent", None), defaults={"name": name, **fields}
    )
    if in_menu:
        MenuItem.objects.get_or_create(section=made)
    return made


def author(name: str = "", **fields: Any) -> Author:
    number = next(_numbers)
    return Author.objects.create(name=name or f"Writer {number}", slug=fields.pop("slug", f"writer-{number}"), **fields)


def series(title: str = "After the flood", **fields: Any) -> Series:
    return Series.objects.create(title=title, slug=fields.pop("slug", f"series-{next(_numbers)}"), **fields)


def page(title: str = "About us", slug: str = "about", body: str = "<p>We are a paper.</p>", **fields: Any) -> Page:
    from articles.actions_site import save_page

    return save_page(Page(title=title, slug=slug, body=body, **fields), actor=None)


def picture_file(size: tuple[int, int] = (1200, 800), colour: str = "teal", form: str = "JPEG", **save: Any) -> BytesIO:
    """A picture's file, ready to be read. Files of different `colour` are different pictures."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, form, **save)
    out.seek(0)
    return out


def picture(size: tuple[int, int] = (1200, 800), colour: str = "teal", **fields: Any) -> Picture:
    """A picture of the library that could be used at once, unless `fields` say otherwise."""
    fields = {"alt_text": "A quay at noon", "credit": "Amira Holt", "rights": Rights.OWN, **fields}
    return library.add(picture_file(size, colour), filename="quay.jpg", actor=None, **fields)


def draft(headline: str = "", *, actor: User | None = None, **content: Any) -> Article:
    """A working copy with a headline, a section and a paragraph, saved once. `tags` are names, `bylines` authors."""
    number = next(_numbers)
    article = actions.create(actor=actor)
    if "section" not in content:
        content["section"] = section()
    for key in ("section", "series"):
        if content.get(key) is not None:
            content[key] = content[key].pk
    content["tags"] = sorted(tag.pk for tag in actions.names_to_tags(content.get("tags", ())))
    content["bylines"] = [
        {"author": each.pk, "name": each.name, "credit": ""}
        if isinstance(each, Author)
        else {"author": None, "name": each, "credit": ""}
        for each in content.get("bylines", ())
    ]
    headline = headline or f"Ferry service resumes, day {number}"
    actions.save(
        article.pk, actor=actor,
        content={"headline": headline, "body": f"<p>The ferry left at noon on day {number}.</p>", **content},
    )  # fmt: skip
    article.refresh_from_db()
    return article


def story(headline: str = "", *, at: Any = None, **content: Any) -> PublishedArticle:
    """A published story; `content` as for `draft`."""
    return actions.publish(draft(headline, **content).pk, actor=None, at=at)
