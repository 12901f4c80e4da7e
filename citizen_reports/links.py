"""The way from a story to the form."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from articles.models.published import PublishedArticle
from articles.registry import ReaderLink


def were_you_there(language: str, story: PublishedArticle | None) -> ReaderLink:
    """The line of the channels block: it asks the database nothing, and carries the story along."""
    query = {"lang": language} | ({"story": story.pk} if story else {})
    url = f"{reverse('citizen_reports:start')}?{urlencode(query)}"
    return ReaderLink(gettext("Tell us what you saw"), url, lead=gettext("Were you there?"))
