from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsroom.backups import writing
from newsroom.backups.container import KEY_FILE, BadBackup
from safeguards import keys


class Command(BaseCommand):
    help = "Makes one sealed file of the whole newsroom while it runs, reads it again, and clears away old ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", type=Path, metavar="FILE", help="only read that backup through")
        parser.add_argument("--list", action="store_true", help="only say which backups there are")
        parser.add_argument("--keep-all", action="store_true", help="clear nothing away")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["verify"]:
                said = writing.verify(options["verify"].absolute())
                self.stdout.write(
                    f"Whole: made {said['made_at']}, {said['stories']} stories, {said['published']} published."
                )
            elif options["list"]:
                for at, path in writing.known():
                    self.stdout.write(f"{at:%Y-%m-%d %H:%M} UTC  {path.stat().st_size / 1e6:10.1f} MB  {path}")
            else:
                self.make(clears=not options["keep_all"])
        except FileNotFoundError as error:
            raise CommandError(f"There is no such file: {error.filename}") from error
        except (BadBackup, OSError) as error:
            raise CommandError(str(error)) from error

    def make(self, *, clears: bool) -> None:
        is_first = not settings.BACKUP_KEY and not (keys.folder() / KEY_FILE).exists()
        path = writing.write()
        self.stdout.write(f"{path} ({path.stat().st_size / 1e6:.1f} MB), read again and whole.")
        if is_first:
            self.stdout.write(
                f"Its key lies in {keys.folder() / KEY_FILE} and in no backup: keep a copy of it elsewhere, today."
            )
        for gone in writing.rotate() if clears else []:
            self.stdout.write(f"Cleared away: {gone.name}")
