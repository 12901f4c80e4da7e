"""Feeds: the newest stories of an edition or a section, whole, for readers of feeds and for who prints us on."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Rss201rev2Feed, rfc3339_date
from django.utils.xmlutils import SimplerXMLGenerator

from articles import blocks, paths
from articles.corrections import with_notes
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.reading import IN_FEED, edition_at
from articles.views.elsewhere import elsewhere
from articles.views.readers import for_readers, tagged

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class FullTextFeed(Rss201rev2Feed):
    """RSS 2.0 with the whole story in ``content:encoded`` and one ``dc:creator`` for each name in the byline."""

    def rss_attributes(self) -> dict[str, str]:
        return {
            **super().rss_attributes(),
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        }

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["updateddate"] > item["pubdate"]:
            handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))
        for name in item["creators"]:
            handler.addQuickElement("dc:creator", name)
        handler.addQuickElement("content:encoded", item["html"])


@for_readers
def rss(request: HttpRequest, language: str = "", section: str = "") -> HttpResponse:
    """An edition's feed, or that of the section whose path is given, its subsections' stories included."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    stories = PublishedArticle.objects.filter(language=edition.language).select_related("section").newest_first()
    title, front = edition.words["name"], edition.path
    found = None
    if section:
        found = Section.objects.filter(path=section).prefetch_related("children").first()
        if not found:
            return elsewhere(request)
        title, front = f"{title}: {found.name_in(edition.language)}", edition.section_path(found)
        numbers = [found.pk, *(child.pk for child in found.children.all())]
        stories = stories.newest_of_each(numbers, language=edition.language, count=IN_FEED)
    feed = FullTextFeed(
        title=_clean(title),
        link=paths.absolute(front),
        description=_clean(edition.words["description"] or edition.words["tagline"] or title),
        language=edition.language,
        feed_url=paths.absolute(request.path_info),
    )
    shown = list(stories[:IN_FEED])
    for story in shown:
        _add(feed, story)
    answer = HttpResponse(feed.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8")
    return tagged(answer, f"section:{found.pk}" if found else f"front:{edition.language}", stories=shown)


def _add(feed: FullTextFeed, story: PublishedArticle) -> None:
    feed.add_item(
        title=_clean(story.headline),
        link=paths.absolute(story.path),
        description=_clean(story.standfirst),
        # Stays what it is when the address changes, so that no reader sees the story as new.
        unique_id=f"tag:{urlsplit(settings.SITE_URL).hostname},{story.published_at:%Y}:story-{story.pk}",
        unique_id_is_permalink=False,
        pubdate=story.published_at,
        updateddate=story.updated_at,
        categories=[_clean(story.section.name_in(story.language)), *(_clean(tag["name"]) for tag in story.tag_links)],
        creators=[_clean(line["name"]) for line in story.byline],
        html=_clean(with_notes(story, blocks.for_elsewhere(story.body_html, address=paths.absolute(story.path)))),
    )


def _clean(text: str) -> str:
    """Without the control characters that XML has no way to write."""
    return _NOT_IN_XML.sub("", text)
