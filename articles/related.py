"""Which stories a reader is offered after this one. Chosen when a story is published, and kept as numbers.

Those of the same series first, then those that share tags, a rare tag counting for more than a common one, then the
newest of the section; all in the story's language. Four looks into indexes at most, however many stories there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from math import sqrt
from typing import Any

from django.db import connection

from articles.models.published import PublishedArticle, PublishedTag

KEPT = 6  # readers get fewer: when one of these is withdrawn, the next one takes its place
_OF_SERIES, _OF_SECTION, _LIKELIEST = 40, 40, 60
_OF_A_TAG = 150  # the newest; a tag with as many counts as the commonest
_MOST_TAGS = 20


def choose(number: int, content: dict[str, Any], *, besides: Collection[int]) -> list[int]:
    """Numbers of at most `KEPT` published stories to read after story `number` with this content, the likeliest first.

    `besides` are those that its text points to anyway. Nothing is offered that search engines are to leave out.
    """
    taken = {number, *besides}
    found: list[int] = []

    def take(numbers: Iterable[int]) -> None:
        for each in numbers:
            if each not in taken and len(found) < KEPT:
                taken.add(each)
                found.append(each)

    stories = PublishedArticle.objects.newest_first()
    if content["series"]:
        take(_readable(stories.filter(series=content["series"])[:_OF_SERIES], content["language"]))
    if content["tags"] and len(found) < KEPT:
        likely = _by_tags(content["tags"][:_MOST_TAGS], taken)
        there = {*_readable(stories.filter(pk__in=likely), content["language"])}
        take(each for each in likely if each in there)
    if content["section"] and len(found) < KEPT:
        of_section = stories.filter(section=content["section"], language=content["language"])
        take(_readable(of_section[:_OF_SECTION], content["language"]))
    return found


def _readable(stories: Any, language: str) -> list[int]:
    rows = stories.values_list("pk", "language", "noindex")
    return [number for number, spoken, noindex in rows if spoken == language and not noindex]


def _by_tags(tags: list[int], taken: Collection[int]) -> list[int]:
    """The newest stories of these tags by what they share, then by age, the likeliest first: one statement."""
    name = connection.ops.quote_name
    table = name(PublishedTag._meta.db_table)
    one = (
        f"SELECT * FROM (SELECT tag_id, content_object_id, published_at FROM {table} WHERE tag_id = %s"  # noqa: S608
        f" ORDER BY published_at DESC, content_object_id DESC LIMIT {_OF_A_TAG}) AS newest"
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(tags)), tags)
        rows = cursor.fetchall()
    uses: dict[int, int] = defaultdict(int)
    for tag, _story, _at in rows:
        uses[tag] += 1
    weight: dict[int, float] = defaultdict(float)
    moments = {}
    for tag, story, at in rows:
        if story not in taken:
            weight[story] += 1 / sqrt(uses[tag])
            moments[story] = at
    likely = sorted(weight, key=lambda story: (round(weight[story], 6), moments[story], story), reverse=True)
    return likely[:_LIKELIEST]
