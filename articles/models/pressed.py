"""Front pages as readers get them: finished lists of stories' numbers, pressed whenever one of them might change."""

from typing import ClassVar

from django.db import models

from articles.models.places import Section


class PressedFront(models.Model):
    """Which stories stand where. `articles.fronts` writes it; a story that is no longer published is left out.

    `containers`: [{"key", "title", "path", "section": number or None, "layout", "cards": [{"story", "headline",
    "picture"}]}]. A container of a section is called after it where `title` is "", and leads to it. `headline` ("" for
    the story's own) and `picture` (as `PublishedArticle.lead`, {} for the story's own) are the front's.
    """

    # None: the edition's own front page.
    section = models.ForeignKey(Section, models.CASCADE, null=True, related_name="+")
    language = models.CharField(max_length=12)
    containers = models.JSONField(default=list)
    pressed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["section", "language"], name="pressed_once_a_section", condition=models.Q(section__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["language"], name="pressed_once_an_edition", condition=models.Q(section=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section_id}: {self.language}"

    @property
    def own_pictures(self) -> set[int]:
        """Numbers of the library's pictures that stand here instead of a story's own."""
        cards = (card for container in self.containers for card in container["cards"])
        return {card["picture"]["picture"] for card in cards if card["picture"]}
