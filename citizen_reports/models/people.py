"""Who the witness is and what they agreed to: apart from the report, behind a permission of its own."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citizen_reports.models.reports import Report
from safeguards.fields import SealedTextField


class WitnessIdentity(models.Model):
    """Sealed; no list joins it; each look is an event (`citizen_reports.handling.look_at_identity`)."""

    report = models.OneToOneField(Report, models.CASCADE, related_name="identity", primary_key=True)
    name = SealedTextField(_("name"))
    credit_name = SealedTextField(_("name to print"))
    email = SealedTextField(_("e-mail address"))
    phone = SealedTextField(_("telephone"))
    other_contact = SealedTextField(_("other way to reach them"))
    safe_contact_note = SealedTextField(_("how and when it is safe"))
    may_contact = models.BooleanField(_("may be contacted"), default=False)
    # What they answered to questions that tell who they are, as `citizen_reports.questions` writes it.
    answers = SealedTextField(_("answers"), default=b"", db_default=b"")

    class Meta:
        verbose_name = _("witness's identity")
        verbose_name_plural = _("witnesses' identities")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.report_id)


class Credit(models.TextChoices):
    FULL = "full", _("My name")
    FIRST = "first", _("My first name")
    PSEUDONYM = "pseudonym", _("A name I choose")
    ANONYMOUS = "anonymous", _("No name")


class Consent(models.Model):
    """What the witness allowed, in which wording. Rows are added and withdrawn, never changed."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="consents")
    text_version = models.CharField(_("version of the text"), max_length=20)
    publish_text = models.BooleanField(_("the text may be published"), default=False)
    publish_media = models.BooleanField(_("photos and videos may be published"), default=False)
    credit = models.CharField(_("credit"), max_length=10, choices=Credit, default=Credit.ANONYMOUS)
    made_it_myself = models.BooleanField(_("made it themself"), default=False)
    of_age = models.BooleanField(_("of age"), default=False)
    granted_at = models.DateTimeField(_("given"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-granted_at", "-pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report"], condition=Q(withdrawn_at=None), name="consent_one_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.text_version}"
