from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsroom import preparing
from newsroom.backups import restoring, standing
from newsroom.backups.container import BadBackup


class Command(BaseCommand):
    help = "Puts a backup into an empty place (no tables, no files). Nothing that was about to go out goes by itself."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"].absolute()
        try:
            path.open("rb").close()
        except OSError as error:
            raise CommandError(
                f"{path} cannot be read: {error.strerror}. It must lie where the user of the newsroom may read it."
            ) from error
        self.is_agreed = options["yes"]
        with preparing.hold(settings.DATA_DIR):
            try:
                held = restoring.restore(path, asks=self.agrees, tells=self.stdout.write)
            except (BadBackup, OSError) as error:
                raise CommandError(str(error)) from error
        if not self.is_agreed:
            raise CommandError("Nothing was done.")
        self.stdout.write("Restored. What is held now:")
        for line in held or ["nothing"]:
            self.stdout.write(f"  {line}")
        self.stdout.write("Everybody has been signed out. Start the newsroom as always.")

    def agrees(self, said: dict[str, Any]) -> bool:
        self.stdout.write(f"A newsroom of {said['site']}, made {said['made_at']}: {said['stories']} stories.")
        self.stdout.write("What was waiting to go out then, and what becomes of it, since it may have gone out:")
        for line in standing.in_words(said["waiting"]) or ["nothing"]:
            self.stdout.write(f"  {line}")
        if not self.is_agreed:
            with suppress(EOFError):  # nobody there to be asked
                self.is_agreed = input(f"Restore it into {settings.DATA_DIR}? [y/N] ").strip().lower() in {"y", "yes"}
        return self.is_agreed
