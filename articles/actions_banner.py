"""The verbs on the breaking banner: one line at the head of every page of an edition, with an end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.audit import record
from articles import signals
from articles.languages import LANGUAGES
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from articles.problems import NotAllowed, NotReady
from articles.verbs import sections_of

if TYPE_CHECKING:
    from accounts.models import User

PERMISSION = "articles.set_banner"
STANDS_FOR, LONGEST = timedelta(hours=2), timedelta(days=7)
MOST_LETTERS = 160


class Level(models.TextChoices):
    """How loud it is."""

    BREAKING = "breaking", _("Breaking: on red")
    NOTICE = "notice", _("Notice: quiet")


@transaction.atomic
def set_banner(
    language: str,
    *,
    actor: User | None,
    text: str,
    ends_at: datetime,
    level: Level = Level.BREAKING,
    story: int | None = None,
    path: str = "",
) -> SiteSettings:
    """Sets or changes the banner of an edition until `ends_at`; what stood there before goes.

    It leads to a published `story`, whose headline stands for an empty `text`, or to `path`, an address, or nowhere.
    Raises `NotReady` with messages by field.
    """
    site = _hold(actor)
    errors: dict[str, list[str]] = {}
    published = PublishedArticle.objects.filter(pk=story).first() if story else None
    if story and not published:
        errors["story"] = [gettext("Readers do not find this story. Publish it first.")]
    if published:
        text, path = text.strip() or published.card_headline, published.path
    text = text.strip()
    if not text:
        errors["text"] = [gettext("Say what happened, or choose a story.")]
    elif len(text) > MOST_LETTERS:
        errors["text"] = [gettext("Keep it under %(most)s characters.") % {"most": MOST_LETTERS + 1}]
    if (path and not path.startswith(("/", "https://"))) or path.startswith("//"):
        errors["path"] = [gettext("Write an address that begins with / or https://.")]
    now = timezone.now()
    if ends_at <= now:
        errors["ends_at"] = [gettext("This is over already.")]
    elif ends_at > now + LONGEST:
        errors["ends_at"] = [gettext("A banner stands for seven days at most.")]
    if errors:
        raise NotReady(errors)
    banner: dict[str, object] = {
        "text": text, "path": path, "story": published.pk if published else None, "level": str(level),
        "ends_at": ends_at.isoformat(),
    }  # fmt: skip
    record(actor=actor, verb="banner set", thing=site, language=language, text=text, until=banner["ends_at"])
    return _write(site, {**site.banners, language: banner})


@transaction.atomic
def end_banner(language: str, *, actor: User | None) -> SiteSettings:
    """Takes the banner of an edition away. Where there is none, nothing happens."""
    return _end(_hold(actor), [language], actor)


@transaction.atomic
def end_due() -> SiteSettings:
    """Takes away the banners whose time is over. A chore."""
    site, now = _hold(None), timezone.now()
    over = [code for code, banner in site.banners.items() if datetime.fromisoformat(banner["ends_at"]) <= now]
    return _end(site, over, None)


@transaction.atomic
def end_of_story(number: int) -> SiteSettings:
    """Takes away the banners that lead to a story: it has been taken off."""
    site = _hold(None)
    return _end(site, [code for code, banner in site.banners.items() if banner["story"] == number], None)


def live(site: SiteSettings) -> list[dict[str, Any]]:
    """The banners that readers see now: ``language``, ``name`` of it, ``text``, ``path``, ``ends_at`` (a moment)."""
    now = timezone.now()
    found = []
    for code, banner in site.banners.items():
        ends_at = datetime.fromisoformat(banner["ends_at"])
        if ends_at > now:
            name = LANGUAGES[code].name if code in LANGUAGES else code
            found.append({**banner, "language": code, "name": name, "ends_at": ends_at})
    return found


def may_set(user: User) -> bool:
    """Whether the banner is this person's: it stands on every page, so it is for nobody who works in some sections."""
    return user.has_perm(PERMISSION) and sections_of(user) is None


def _hold(actor: User | None) -> SiteSettings:
    if actor and not may_set(actor):
        raise NotAllowed
    return SiteSettings.objects.select_for_update().filter(pk=1).first() or SiteSettings(pk=1)


def _end(site: SiteSettings, languages: list[str], actor: User | None) -> SiteSettings:
    ended = [code for code in languages if code in site.banners]
    for code in ended:
        record(actor=actor, verb="banner ended", thing=site, language=code, text=site.banners[code]["text"])
    if not ended:
        return site
    return _write(site, {code: banner for code, banner in site.banners.items() if code not in ended})


def _write(site: SiteSettings, banners: dict[str, dict[str, object]]) -> SiteSettings:
    site.banners = banners
    if SiteSettings.objects.filter(pk=1).update(banners=banners) == 0:
        site.save()
    signals.site_changed.send(SiteSettings)
    return site
