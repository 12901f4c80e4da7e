from argparse import ArgumentParser
from pathlib import Path

from articles.models.moves import MovingRun
from articles.moving.command import MovingCommand


class Command(MovingCommand):
    kind = MovingRun.Kind.WORDPRESS
    help = (
        "Brings in exports of WordPress (WXR files, also gzipped): stories, pages, authors, sections, tags, "
        "pictures, old addresses. Running it again is safe: what is here already stays as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="+", type=Path, metavar="FILE", help="an export of WordPress; all its parts at once"
        )
        super().add_arguments(parser)
        parser.add_argument("--kinds", default="post,page", help="which of WordPress's post types to take (post,page)")
        parser.set_defaults(site="")
