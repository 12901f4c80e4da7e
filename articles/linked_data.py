"""What machines read of a page: schema.org in JSON-LD, as search engines and archives ask for it.

Types and fields: https://schema.org/NewsArticle and its kin; headlines up to 110 characters and pictures in three
shapes, as Google's guide for articles wants them. `articles.markup.data_block` writes it into the page.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.text import Truncator

from articles import paths, social_cards
from articles.kinds import Kind, NoteKind
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.models.site import Page
from authors.models import Author

if TYPE_CHECKING:
    from articles.beside import Beside
    from articles.reading import Edition

_TYPES = {
    Kind.NEWS: "NewsArticle",
    Kind.BRIEF: "NewsArticle",
    Kind.INTERVIEW: "NewsArticle",
    Kind.LONG_READ: "ReportageNewsArticle",
    Kind.ANALYSIS: "AnalysisNewsArticle",
    Kind.OPINION: "OpinionNewsArticle",
    Kind.EXPLAINER: "BackgroundNewsArticle",
}
_CONTEXT = "https://schema.org"
_SHAPES = ("wide", "standard", "square")
_CORRECTIVE = {NoteKind.CORRECTION, NoteKind.CLARIFICATION}
HEADLINE = 110


def of_story(story: PublishedArticle, edition: Edition, beside: Beside) -> list[dict[str, Any]]:
    """The story with all its authors, corrections and translations, and where it stands in the paper."""
    return [_story(story, edition, beside), _crumbs(story, edition)]


def of_front(edition: Edition) -> list[dict[str, Any]]:
    """The paper as a publisher, with what it says of itself elsewhere, and the site."""
    home = paths.absolute(edition.site.edition_path(edition.site.language))
    site = {
        "@context": _CONTEXT, "@type": "WebSite", "@id": _site(edition), "url": paths.absolute(edition.path),
        "name": edition.words["name"], "inLanguage": edition.language, "publisher": {"@id": f"{home}#paper"},
    }  # fmt: skip
    return [{"@context": _CONTEXT, **publisher(edition)}, site]


def of_author(author: Author, edition: Edition) -> list[dict[str, Any]]:
    """The page of a person: https://schema.org/ProfilePage."""
    path = author.get_absolute_url()
    elsewhere = [
        *([f"https://t.me/{author.telegram}"] if author.telegram else []),
        *([f"https://x.com/{author.x}"] if author.x else []),
        *([author.website] if author.website else []),
    ]
    person = {
        **_person(author.name, paths.absolute(path)),
        "jobTitle": author.role,
        "description": author.biography,
        "image": author.portrait_url and paths.absolute(author.portrait_url),
        "sameAs": elsewhere,
        "worksFor": {"@type": "NewsMediaOrganization", "name": edition.words["name"]},
    }
    page = _page("ProfilePage", author.name, path, edition)
    page["mainEntity"] = {key: value for key, value in person.items() if value}
    return [page, _trail(edition, (author.name, path))]


def of_list(
    title: str, path: str, edition: Edition, *, description: str = "", above: Section | None = None
) -> list[dict[str, Any]]:
    """A list of stories, and where it stands in the paper: below its front page, or below the section `above`."""
    steps = [(title, path), *([(above.name_in(edition.language), edition.section_path(above))] if above else [])]
    return [_page("CollectionPage", title, path, edition, description=description), _trail(edition, *reversed(steps))]


def of_page(page: Page, edition: Edition) -> list[dict[str, Any]]:
    """A page of the desk's own."""
    told = _page("WebPage", page.title, page.path, edition)
    return [{**told, "inLanguage": page.language, "dateModified": _moment(page.updated_at, edition)}]


def publisher(edition: Edition) -> dict[str, Any]:
    """The paper: https://schema.org/NewsMediaOrganization."""
    site = edition.site
    home = paths.absolute(site.edition_path(site.language))
    elsewhere = [url for url in (site.x_url, site.facebook_url, site.telegram_url, site.whatsapp_url) if url]
    paper: dict[str, Any] = {
        "@type": "NewsMediaOrganization", "@id": f"{home}#paper", "name": edition.words["name"], "url": home,
        "description": edition.words["description"], "email": site.report_email, "sameAs": elsewhere,
    }  # fmt: skip
    paper["logo"] = {"@type": "ImageObject", "url": paths.absolute(edition.logo_url or edition.icon_path)}
    return {key: value for key, value in paper.items() if value}


def _story(story: PublishedArticle, edition: Edition, beside: Beside) -> dict[str, Any]:
    address = paths.absolute(story.path)
    told: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": _TYPES.get(Kind(story.kind), "NewsArticle"),
        "@id": address,
        "mainEntityOfPage": address,
        "headline": Truncator(story.headline).chars(HEADLINE),
        "description": story.standfirst,
        "datePublished": _moment(story.published_at, edition),
        "dateModified": _moment(story.updated_at, edition),
        "inLanguage": story.language,
        "articleSection": story.section.name_in(story.language) if story.section_id else "",
        "keywords": [tag["name"] for tag in story.tag_links],
        "wordCount": story.word_count,
        "isAccessibleForFree": True,
        "author": _authors(story, edition),
        "publisher": publisher(edition),
        "image": _pictures(story) or _drawn(story, edition),
        "dateline": story.dateline,
        **_translations(beside),
        "correction": [
            {
                "@type": "CorrectionComment",
                "text": each["text"],
                "datePublished": each["at"],
            }
            for each in story.corrections
            if each["kind"] in _CORRECTIVE
        ],
    }
    return {key: value for key, value in told.items() if value}


def _translations(beside: Beside) -> dict[str, Any]:
    """https://schema.org/workTranslation of an original, and https://schema.org/translationOfWork the other way."""
    if beside.original is beside.story:
        return {"workTranslation": [_version(each) for each in beside.others]}
    return {"translationOfWork": _version(beside.original)} if beside.original else {}


def _version(story: PublishedArticle) -> dict[str, Any]:
    kind = _TYPES.get(Kind(story.kind), "NewsArticle")
    return {"@type": kind, "@id": paths.absolute(story.path), "inLanguage": story.language}


def _pictures(story: PublishedArticle) -> list[dict[str, Any]]:
    crops = story.card_picture.get("crops", {})
    return [
        {
            "@type": "ImageObject",
            "url": paths.absolute(_largest(crops[shape])),
            "width": crops[shape]["width"],
            "height": crops[shape]["height"],
            **({"creditText": story.lead["credit"]} if story.lead.get("credit") else {}),
        }
        for shape in _SHAPES
        if shape in crops
    ]


def _drawn(story: PublishedArticle, edition: Edition) -> list[dict[str, Any]]:
    """The card that messengers show of a story without a picture that may be sent ahead."""
    words = social_cards.words_of(story, edition.site)
    if not words:
        return []
    width, height = social_cards.SIZE
    path = social_cards.path_of(story.pk, words)
    return [{"@type": "ImageObject", "url": paths.absolute(path), "width": width, "height": height}]


def _authors(story: PublishedArticle, edition: Edition) -> list[dict[str, Any]]:
    """Everyone in the byline; the paper answers for a story that nobody signs."""
    people = [_person(line["name"], line["path"] and paths.absolute(line["path"])) for line in story.byline]
    if people:
        return people
    paper = publisher(edition)
    return [{key: paper[key] for key in ("@type", "@id", "name", "url")}]


def _largest(crop: dict[str, Any]) -> str:
    return str(crop["webp"][-1][1])


def _crumbs(story: PublishedArticle, edition: Edition) -> dict[str, Any]:
    own = story.section if story.section_id else None  # a draft's preview may have none
    steps = [
        *((each.name_in(edition.language), edition.section_path(each)) for each in (own and own.parent, own) if each),
        (story.card_headline, story.path),
    ]
    return _trail(edition, *steps)


def _trail(edition: Edition, *steps: tuple[str, str]) -> dict[str, Any]:
    """Names and paths from the paper's front page down."""
    return {
        "@context": _CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": paths.absolute(path)}
            for place, (name, path) in enumerate([(edition.words["name"], edition.path), *steps], 1)
        ],
    }


def _page(kind: str, name: str, path: str, edition: Edition, *, description: str = "") -> dict[str, Any]:
    address = paths.absolute(path)
    told = {
        "@context": _CONTEXT, "@type": kind, "@id": address, "url": address, "name": name, "description": description,
        "inLanguage": edition.language, "isPartOf": {"@type": "WebSite", "@id": _site(edition)},
    }  # fmt: skip
    return {key: value for key, value in told.items() if value}


def _site(edition: Edition) -> str:
    """What names the site of one edition."""
    return f"{paths.absolute(edition.path)}#site"


def _person(name: str, address: str) -> dict[str, Any]:
    return {"@type": "Person", "name": name, **({"url": address} if address else {})}


def _moment(moment: datetime, edition: Edition) -> str:
    return moment.astimezone(edition.zone).isoformat(timespec="seconds")
