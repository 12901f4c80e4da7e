from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsroom.handover import writing
from newsroom.handover.writing import ExportRefused


class Command(BaseCommand):
    help = (
        "Writes the newsroom as plain files into a new folder, while it runs: JSON lines and the files beside them."
        " No passwords, no keys, no reports of witnesses."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="made by the command; must not be there")
        parser.add_argument("--with-readers", action="store_true", help="with subscribers and their e-mail addresses")

    def handle(self, *args: Any, folder: Path, with_readers: bool, **options: Any) -> None:
        try:
            done = writing.write(folder.absolute(), with_readers=with_readers, tells=self.stdout.write)
        except (ExportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{folder}: {done.rows} rows, {done.files} files.")
        for path in done.missing:
            self.stdout.write(f"Missing in the newsroom, so not in the export: {path}")
        self.stdout.write(f"Content hash: {done.content}")
        if with_readers:
            self.stdout.write(
                "It holds readers' e-mail addresses: keep it as you would keep them, and delete it when it has served."
            )
