"""What schema.org and Google's guides allow and ask for, for the types that pages of ours use. Each rule a line."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.articles.feed_rules import is_absolute

_THING = {"name", "description", "url", "image", "sameAs", "mainEntityOfPage"}
_WORK = _THING | {
    "headline", "datePublished", "dateModified", "inLanguage", "keywords", "isAccessibleForFree", "author", "publisher",
    "correction", "isPartOf", "mainEntity", "translationOfWork", "workTranslation", "text", "creditText",
}  # fmt: skip
_ARTICLE = _WORK | {"articleSection", "wordCount", "articleBody"}
_NEWS = _ARTICLE | {"dateline", "printSection"}
_ORGANISATION = _THING | {"logo", "email", "correctionsPolicy", "ethicsPolicy", "publishingPrinciples"}
# type -> the properties that it has: https://schema.org/<type>
ALLOWED = {
    "NewsArticle": _NEWS,
    "ReportageNewsArticle": _NEWS,
    "AnalysisNewsArticle": _NEWS,
    "OpinionNewsArticle": _NEWS,
    "BackgroundNewsArticle": _NEWS,
    "CorrectionComment": _WORK,
    "WebSite": _WORK,
    "WebPage": _WORK,
    "CollectionPage": _WORK,
    "ProfilePage": _WORK,
    "ImageObject": _WORK | {"width", "height", "contentUrl", "caption"},
    "Person": _THING | {"jobTitle", "worksFor", "email"},
    "NewsMediaOrganization": _ORGANISATION,
    "BreadcrumbList": {"itemListElement", "name"},
    "ListItem": {"position", "name", "item"},
}
_OF_ARTICLES = {"headline", "image", "datePublished", "dateModified", "author", "publisher"}
# https://developers.google.com/search/docs/appearance/structured-data/…: article, breadcrumb, profile-page and so on
ASKED = {
    **{kind: _OF_ARTICLES for kind in ALLOWED if kind.endswith("NewsArticle")},
    "BreadcrumbList": {"itemListElement"},
    "ListItem": {"position", "name", "item"},
    "ProfilePage": {"mainEntity"},
    "Person": {"name"},
    "NewsMediaOrganization": {"name"},
    "ImageObject": {"url"},
    "WebSite": {"name", "url"},
    "CollectionPage": {"name", "url"},
    "WebPage": {"name", "url"},
    "CorrectionComment": {"text", "datePublished"},
}
_ADDRESSES = {"url", "@id", "item", "mainEntityOfPage", "sameAs", "logo", "contentUrl"}
_MOMENTS = {"datePublished", "dateModified"}


def broken(told: list[dict[str, Any]]) -> list[str]:
    """Every rule that a page's linked data breaks."""
    return [fault for thing in told for fault in _thing(thing, is_whole=True)]


def _thing(thing: dict[str, Any], *, is_whole: bool) -> Iterator[str]:
    if is_whole and thing.get("@context") != "https://schema.org":
        yield "no context"
    kind = thing.get("@type", "")
    if not kind and set(thing) == {"@id"}:
        return  # points to something told elsewhere
    if kind not in ALLOWED:
        yield f"unknown type {kind}"
        return
    properties = {key for key in thing if not key.startswith("@")}
    yield from (f"{kind} has no property {name}" for name in properties - ALLOWED[kind])
    # What is named by its number is told whole elsewhere.
    if is_whole or "@id" not in thing:
        yield from (f"{kind} lacks {name}" for name in ASKED.get(kind, set()) - properties)
    for name, value in thing.items():
        for each in value if isinstance(value, list) else [value]:
            if each in ("", None, {}):
                yield f"{kind}: empty {name}"
            elif isinstance(each, dict):
                yield from _thing(each, is_whole=False)
            elif name in _ADDRESSES and not is_absolute(each):
                yield f"{kind}: {name} is not absolute"
            elif name in _MOMENTS and datetime.fromisoformat(each).tzinfo is None:
                yield f"{kind}: {name} without a zone"
    if kind == "BreadcrumbList":
        positions = [step["position"] for step in thing["itemListElement"]]
        if positions != list(range(1, len(positions) + 1)) or len(positions) < 2:
            yield f"steps {positions}"
    if len(thing.get("headline", "")) > 110:
        yield "headline of more than 110 characters"
