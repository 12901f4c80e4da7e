"""What readers see of a story's past: corrections, and earlier versions where the section shows them."""

from typing import ClassVar

from django.db import models

from articles.kinds import NoteKind
from articles.models.published import PublishedArticle


class PublishedCorrection(models.Model):
    """One line of ``/corrections/``; its story prints it too, from `PublishedArticle.corrections`."""

    id = models.BigIntegerField(primary_key=True)  # the correction's number
    article = models.ForeignKey(PublishedArticle, models.CASCADE, related_name="correction_rows")
    kind = models.CharField(max_length=14, choices=NoteKind)
    text = models.TextField()
    language = models.CharField(max_length=12)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["language", "-at", "-id"], name="published_correction_newest")]

    def __str__(self) -> str:
        return self.text[:80]


class PublishedVersion(models.Model):
    """A story as readers had it from `at` on: kept where the section shows its history."""

    article = models.ForeignKey(PublishedArticle, models.CASCADE, related_name="version_rows")
    revision = models.PositiveIntegerField()
    at = models.DateTimeField()
    headline = models.CharField(max_length=220)
    standfirst = models.TextField(blank=True)
    text = models.TextField()  # plain, a line for each block
    note = models.CharField(max_length=300, blank=True)  # the desk's word for readers on what changed

    class Meta:
        default_permissions = ()
        ordering = ("-at", "-pk")
        constraints: ClassVar = [models.UniqueConstraint(fields=["article", "revision"], name="published_version_once")]

    def __str__(self) -> str:
        return f"{self.article_id}/{self.revision}"
