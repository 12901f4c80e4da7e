from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from articles import publication
from articles.models.desk import Article, State


class Command(BaseCommand):
    help = (
        "Makes every published story anew from its revision, after a change of templates, typography or addresses."
        " What the desk is writing stays unpublished, and no date changes. Safe to stop and to run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = Article.objects.filter(state=State.PUBLISHED).order_by("pk").values_list("pk", flat=True)
        count = sum(self.rebuild(number) for number in numbers.iterator())
        self.stdout.write(f"Stories made anew: {count}")

    @transaction.atomic
    def rebuild(self, number: int) -> bool:
        """One story in a transaction of its own; False when it was taken off meanwhile."""
        article = Article.objects.select_for_update().filter(pk=number, state=State.PUBLISHED).first()
        if article is None:
            return False
        publication.rebuild(article)
        return True
