from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from pagecache import purging
from pagecache.host import EVERYTHING


class Command(BaseCommand):
    help = (
        "Throws finished pages away, on every host, so that they are rendered anew: all, or those with the given tags."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tags", nargs="*", help="Tags such as article:12, section:4, front:en. None: every page.")
        parser.add_argument("--soft", action="store_true", help="The old page may be served for two more seconds.")

    def handle(self, *, tags: list[str], soft: bool, **options: Any) -> None:
        with transaction.atomic():
            purging.ask(tags or [EVERYTHING], hard=not soft)
        self.stdout.write("Purged: " + (", ".join(tags) if tags else "every page") + ".")
