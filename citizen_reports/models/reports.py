"""A report and what is said and done about it. A witness's words are sealed; who they are stands in `people`."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.desk import Article
from articles.models.places import Section
from citizen_reports.models.intake import IntakeForm, ReportKind
from safeguards.fields import SealedTextField


class Exposure(models.TextChoices):
    """How much of the witness may be known. Only the witness may raise it."""

    ANONYMOUS = "anonymous", _("Anonymous")
    CONFIDENTIAL = "confidential", _("Known to the desk only")
    NAMED = "named", _("May be named")


class ReportState(models.TextChoices):
    """Where the desk is with a report. Moves are in `citizen_reports.handling`."""

    UNSCREENED = "unscreened", _("Not yet looked at")
    NEW = "new", _("New")
    TRIAGED = "triaged", _("Sorted")
    IN_VERIFICATION = "in_verification", _("Being verified")
    WAITING = "waiting", _("Waiting for the witness")
    READY = "ready", _("Ready to use")
    USED = "used", _("Used")
    CLOSED = "closed", _("Closed")
    SPAM = "spam", _("Spam")
    HELD = "held", _("Held")
    DUPLICATE = "duplicate", _("Duplicate")
    DECLINED = "declined", _("Declined")
    PURGED = "purged", _("Purged")


# What somebody still has to deal with; the database computes `Report.is_open` of it.
OPEN_STATES = (
    ReportState.UNSCREENED, ReportState.NEW, ReportState.TRIAGED, ReportState.IN_VERIFICATION, ReportState.WAITING,
    ReportState.READY, ReportState.HELD,
)  # fmt: skip


class Verification(models.TextChoices):
    UNVERIFIED = "unverified", _("Unverified")
    IN_PROGRESS = "in_progress", _("In progress")
    VERIFIED = "verified", _("Verified")
    PARTLY = "partly", _("Partly verified")
    FALSE = "false", _("False")
    CANNOT_VERIFY = "cannot_verify", _("Cannot be verified")


class Priority(models.TextChoices):
    """How soon the desk must look. One of high priority is released by a second person."""

    HIGH = "high", _("High")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")


class Precision(models.TextChoices):
    """How exactly the witness knows the time."""

    HOUR = "hour", _("About that hour")
    DAY = "day", _("That day")
    ABOUT = "about", _("Around that day")


class Report(models.Model):
    """What one witness sent, under a public reference that says nothing about when or in what order it came."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    form = models.ForeignKey(IntakeForm, models.PROTECT, related_name="reports", verbose_name=_("form"))
    kind = models.CharField(_("kind"), max_length=12, choices=ReportKind, default=ReportKind.EYEWITNESS)
    channel = models.CharField(
        _("came by"),
        max_length=8,
        default="web",
        choices=[("web", _("Form")), ("email", _("E-mail")), ("staff", _("Staff"))],
    )
    language = models.CharField(_("language"), max_length=12, default="en")
    title = SealedTextField(_("title"))
    body = SealedTextField(_("text"))
    happened_on = models.DateField(_("happened on"), null=True, blank=True)
    happened_precision = models.CharField(_("how exactly"), max_length=8, choices=Precision, default=Precision.DAY)
    place = SealedTextField(_("place"))
    # What they answered to the form's own questions, as `citizen_reports.questions` writes it.
    answers = SealedTextField(_("answers"), default=b"", db_default=b"")
    answers_story = models.ForeignKey(
        Article, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("about the story")
    )
    exposure = models.CharField(_("exposure"), max_length=12, choices=Exposure, default=Exposure.ANONYMOUS)

    state = models.CharField(_("state"), max_length=16, choices=ReportState, default=ReportState.UNSCREENED)
    is_open = models.GeneratedField(
        expression=models.Case(models.When(state__in=OPEN_STATES, then=True), default=False),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    verification = models.CharField(
        _("verification"), max_length=16, choices=Verification, default=Verification.UNVERIFIED
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    priority = models.CharField(
        _("priority"), max_length=6, choices=Priority, default=Priority.NORMAL, db_default=Priority.NORMAL
    )
    section = models.ForeignKey(
        Section, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("desk"),
        help_text=_("Who works in certain sections sees the reports of those, and those of none."),
    )  # fmt: skip
    duplicate_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="duplicates", verbose_name=_("the same as")
    )
    # Codes of `citizen_reports.blocking.REASONS`: why it looks like spam.
    flags = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    is_announced = models.BooleanField(default=False, db_default=False)
    # Keyed hashes: of the receipt, and of the form token's nonce, by which a second click finds the first report.
    receipt_lookup = models.CharField(max_length=64, unique=True)
    token_lookup = models.CharField(max_length=64, unique=True)
    # Rounded to the hour for anonymous reports.
    received_at = models.DateTimeField(_("received"))
    last_activity = models.DateTimeField(_("last activity"))
    witness_waits = models.BooleanField(_("the witness wrote last"), default=True)
    # Until then the confirmation may show the receipt again; emptied soon, so that an anonymous report keeps no minute.
    receipt_until = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(_("purged on"))
    # Not before then, whatever happens to it; somebody said why.
    keep_until = models.DateTimeField(_("kept longer, until"), null=True, editable=False)
    # When the desk is told next that it ends (`citizen_reports.retention`).
    warn_at = models.DateTimeField(null=True, editable=False)
    legal_hold = models.BooleanField(_("legal hold"), default=False)
    hold_since = models.DateTimeField(_("on hold since"), null=True, editable=False)
    hold_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, verbose_name=_("by")
    )
    hold_reason = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="", editable=False)
    # The witness wishes that it be deleted now (on the hour, where they are anonymous); None again once that is
    # answered.
    deletion_asked_at = models.DateTimeField(null=True, editable=False)
    purged_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ("-last_activity", "pk")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["state", "-last_activity", "id"], name="report_by_state"),
            models.Index(fields=["-last_activity", "id"], name="report_by_activity"),
            models.Index(fields=["-last_activity", "id"], name="report_open", condition=models.Q(is_open=True)),
            models.Index(fields=["expires_at", "id"], name="report_ends", condition=models.Q(purged_at__isnull=True)),
            models.Index(fields=["warn_at"], name="report_warn", condition=models.Q(warn_at__isnull=False)),
            models.Index(fields=["received_at", "id"], name="report_untold", condition=models.Q(is_announced=False)),
            models.Index(fields=["expires_at", "id"], name="report_on_hold", condition=models.Q(legal_hold=True)),
            models.Index(
                fields=["expires_at", "id"], name="report_unwished", condition=models.Q(deletion_asked_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Message(models.Model):
    """One message between witness and desk, or a note that only the desk sees."""

    class Direction(models.TextChoices):
        FROM_WITNESS = "from", _("From the witness")
        TO_WITNESS = "to", _("To the witness")
        INTERNAL = "internal", _("Note for the desk")

    report = models.ForeignKey(Report, models.CASCADE, related_name="messages")
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    body = SealedTextField(_("text"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    # Of the form it was sent with: a double click is one message.
    token_lookup = models.CharField(max_length=64, unique=True, null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("pk",)  # not by time: that of an anonymous witness is rounded to the hour
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.report_id} {self.direction}"


class ReportStory(models.Model):
    """A report that became part of a story, with the credit and the consent that it was used under."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="stories")
    article = models.ForeignKey(Article, models.CASCADE, related_name="+", verbose_name=_("story"))
    # The witness's words are in it; else the story only rests on what they told, or shows their pictures.
    prints_words = models.BooleanField(_("prints their words"), default=True, db_default=True)
    # None where no words are printed and nothing was agreed to.
    consent = models.ForeignKey(
        "citizen_reports.Consent", models.PROTECT, null=True, related_name="uses", verbose_name=_("consent")
    )
    credit_line = models.CharField(_("credit"), max_length=160)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    # Unlinked at the desk; the row stays until readers have a version of the story without it.
    removed_at = models.DateTimeField(null=True)
    # Linked anew without its words; `prints_words` stays until readers have a version without them.
    words_out = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("use in a story")
        verbose_name_plural = _("uses in stories")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["report", "article"], name="report_in_story_once")]

    def __str__(self) -> str:
        return f"{self.report_id} → {self.article_id}"

    @property
    def has_words(self) -> bool:
        """The words are to be printed, as the desk has it now."""
        return self.prints_words and not self.words_out


class ReportEvent(models.Model):
    """Who did or looked at what, and when. Holds no sealed value, and outlives the report."""

    class Verb(models.TextChoices):
        RECEIVED = "received", _("Received")
        WITNESS_WROTE = "witness_wrote", _("The witness wrote")
        FILES_LEFT_OUT = "files_left_out", _("More files came than are taken; the mail itself has them")
        MAIL_BOUNCED = "mail_bounced", _("A mail to the witness could not be delivered")
        CONSENT_NOTED = "consent_noted", _("Wrote down what the witness allows")
        MAIL_LET_IN = "mail_let_in", _("Let in a mail that was held")
        CONSENT_WITHDRAWN = "witness_withdrew_consent", _("The witness withdrew their consent")
        CONTACT_DELETED = "witness_deleted_contact", _("The witness had their contact data deleted")
        DELETION_ASKED = "witness_asked_deletion", _("The witness wishes that all of it be deleted")
        MOVED = "moved", _("Moved")
        JUDGED = "judged", _("Verification written down")
        TAKEN = "taken", _("Taken on")
        SORTED = "sorted", _("Given a desk, a person, a priority")
        CHECKED = "checked", _("Evidence written down")
        LINKED = "linked", _("Found to be the same as another")
        BLOCKED = "blocked", _("Sender and files blocked")
        ANSWERED = "answered", _("Answered")
        NOTED = "noted", _("Note written")
        IDENTITY_SEEN = "identity_seen", _("Looked at the witness’s identity")
        ORIGINAL_DOWNLOADED = "original_downloaded", _("Downloaded an original")
        FILE_INFECTED = "file_infected", _("The scanner found malware in a file")
        FILE_BLURRED = "file_blurred", _("Made parts of a picture unrecognisable")
        COPY_ASKED = "copy_asked", _("Had a clean copy made anew from the original")
        BECAME_STORY = "became_story", _("Made into a draft story")
        LINKED_TO_STORY = "linked_to_story", _("Linked to a story")
        UNLINKED_FROM_STORY = "unlinked_from_story", _("Unlinked from a story")
        TAKEN_INTO_LIBRARY = "taken_into_library", _("File taken into the library")
        CONTACT_REMOVED = "contact_removed", _("Deleted the witness’s name and contact data, as they wished")
        ALARM_ENDED = "alarm_ended", _("Consent withdrawn: the story was dealt with")
        KEPT_LONGER = "kept_longer", _("Kept longer")
        PUT_ON_HOLD = "put_on_hold", _("Put under legal hold")
        HOLD_LIFTED = "hold_lifted", _("Legal hold lifted")
        DELETION_DECLINED = "deletion_declined", _("Told the witness why it is not deleted yet")
        PURGED = "purged", _("Purged at the end of its time")
        PURGED_EARLY = "purged_early", _("Purged before its time")

    report = models.UUIDField(_("report"), db_index=True)
    reference = models.CharField(_("reference"), max_length=12)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    verb = models.CharField(_("did what"), max_length=40, choices=Verb)
    detail = models.JSONField(_("detail"), default=dict)
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("-at", "-pk")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reference} {self.verb}"

    @property
    def priority(self) -> str:
        """In words, where it was given one."""
        given = self.detail.get("priority")
        return str(Priority(given).label) if given in Priority.values else ""
