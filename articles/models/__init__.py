"""The models, for Django to find. Other code imports the module that holds the thing.

What readers' code may import: `published`, `places`, `site`. What the desk writes is in `desk` and `revisions`.
"""

from articles.models.desk import Article, Byline
from articles.models.places import Section, Series, Tag
from articles.models.published import (
    OldPath,
    PublishedArticle,
    PublishedByline,
    PublishedPicture,
    PublishedRelated,
    PublishedTag,
    PublishedVideo,
)
from articles.models.revisions import Revision
from articles.models.site import MenuItem, Page, SiteSettings

__all__ = [
    "Article",
    "Byline",
    "MenuItem",
    "OldPath",
    "Page",
    "PublishedArticle",
    "PublishedByline",
    "PublishedPicture",
    "PublishedRelated",
    "PublishedTag",
    "PublishedVideo",
    "Revision",
    "Section",
    "Series",
    "SiteSettings",
    "Tag",
]
