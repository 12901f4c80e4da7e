"""What the commands that bring in another system's exports have in common."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from articles.actions_import import find_section
from articles.models.moves import MovingRun
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.moving import bringing, media
from articles.moving.exports import Options
from articles.moving.report import CODES, FATES, as_json
from images.models import Rights
from safeguards import stores

SECONDS = 5.0  # between two words about how far it has come


class MovingCommand(BaseCommand):
    kind: ClassVar[MovingRun.Kind]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would come")
        parser.add_argument(
            "--media", default="", metavar="PLACE",
            help="where the pictures are: the folder of uploads, a zip or tar of it, or “http”: from the old site",
        )  # fmt: skip
        parser.add_argument("--section", metavar="SLUG", help="for stories without one (else the first section)")
        parser.add_argument("--language", metavar="CODE", help="the stories' language (else the paper's main one)")
        parser.add_argument(
            "--rights", choices=Rights.values, default=Rights.UNKNOWN.value, help="by what right the pictures are shown"
        )
        parser.add_argument("--credit", default="", help="the pictures' credit")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the whole report there, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = [str(path) for path in options["files"] if not path.is_file()]
        if missing:
            raise CommandError(f"There is no such file: {', '.join(missing)}")
        chosen = self.chosen(options)
        name = ", ".join(path.name for path in options["files"])
        run = bringing.begin(kind=self.kind, name=name, is_trial=options["dry_run"])
        self.told, state = time.monotonic(), MovingRun.State.STOPPED
        try:
            bringing.bring_in(run, options["files"], chosen, goes_on=lambda: self.goes_on(run))
            state = MovingRun.State.DONE
        except stores.StoreAway as away:
            raise CommandError(str(stores.AWAY)) from away
        finally:
            bringing.end(run, state)
        self.say(run)
        if options["report"]:
            with options["report"].open("w", encoding="utf-8") as file:
                file.writelines(as_json(run))

    def chosen(self, options: dict[str, Any]) -> Options:
        site = SiteSettings.load()
        language = options["language"] or site.language
        if language not in site.languages:
            raise CommandError(f"The paper has no edition in “{language}”. It has: {', '.join(site.languages)}.")
        section = find_section(options["section"]) if options["section"] else Section.objects.order_by("pk").first()
        if section is None:
            raise CommandError("There is no such section." if options["section"] else "The paper has no section yet.")
        try:
            source = media.source_of(options["media"], site=options["site"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        return Options(
            section=section, language=language, source=source, site=options["site"],
            kinds=tuple(options["kinds"].split(",")),
            rights={"rights": options["rights"], "credit": options["credit"]},
        )  # fmt: skip

    def goes_on(self, run: MovingRun) -> bool:
        if time.monotonic() - self.told > SECONDS:
            self.told = time.monotonic()
            self.stderr.write(f"{run.percent} %", ending="\r" if sys.stderr.isatty() else "\n")
        return True

    def say(self, run: MovingRun) -> None:
        if run.is_trial:
            self.stdout.write("A trial run: nothing of the paper was changed.")
        for fate, words in FATES.items():
            if run.counts.get(fate):
                self.stdout.write(f"{run.counts[fate]:8,}  {words}")
        self.stdout.write("")
        for code, words in CODES.items():
            count = run.counts.get(f"note:{code}", 0)
            if count:
                self.stdout.write(f"{count:8,}  {words}")
                for note in run.notes.filter(code=code)[:5]:
                    place = f"line {note.line}: " if note.line else ""
                    self.stdout.write(f"          {place}{note.title} {note.detail}".rstrip())
