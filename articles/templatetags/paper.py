"""What the paper's templates ask about addresses and names in the language of the page."""

from datetime import datetime

from django import template
from django.template import Context

from articles import paths
from articles.models.places import Section

register = template.Library()


@register.simple_tag(takes_context=True)
def section_name(context: Context, section: Section) -> str:
    return section.name_in(context["edition"].language)


@register.simple_tag(takes_context=True)
def section_path(context: Context, section: Section) -> str:
    """The section's front page in the edition of this page."""
    return context["edition"].section_path(section)


@register.filter
def absolute(path: str) -> str:
    """The address for the outside world."""
    return paths.absolute(path)


@register.filter
def srcset(renditions: list[tuple[int, str]], most: int) -> str:
    """Renditions of ``images.names.sources`` for a browser to choose from; none wider than `most` but the smallest."""
    return ", ".join(f"{path} {width}w" for width, path in renditions if width <= max(most, renditions[0][0]))


@register.filter(expects_localtime=True)
def iso(moment: datetime) -> str:
    """A moment for machines, to the second: HTML has no microseconds."""
    return moment.isoformat(timespec="seconds")
