import re

from django.urls import include, path, re_path, register_converter
from django.urls.converters import IntConverter

from articles import icons, paths, sitemaps, social_cards
from articles.feeds import views as feeds
from articles.languages import LANGUAGES
from articles.reading import HISTORY
from articles.views import (
    corrections,
    fronts,
    history,
    lists,
    machines,
    offline,
    reader_notes,
    reads,
    searching,
    stories,
    text,
)


class EditionConverter:
    """The code of a language; whether the paper has that edition, the view finds out."""

    regex = "|".join(LANGUAGES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class SlugConverter(EditionConverter):
    """A slug in any script."""

    regex = r"[-\w]+"


class FeedConverter(EditionConverter):
    """The last part of a feed's address, which says its format."""

    regex = "|".join(map(re.escape, paths.FEEDS))


class YearConverter(IntConverter):
    regex = r"[12][0-9]{3}"


class MonthConverter(IntConverter):
    regex = r"0[1-9]|1[0-2]"

    def to_url(self, value: int | str) -> str:
        return f"{int(value):02}"


register_converter(EditionConverter, "edition")
register_converter(SlugConverter, "anyslug")
register_converter(FeedConverter, "feed")
register_converter(YearConverter, "year")
register_converter(MonthConverter, "month")

# A database of ours refuses NUL in text, so no address holds one.
_of_an_edition = [
    path("", fronts.front, name="front"),
    path("feeds/<feed:name>", feeds.edition, name="feed"),
    path("manifest.webmanifest", machines.manifest, name="manifest"),
    path("corrections/", corrections.corrections, name="corrections"),
    path("search/", searching.search, name="search"),
    path("offline/", offline.offline, name="offline"),
    path("archive/", lists.archive, name="archive"),
    path("archive/<year:year>/<month:month>/", lists.month, name="month"),
    re_path(rf"^(?P<path>[^\x00]+)/feeds/(?P<name>{FeedConverter.regex})$", feeds.section, name="section_feed"),
    re_path(r"^[^\x00]+/[0-9]{4}/[0-9]{2}/[0-9]{2}/[^\x00/]+/$", stories.article),
    re_path(rf"^[^\x00]+/[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}}/[^\x00/]+/{HISTORY}$", history.history),
    re_path(r"^[^\x00]+/$", fronts.place),
    re_path(r"^[^\x00]+\.[^\x00/]+$", stories.article),  # addresses of other systems: /2019/05/ferry.html
]
_of_the_text_edition = [
    path("", text.front, name="text"),
    re_path(r"^[^\x00]+/[0-9]{4}/[0-9]{2}/[0-9]{2}/[^\x00/]+/$", text.article),
    re_path(r"^[^\x00]+(?:/|\.[^\x00/]+)$", text.place),
]

app_name = "articles"
urlpatterns = [
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("news-sitemap.xml", sitemaps.news, name="news_sitemap"),
    path("sitemaps/pages.xml", sitemaps.pages, name="sitemap_pages"),
    path("sitemaps/<year:year>-<month:month>.xml", sitemaps.month, name="sitemap_month"),
    path("sw.js", offline.worker, name="worker"),
    path("read/", reads.read, name="read"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path("apple-touch-icon.png", machines.touch_icon, name="touch_icon"),
    re_path(rf"^pictures/{icons.PATTERN}$", machines.icon, name="icon"),
    re_path(rf"^pictures/{social_cards.PATTERN}$", machines.social_card, name="social_card"),
    re_path(r"^fonts/(?P<name>[0-9a-f]{32}(?:_[a-zA-Z0-9]{7})?\.woff2)$", machines.font, name="font"),
    path("author/<anyslug:slug>/", lists.author, name="author"),
    path("author/<anyslug:slug>/feeds/<feed:name>", feeds.author, name="author_feed"),
    path("tag/<anyslug:slug>/", lists.tag, name="tag"),
    path("tag/<anyslug:slug>/feeds/<feed:name>", feeds.tag, name="tag_feed"),
    path("series/<anyslug:slug>/", lists.series, name="series"),
    path("series/<anyslug:slug>/feeds/<feed:name>", feeds.series, name="series_feed"),
    path("corrections/report/", reader_notes.report, name="report_error"),
    path("text/<edition:language>/", include(_of_the_text_edition)),
    path("text/", include(_of_the_text_edition)),
    path("<edition:language>/", include(_of_an_edition)),
    *_of_an_edition,
]
