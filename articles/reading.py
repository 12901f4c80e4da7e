"""What stands around the stories on a reader's page: the paper, its menus, the ways to follow and to share.

Readers' code: it knows nothing of the desk. Previews use it too, so that the desk sees the very page readers get.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.translation import gettext

from articles import contents, icons, languages, linked_data, markup, palettes, paths, registry, social_cards
from articles.beside import ANY_OTHER, Beside
from articles.corrections import notes_of
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.models.site import MenuItem, Page, SiteSettings
from images import names

# What stands beside the text and is not it: pictures, videos, posts, galleries, fact boxes, links to other stories.
_BESIDE = re.compile(r"<(figure|details|section|aside|nav) class.*?</\1>\s*", re.DOTALL)
PAGE = 20  # stories of a list, and of its feeds
HISTORY = "history/"  # below a story's address, where its section shows what changed
_FIRST_PARAGRAPH = re.compile(rf"\s*(?:{_BESIDE.pattern})*<p(?: [^>]*)?>", re.DOTALL)


@dataclass(frozen=True)
class Link:
    """A label and where it leads; `language` is set where the label is in another language than the page."""

    label: str
    path: str
    language: str = ""


@dataclass(frozen=True)
class Edition:
    """The paper in one language, as templates show it. `open_edition` makes it, with two queries."""

    site: SiteSettings
    language: str
    menu_items: list[MenuItem]
    # Where this very page is in other editions, by language; elsewhere their front pages stand for it.
    versions: Mapping[str, str] = field(default_factory=dict)
    # What rooms above have put at the foot of every page.
    foot_links: list[registry.ReaderLink] = field(default_factory=list)

    @cached_property
    def words(self) -> dict[str, str]:
        return self.site.words(self.language)

    @property
    def direction(self) -> str:
        return languages.direction(self.language)

    @property
    def is_offered(self) -> bool:
        """False for the language of a story whose edition the paper no longer has."""
        return self.language in self.site.languages

    @property
    def path(self) -> str:
        """The front page that this page belongs to."""
        return self.site.edition_path(self.language if self.is_offered else self.site.language)

    @property
    def _prefix(self) -> list[str]:
        return [] if self.path == "/" else [self.language]

    @property
    def feed_path(self) -> str:
        return reverse("articles:feed", args=[*self._prefix, "rss.xml"])

    @property
    def manifest_path(self) -> str:
        return reverse("articles:manifest", args=self._prefix)

    @property
    def colours(self) -> palettes.Colours:
        return palettes.colours(self.site.palette)

    @property
    def icon_path(self) -> str:
        return icons.path_of("512", self.site)

    @property
    def text_path(self) -> str:
        """The front page of the edition without pictures."""
        return paths.text_path(self.path)

    @property
    def offline_path(self) -> str:
        return reverse("articles:offline", args=self._prefix)

    @property
    def search_path(self) -> str:
        return reverse("articles:search", args=self._prefix)

    @property
    def archive_path(self) -> str:
        return reverse("articles:archive", args=self._prefix)

    @property
    def corrections_path(self) -> str:
        return reverse("articles:corrections", args=self._prefix)

    @property
    def banner(self) -> dict[str, Any] | None:
        """The breaking banner: ``text``, ``path`` or "", ``level``, ``ends_at`` (ISO 8601). One that is over never."""
        banner = self.site.banners.get(self.language)
        return banner if banner and datetime.fromisoformat(banner["ends_at"]) > timezone.now() else None

    def month_path(self, year: int, month: int) -> str:
        return reverse("articles:month", args=[*self._prefix, year, month])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.newsroom_time_zone)

    @property
    def city(self) -> str:
        """The place whose clock the times are given in."""
        return self.words["city"]

    @property
    def logo_url(self) -> str:
        logo = self.site.logo
        return reverse("images:picture", args=[logo.name.rpartition("/")[2]]) if logo else ""

    @property
    def editions(self) -> list[Link]:
        """Every edition under its language's own name, this one among them: this page there, else its front page."""
        return [
            Link(languages.LANGUAGES[code].name, self.versions.get(code) or self.site.edition_path(code), code)
            for code in self.site.languages
            if code in languages.LANGUAGES
        ]

    @property
    def alternates(self) -> list[tuple[str, str]]:
        """Language and path of a page that every edition has, for search engines; empty where there is but one."""
        found = [(link.language, link.path) for link in self.editions]
        return [*found, (ANY_OTHER, found[0][1])] if len(found) > 1 else []

    @property
    def main_menu(self) -> list[Link]:
        return self._menu(MenuItem.Menu.MAIN)

    @property
    def footer_menu(self) -> list[Link]:
        return self._menu(MenuItem.Menu.FOOTER)

    def _menu(self, menu: MenuItem.Menu) -> list[Link]:
        return [self._link(item) for item in self.menu_items if item.menu == menu]

    def _link(self, item: MenuItem) -> Link:
        if item.section:
            return Link(item.label or item.section.name_in(self.language), self.section_path(item.section))
        if item.page:
            foreign = item.page.language if item.page.language != self.language and not item.label else ""
            return Link(item.label or item.page.title, item.page.path, foreign)
        return Link(item.label, item.url)

    def section_path(self, section: Section) -> str:
        return self.site.section_path(section, self.language if self.is_offered else self.site.language)

    @property
    def channels(self) -> list[tuple[str, list[Link]]]:
        """Sentences to follow and to write to the paper: each a wording and the links that end it, joined by “or”."""
        site, words = self.site, self.words
        sentences = [
            (words["updates"], [("WhatsApp", site.whatsapp_url), ("Telegram", site.telegram_url)]),
            (words["report"], [(site.report_email, site.report_email and f"mailto:{site.report_email}")]),
            (words["follow"], [("X", site.x_url), ("Facebook", site.facebook_url)]),
        ]
        complete = [(wording, [Link(label, url) for label, url in links if url]) for wording, links in sentences]
        return [(wording, links) for wording, links in complete if links]


def open_edition(language: str = "") -> Edition:
    """The edition of `language` ("" is the main one); from here on this thread speaks it and keeps newsroom time."""
    asked = {f"has_{link.name}": link.is_there(language or OuterRef("language")) for link in registry.foot_links()}
    site = SiteSettings.load(**asked)
    language = language or site.language
    # A page is in one language: without a word to the contrary it is listed in the menus of that edition alone.
    items = MenuItem.objects.filter(
        Q(language=language) | Q(language="", page=None) | Q(language="", page__language=language),
        Q(page=None) | Q(page__is_hidden=False),
    ).select_related("section__parent", "page")
    edition = Edition(site=site, language=language, menu_items=list(items))
    translation.activate(language)
    timezone.activate(edition.zone)
    if edition.is_offered:
        there = [link for link in registry.foot_links() if getattr(site, f"has_{link.name}", False)]
        edition.foot_links.extend(link.make("" if language == site.language else language) for link in there)
    return edition


def edition_at(language: str) -> Edition | None:
    """The edition that an address's first segment names ("" for none): None if the paper has none there."""
    edition = open_edition(language)
    if language and (not edition.is_offered or language == edition.site.language):
        return None
    return edition


def story_context(story: PublishedArticle, edition: Edition, beside: Beside | None = None) -> dict[str, Any]:
    """All that ``articles/article.html`` shows. The story need not be saved: the desk previews with it."""
    beside = beside or Beside(story, [story], [])
    edition = replace(edition, versions={each.language: each.path for each in beside.others})
    return {
        "edition": edition,
        "story": story,
        "beside": beside,
        "alternates": beside.alternates,
        "title": story.share_headline,
        "description": summary_of(story),
        "canonical": paths.absolute(story.path),
        "contents": contents.parts(story),
        "body": markup.safe(with_dateline(story)),
        "notes": notes_of(story),
        "history_path": _history_path(story),
        "social_picture": _social_picture(story, edition),
        "share_links": share_links(story),
        "linked_data": markup.data_block(linked_data.of_story(story, edition, beside)),
        "reader_links": registry.reader_links(edition.language, story),
    }


def _history_path(story: PublishedArticle) -> str:
    """Where readers see what changed in the story; "" where its section does not show that, or nothing did."""
    changed = story.updated_at > story.published_at or story.corrections
    return story.path + HISTORY if story.section_id and story.section.shows_history and changed else ""


def page_context(page: Page, edition: Edition) -> dict[str, Any]:
    """All that ``articles/page.html`` shows."""
    return {
        "edition": edition,
        "page": page,
        "title": page.title,
        "description": Truncator(markup.plain(page.body_html)).chars(160),
        "canonical": paths.absolute(page.path),
        "linked_data": markup.data_block(linked_data.of_page(page, edition)),
        "body": markup.safe(page.body_html),
    }


def _social_picture(story: PublishedArticle, edition: Edition) -> dict[str, Any]:
    """What the cards of messengers and networks show: ``url``, ``width``, ``height``, ``alt``.

    A JPEG of the lead picture; without one, or with a graphic one that must not be sent ahead to people who never chose
    to look, a card that we draw; where that cannot be, the paper's icon.
    """
    jpeg = lead_jpeg(story)
    if jpeg:
        (rendition, height), alt = jpeg, story.lead["alt"]
        path, width = rendition.path, rendition.width
    elif words := social_cards.words_of(story, edition.site):
        (width, height), alt = social_cards.SIZE, story.share_headline
        path = social_cards.path_of(story.pk, words)
    else:
        width = height = icons.SIZES["512"]
        path, alt = edition.icon_path, edition.words["name"]
    return {"url": paths.absolute(path), "width": width, "height": height, "alt": alt}


def lead_jpeg(story: PublishedArticle) -> tuple[names.Rendition, int] | None:
    """The lead picture for other people's screens, and its height; None without one that may be sent ahead."""
    crop = story.card_picture and story.card_picture["crops"]["wide"]
    found = crop and names.read(crop["src"].rpartition("/")[2])
    if not found:
        return None
    width = min(crop["width"], 1280)  # some messengers drop pictures of more than 300 kB
    return found._replace(width=width), round(crop["height"] * width / crop["width"])


def summary_of(story: PublishedArticle) -> str:
    """The standfirst, or how the text begins: plain."""
    return story.standfirst or Truncator(markup.plain(_BESIDE.sub("", story.body_html))).chars(160)


def with_dateline(story: PublishedArticle) -> str:
    """The story's text as readers get it, its place before the first words."""
    if not story.dateline:
        return story.body_html
    dateline = f'<span class="dateline">{escape(story.dateline)}</span> — '
    opening = _FIRST_PARAGRAPH.match(story.body_html)
    if not opening:
        return f"<p>{dateline}</p>{story.body_html}"
    return story.body_html[: opening.end()] + dateline + story.body_html[opening.end() :]


def share_links(story: PublishedArticle) -> list[Link]:
    """Where a reader passes the story on; plain links, nothing of these services is loaded."""
    address, headline = paths.absolute(story.path), story.share_headline
    both = f"{headline} {address}"
    return [
        Link("WhatsApp", "https://wa.me/?" + urlencode({"text": both}, quote_via=quote)),
        Link("Telegram", "https://t.me/share/url?" + urlencode({"url": address, "text": headline}, quote_via=quote)),
        Link("X", "https://x.com/intent/post?" + urlencode({"text": headline, "url": address}, quote_via=quote)),
        Link("Facebook", "https://www.facebook.com/sharer/sharer.php?" + urlencode({"u": address}, quote_via=quote)),
        Link(gettext("E-mail"), "mailto:?" + urlencode({"subject": headline, "body": both}, quote_via=quote)),
    ]
