"""Rights that have run out, or soon will, in pictures and videos that readers see now: shown, and told by mail once."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext, override

from accounts.models import User
from accounts.roles import Role
from articles.models.pressed import PressedFront
from articles.models.published import PublishedArticle, PublishedPicture, PublishedVideo
from images.models import Picture, RightsWarning, Video

log = logging.getLogger(__name__)
SOON = timedelta(days=7)
SHOWN = 200  # uses of pictures, and of videos, that a page looks at
Use = tuple[Picture | Video, PublishedArticle | PressedFront]


@dataclass(frozen=True)
class Alarm:
    """A picture or video that live stories or front pages show, and whose rights end soon or have ended."""

    thing: Picture | Video
    until: date
    has_run_out: bool
    stories: list[PublishedArticle] = field(default_factory=list)  # number, headline, language
    fronts: list[PressedFront] = field(default_factory=list)  # that show it instead of a story's own

    @property
    def address(self) -> str:
        """Its page in the library."""
        return reverse(f"admin:images_{self.thing._meta.model_name}_change", args=[self.thing.pk])


def alarms(*, on: date, story: int | None = None, most: int | None = SHOWN) -> list[Alarm]:
    """What rights alarm on that day, those that ended first before the others; of one story, or of all stories and
    front pages. Four queries at most.
    """
    found: dict[tuple[str, int], Alarm] = {}
    pictures = PublishedPicture.objects.select_related("picture", "article")
    videos = PublishedVideo.objects.select_related("video", "article")
    uses: Iterable[Use] = chain(
        _uses(pictures, Picture, on, story, most),
        _uses(videos, Video, on, story, most),
        () if story else _on_fronts(on),
    )
    for thing, place in uses:
        until = thing.rights_until
        if until:
            alarm = found.setdefault(
                (thing._meta.label, thing.pk), Alarm(thing=thing, until=until, has_run_out=until < on)
            )
            if isinstance(place, PressedFront):
                alarm.fronts.append(place)
            else:
                alarm.stories.append(place)
    return sorted(found.values(), key=lambda alarm: (alarm.until, alarm.thing._meta.label, alarm.thing.pk))


def _uses(
    rows: models.QuerySet, things: type[Picture | Video], on: date, story: int | None, most: int | None
) -> Iterable[Use]:
    name = str(things._meta.model_name)
    needed = [f"{name}__{each}" for each in ("caption", "alt_text", "rights_until")]
    rows = rows.filter(**{f"{name}__rights_until__lt": on + SOON}).only(
        name, *needed, "article__headline", "article__language"
    )
    if story:
        rows = rows.filter(article=story)
    else:  # first the few things, then their stories: a database that counts nothing would read all stories' pictures
        late = things.objects.filter(rights_until__lt=on + SOON).values("pk")
        rows = rows.filter(**{f"{name}__in": late})
    for row in rows.order_by(f"{name}__rights_until", name, "-article")[:most]:
        yield getattr(row, name), row.article


def _on_fronts(on: date) -> Iterable[Use]:
    rows = list(PressedFront.objects.select_related("section__parent").order_by("pk"))
    numbers = {number for row in rows for number in row.own_pictures}
    if numbers:
        for picture in Picture.objects.filter(pk__in=numbers, rights_until__lt=on + SOON):
            yield from ((picture, row) for row in rows if picture.pk in row.own_pictures)


def tell() -> int:
    """Mails editors and chiefs about what they have not been told yet; of how many pictures and videos.

    The rows that say so are written once somebody could be reached: told twice is better than never. Raises ``OSError``
    when nobody could; then the next turn tries again.
    """
    found = alarms(on=timezone.localdate(), most=None)
    new = [alarm for alarm in found if not _warnings(alarm).exists()]
    staff = list(User.objects.filter(is_active=True, role__in=(Role.EDITOR, Role.CHIEF)))
    if not new or not staff:
        return 0
    if not sum(_write_to(person, new) for person in staff):
        raise OSError("nobody could be told of rights that end")
    for alarm in new:
        RightsWarning.objects.get_or_create(**_key(alarm))
    return len(new)


def _key(alarm: Alarm) -> dict[str, Any]:
    return {str(alarm.thing._meta.model_name): alarm.thing, "rights_until": alarm.until}


def _warnings(alarm: Alarm) -> models.QuerySet[RightsWarning]:
    return RightsWarning.objects.filter(**_key(alarm))


def _write_to(person: User, new: list[Alarm]) -> bool:
    with override(person.language):
        subject = ngettext(
            "Rights end in %(count)s picture or video that readers see",
            "Rights end in %(count)s pictures or videos that readers see",
            len(new),
        ) % {"count": len(new)}
        text = render_to_string(
            "articles/mail/rights_alarm.txt", {"person": person, "alarms": new, "site": settings.SITE_URL}
        )
    try:
        send_mail(subject, text, None, [person.email])
    except (OSError, smtplib.SMTPException):
        log.exception("member of staff %s could not be told of rights that end", person.pk)
        return False
    return True
