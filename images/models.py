"""The picture library: one row a picture, its private original, and what people must know before they use it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.leases import Leased


class Rights(models.TextChoices):
    """By what right a picture may be shown."""

    OWN = "own", _("Our own")
    AGENCY = "agency", _("Agency")
    HANDOUT = "handout", _("Handout")
    WITNESS = "witness", _("From a witness")
    SOCIAL = "social", _("Social media")
    SCREENGRAB = "screengrab", _("Screengrab")
    FREE = "free", _("Free licence")
    UNKNOWN = "unknown", _("Not yet cleared")


# What stands in the way of using a picture, in words for the desk.
MISSING = {
    "alt_text": _("no description"),
    "credit": _("no credit"),
    "rights": _("rights not cleared"),
    "not_yet": _("not to be used yet"),
    "expired": _("rights expired"),
    "not_ready": _("not ready to be played"),
}
_SHARE = (MinValueValidator(0.0), MaxValueValidator(1.0))


class Usable(models.Model):
    """What people must know of a picture or a video before they use it, and who brought it."""

    alt_text = models.CharField(
        _("description"), max_length=300, blank=True, help_text=_("What is to be seen, for those who do not see it.")
    )
    is_decorative = models.BooleanField(
        _("only decoration"),
        default=False,
        help_text=_("It says nothing that the text does not; screen readers skip it."),
    )
    caption = models.CharField(_("caption"), max_length=600, blank=True)
    credit = models.CharField(_("credit"), max_length=160, blank=True)
    taken_on = models.DateField(_("taken on"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=160, blank=True)
    rights = models.CharField(_("rights"), max_length=12, choices=Rights, default=Rights.UNKNOWN)
    rights_note = models.CharField(_("note on the rights"), max_length=300, blank=True)
    rights_from = models.DateField(_("may be used from"), null=True, blank=True)
    rights_until = models.DateField(_("may be used until"), null=True, blank=True)
    is_sensitive = models.BooleanField(
        _("graphic"), default=False, help_text=_("Readers see a cover first, and decide for themselves.")
    )

    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("by")
    )

    class Meta:
        abstract = True

    def what_is_missing(self, *, on: date) -> list[str]:
        """Codes of what stands in its way: ``alt_text``, ``credit``, ``rights``, ``not_yet``, ``expired``."""
        missing = []
        if not (self.alt_text or self.is_decorative):
            missing.append("alt_text")
        if not self.credit:
            missing.append("credit")
        if self.rights == Rights.UNKNOWN:
            missing.append("rights")
        if self.rights_from and on < self.rights_from:
            missing.append("not_yet")
        if self.rights_until and on > self.rights_until:
            missing.append("expired")
        return missing


def quarter(first: int) -> models.Func:
    """Four of the 16 digits of a picture's perceptual hash, from the one of this number (0 for the first).

    The numbers stand in the SQL itself: with parameters, no database would use the index.
    """
    template = f"%(function)s(%(expressions)s, {first + 1}, 4)"
    return models.Func("perceptual_hash", function="SUBSTR", template=template, output_field=models.CharField())


QUARTERS = (0, 4, 8, 12)


class Picture(Usable):
    """A picture of the library. The original is private; readers get renditions, whose names hang on `version`."""

    # Random hex, without extension: in the private store pictures/<first two>/<name>.
    original = models.CharField(max_length=32, unique=True, editable=False)
    form = models.CharField(_("format"), max_length=8, editable=False)
    size = models.PositiveBigIntegerField(_("size"), editable=False)
    # As it stands upright.
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False, db_index=True)
    # The same once more while the file is the one that was added: of two who bring one file at the same moment, one
    # wins. Empty once the file was replaced, which may bring one that another picture has.
    added_sha256 = models.CharField(max_length=64, null=True, unique=True, editable=False)
    # 64 bits of a difference hash, as 16 hex digits: near ones are likely duplicates.
    perceptual_hash = models.CharField(max_length=16, editable=False, db_index=True)
    # Goes up when what readers would get changes: another file, crop, focal point, blur. Names of renditions follow.
    version = models.PositiveIntegerField(default=1, editable=False)

    focal_x = models.FloatField(_("focal point, across"), default=0.5, validators=_SHARE)
    focal_y = models.FloatField(_("focal point, down"), default=0.5, validators=_SHARE)
    # Parts made unrecognisable before use: [[left, top, right, bottom], …] as shares of width and height.
    blurred = models.JSONField(default=list, blank=True, editable=False)

    shown_anew = 0  # stories in which readers see a change now; only on what `images.library` has just changed

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ("-uploaded_at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["-uploaded_at", "-id"], name="picture_newest"),
            models.Index(fields=["rights_until"], name="picture_rights_until"),
            *(models.Index(quarter(first), name=f"picture_alike_{first}") for first in QUARTERS),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="picture_focal_point_inside",
                condition=Q(focal_x__range=(0, 1)) & Q(focal_y__range=(0, 1)),
            )
        ]

    def __str__(self) -> str:
        return self.caption[:80] or self.alt_text[:80] or str(_("Picture %(number)s") % {"number": self.pk})


class RenditionJob(Leased):
    """A picture is new or changed: its renditions are to be made. The row goes when they are."""

    picture = models.OneToOneField(Picture, models.CASCADE, related_name="+", verbose_name=_("picture"))

    class Meta:
        verbose_name = _("renditions to be made")
        verbose_name_plural = _("renditions to be made")
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["due_at", "id"], name="rendition_job_due")]

    def __str__(self) -> str:
        return str(self.picture)


class Video(Usable):
    """A video of the library. What readers get is the remuxed file, its poster and its captions; the upload is private.

    `alt_text` says what is to be seen, `caption` and `credit` are printed below it.
    """

    class Captions(models.TextChoices):
        """Whether the captions file is what is said, or what is said translated."""

        SAID = "captions", _("Captions")
        TRANSLATED = "subtitles", _("Subtitles in another language")

    # Random hex, without extension: in the private store videos/<first two>/<name>.
    original = models.CharField(max_length=32, unique=True, editable=False)
    form = models.CharField(_("format"), max_length=8, editable=False)
    size = models.PositiveBigIntegerField(_("size"), editable=False)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    width = models.PositiveIntegerField(_("width"), default=0, editable=False)
    height = models.PositiveIntegerField(_("height"), default=0, editable=False)
    seconds = models.FloatField(_("length"), default=0, editable=False)
    # Goes up when what readers get must be made anew: another file, another moment for the poster. Names follow.
    version = models.PositiveIntegerField(default=1, editable=False)
    is_ready = models.BooleanField(_("ready"), default=False, editable=False)
    # Why it could not be made ready, for the desk; "" when it was, or is still to be.
    failure = models.CharField(_("failure"), max_length=300, blank=True, editable=False)

    poster = models.ForeignKey(
        Picture, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("poster"),
        help_text=_("Shown before it plays. Empty: taken from the video."),
    )  # fmt: skip
    poster_at = models.FloatField(
        _("poster from second"), default=1, validators=[MinValueValidator(0.0)],
        help_text=_("Where no picture is chosen: the moment of the video that stands for it."),
    )  # fmt: skip
    captions = models.TextField(_("captions"), blank=True, help_text=_("A WebVTT file: the words, and when."))
    captions_language = models.CharField(_("language of the captions"), max_length=12, blank=True)
    captions_kind = models.CharField(_("kind of captions"), max_length=10, choices=Captions, default=Captions.SAID)

    class Meta:
        verbose_name = _("video")
        verbose_name_plural = _("videos")
        ordering = ("-uploaded_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["-uploaded_at", "-id"], name="video_newest")]

    def __str__(self) -> str:
        return self.caption[:80] or self.alt_text[:80] or str(_("Video %(number)s") % {"number": self.pk})

    def what_is_missing(self, *, on: date) -> list[str]:
        """As of a picture, and ``not_ready`` while there is nothing yet that readers could play."""
        return [*super().what_is_missing(on=on), *([] if self.is_ready else ["not_ready"])]


class RightsWarning(models.Model):
    """The desk was told by mail that the rights in something that live stories show end on that day: once for each."""

    picture = models.ForeignKey(Picture, models.CASCADE, null=True, related_name="+")
    video = models.ForeignKey(Video, models.CASCADE, null=True, related_name="+")
    rights_until = models.DateField()
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["picture", "rights_until"], name="rights_warning_picture_once"),
            models.UniqueConstraint(fields=["video", "rights_until"], name="rights_warning_video_once"),
            models.CheckConstraint(
                name="rights_warning_of_one",
                condition=Q(picture=None, video__isnull=False) | Q(video=None, picture__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.picture or self.video}: {self.rights_until}"


class VideoJob(Leased):
    """A video is new or changed: what readers get is to be made. The row goes when it is."""

    video = models.OneToOneField(Video, models.CASCADE, related_name="+", verbose_name=_("video"))

    class Meta:
        verbose_name = _("videos to be made ready")
        verbose_name_plural = _("videos to be made ready")
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["due_at", "id"], name="video_job_due")]

    def __str__(self) -> str:
        return str(self.video)
