"""Letters and the ledger of their deliveries. The ledger is the queue: nothing is lost or sent twice silently."""

from __future__ import annotations

import hmac
from functools import cache
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.leases import Leased
from subscriptions.models.people import Subscriber, Subscription, Topic


@cache
def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


class Newsletter(models.Model):
    """A letter that comes again and again: its name, sender and list."""

    class Kind(models.TextChoices):
        BREAKING = "breaking", _("Breaking news")
        DAILY = "daily", _("Every morning")
        WEEKLY = "weekly", _("Once a week")
        CORRECTION = "correction", _("Corrections")
        MANUAL = "manual", _("Written by the desk")

    # Composed for each reader when it is sent, out of what she has not had yet.
    DIGESTS: ClassVar = (Kind.DAILY, Kind.WEEKLY)
    # Goes before all others where only so many letters may go in a minute.
    URGENT: ClassVar = (Kind.BREAKING, Kind.CORRECTION)

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.MANUAL)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(
        _("address"), max_length=60, unique=True, null=True,
        help_text=_("Its part of addresses on the site: “friday-letter”."),
    )  # fmt: skip
    topics = models.ManyToManyField(
        Topic, related_name="+", blank=True, verbose_name=_("who gets it"),
        help_text=_("Readers who subscribe to one of these, however often they want letters about it."),
    )  # fmt: skip
    needs_approval = models.BooleanField(
        _("a second person approves"), default=False, db_default=False,
        help_text=_("Somebody other than its writer must approve each letter before it goes out."),
    )  # fmt: skip
    is_public = models.BooleanField(
        _("to be read on the site"), default=False, db_default=False,
        help_text=_("Letters that have gone out can be read by everybody under /letters/."),
    )  # fmt: skip
    from_name = models.CharField(
        _("sender's name"), max_length=120, blank=True, help_text=_("Empty: the paper's name.")
    )
    # Of the desk's: whether readers can choose it by its name, and what they are told about it.
    is_offered = models.BooleanField(
        _("to be chosen by readers"), default=False, db_default=False,
        help_text=_("Readers find it by its name where they subscribe. Who has chosen it gets it in every language."),
    )  # fmt: skip
    description = models.CharField(
        _("what it is about"), max_length=200, blank=True, default="", db_default="",
        help_text=_("A sentence or two beside its name: what is in it, and how often it comes."),
    )  # fmt: skip
    # Older letters than this are not sent any more: stale news is worse than none.
    not_after_hours = models.PositiveSmallIntegerField(_("hours until stale"), default=2)

    class Meta:
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")
        ordering = ("name", "pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind"], condition=~Q(kind="manual"), name="newsletter_one_of_a_kind")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_digest(self) -> bool:
        return self.kind in self.DIGESTS

    @property
    def list_id(self) -> str:
        """Of its letters (RFC 2919); "" where they carry that of their topic."""
        if self.kind == self.Kind.BREAKING:
            return ""
        own = f"letter-{self.pk}" if self.kind == self.Kind.MANUAL else self.kind
        return f"{own}.{urlsplit(settings.SITE_URL).hostname}"


class Edition(Leased):
    """One letter to one audience, frozen when it was decided. Made in the transaction that published the story."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Waiting")
        PREPARING = "preparing", _("Addressing")
        SENDING = "sending", _("Being sent")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        EXPIRED = "expired", _("Too late to send")
        CANCELLED = "cancelled", _("Cancelled")
        NEEDS_ATTENTION = "needs_attention", _("Needs attention")

    class Problem(models.TextChoices):
        SERVER_AWAY = "server away", _("The mail server cannot be reached. We go on trying.")
        SERVER_REFUSES = "server refuses", _("The mail server does not accept us as a sender. We go on trying.")
        SERVER_BUSY = "server busy", _("The mail server asks us to wait. We go on a little later.")
        REFUSALS = "refusals", _("Too many letters are refused, so we stopped. Look at the reasons, then go on.")
        UNWRITTEN = "unwritten", _("The letter cannot be put together. The log says why; then go on, or cancel it.")
        UNCERTAIN = "uncertain", _("It is not known whether some readers got the letter. Decide about each.")
        RESTORED = (
            "restored",
            _("The newsroom was brought back from a copy. This letter may have gone out since it was made."),
        )

    # What a person may still stop.
    OPEN: ClassVar = (State.SCHEDULED, State.PREPARING, State.SENDING, State.PAUSED)

    newsletter = models.ForeignKey(Newsletter, models.PROTECT, related_name="editions", verbose_name=_("newsletter"))
    edition_key = models.CharField(max_length=60)
    article_number = models.BigIntegerField(_("story"), null=True, db_index=True)
    # Who wants it must subscribe to one of these; none: to anything, in this `cadence` if it says one.
    topics = models.ManyToManyField(Topic, related_name="+", verbose_name=_("topics"))
    cadence = models.CharField(
        _("how often"), max_length=8, blank=True, choices=Subscription.Cadence, default=Subscription.Cadence.INSTANT,
        db_default=Subscription.Cadence.INSTANT.value,
    )  # fmt: skip
    # Of a digest: the day it is for, on each reader's own calendar; readers are added until `open_until`.
    day = models.DateField(_("day"), null=True)
    open_until = models.DateTimeField(null=True)
    span_minutes = models.PositiveSmallIntegerField(_("spread over, in minutes"), default=0, db_default=0)
    language = models.CharField(_("language"), max_length=12)
    subject = models.CharField(_("subject"), max_length=240)
    # Shells: the letter with placeholders for what differs between readers (their links).
    html = models.TextField()
    text = models.TextField()
    frozen_at = models.DateTimeField(default=timezone.now, db_default=Now())
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.SCHEDULED)
    created_at = models.DateTimeField(_("decided"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    not_after = models.DateTimeField(_("not after"))
    prepared_at = models.DateTimeField(_("addressed"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # Of the people the letter was meant for: all, and those left out before addressing (suppressed).
    audience = models.PositiveIntegerField(_("audience"), default=0)
    excluded = models.PositiveIntegerField(_("never to be written to"), default=0)
    # How it stands, for lists: counted after each batch. `subscriptions.ledger.account` counts anew.
    sent = models.PositiveIntegerField(_("sent"), default=0)
    failed = models.PositiveIntegerField(_("refused"), default=0)
    uncertain = models.PositiveIntegerField(_("uncertain"), default=0)
    skipped = models.PositiveIntegerField(_("left out"), default=0)
    problem = models.CharField(_("what went wrong"), max_length=20, choices=Problem, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ("-created_at", "-pk")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["newsletter", "edition_key"], name="edition_once")]
        indexes: ClassVar = [
            # Of a few states, as the worker asks each second: the letters themselves are long, and stay for ever.
            models.Index(fields=["state", "due_at"], name="edition_by_state"),
            models.Index(fields=["-created_at", "-id"], name="edition_newest"),
        ]

    def __str__(self) -> str:
        return self.subject


class EditionStory(models.Model):
    """A story that a letter shows to all its readers, or, of a digest, that its general edition shows."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="story_rows")
    article_number = models.BigIntegerField(db_index=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position",)
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "article_number"], name="edition_story_once")
        ]

    def __str__(self) -> str:
        return f"{self.edition_id}: {self.article_number}"


class Delivery(Leased):
    """One letter to one reader. ``sending`` is written before it goes out: whoever dies then leaves a trace."""

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        CLAIMED = "claimed", _("Claimed")
        SENDING = "sending", _("Going out")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Came back")
        COMPLAINED = "complained", _("Called unwanted")
        DEFERRED = "deferred", _("Put off")
        FAILED = "failed", _("Refused")
        UNCERTAIN = "uncertain", _("Uncertain")
        SKIPPED = "skipped", _("Left out")

    class Reason(models.TextChoices):
        UNWANTED = "unwanted", _("The reader left, or must not be written to")
        STALE = "stale", _("It was too late")
        NO_STORIES = "no stories", _("There was no story for the letter")
        CANCELLED = "cancelled", _("The letter was cancelled")
        NO_CONNECTION = "no connection", _("The connection broke before the letter was handed over")
        NO_ANSWER = "no answer", _("The mail server did not say whether it took the letter")
        WORKER_LOST = "worker lost", _("The worker ended while the letter went out")
        LET_BE = "let be", _("Looked at, and let be")
        PROVIDER = "provider", _("The mail provider does not send to this address")
        QUIET = "quiet hours", _("The reader's quiet hours lasted longer than the letter was news")
        THROTTLED = "throttled", _("It waits its turn: only so many go to one mail provider each minute")

    # Not yet decided.
    OPEN: ClassVar = (State.READY, State.CLAIMED, State.SENDING, State.DEFERRED)
    # Handed over, whatever was heard of it since.
    GONE: ClassVar = (State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED)

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="deliveries", verbose_name=_("letter"))
    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="deliveries", verbose_name=_("subscriber"))
    address = models.CharField(_("address"), max_length=254)
    # Of the address, in lower case: whose mailbox it is, when the reader is long forgotten.
    domain = models.CharField(_("mail provider"), max_length=253, default="", db_default="", blank=True)
    # What a provider's own interface calls the letter, where one was used.
    provider_id = models.CharField(max_length=200, default="", db_default="", blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READY)
    # A `Reason`, or what the mail server answered, as a number only ("550 5.1.1"): its words hold addresses.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    changed_at = models.DateTimeField(_("since"), default=timezone.now)
    # Later than this it goes out no more, whatever the edition allows.
    not_after = models.DateTimeField(_("not after"), null=True)
    # Of a digest: the numbers of the stories in it, each between spaces (" 12 15 "), once it was composed.
    stories = models.TextField(default="", db_default="", blank=True)
    # Written so that `subscriptions.opens` hears of it, since the reader had agreed; and whether it did, once for all.
    is_counted = models.BooleanField(default=False, db_default=False)
    is_opened = models.BooleanField(default=False, db_default=False)
    is_followed = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("pk",)
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["edition", "subscriber"], name="delivery_once")]
        indexes: ClassVar = [
            # Queries that are to use one of the first two say `state__one_of`, with the same states in the same order.
            models.Index(
                fields=["edition", "due_at", "id"], name="delivery_ready", condition=Q(state__in=["ready", "deferred"])
            ),
            models.Index(fields=["lease_until"], name="delivery_leased", condition=Q(state__in=["claimed", "sending"])),
            models.Index(fields=["edition", "state"], name="delivery_account"),
            models.Index(fields=["provider_id"], name="delivery_at_provider", condition=~Q(provider_id="")),
            models.Index(fields=["edition"], name="delivery_counted", condition=Q(is_counted=True)),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id}/{self.pk}"

    @property
    def message_id(self) -> str:
        """The same at every attempt, so that mailboxes know a letter they have; nobody else can make it up."""
        return f"<{self.token}@{_host(settings.SITE_URL)}>"

    @property
    def token(self) -> str:
        """Names the delivery to machines that send us word of it; `subscriptions.bounces` reads it."""
        return self.token_under(settings.SECRET_KEY)

    def token_under(self, secret: str) -> str:
        """The token as it was when this was the site's secret key."""
        named = f"{self.edition_id}.{self.pk}"
        proof = hmac.digest(secret.encode(), f"subscriptions.delivery {named}".encode(), "sha256").hex()[:20]
        return f"{named}.{proof}"

    @property
    def why(self) -> str:
        """The reason in words, or the mail server's number."""
        return str(dict(self.Reason.choices).get(self.reason, self.reason))
