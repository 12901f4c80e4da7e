"""How often stories are read, in figures alone: nothing here knows a reader."""

from typing import ClassVar

from django.db import models


class StoryReads(models.Model):
    """Reads of a story in one hour (UTC). `articles.reads` adds to it; rows older than eight days go."""

    article_number = models.BigIntegerField()
    hour = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["article_number", "hour"], name="story_reads_once_an_hour")
        ]

    def __str__(self) -> str:
        return f"{self.article_number}: {self.count}"


class MostRead(models.Model):
    """The stories of an edition that were read most in the last day; `articles.most_read` writes it.

    `stories` are numbers, the most read first. One that is no longer published is left out by whoever shows them.
    """

    language = models.CharField(max_length=12, unique=True)
    stories = models.JSONField(default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.language
