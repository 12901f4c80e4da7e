from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from articles import actions
from articles.actions_import import (
    AlreadyBroughtIn,
    bring_in,
    channel_label,
    channels_without_address,
    fill_channels,
    find_section,
    section_names,
)
from articles.importing.plain_text import ParsedText, read
from articles.importing.problems import ImportProblem
from articles.models.desk import Article
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.problems import DeskProblem


class FileRefused(Exception):
    """One file stays out, whole; `str()` says why and what to do."""


class Command(BaseCommand):
    help = "Brings in stories from text files and Word documents: each whole or not at all, and none twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a .txt or .docx file")
        parser.add_argument("--publish", action="store_true", help="publish each story at once")
        parser.add_argument("--section", metavar="SLUG", help="put every story into this section")
        parser.add_argument("--language", metavar="CODE", help="the stories' language (else the paper's main one)")

    def handle(self, *args: Any, **options: Any) -> None:
        site = SiteSettings.load()
        language = options["language"] or site.language
        if language not in site.languages:
            raise CommandError(f"The paper has no edition in “{language}”. It has: {', '.join(site.languages)}.")
        section = self.section_called(options["section"]) if options["section"] else None
        failed = 0
        for name in options["files"]:
            try:
                self.bring_in_file(name, section=section, language=language, publish=options["publish"])
            except FileRefused as refusal:
                failed += 1
                self.stderr.write(f"{name}: {refusal}")
        if failed:
            raise CommandError(f"{failed} of {len(options['files'])} files did not come in.", returncode=1)

    def bring_in_file(self, name: str, *, section: Section | None, language: str, publish: bool) -> None:
        try:
            parsed = read(Path(name).read_bytes(), filename=Path(name).name, section_names=section_names())
            if section is None and parsed.section:
                section = self.section_called(parsed.section)
            with transaction.atomic():
                article = bring_in(parsed, actor=None, section=section, language=language)
                if publish:
                    actions.publish(article.pk, actor=None)
        except AlreadyBroughtIn as already:
            self.stdout.write(f"{name}: {already}")
            return
        except OSError as error:
            raise FileRefused(error.strerror) from error
        except (ImportProblem, DeskProblem, CommandError) as problem:
            raise FileRefused(str(problem)) from problem
        article.refresh_from_db()
        self.say(name, article, parsed)

    def say(self, name: str, article: Article, parsed: ParsedText) -> None:
        place = article.public_place.get("path", "-")
        self.stdout.write(f"{name}: {article.pk}  {article.headline}  {article.get_state_display()}  {place}")
        for warning in parsed.warnings:
            self.stdout.write(f"  {warning}")
        for field, address in fill_channels(parsed.boilerplate, actor=None).items():
            self.stdout.write(f"  The notice at its end filled the site settings: {channel_label(field)} is {address}.")
        unknown = channels_without_address(parsed.boilerplate)
        if unknown:
            self.stdout.write(f"  The notice also names {', '.join(unknown)}: write addresses in the site settings.")

    def section_called(self, name: str) -> Section:
        section = find_section(name)
        if section is None:
            known = ", ".join(f"{each.name} ({each.slug})" for each in Section.objects.order_by("path"))
            raise CommandError(
                f"No section is called “{name}”. The paper has: {known or 'none yet'}. Choose one with --section SLUG."
            )
        return section
