"""Call-outs: what the newsroom asks witnesses for, in which words, how much of it, and until when."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models.desk import Article
from articles.models.places import Section

# First segments below /report/ that are pages of their own.
TAKEN = frozenset({"receipt", "safety", "upload"})


class ReportKind(models.TextChoices):
    """What a witness sends."""

    EYEWITNESS = "eyewitness", _("What I saw or heard")
    REPORT = "report", _("A report")
    ARTICLE = "article", _("An article I wrote")
    PHOTO = "photo", _("Photos")
    VIDEO = "video", _("A video")
    TIP = "tip", _("A tip")


class InLanguages(models.Model):
    """Words in the paper's own language, in columns; in its other languages in `words`: ``{"fr": {column: text}}``."""

    words = models.JSONField(default=dict, blank=True, db_default={}, editable=False)

    class Meta:
        abstract = True

    def said(self, column: str, language: str) -> str:
        """The text of `column` in that language, where it was translated; else in the paper's own."""
        return str(self.words.get(language, {}).get(column) or getattr(self, column))


class IntakeFormQuerySet(models.QuerySet["IntakeForm"]):
    def open_at(self, now: datetime) -> IntakeFormQuerySet:
        """Those that take reports then."""
        begun, not_over = Q(opens_at=None) | Q(opens_at__lte=now), Q(closes_at=None) | Q(closes_at__gt=now)
        return self.filter(begun, not_over, is_open=True)


class IntakeForm(InLanguages):
    """One form at ``/report/<slug>/``: what it asks for, what it takes, how long it keeps it."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True, allow_unicode=True)
    title = models.CharField(_("title"), max_length=160)
    intro = models.TextField(_("introduction"), blank=True, max_length=2000)
    safety_text = models.TextField(
        _("safety advice"), blank=True, max_length=4000, help_text=_("Empty: the house's own advice.")
    )
    is_open = models.BooleanField(_("open"), default=True)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True, help_text=_("Empty: it is open from now on."))
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True, help_text=_("Empty: it has no end."))
    languages = models.JSONField(_("languages"), default=list, blank=True, db_default=[])
    kinds = models.JSONField(_("what may be sent"), default=list, blank=True, db_default=[])
    max_files = models.PositiveSmallIntegerField(_("files at most"), default=10)
    max_file_mb = models.PositiveSmallIntegerField(_("size of one file at most (MB)"), default=25)
    max_media_mb = models.PositiveSmallIntegerField(
        _("size of one video or recording at most (MB)"), default=200, db_default=200
    )
    max_report_mb = models.PositiveSmallIntegerField(_("size of all files at most (MB)"), default=300)
    retention_days = models.PositiveSmallIntegerField(_("days kept after the last activity"), default=90)
    consent_version = models.CharField(_("version of the consent text"), max_length=20, default="2026-11")
    section = models.ForeignKey(
        Section, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("desk"),
        help_text=_("Whose inbox its reports come to. Empty: everybody's."),
    )  # fmt: skip
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = IntakeFormQuerySet.as_manager()

    class Meta:
        verbose_name = _("report form")
        verbose_name_plural = _("report forms")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.slug.lower() in TAKEN:
            raise ValidationError(
                {"slug": gettext("The pages for witnesses need this word themselves. Take another one.")}
            )
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValidationError({"closes_at": gettext("It would close before it opens.")})
        if not self.retention_days:
            raise ValidationError(
                {"retention_days": gettext("At least one day: with none, a report would be purged at once.")}
            )

    def in_words(self, language: str) -> dict[str, str]:
        """Title, introduction and safety advice in that language. The house's own title is in every catalogue."""
        own = {name: self.said(name, language) for name in ("title", "intro", "safety_text")}
        return {**own, "title": gettext(own["title"])}


def fresh_key() -> str:
    return secrets.token_hex(4)


class Question(InLanguages):
    """One question of a form. A report keeps the label as it was then, so changing a question changes no report."""

    class Kind(models.TextChoices):
        TEXT = "text", _("One line")
        LONG = "multiline", _("Several lines")
        CHOICE = "choice", _("One of several answers")
        CHOICES = "choices", _("Any of several answers")
        YES_NO = "yes_no", _("Yes or no")
        DATE = "date", _("A day")
        PLACE = "place", _("A place")
        URL = "url", _("A web address")

    form = models.ForeignKey(IntakeForm, models.CASCADE, related_name="questions", verbose_name=_("form"))
    key = models.CharField(max_length=40, default=fresh_key, editable=False)
    kind = models.CharField(_("kind of answer"), max_length=10, choices=Kind, default=Kind.TEXT)
    label = models.CharField(_("question"), max_length=200)
    help_text = models.CharField(_("help"), max_length=300, blank=True)
    options = models.TextField(_("answers to choose from"), blank=True, max_length=2000, help_text=_("One a line."))
    required = models.BooleanField(_("must be answered"), default=False)
    is_personal = models.BooleanField(
        _("tells who they are"),
        default=False,
        help_text=_("The answer is kept with name and address: only chiefs see it, and each look is recorded."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("is asked"), default=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        default_permissions = ()
        ordering = ("position", "pk")
        constraints: ClassVar = [models.UniqueConstraint(fields=["form", "key"], name="question_key_once_a_form")]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        if self.kind in (self.Kind.CHOICE, self.Kind.CHOICES) and len(self.choices_in("")) < 2:
            raise ValidationError({"options": gettext("Write at least two different answers, one a line.")})

    def choices_in(self, language: str) -> list[tuple[str, str]]:
        """(the answer in the paper's language, the answer in that one): the former is what is kept."""
        own = list(dict.fromkeys(lines(self.options)))
        told = lines(self.said("options", language))
        return list(zip(own, told if len(told) == len(own) else own, strict=True))


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class StoryCallOut(models.Model):
    """The form that a story asks its readers with: where “Were you there?” under it leads while that form is open."""

    story = models.OneToOneField(Article, models.CASCADE, related_name="+", verbose_name=_("story"))
    form = models.ForeignKey(IntakeForm, models.CASCADE, related_name="story_call_outs", verbose_name=_("form"))

    class Meta:
        verbose_name = _("story with this form")
        verbose_name_plural = _("stories with this form")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.story_id} → {self.form_id}"
