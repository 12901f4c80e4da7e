"""What machines read of a page: schema.org in JSON-LD, as search engines and archives ask for it.

Types and fields: https://schema.org/NewsArticle and its kin; headlines up to 110 characters and pictures in three
shapes, as Google's guide for articles wants them. `articles.markup.data_block` writes it into the page.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.text import Truncator

from articles import paths
from articles.kinds import Kind, NoteKind
from articles.models.published import PublishedArticle
from authors.models import Author

if TYPE_CHECKING:
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


def of_story(story: PublishedArticle, edition: Edition) -> list[dict[str, Any]]:
    """The story with all its authors and corrections, and where it stands in the paper."""
    return [_story(story, edition), _crumbs(story, edition)]


def of_front(edition: Edition) -> list[dict[str, Any]]:
    """The paper as a publisher, with what it says of itself elsewhere, and the site."""
    home = paths.absolute(edition.site.edition_path(edition.site.language))
    site = {
        "@context": _CONTEXT, "@type": "WebSite", "@id": f"{home}#site", "url": paths.absolute(edition.path),
        "name": edition.words["name"], "inLanguage": edition.language, "publisher": {"@id": f"{home}#paper"},
    }  # fmt: skip
    return [{"@context": _CONTEXT, **publisher(edition)}, site]


def of_author(author: Author, edition: Edition) -> list[dict[str, Any]]:
    person = {
        "@context": _CONTEXT,
        **_person(author.name, paths.absolute(author.get_absolute_url())),
        "jobTitle": author.role,
        "worksFor": {"@type": "NewsMediaOrganization", "name": edition.words["name"]},
    }
    return [{key: value for key, value in person.items() if value}]


def publisher(edition: Edition) -> dict[str, Any]:
    """The paper: https://schema.org/NewsMediaOrganization."""
    site = edition.site
    home = paths.absolute(site.edition_path(site.language))
    elsewhere = [url for url in (site.x_url, site.facebook_url, site.telegram_url, site.whatsapp_url) if url]
    paper: dict[str, Any] = {
        "@type": "NewsMediaOrganization", "@id": f"{home}#paper", "name": edition.words["name"], "url": home,
        "description": edition.words["description"], "email": site.report_email, "sameAs": elsewhere,
    }  # fmt: skip
    if edition.logo_url:
        paper["logo"] = {"@type": "ImageObject", "url": paths.absolute(edition.logo_url)}
    return {key: value for key, value in paper.items() if value}


def _story(story: PublishedArticle, edition: Edition) -> dict[str, Any]:
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
        "author": [_person(line["name"], line["path"] and paths.absolute(line["path"])) for line in story.byline],
        "publisher": publisher(edition),
        "image": _pictures(story),
        "dateline": story.dateline,
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


def _largest(crop: dict[str, Any]) -> str:
    return str(crop["webp"][-1][1])


def _crumbs(story: PublishedArticle, edition: Edition) -> dict[str, Any]:
    own = story.section if story.section_id else None  # a draft's preview may have none
    steps = [
        (edition.words["name"], edition.path),
        *((each.name_in(edition.language), edition.section_path(each)) for each in (own and own.parent, own) if each),
        (story.card_headline, story.path),
    ]
    return {
        "@context": _CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": paths.absolute(path)}
            for place, (name, path) in enumerate(steps, 1)
        ],
    }


def _person(name: str, address: str) -> dict[str, Any]:
    return {"@type": "Person", "name": name, **({"url": address} if address else {})}


def _moment(moment: datetime, edition: Edition) -> str:
    return moment.astimezone(edition.zone).isoformat(timespec="seconds")
