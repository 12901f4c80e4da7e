"""What a publication needs and a draft may lack."""

from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext

from articles import figures, markup
from articles.models.site import SiteSettings
from articles.slugs import slugify


def blocking(content: dict[str, Any], site: SiteSettings) -> dict[str, list[str]]:
    """Field name -> messages for all that stands in the way of publishing this content; {} when it may go out."""
    errors: dict[str, list[str]] = {}
    if not content["headline"].strip():
        errors["headline"] = [gettext("A story needs a headline before it can be published.")]
    elif not (content["slug"] or slugify(content["headline"])):
        errors["slug"] = [gettext("No address can be made from this headline. Write a slug.")]
    if not content["section"]:
        errors["section"] = [gettext("Choose a section: it is part of the story's address.")]
    if not markup.plain(content["body"]).strip():
        errors["body"] = [gettext("There is no text to publish.")]
    if content["language"] not in site.languages:
        errors["language"] = [gettext("The paper has no edition in this language. Add it in the site settings first.")]
    today = timezone.localdate(timezone=ZoneInfo(site.newsroom_time_zone))
    for field, messages in figures.complaints(content, on=today).items():
        errors.setdefault(field, []).extend(messages)
    return errors
