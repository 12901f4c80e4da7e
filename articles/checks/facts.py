"""Checks on what a story has: what a publication needs, what readers expect of its kind, and what forbids it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from articles import figures, markup, publication
from articles.checks.copy import Copy
from articles.findings import Place
from articles.models.desk import Article
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.problems import NotReady
from articles.slugs import slugify

Found = Iterator[tuple[str, str, Place | None]]  # field, message, place

HEADLINE, CARD = 110, 70  # characters: what search engines show of a headline, what a card has room for
REPORTED = 60  # words: shorter news is a line from the wire
LOOKED_BACK = 300  # stories: a headline of last year may come again


def headline(copy: Copy) -> Found:
    if not copy.content["headline"].strip():
        yield "headline", gettext("A story needs a headline before it can be published."), None


def slug(copy: Copy) -> Found:
    written, headline = copy.content["slug"], copy.content["headline"].strip()
    if headline and not (written or slugify(headline)):
        yield "slug", gettext("No address can be made from this headline. Write a slug."), None


def address(copy: Copy) -> Found:
    """A slug that another story of that day and section has."""
    content = copy.content
    if not (content["slug"] and content["section"]):
        return
    try:
        (copy.place or partial(_place, copy))()
    except NotReady as problem:
        for message in problem.errors["slug"]:
            yield "slug", message, None
    except Section.DoesNotExist:
        return


def _place(copy: Copy) -> None:
    article = Article.objects.filter(pk=copy.number or 0).first() or Article()
    publication.choose_place(article, copy.content, site=copy.site, first=article.first_published_at or copy.at)


def section(copy: Copy) -> Found:
    if not copy.content["section"]:
        yield "section", gettext("Choose a section: it is part of the story's address."), None


def text(copy: Copy) -> Found:
    """Words, or what is shown instead of them: a gallery, a film."""
    if not copy.blocks and "<figure" not in copy.content["body"]:
        yield "body", gettext("There is no text to publish."), None


def language(copy: Copy) -> Found:
    if copy.content["language"] not in copy.site.languages:
        message = gettext("The paper has no edition in this language. Add it in the site settings first.")
        yield "language", message, None


def headline_length(copy: Copy) -> Found:
    headline, short = copy.content["headline"].strip(), copy.content["short_headline"].strip()
    if len(headline) > HEADLINE:
        message = gettext("The headline has %(number)s characters; search engines cut it after %(most)s.")
        yield "headline", message % {"number": len(headline), "most": HEADLINE}, None
    if len(short) > CARD:
        message = gettext("The short headline has %(number)s characters; a card has room for %(most)s.")
        yield "short_headline", message % {"number": len(short), "most": CARD}, None
    elif not short and len(headline) > CARD:
        message = gettext("The headline has %(number)s characters: write a short one for cards.")
        yield "short_headline", message % {"number": len(headline)}, None


def headline_capitals(copy: Copy) -> Found:
    for field in ("headline", "short_headline", "social_headline"):
        words = [word for word in copy.content[field].split() if len(word) > 1]
        if len(words) > 2 and copy.content[field].isupper():
            yield field, gettext("All in capitals: it reads as shouting, and is slow to read."), None


def standfirst(copy: Copy) -> Found:
    if not copy.content["standfirst"].strip():
        yield "standfirst", gettext("There is no standfirst. Cards, feeds and search engines show it."), None


def dateline(copy: Copy) -> Found:
    if not copy.content["dateline"].strip() and copy.word_count >= REPORTED:
        yield "dateline", gettext("There is no dateline. Where was it reported from?"), None


def lead_picture(copy: Copy) -> Found:
    if not copy.content.get("lead_picture"):
        yield "lead_picture", gettext("There is no lead picture."), None


def pictures(copy: Copy) -> Found:
    """Description, credit and rights of all pictures and videos of the story."""
    for field, messages in figures.complaints(copy.content, on=copy.today).items():
        for message in messages:
            yield field, message, None


def embargo(copy: Copy) -> Found:
    until = copy.content.get("embargo_until")
    moment = datetime.fromisoformat(until) if isinstance(until, str) and until else until
    if not moment:
        return
    if timezone.is_naive(moment):
        moment = moment.replace(tzinfo=UTC)
    if moment > copy.at:
        when = date_format(timezone.localtime(moment), "DATETIME_FORMAT")
        yield "embargo_until", gettext("This is under embargo until %(when)s.") % {"when": when}, None


def legal(copy: Copy) -> Found:
    if copy.flags.get("needs_legal"):
        yield "", gettext("A lawyer has to read this first: it is flagged for legal advice."), None


def published_twice(copy: Copy) -> Found:
    """Another of the newest stories in this language has just this headline."""
    headline = markup.smarten(copy.content["headline"].strip(), language=copy.content["language"])
    if not headline:
        return
    newest = (
        PublishedArticle.objects.filter(language=copy.content["language"]).exclude(pk=copy.number or 0).newest_first()
    )
    for other in newest.values_list("headline", flat=True)[:LOOKED_BACK]:
        if other.casefold() == headline.casefold():
            yield "headline", gettext("Readers already have a story with this headline. Is it the same?"), None
            return
