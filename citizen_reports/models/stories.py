"""What became of reports: stories that use them, pictures taken into the library, and what must come off again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.desk import Article
from citizen_reports.models.files import Attachment
from citizen_reports.models.people import Consent
from citizen_reports.models.reports import Report
from images.models import Picture, Video


class LibraryCopy(models.Model):
    """A picture or video of the library that was made of a witness's. Only here it stands whose: the library does not
    know."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="library_copies")
    # None once the report was purged: the copy stays, and so does under which consent it came.
    attachment = models.OneToOneField(Attachment, models.SET_NULL, null=True, related_name="library_copy")
    # Which safe copy it was: another one, with more of it blurred, may stand there now.
    derivative = models.CharField(max_length=64)
    # Parts of it that were blurred. One with fewer does not take its place.
    blurred = models.PositiveSmallIntegerField(default=0, db_default=0)
    picture = models.ForeignKey(Picture, models.CASCADE, null=True, related_name="+")
    video = models.ForeignKey(Video, models.CASCADE, null=True, related_name="+")
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="+", verbose_name=_("consent"))
    # The credit is the witness's name, as they wish; the name itself is in the library alone.
    names_witness = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("file taken into the library")
        verbose_name_plural = _("files taken into the library")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                name="library_copy_of_one",
                condition=Q(picture=None, video__isnull=False) | Q(video=None, picture__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} → {self.picture_id or self.video_id}"

    @property
    def thing(self) -> Picture | Video | None:
        return self.picture or self.video


class ConsentAlarm(models.Model):
    """Readers see something of a report in a story, and its witness took back their consent.

    It ends when the story is updated or taken off, when consent is given anew, or when a chief says why it may stay.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="alarms")
    # Without a constraint: a witness who withdraws must not wait for, nor hold up, whoever has the story's row.
    article = models.ForeignKey(Article, models.CASCADE, related_name="+", db_constraint=False, verbose_name=_("story"))
    since = models.DateTimeField(_("since"))  # on the hour, where the witness is anonymous
    ended_at = models.DateTimeField(_("ended"), null=True)
    is_announced = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("consent withdrawn")
        verbose_name_plural = _("consents withdrawn")
        ordering = ("-since", "-pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["report", "article"], condition=Q(ended_at=None), name="consent_alarm_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-since", "-id"], name="consent_alarm_open", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} → {self.article_id}"
