"""Who gets letters, about what, and who must never get one again."""

from __future__ import annotations

import secrets
import unicodedata
import uuid
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.user import known_time_zone
from articles.models.places import Section
from jobs.leases import Leased
from safeguards.sealing import keyed_hash


def normal_address(address: str) -> str:
    """An e-mail address as it is compared: NFC, trimmed, lower case, the domain in its ASCII form (IDNA).

    Raises ``ValidationError`` for what is no address.
    """
    text = unicodedata.normalize("NFC", address).strip().lower()
    local, at, domain = text.rpartition("@")
    if not (local.isascii() and local.isprintable()):  # Django's check lets some through that no letter can carry
        raise ValidationError(gettext("Enter a valid e-mail address."))
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValidationError(gettext("Enter a valid e-mail address.")) from error
    validate_email(f"{local}@{domain}")
    return f"{local}{at}{domain}"


def address_hash(normal: str) -> str:
    """What a `Suppression` keeps of a normal address."""
    return keyed_hash(normal, purpose="suppressed address")


def new_link_key() -> str:
    return secrets.token_hex(16)


class Subscriber(models.Model):
    """A reader who asked for letters. Active only after they confirmed by a button in the mail we sent them."""

    class State(models.TextChoices):
        PENDING = "pending", _("Not yet confirmed")
        ACTIVE = "active", _("Active")
        SUPPRESSED = "suppressed", _("Suppressed")
        ERASED = "erased", _("Erased")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.CharField(_("e-mail address"), max_length=254)
    email_norm = models.CharField(max_length=254, unique=True)
    # As in `Suppression`, so that the database itself can compare; empty once the reader is forgotten.
    address_hash = models.CharField(max_length=64, db_index=True)
    language = models.CharField(_("language"), max_length=12, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[known_time_zone])
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING)
    # Rotating it revokes every link that was ever sent to this reader.
    link_key = models.CharField(max_length=32, default=new_link_key)
    created_at = models.DateTimeField(_("signed up"), default=timezone.now)
    # When they last got an answer to a sign-up: one an hour at most, whoever types the address.
    answered_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    # Evidence of consent: which wording, when, by which form. No network address.
    consent_version = models.CharField(_("wording agreed to"), max_length=20, default="2026-11")

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        ordering = ("-created_at", "pk")
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="subscriber_newest")]

    def __str__(self) -> str:
        return str(self.pk)


class Topic(models.Model):
    """What one can subscribe to: the whole paper or a section. Its list id stays for ever (RFC 2919)."""

    class Kind(models.TextChoices):
        SITE = "site", _("The whole paper")
        SECTION = "section", _("A section")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    section = models.OneToOneField(
        Section, models.CASCADE, null=True, blank=True, related_name="topic", verbose_name=_("section")
    )
    list_id = models.CharField(_("list id"), max_length=120, unique=True, editable=False)
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ("kind", "pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                name="topic_section_if_section",
                condition=Q(kind="site", section=None) | Q(kind="section", section__isnull=False),
            ),
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="site"), name="topic_one_site"),
        ]

    def __str__(self) -> str:
        return str(self.section) if self.section else gettext("The whole paper")

    def name_in(self, language: str) -> str:
        """What readers of that edition call it; a part of a section after its section."""
        if not self.section:
            return str(self)
        above = f"{self.section.parent.name_in(language)} › " if self.section.parent else ""
        return above + self.section.name_in(language)


class Subscription(models.Model):
    """One reader's wish to hear about one topic."""

    class State(models.TextChoices):
        PENDING = "pending", _("Not yet confirmed")
        ACTIVE = "active", _("Active")
        LEFT = "left", _("Left")

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="subscriptions")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="subscriptions", verbose_name=_("topic"))
    channel = models.CharField(_("channel"), max_length=10, default="email", choices=[("email", _("E-mail"))])
    cadence = models.CharField(_("how often"), max_length=8, default="instant", choices=[("instant", _("At once"))])
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    changed_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "topic", "channel"], name="subscription_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["topic", "state"], name="subscription_audience")]

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.topic_id}"


class Suppression(models.Model):
    """An address that must not be written to, as a keyed hash: it outlives the subscriber."""

    class Reason(models.TextChoices):
        HARD = "hard", _("Letters bounced")
        COMPLAINT = "complaint", _("Complaint")
        MANUAL = "manual", _("By the desk")
        ERASURE = "erasure", _("Asked to be forgotten")

    address_hash = models.CharField(max_length=64, unique=True)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reason} {self.at:%Y-%m-%d}"


class Answer(Leased):
    """The letter that answers a sign-up, waiting to be sent: the row goes when it is."""

    subscriber = models.OneToOneField(Subscriber, models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.subscriber_id)
