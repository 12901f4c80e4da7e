"""What the search looks through: words of published stories, folded so that accents and cases do not matter."""

from typing import ClassVar

from django.db import models


class SearchText(models.Model):
    """One published story in words (`articles.search.words`). Both databases' indexes hang on it."""

    id = models.BigIntegerField(primary_key=True)  # the story's number
    title = models.TextField()
    body = models.TextField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class SearchWord(models.Model):
    """A word of headlines, and of how many: what was meant when a search finds nothing."""

    word = models.CharField(max_length=40, unique=True)
    initial = models.CharField(max_length=1)
    stories = models.IntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["initial", "-stories"], name="search_word_by_initial")]

    def __str__(self) -> str:
        return self.word
