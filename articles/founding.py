"""A newsroom's first rows: settings and a News section in the menu. Safe to call again."""

from django.db import transaction

from articles.models.places import Section
from articles.models.site import MenuItem, SiteSettings


@transaction.atomic
def found_newsroom() -> SiteSettings:
    """The site settings; a newsroom that has no section yet also gets "News", in the main menu."""
    site, _ = SiteSettings.objects.get_or_create(pk=1)
    if not Section.objects.exists():
        news = Section.objects.create(name="News", names={"fr": "Actualités", "ar": "أخبار"}, slug="news")
        MenuItem.objects.create(section=news)
    return site
