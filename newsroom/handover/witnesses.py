"""Witnesses' pictures and films in the library whose publication they do not allow, or no longer.

Whose they are does not come along, so nothing would ask for their consent where an export is imported. Those that no
story shows stay behind, with their files. What readers see now comes along, its rights ended: the desk names it and
refuses to publish it again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast

from articles.models.desk import Article
from articles.models.published import PublishedPicture, PublishedVideo
from citizen_reports.models.people import Consent
from citizen_reports.models.stories import LibraryCopy
from images.models import Picture, Video

_allowed = Consent.objects.filter(report=OuterRef("report"), withdrawn_at=None, publish_media=True)
_copies = LibraryCopy.objects.filter(~Exists(_allowed))
_posters = Video.objects.filter(poster__isnull=False).values("poster")
_of_films = PublishedVideo.objects.filter(video__poster__isnull=False).values("video__poster")
_leads = Article.objects.filter(lead_picture__isnull=False).values("lead_picture")

_NOT_ALLOWED: dict[type[models.Model], Q] = {
    Picture: Q(pk__in=_copies.filter(picture__isnull=False).values("picture")),
    Video: Q(pk__in=_copies.filter(video__isnull=False).values("video")),
}
# Of what their files stay behind: rows of these that drafts name come without them.
UNSEEN: dict[type[models.Model], Q] = {
    Picture: _NOT_ALLOWED[Picture] & ~Q(pk__in=PublishedPicture.objects.values("picture")) & ~Q(pk__in=_of_films),
    Video: _NOT_ALLOWED[Video] & ~Q(pk__in=PublishedVideo.objects.values("video")),
}
PICTURES = ~(UNSEEN[Picture] & ~Q(pk__in=_leads) & ~Q(pk__in=_posters))
VIDEOS = ~UNSEEN[Video]
WARNINGS = (Q(picture=None) | Q(picture__in=Picture.objects.filter(PICTURES).values("pk"))) & (
    Q(video=None) | Q(video__in=Video.objects.filter(VIDEOS).values("pk"))
)


def _of(model: type[models.Model], taken: Q) -> Q:
    """Audit rows about those that stay behind: their labels are captions."""
    numbers = model._base_manager.filter(~taken).annotate(number=Cast("pk", CharField())).values("number")
    return Q(thing=model._meta.label_lower, thing_number__in=numbers)


AUDIT = ~_of(Picture, PICTURES) & ~_of(Video, VIDEOS)


def not_allowed(model: type[models.Model]) -> set[Any]:
    """The numbers of those rows of the model whose rights an export ends."""
    wanted = _NOT_ALLOWED.get(model)
    return set(model._base_manager.filter(wanted).values_list("pk", flat=True)) if wanted else set()


def end(row: dict[str, Any]) -> None:
    """The rights have run out before it came, in every time zone."""
    row["rights_until"] = row["uploaded_at"].date() - timedelta(days=2)
