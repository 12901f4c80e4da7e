from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsroom import preparing
from newsroom.backups.container import BadBackup
from newsroom.backups.restoring import refuse_unfinished


class Command(BaseCommand):
    help = (
        "Brings tables and static files up to date, and founds the newsroom on the first run: what `serve` does before"
        " it starts anything. An older release may go on meanwhile."
    )

    def handle(self, **options: Any) -> None:
        try:
            refuse_unfinished()
        except BadBackup as unfinished:
            raise CommandError(str(unfinished)) from unfinished
        with preparing.told_of_full_disk():
            preparing.migrate()
            preparing.collect_static()
            sign_in = preparing.found()
        self.stdout.write(f"Sign in as  {sign_in}" if sign_in else "The newsroom is ready.")
