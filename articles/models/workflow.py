"""How a story goes through the desk: who has it, what is said about it, what is to happen when. Never for readers."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.desk import Article
from articles.models.places import Section
from jobs.leases import Leased


class Comment(models.Model):
    """What one of the desk says to the others about a story. It never reaches readers, nor any revision."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    text = models.TextField(_("comment"), max_length=4000)
    # The words of the story that it is about; "" for the whole.
    excerpt = models.CharField(_("about"), max_length=300, blank=True)
    answers = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="replies")
    at = models.DateTimeField(_("at"), default=timezone.now)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("resolved by")
    )

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ("at", "pk")
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["article", "at"], name="comment_by_story")]

    def __str__(self) -> str:
        return self.text[:80]


class Autosave(models.Model):
    """What somebody has typed on a story's form and not saved yet: one row a person and story, overwritten."""

    # Empty: a story that has not been saved for the first time.
    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="autosaves")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # The version of the working copy that the form was opened on.
    version = models.PositiveIntegerField(default=0)
    # The form's fields as a browser would post them: {name: [values]}.
    # Empty: saved since, nothing to offer; the row stays for a while, so that no belated request brings it back.
    fields = models.JSONField(default=dict)
    # The opened form (`Presence.page`) that it comes from, and which of that form's it is: the later ones count higher.
    page = models.CharField(max_length=32, default="")
    count = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["article", "user"], name="autosave_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(article=None), name="autosave_of_a_new_story_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.article_id}"


class Presence(models.Model):
    """An open form: told by a ping every ten seconds, forgotten when the pings stop."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.CharField(max_length=32)  # random, one for each opened form
    is_typing = models.BooleanField(default=False)  # something on the form is not saved
    since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["article", "page"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.article_id}"


class ScheduledChange(Leased):
    """What the clock is to do to a story: publish a frozen revision, or take the story off. `Leased.due_at` retries."""

    class Verb(models.TextChoices):
        PUBLISH = "publish", _("Publish")
        UPDATE = "update", _("Publish changes")
        WITHDRAW = "withdraw", _("Withdraw")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    article = models.ForeignKey(Article, models.CASCADE, related_name="schedule")
    verb = models.CharField(_("what"), max_length=10, choices=Verb)
    # The number of the revision that is to go out; empty for a withdrawal.
    revision = models.PositiveIntegerField(_("revision"), null=True, blank=True)
    at = models.DateTimeField(_("when"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    # The ticks beside the publish button, and a chief's reason for passing over a check.
    options = models.JSONField(default=dict, blank=True)
    override = models.CharField(_("reason for the override"), max_length=300, blank=True)
    # The codes of the checks that stood in the way when the reason was given: the clock passes over those alone.
    set_aside = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True, editable=False
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("set"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("set by")
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)  # when the desk was told that it is late

    class Meta:
        verbose_name = _("scheduled change")
        verbose_name_plural = _("schedule")
        ordering = ("at", "pk")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["state", "at"], name="schedule_by_time"),
            models.Index(fields=["state", "due_at", "id"], name="schedule_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["article"],
                condition=Q(state="waiting", verb__in=["publish", "update"]),
                name="one_publication_waiting",
            ),
            models.UniqueConstraint(
                fields=["article"], condition=Q(state="waiting", verb="withdraw"), name="one_withdrawal_waiting"
            ),
            models.CheckConstraint(
                condition=Q(verb="withdraw", revision=None) | ~Q(verb="withdraw") & Q(revision__isnull=False),
                name="schedule_names_its_revision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()}: {self.article}"


class SavedFilter(models.Model):
    """A list of stories that somebody comes back to: the list's query under a name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=500)
    is_shared = models.BooleanField(_("for the whole desk"), default=False)

    class Meta:
        ordering = ("name", "pk")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return self.name


class SectionLimit(models.Model):
    """A person with such rows works in these sections (and what is below them) alone; without any, in all."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="section_limits")
    section = models.ForeignKey(Section, models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "section"], name="section_limit_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.section_id}"
