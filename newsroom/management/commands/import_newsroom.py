from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsroom import preparing
from newsroom.handover import arriving
from newsroom.handover.reading import BadExport


class Command(BaseCommand):
    help = "Makes a newsroom of what `export_newsroom` wrote, in an empty database. Nothing is sent or published by it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--other-keys", action="store_true", help="accept that suppressed addresses are not recognised any more"
        )

    def handle(self, *args: Any, folder: Path, other_keys: bool, **options: Any) -> None:
        with preparing.hold(settings.DATA_DIR):
            try:
                done = arriving.bring(folder, accepts_other_keys=other_keys, tells=self.stdout.write)
            except (BadExport, OSError) as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{done.rows} rows, {done.files} files. What is held now:")
        for line in done.held or ["nothing"]:
            self.stdout.write(f"  {line}")
        self.stdout.write(f"Content hash, the same as the export's: {done.content}")
        self.stdout.write(
            "No password came along: `manage.py changepassword ADDRESS` gives a chief editor one, and everybody else"
            " asks for theirs by “Forgotten your password?”. Channels want their keys anew."
        )
