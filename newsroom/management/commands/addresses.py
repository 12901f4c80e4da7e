import json
from argparse import ArgumentParser
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand
from django.urls import reverse

from articles import paths
from articles.models.published import OldPath, PublishedArticle, PublishedByline, PublishedTag
from articles.models.site import Page, SiteSettings
from authors.models import Author
from citizen_reports.models.intake import IntakeForm
from subscriptions import archive


class Command(BaseCommand):
    help = "Prints each kind of public address with a live example; a dash (null in JSON) where there is none yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object: kind of address -> address or null")

    def handle(self, *args: Any, **options: Any) -> None:
        found = addresses()
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=1, ensure_ascii=False))
            return
        width = max(map(len, found))
        for kind, address in found.items():
            self.stdout.write(f"{kind:{width}}  {address or '-'}")


def addresses() -> dict[str, str | None]:
    """Kind of address -> an absolute example that works now, None where the newsroom has none yet.

    What each further edition has of its own is named with its language: ``front_fr``.
    """
    site = SiteSettings.load()
    tag = PublishedTag.objects.select_related("tag").order_by("-published_at").first()
    byline = PublishedByline.objects.select_related("author").order_by("-published_at").first()
    told = PublishedArticle.objects.exclude(series=None).select_related("series").newest_first().first()
    portrait = Author.objects.exclude(portrait="").first()
    found: dict[str, str | None] = {}
    for language in site.languages:
        found |= _of_edition(site, language)
    found |= {
        "author": byline.author.get_absolute_url() if byline else None,
        "tag": tag.tag.get_absolute_url() if tag else None,
        "series": told.series.get_absolute_url() if told and told.series else None,
        "moved": _old(OldPath.Kind.MOVED),
        "withdrawn": _old(OldPath.Kind.WITHDRAWN),
        "killed": _old(OldPath.Kind.KILLED),
        "picture": portrait.portrait_url if portrait else None,
        **_of_forms(site),
        "health": reverse("health"),
        "accounts": reverse("accounts:sign_in"),
        "admin": reverse("admin:index"),
    }
    return {kind: paths.absolute(path) if path else None for kind, path in found.items()}


def _of_forms(site: SiteSettings) -> dict[str, str | None]:
    """What readers and witnesses fill in, in each language of the paper."""
    form = IntakeForm.objects.filter(is_open=True).first()
    forms: dict[str, str | None] = {
        "report": reverse("citizen_reports:start"),
        "report_form": reverse("citizen_reports:report", args=[form.slug]) if form else None,
        "report_receipt": reverse("citizen_reports:receipt"),
        "subscribe": reverse("subscriptions:subscribe"),
    }
    return {
        kind if language == site.language else f"{kind}_{language}": path and f"{path}?lang={language}"
        for language in site.languages
        for kind, path in forms.items()
    }


def _of_edition(site: SiteSettings, language: str) -> dict[str, str | None]:
    further = language != site.language
    prefix = [language] if further else []
    stories = PublishedArticle.objects.filter(language=language).select_related("section__parent").newest_first()
    story, page = stories.first(), Page.objects.filter(language=language).first()
    letter = archive.public().filter(language=language).first()
    section = section_feed = month = None
    if story:
        section = site.section_path(story.section, language)
        edition = {"language": language} if further else {}
        feed_of = {**edition, "path": story.section.path, "name": "rss.xml"}
        section_feed = reverse("articles:section_feed", kwargs=feed_of)
        day = story.published_at.astimezone(ZoneInfo(site.newsroom_time_zone))
        month = reverse("articles:month", args=[*prefix, day.year, day.month])
    kinds = {
        "front": reverse("articles:front", args=prefix),
        "section": section,
        "article": story.path if story else None,
        "archive": reverse("articles:archive", args=prefix),
        "archive_month": month,
        "corrections": reverse("articles:corrections", args=prefix),
        "offline": reverse("articles:offline", args=prefix),
        "letters": reverse("letters:letters", args=prefix),
        "letter": archive.address(letter) if letter else None,
        "page": page.path if page else None,
        "feed": reverse("articles:feed", args=[*prefix, "rss.xml"]),
        "section_feed": section_feed,
    }
    return {f"{kind}_{language}" if further else kind: path for kind, path in kinds.items()}


def _old(kind: OldPath.Kind) -> str | None:
    row = OldPath.objects.filter(kind=kind, is_prefix=False).first()
    return row.path if row else None
