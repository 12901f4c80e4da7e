"""Channels outside: the paper's accounts on them, the texts written for them, and the ledger of what was posted."""

from __future__ import annotations

import json
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models.places import Section
from articles.models.published import PublishedArticle
from jobs.leases import Leased
from safeguards.fields import SealedTextField

# Characters kept of what a channel said.
DETAIL = 200


class ChannelKind(models.TextChoices):
    TELEGRAM = "telegram", "Telegram"
    WHATSAPP = "whatsapp", "WhatsApp"
    X = "x", "X"
    FACEBOOK = "facebook", "Facebook"
    BLUESKY = "bluesky", "Bluesky"
    MASTODON = "mastodon", "Mastodon"


class Problem(models.TextChoices):
    """Why there is no post, or perhaps none, in plain words, with what to do about it."""

    NOT_SET_UP = "not set up", _("This channel is not set up: its key is missing.")
    CREDENTIALS = "credentials", _("The channel does not accept our key. Get a new one there and enter it here.")
    FORBIDDEN = "forbidden", _("The key is right, but it may not post there. Give it that right on the channel.")
    REFUSED = "refused", _("The channel refused it.")
    TOO_LONG = "too long", _("The text is too long for this channel.")
    BUSY = "busy", _("The channel asks us to wait.")
    AWAY = "away", _("The channel cannot be reached.")
    GAVE_UP = "gave up", _("The channel could not be reached for hours, so we stopped trying.")
    SERVER = "server", _("There is no such channel at this address. Look at its server and address.")
    NO_ANSWER = "no answer", _("The channel did not answer.")
    GARBLED = "garbled", _("The channel gave an answer that makes no sense.")
    WORKER_LOST = "worker lost", _("The worker ended while the post went out.")
    TAKEN_BACK = "taken back", _("The story, or the correction, was taken back.")
    LEFT_OUT = "left out", _("Somebody decided not to post it.")
    THERE_ALREADY = "there already", _("The channel had it already.")
    RESTORED = (
        "restored",
        _("The newsroom was brought back from a copy. This post may have gone out since it was made."),
    )


class ChannelAccount(models.Model):
    """One channel, page or profile of the paper. Without its key it is not set up, and nothing is posted to it."""

    Kind = ChannelKind

    kind = models.CharField(_("channel"), max_length=10, choices=ChannelKind)
    name = models.CharField(_("name"), max_length=80, help_text=_("As the desk calls it: “Telegram, English”."))
    # Where it is, in the channel's own words: see `subscriptions.channels.kinds`.
    address = models.CharField(_("address"), max_length=200, blank=True)
    server = models.URLField(
        _("server"), max_length=200, blank=True, help_text=_("Only if it is not the channel’s usual one.")
    )
    language = models.CharField(
        _("language"), max_length=12, blank=True, help_text=_("Empty: stories of any language.")
    )
    sections = models.ManyToManyField(
        Section, blank=True, related_name="+", verbose_name=_("sections"),
        help_text=_("With what is below them. None: all sections."),
    )  # fmt: skip
    is_active = models.BooleanField(_("in use"), default=False)
    credentials = SealedTextField(blank=True, default=b"")
    tested_at = models.DateTimeField(_("tested"), null=True)
    # What the last test found wrong, "" when it went well; what the channel said, or the name it knows us by.
    test_problem = models.CharField(max_length=20, choices=Problem, blank=True)
    test_detail = models.CharField(max_length=DETAIL, blank=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ("name", "pk")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @property
    def is_by_hand(self) -> bool:
        """Nothing can be posted by a program: a person does it, with the ready text."""
        return self.kind == ChannelKind.WHATSAPP

    @property
    def is_set_up(self) -> bool:
        return self.is_by_hand or bool(self.credentials)

    def keys(self) -> dict[str, str]:
        """The credentials by their names. Raises `safeguards.problems.Unsealable`."""
        return json.loads(self.credentials.open() or "{}")

    def takes(self, language: str, section: Section) -> bool:
        """Whether stories of that language and section go here; asks for `sections`, which may be prefetched."""
        chosen = {each.pk for each in self.sections.all()}
        is_mine = not chosen or section.pk in chosen or section.parent_id in chosen
        return is_mine and self.language in {"", language}


class ChannelText(models.Model):
    """What the desk wrote for one channel before a story is published; no row: the proposed text, the usual tick."""

    account = models.ForeignKey(ChannelAccount, models.CASCADE, related_name="texts")
    article_number = models.BigIntegerField()
    # Empty: the proposed text, as the story stands when it is published.
    text = models.TextField(blank=True)
    is_ticked = models.BooleanField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "article_number"], name="channel_text_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["article_number"], name="channel_text_of_story")]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.article_number}"


class ChannelPost(Leased):
    """One post of a story on a channel. ``sending`` is committed before it goes out, so whoever dies leaves a trace."""

    class Purpose(models.TextChoices):
        PUBLISH = "publish", _("Publication")
        UPDATE = "update", _("Update")
        CORRECTION = "correction", _("Correction")

    class State(models.TextChoices):
        READY = "ready", _("Waiting")
        SENDING = "sending", _("Going out")
        POSTED = "posted", _("Posted")
        FAILED = "failed", _("Failed")
        UNCERTAIN = "uncertain", _("Uncertain")
        BY_HAND = "by_hand", _("To be posted by hand")
        SKIPPED = "skipped", _("Left out")

    # A person, or the worker, has still to see to it.
    OPEN: ClassVar = (State.READY, State.SENDING, State.UNCERTAIN, State.BY_HAND)

    account = models.ForeignKey(ChannelAccount, models.PROTECT, related_name="posts", verbose_name=_("channel"))
    article_number = models.BigIntegerField(_("story"), db_index=True)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    # Of the correction, or of the revision that an update tells of; 0 for the publication.
    number = models.BigIntegerField(default=0)
    headline = models.CharField(_("headline"), max_length=220)
    text = models.TextField(_("text"))
    link = models.CharField(max_length=1000)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READY)
    problem = models.CharField(_("what went wrong"), max_length=20, choices=Problem, blank=True)
    # What the channel itself said, without our keys.
    detail = models.CharField(max_length=DETAIL, blank=True)
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True)
    external_id = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=500, blank=True)
    # When it first went out; how often it was looked for on the channel since then.
    first_sent_at = models.DateTimeField(null=True)
    # A try under this key got no proper answer: whatever comes after it, the post may be there.
    may_be_there = models.BooleanField(default=False, db_default=False)
    looks = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("decided"), default=timezone.now)
    changed_at = models.DateTimeField(_("since"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("post on a channel")
        verbose_name_plural = _("posts on channels")
        ordering = ("-created_at", "-pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "article_number", "purpose", "number"], name="channel_post_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "due_at"], name="channel_post_by_state"),
            models.Index(fields=["lease_until"], name="channel_post_leased", condition=Q(state="sending")),
            models.Index(fields=["-created_at", "-id"], name="channel_post_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.headline}"

    @property
    def why(self) -> str:
        """What went wrong, what the channel said, and what follows from it."""
        if not self.problem:
            return ""
        said = f"“{self.detail}”" if self.detail else ""
        after = {
            self.State.READY: gettext("We go on trying."),
            self.State.UNCERTAIN: gettext("The post may be there or not: look, and decide."),
        }
        return " ".join(filter(None, [str(self.get_problem_display()), said, after.get(self.State(self.state), "")]))

    @property
    def is_live(self) -> bool:
        """Readers have the story."""
        return PublishedArticle.objects.filter(pk=self.article_number).exists()
