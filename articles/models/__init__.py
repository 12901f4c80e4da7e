"""The models, for Django to find. Other code imports the module that holds the thing.

What readers' code may import: `published`, `public_record`, `pressed`, `places`, `reads`, `site`.
The others are the desk's.
"""

from articles.models.corrections import Correction
from articles.models.desk import Article, Byline
from articles.models.fronts import Front, FrontLaunch
from articles.models.hubs import HubNotice
from articles.models.merges import Merged
from articles.models.moves import FeedName, MovedThing, MovingNote, MovingRun
from articles.models.places import Section, Series, Tag
from articles.models.pressed import PressedFront
from articles.models.public_record import PublishedCorrection, PublishedVersion
from articles.models.published import (
    OldPath,
    PublishedArticle,
    PublishedByline,
    PublishedPicture,
    PublishedRelated,
    PublishedTag,
    PublishedVideo,
)
from articles.models.reader_notes import ReaderNote
from articles.models.reads import MostRead, StoryReads
from articles.models.revisions import Revision
from articles.models.search import SearchText, SearchWord
from articles.models.site import MenuItem, Page, SiteSettings
from articles.models.workflow import Autosave, Comment, Presence, SavedFilter, ScheduledChange, SectionLimit

__all__ = [
    "Article",
    "Autosave",
    "Byline",
    "Comment",
    "Correction",
    "FeedName",
    "Front",
    "FrontLaunch",
    "HubNotice",
    "MenuItem",
    "Merged",
    "MostRead",
    "MovedThing",
    "MovingNote",
    "MovingRun",
    "OldPath",
    "Page",
    "Presence",
    "PressedFront",
    "PublishedArticle",
    "PublishedByline",
    "PublishedCorrection",
    "PublishedPicture",
    "PublishedRelated",
    "PublishedTag",
    "PublishedVersion",
    "PublishedVideo",
    "ReaderNote",
    "Revision",
    "SavedFilter",
    "ScheduledChange",
    "SearchText",
    "SearchWord",
    "Section",
    "SectionLimit",
    "Series",
    "SiteSettings",
    "StoryReads",
    "Tag",
]
