"""What the paper's templates ask about addresses and names in the language of the page."""

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles import markup, paths, style
from articles.languages import name_of
from articles.models.places import Section

register = template.Library()


@register.simple_tag(takes_context=True)
def section_name(context: Context, section: Section) -> str:
    return section.name_in(context["edition"].language)


@register.simple_tag(takes_context=True)
def section_path(context: Context, section: Section) -> str:
    """The section's front page in the edition of this page."""
    return context["edition"].section_path(section)


@register.simple_tag(takes_context=True)
def critical_style(context: Context) -> SafeString:
    """The page's style, inline; its hash waits at the request for the Content-Security-Policy."""
    edition = context["edition"]
    story = context.get("story")
    shown = [context.get("section"), getattr(story, "section", None), *(item.section for item in edition.menu_items)]
    sections = [each for section in shown if section for each in (section, section.parent) if each]
    made = style.critical(edition.site, sections=sections, body=str(context.get("body", "")))
    context["request"].critical_style = made.source
    return format_html("<style>{}</style>", markup.safe(made.css))


@register.simple_tag(takes_context=True)
def text_style(context: Context) -> SafeString:
    """The few rules of the text edition, inline like ``critical_style``."""
    made = style.of_text()
    context["request"].critical_style = made.source
    return format_html("<style>{}</style>", markup.safe(made.css))


@register.inclusion_tag("articles/_feeds.html")
def feed_links(path: str, title: str) -> dict[str, Any]:
    """For the head of a list's page at `path`: where its feeds are, in every format."""
    return {"feeds": paths.feeds_below(path).items(), "title": title}


@register.filter
def tone(section: Section) -> str:
    """The class that gives an element the section's colour as ``--section``."""
    return style.tone(section)


@register.filter
def text_path(path: str) -> str:
    """Where the text edition has what is at `path`."""
    return paths.text_path(path)


@register.filter
def language_name(code: str) -> str:
    """The language's name in itself."""
    return name_of(code)


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
