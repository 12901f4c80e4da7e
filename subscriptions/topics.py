"""What one can subscribe to: the whole paper, sections, authors, tags, single stories, newsletters by their names.

The paper and its sections have their topics before anybody asks; the others get theirs when they are first wanted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from functools import reduce
from operator import and_
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Model, OuterRef, Q
from django.utils import timezone

from articles import signals
from articles.models.merges import Merged
from articles.models.places import Section, Tag
from articles.models.published import PublishedArticle, PublishedByline, PublishedTag
from authors.models import Author
from safeguards.numbers import whole
from subscriptions.models.letters import Newsletter
from subscriptions.models.people import Subscription, Topic

Kind = Topic.Kind
# A story is followed no longer than this after it appeared.
FOLLOWED_FOR = timedelta(days=90)
_RELATED = ("section__parent", "author", "tag", "newsletter")
# The column that says what a topic is about, where it is not called as its kind is.
_FIELDS = {Kind.STORY: "article_number", Kind.LETTER: "newsletter_id"}
_NUMBERED = {*Kind.values} - {Kind.SITE}
_LATELY = 200  # stories
WORDS = 8  # of what is looked for
_BYLINES = PublishedByline.objects.filter(author=OuterRef("pk"))
_TAGGED = PublishedTag.objects.filter(tag=OuterRef("pk"))
_ORDER = list(Kind)


def found_topics() -> None:
    """Makes the topics that are missing. Any number of calls, at once or in turn, make each topic once."""
    missing = [
        _topic(Kind.SECTION, number) for number in Section.objects.filter(topic=None).values_list("pk", flat=True)
    ]
    if not Topic.objects.filter(kind=Kind.SITE).exists():
        missing.append(_topic(Kind.SITE))
    if missing:
        Topic.objects.bulk_create(missing, ignore_conflicts=True)


def open_topics() -> list[Topic]:
    """What all readers are offered: the whole paper, then sections in the paper's order, each before its parts."""
    found_topics()
    offered = Topic.objects.filter(kind__in=[Kind.SITE, Kind.SECTION], is_open=True)
    return in_order(offered.select_related(*_RELATED))


def offered_letters() -> list[Topic]:
    """The desk's newsletters that readers may choose, by name."""
    return in_order(Topic.objects.filter(kind=Kind.LETTER, newsletter__is_offered=True).select_related("newsletter"))


@transaction.atomic
def keep_list(newsletter: Newsletter) -> None:
    """Who chooses a newsletter of the desk by its name is among those who get it, from the first time it is offered.

    Whoever has chosen it goes on getting it when it is not offered any more.
    """
    if newsletter.is_offered:
        Topic.objects.bulk_create([_topic(Kind.LETTER, newsletter.pk)], ignore_conflicts=True)
    newsletter.topics.add(*Topic.objects.filter(newsletter=newsletter))


def in_order(topics: Iterable[Topic]) -> list[Topic]:
    """As readers see them: the paper, its sections in its own order, authors and tags by name, stories, newsletters."""
    return sorted(topics, key=_place)


def of_story(story: PublishedArticle) -> list[Topic]:
    """The topics that a published story belongs to: whoever wants one of them gets it."""
    found_topics()
    mine = (
        Q(kind=Kind.SITE)
        | Q(section__in=[story.section_id, story.section.parent_id])
        | Q(author__in=story.author_rows.values("author"))
        | Q(tag__in=story.tag_rows.values("tag"))
    )
    return in_order(Topic.objects.filter(mine).select_related(*_RELATED))


def list_id_of(topics: Iterable[Topic]) -> str:
    """The list that letters about these topics belong to: that of the most general one; "" of none."""
    return next(
        (topic.list_id for topic in sorted(topics, key=lambda each: (_ORDER.index(Kind(each.kind)), each.pk))), ""
    )


def find(key: str) -> Topic | None:
    """The topic of that key, as `find_all` finds it; None for what readers do not know."""
    return next(iter(find_all([key])), None)


def find_all(keys: Iterable[str]) -> list[Topic]:
    """The topics of those keys that readers know, each once; not yet saved, if nobody has wanted them before.

    Authors and tags that were merged into others are found as those. At most three queries for each kind.
    """
    wanted: dict[Kind, set[int]] = defaultdict(set)
    for key in keys:
        kind, _dash, digits = key.partition("-")
        number = whole(digits)
        if kind in _NUMBERED and number is not None:
            wanted[Kind(kind)].add(number)
    found: list[Topic] = []
    for kind, named in wanted.items():
        instead = Merged.into_of(Merged.Kind(kind), named) if kind in Merged.Kind.values else {}
        numbers = {instead.get(number, number) for number in named}
        field = _FIELDS.get(kind, f"{kind}_id")
        rows = Topic.objects.filter(kind=kind, **{f"{field}__in": numbers}).select_related(*_RELATED)
        there = {getattr(row, field): row for row in rows}
        found += [row for row in there.values() if row.is_open and (not row.newsletter or row.newsletter.is_offered)]
        found += _unwanted(kind, numbers - there.keys())
    return found


def _unwanted(kind: Topic.Kind, numbers: Collection[int]) -> list[Topic]:
    """Of things that have no topic yet: unsaved ones, for those that readers know."""
    if not numbers:
        return []
    if kind == Kind.AUTHOR:
        authors = Author.objects.filter(Exists(_BYLINES), pk__in=numbers)
        return [_topic(kind, author.pk, author=author) for author in authors]
    if kind == Kind.TAG:
        return [_topic(kind, tag.pk, tag=tag) for tag in Tag.objects.filter(Exists(_TAGGED), pk__in=numbers)]
    young = PublishedArticle.objects.filter(published_at__gt=timezone.now() - FOLLOWED_FOR, pk__in=numbers)
    return [_topic(kind, number) for number in young.values_list("pk", flat=True)] if kind == Kind.STORY else []


def keep(topics: Iterable[Topic]) -> list[Topic]:
    """The same topics as rows: those that nobody has wanted before are made."""
    topics = list(topics)
    Topic.objects.bulk_create([topic for topic in topics if topic.pk is None], ignore_conflicts=True)
    rows = Topic.objects.filter(list_id__in=[topic.list_id for topic in topics])
    return in_order(rows.select_related(*_RELATED))


def suggested(language: str, *, count: int) -> list[Topic]:
    """The authors and tags of the edition's newest stories that occur most often, so many of each; maybe unsaved."""
    newest = PublishedArticle.objects.filter(language=language).newest_first().values("pk")[:_LATELY]
    numbers = list(newest.values_list("pk", flat=True))
    bylines = PublishedByline.objects.filter(article__in=numbers).values_list("author", flat=True)
    tags = PublishedTag.objects.filter(content_object__in=numbers).values_list("tag", flat=True)
    authors = Author.objects.select_related("topic").in_bulk(_most(bylines, "author", count))
    named = Tag.objects.select_related("topic").in_bulk(_most(tags, "tag", count))
    return in_order(_topics_of(authors.values()) + _topics_of(named.values()))


def matching(typed: str, language: str, *, count: int) -> list[Topic]:
    """Authors and tags of the edition's stories whose names hold each word of `typed`, in any spelling; maybe unsaved.

    So many of each at most, by name; none for no words.
    """
    words = typed.split()[:WORDS]
    if not words:
        return []
    named = reduce(and_, (Q(name__spelt=word) for word in words))
    authors = Author.objects.filter(named, Exists(_BYLINES.filter(article__language=language)))
    tags = Tag.objects.filter(named, Exists(_TAGGED.filter(content_object__language=language)))
    found = _topics_of(authors.select_related("topic").order_by("name", "pk")[:count])
    return in_order(found + _topics_of(tags.select_related("topic").order_by("name", "pk")[:count]))


def _topics_of(things: Iterable[Author | Tag]) -> list[Topic]:
    """Of authors or tags that readers know: the open ones, unsaved where nobody has wanted them before."""
    found = []
    for each in things:
        kind, field = (Kind.AUTHOR, "author") if isinstance(each, Author) else (Kind.TAG, "tag")
        found.append(getattr(each, "topic", None) or _topic(kind, each.pk, **{field: each}))
    return [topic for topic in found if topic.is_open]


def with_headlines(topics: Iterable[Topic]) -> list[Topic]:
    """The same topics; those of stories know their headlines, by one query."""
    topics = list(topics)
    followed = [topic for topic in topics if topic.kind == Kind.STORY]
    if followed:
        stories = PublishedArticle.objects.filter(pk__in=[topic.article_number for topic in followed])
        headlines = dict(stories.values_list("pk", "headline"))
        for topic in followed:
            if topic.article_number in headlines:
                topic.headline = headlines[topic.article_number]
    return topics


def follow_merge(sender: object, *, gone: Author | Tag, stays: Author | Tag, **kwargs: Any) -> None:
    """Wishes, and letters on their way, about an author or a tag that goes are about the one that stays."""
    field = "author" if isinstance(gone, Author) else "tag"
    old = Topic.objects.select_for_update().filter(**{field: gone.pk}).first()
    if old is None:
        return
    new = Topic.objects.select_for_update().filter(**{field: stays.pk}).first()
    if new is None:
        Topic.objects.filter(pk=old.pk).update(**{field: stays.pk})
        return
    live = old.subscriptions.exclude(state=Subscription.State.LEFT)
    new.subscriptions.filter(state=Subscription.State.LEFT, subscriber__in=live.values("subscriber")).delete()
    _lead_over(Subscription, "subscriber", old, new)
    for relation in Topic._meta.get_fields(include_hidden=True):
        through = relation.related_model
        if not (relation.one_to_many and isinstance(through, type) and issubclass(through, Model)):
            continue
        if through._meta.auto_created:
            (owner,) = [each.name for each in through._meta.fields if each.is_relation and each.related_model != Topic]
            _lead_over(through, owner, old, new)


def _lead_over(model: type[Model], owner: str, old: Topic, new: Topic) -> None:
    """Rows of one topic become the other's, but for owners who have that one already."""
    rows = model._default_manager.filter(topic=old)
    rows.exclude(**{f"{owner}__in": model._default_manager.filter(topic=new).values(owner)}).update(topic=new)


def connect() -> None:
    signals.merging.connect(follow_merge, dispatch_uid="subscriptions.merging")


def _most(rows: Any, field: str, count: int) -> list[int]:
    counted = rows.values(field).annotate(stories=Count("pk")).order_by("-stories", field)
    return [row[field] for row in counted[:count]]


def _topic(kind: Topic.Kind, number: int | None = None, **things: Any) -> Topic:
    """An unsaved topic with its list id, which stays for ever."""
    host = urlsplit(settings.SITE_URL).hostname
    if number is None:
        return Topic(kind=kind, list_id=f"all.{host}")
    field = _FIELDS.get(kind, f"{kind}_id")
    return Topic(kind=kind, list_id=f"{kind}-{number}.{host}", **{**things, field: number})


def _place(topic: Topic) -> tuple[int, tuple[tuple[int, str], ...]]:
    rank = _ORDER.index(Kind(topic.kind))
    if topic.section is None:
        named = topic.author or topic.tag or topic.newsletter
        return rank, ((topic.article_number or 0, str(named or "")),)
    line = [topic.section.parent, topic.section] if topic.section.parent else [topic.section]
    return rank, tuple((section.position, f"{section.name}\0{section.pk}") for section in line)
