"""What readers say is wrong in a story: taken here from the form under it. Readers' code: it knows nothing of the desk.

Neither the text nor who sent it is ever logged; how to answer is sealed, and all of it goes after 90 days.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from articles import signals
from articles.models.published import PublishedArticle
from articles.models.reader_notes import ReaderNote

KEPT = timedelta(days=90)


@transaction.atomic
def receive(story: PublishedArticle, *, text: str, contact: str) -> ReaderNote:
    """The reader's note, once: the same words on the same story within a day are a second click."""
    # Whoever sends the same at the same moment waits here, and then finds the first one's row.
    PublishedArticle.objects.select_for_update().filter(pk=story.pk).values_list("pk").first()
    now = timezone.now()
    same = ReaderNote.objects.filter(article_number=story.pk, text=text, at__gte=now - timedelta(days=1)).first()
    if same:
        return same
    is_first = not ReaderNote.objects.filter(article_number=story.pk, state=ReaderNote.State.OPEN).exists()
    note = ReaderNote.objects.create(
        article_number=story.pk, headline=story.headline, text=text, contact=contact, language=story.language, at=now
    )
    signals.reader_noted.send(ReaderNote, note=note, is_first=is_first)
    return note


def forget_old() -> int:
    """For the worker, daily: notes older than 90 days, whatever became of them; how many went."""
    return ReaderNote.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
