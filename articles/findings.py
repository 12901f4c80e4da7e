"""What a check before publication says of a story. Rooms above make these too, and hand them in by `registry`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """A required finding stands in the way of publication; a recommended one is worth a look and never does."""

    REQUIRED = "required", _("Required")
    RECOMMENDED = "recommended", _("Recommended")


@dataclass(frozen=True)
class Place:
    """Where in a field's plain text (blocks parted by one line end), in characters; `excerpt` stands there, word for
    word, within one block, each white space as one space.
    """

    start: int
    end: int
    excerpt: str


@dataclass(frozen=True)
class Finding:
    """`field` is a field of the story's form, "" for the story as a whole; `message` is fit for an editor."""

    code: str
    field: str
    message: str
    level: Level = Level.RECOMMENDED
    place: Place | None = None
    can_be_overridden: bool = True

    @property
    def is_required(self) -> bool:
        return self.level == Level.REQUIRED
