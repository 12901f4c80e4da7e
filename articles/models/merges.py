"""What became of authors and tags that were merged into others: old revisions still name them by their numbers."""

from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.db.models import Q


class Merged(models.Model):
    """One that is gone, and in whose place it now stands. `into` is never one that is gone itself."""

    class Kind(models.TextChoices):
        AUTHOR = "author"
        TAG = "tag"

    kind = models.CharField(max_length=6, choices=Kind)
    number = models.BigIntegerField()
    into = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "number"], name="merged_once")]
        indexes: ClassVar = [models.Index(fields=["kind", "into"], name="merged_into")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}: {self.into}"

    @classmethod
    def stand_for(cls, *, authors: Iterable[int], tags: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
        """As `into_of`, of authors and of tags, by one query."""
        wanted = Q(kind=cls.Kind.AUTHOR, number__in={*authors}) | Q(kind=cls.Kind.TAG, number__in={*tags})
        found: dict[str, dict[int, int]] = {cls.Kind.AUTHOR: {}, cls.Kind.TAG: {}}
        for kind, number, into in cls.objects.filter(wanted).values_list("kind", "number", "into"):
            found[kind][number] = into
        return found[cls.Kind.AUTHOR], found[cls.Kind.TAG]

    @classmethod
    def into_of(cls, kind: Kind, numbers: Iterable[int]) -> dict[int, int]:
        """Those of `numbers` that are gone, each with the number that stands in its place."""
        wanted = set(numbers)
        rows = cls.objects.filter(kind=kind, number__in=wanted) if wanted else cls.objects.none()
        return dict(rows.values_list("number", "into"))

    @classmethod
    def note(cls, kind: Kind, number: int, *, into: int) -> None:
        """Writes down that `number` is gone into `into`, and with it all that had gone into it before."""
        cls.objects.filter(kind=kind, into=number).update(into=into)
        cls.objects.update_or_create(kind=kind, number=number, defaults={"into": into})
