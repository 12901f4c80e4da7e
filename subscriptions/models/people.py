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
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.user import known_time_zone
from articles.models.places import Section, Tag
from articles.models.published import PublishedArticle
from authors.models import Author
from jobs.leases import Leased
from safeguards.sealing import keyed_hash

LONGEST = 254  # characters of an address (RFC 5321, 4.5.3.1.3, without its brackets)


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
    if len(local) + len(at) + len(domain) > LONGEST:  # its ASCII form may be longer than what was typed
        raise ValidationError(gettext("Enter a valid e-mail address."))
    validate_email(f"{local}@{domain}")
    return f"{local}{at}{domain}"


def address_hash(normal: str) -> str:
    """What a `Suppression` keeps of a normal address."""
    return keyed_hash(normal, purpose="suppressed address")


def new_link_key() -> str:
    return secrets.token_hex(16)


# As `datetime.date.weekday` counts.
WEEKDAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")), (5, _("Saturday")),
    (6, _("Sunday")),
]  # fmt: skip


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

    # When letters come. Hours and days are the reader's own: in `time_zone`.
    digest_hour = models.PositiveSmallIntegerField(_("hour of the daily letter"), default=7, db_default=7)
    digest_weekday = models.PositiveSmallIntegerField(
        _("day of the weekly letter"), default=0, db_default=0, choices=WEEKDAYS
    )
    # From the first hour until just before the second, over midnight if need be; none: at any hour.
    quiet_from = models.PositiveSmallIntegerField(_("quiet from"), null=True, blank=True)
    quiet_until = models.PositiveSmallIntegerField(_("quiet until"), null=True, blank=True)
    # The first day on which letters come again.
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    last_digest_at = models.DateTimeField(_("last daily or weekly letter"), null=True, blank=True)
    agrees_to_measure = models.BooleanField(_("agrees to be counted"), default=False, db_default=False)

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        ordering = ("-created_at", "pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                name="subscriber_hours",
                condition=Q(digest_hour__lt=24, digest_weekday__lt=7)
                & (
                    Q(quiet_from=None, quiet_until=None)
                    | Q(quiet_from__lt=24, quiet_until__lt=24) & ~Q(quiet_from=models.F("quiet_until"))
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at"], name="subscriber_newest"),
            # The desk's filters, each as it is shown: the newest first.
            models.Index(fields=["state", "-created_at"], name="subscriber_by_state"),
            models.Index(fields=["language", "-created_at"], name="subscriber_by_language"),
            models.Index(fields=["time_zone", "-created_at"], name="subscriber_by_zone"),
            # The few rows that `subscriptions.hours` asks for before each letter.
            models.Index(
                fields=["time_zone", "quiet_until"], name="subscriber_quiet", condition=Q(quiet_until__isnull=False)
            ),
            models.Index(
                fields=["time_zone", "paused_until"], name="subscriber_paused", condition=Q(paused_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


def _about(only: str = "") -> dict[str, bool]:
    """Conditions that of all the things a topic may be about just this one is named."""
    things = ("section", "author", "tag", "article_number", "newsletter")
    return {f"{thing}__isnull": thing != only for thing in things}


class Topic(models.Model):
    """What one can subscribe to: the whole paper, or one of its parts. Its list id stays for ever (RFC 2919)."""

    class Kind(models.TextChoices):
        SITE = "site", _("The whole paper")
        SECTION = "section", _("A section")
        AUTHOR = "author", _("An author")
        TAG = "tag", _("A tag")
        STORY = "story", _("A story")
        LETTER = "letter", _("A newsletter by its name")

    # Their letters come whenever there is one, whatever rhythm a reader wants for the rest.
    AT_ONCE: ClassVar = (Kind.STORY, Kind.LETTER)

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    section = models.OneToOneField(
        Section, models.CASCADE, null=True, blank=True, related_name="topic", verbose_name=_("section")
    )
    author = models.OneToOneField(
        Author, models.CASCADE, null=True, blank=True, related_name="topic", verbose_name=_("author")
    )
    tag = models.OneToOneField(Tag, models.CASCADE, null=True, blank=True, related_name="topic", verbose_name=_("tag"))
    article_number = models.BigIntegerField(_("story"), null=True, blank=True, unique=True)
    newsletter = models.OneToOneField(
        "subscriptions.Newsletter", models.CASCADE, null=True, blank=True, related_name="list_topic",
        verbose_name=_("newsletter"),
    )  # fmt: skip
    list_id = models.CharField(_("list id"), max_length=120, unique=True, editable=False)
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ("kind", "pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                name="topic_of_its_kind",
                condition=Q(kind="site", **_about())
                | Q(kind="section", **_about("section"))
                | Q(kind="author", **_about("author"))
                | Q(kind="tag", **_about("tag"))
                | Q(kind="story", **_about("article_number"))
                | Q(kind="letter", **_about("newsletter")),
            ),
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="site"), name="topic_one_site"),
        ]

    def __str__(self) -> str:
        if self.kind == self.Kind.STORY:
            return self.headline
        return str(self.section or self.author or self.tag or self.newsletter or gettext("The whole paper"))

    @property
    def key(self) -> str:
        """Names it in forms and addresses: ``site``, ``section-3``, ``author-7``, ``story-1204``, ``letter-4``."""
        number = self.section_id or self.author_id or self.tag_id or self.article_number or self.newsletter_id
        return f"{self.kind}-{number}" if number else self.kind

    def name_in(self, language: str) -> str:
        """What readers of that edition call it; a part of a section after its section."""
        if not self.section:
            return str(self)
        above = f"{self.section.parent.name_in(language)} › " if self.section.parent else ""
        return above + self.section.name_in(language)

    @cached_property
    def headline(self) -> str:
        """Of the story as it stands in the paper. `topics.with_headlines` fetches those of many at once."""
        found = PublishedArticle.objects.filter(pk=self.article_number or 0).values_list("headline", flat=True).first()
        return found or gettext("A story that is no longer there")


class Subscription(models.Model):
    """One reader's wish to hear about one topic."""

    class Cadence(models.TextChoices):
        INSTANT = "instant", _("At once")
        DAILY = "daily", _("Every morning")
        WEEKLY = "weekly", _("Once a week")

    class State(models.TextChoices):
        PENDING = "pending", _("Not yet confirmed")
        ACTIVE = "active", _("Active")
        LEFT = "left", _("Left")

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="subscriptions")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="subscriptions", verbose_name=_("topic"))
    channel = models.CharField(_("channel"), max_length=10, default="email", choices=[("email", _("E-mail"))])
    cadence = models.CharField(_("how often"), max_length=8, choices=Cadence, default=Cadence.INSTANT)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    changed_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "topic", "channel"], name="subscription_once"),
        ]
        # With the reader in it: of a million readers each is looked up, not read through for each.
        indexes: ClassVar = [models.Index(fields=["topic", "state", "subscriber"], name="subscription_wanted")]

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


class AddressChange(Leased):
    """A reader's wish that letters go to another address, until its button is pressed there.

    Then `email` is the old one, which is told (`is_done`). The row goes when the letter went, or after three days.
    """

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="+")
    email = models.CharField(max_length=254)
    asked_at = models.DateTimeField(default=timezone.now)
    is_done = models.BooleanField(default=False, db_default=False)
    # The letter for this state has gone out.
    is_told = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.subscriber_id)
