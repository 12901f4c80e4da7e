"""A revision's content in words: the names behind its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from articles.kinds import Kind
from articles.languages import name_of
from articles.models.desk import Article
from articles.models.places import Section, Series, Tag
from images.models import Picture


def shown(content: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Label and value of every field but the text; values that are empty, or no longer there, are ""."""
    section = Section.objects.select_related("parent").filter(pk=content["section"]).first()
    kind = content["kind"]
    values = {
        **{name: content[name] for name in ("kicker", "headline", "standfirst", "short_headline", "social_headline")},
        "lead_picture": str(Picture.objects.filter(pk=content.get("lead_picture") or 0).first() or ""),
        "original": str(Article.objects.filter(pk=content.get("original") or 0).first() or ""),
        "section": str(section or ""),
        "series": str(Series.objects.filter(pk=content["series"]).first() or ""),
        "tags": ", ".join(Tag.objects.filter(pk__in=content["tags"]).values_list("name", flat=True)),
        "kind": str(dict(Kind.choices).get(kind, kind)),
        "language": name_of(content["language"]),
        "dateline": content["dateline"],
        "slug": content["slug"],
        "noindex": gettext("yes") if content.get("noindex") else "",
    }
    fields = {field.name: field for field in [*Article._meta.fields, *Article._meta.many_to_many]}
    lines = [f"{line['name']} ({line['credit']})" if line["credit"] else line["name"] for line in content["bylines"]]
    return {
        **{name: (str(fields[name].verbose_name), value) for name, value in values.items()},
        "bylines": (gettext("bylines"), ", ".join(lines)),
    }
