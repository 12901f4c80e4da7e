from argparse import ArgumentParser
from pathlib import Path

from articles.models.moves import MovingRun
from articles.moving.command import MovingCommand


class Command(MovingCommand):
    kind = MovingRun.Kind.GHOST
    help = (
        "Brings in an export of Ghost (JSON, also gzipped): stories, pages, authors, sections, tags, pictures, old "
        "addresses. Running it again is safe: what is here already stays as it is. Members are not taken: import them "
        "as subscribers, from the CSV file that Ghost makes of them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs=1, type=Path, metavar="FILE", help="an export of Ghost")
        super().add_arguments(parser)
        parser.add_argument(
            "--site", default="", metavar="URL", help="the old site's address; Ghost's exports do not say it"
        )
        parser.set_defaults(kinds="post,page")
