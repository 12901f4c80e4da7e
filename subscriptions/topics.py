"""What one can subscribe to: the whole paper, and each section. A new section gets its topic when it is needed."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q

from articles.models.places import Section
from subscriptions.models.people import Topic


def found_topics() -> None:
    """Makes the topics that are missing. Any number of calls, at once or in turn, make each topic once."""
    host = urlsplit(settings.SITE_URL).hostname
    missing = [
        Topic(kind=Topic.Kind.SECTION, section_id=number, list_id=f"section-{number}.{host}")
        for number in Section.objects.filter(topic=None).values_list("pk", flat=True)
    ]
    if not Topic.objects.filter(kind=Topic.Kind.SITE).exists():
        missing.append(Topic(kind=Topic.Kind.SITE, list_id=f"all.{host}"))
    if missing:
        Topic.objects.bulk_create(missing, ignore_conflicts=True)


def open_topics() -> list[Topic]:
    """What readers may choose: the whole paper, then sections in the paper's order, each before its parts."""
    found_topics()
    return sorted(Topic.objects.filter(is_open=True).select_related("section__parent"), key=_place)


def of_section(section: Section) -> list[Topic]:
    """The topics that a story of this section belongs to: the paper's first, the section's, that of the one above."""
    found_topics()
    mine = Q(kind=Topic.Kind.SITE) | Q(section__in=[section.pk, section.parent_id])
    return sorted(Topic.objects.filter(mine).select_related("section__parent"), key=_place)


def _place(topic: Topic) -> tuple[tuple[int, str], ...]:
    if topic.section is None:
        return ()
    line = [topic.section.parent, topic.section] if topic.section.parent else [topic.section]
    return tuple((section.position, f"{section.name}\0{section.pk}") for section in line)
