"""What the newsroom costs, as one table of ratios; `make bench`. Figures drift with the machine, ratios hold.

On SQLite, and on PostgreSQL where its server is installed, two newsrooms are filled: 1,000 stories, and as many as
--stories says. Then, both sides of each ratio in turn and the medians of all rounds:

- warm pages from our web server beside the same server with the same bytes from a constant, and, where nginx is
  installed, the shipped nginx beside nginx with static files: answers a second of the server's own processor time;
- cold pages through Django with all its middleware: an article beside a plain Django view (the same template and
  middleware, from tables in normal form), and every kind of page of the large newsroom beside the small one's;
- lists, forms and a publication at the desk of the large newsroom beside the small one's;
- a search beside the bare index query; what a change of one story leaves of a filled store;
- posts of a WordPress export brought in, beside bare inserts of their rows, and the memory of a larger export;
- letters handed to a mail server, with their ledger, beside a bare SMTP client; the memory of addressing them; and
  how long readers wait for pages meanwhile;
- all renditions of a photo beside bare Pillow.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import pictures
from benchmarks.table import Row, table
from tests import prepared
from tests.run import postgresql, postgresql_server

ROOT = Path(__file__).resolve().parent.parent
FEW = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog=__doc__.partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "--stories", type=int, help="of the large newsroom (20,000); with --only moving: brought in (1,000)"
    )
    parser.add_argument("--readers", type=int, default=100_000, help="how many readers a letter is addressed to")
    parser.add_argument("--rounds", type=int, default=9)
    parts = ["sqlite", "postgresql", "letters", "moving", "photos"]
    parser.add_argument("--only", choices=parts, help="one of the parts")
    parser.add_argument("--quick", action="store_true", help="small and rough: whether it runs, not what comes out")
    options = parser.parse_args()
    many, rounds, seconds = (200, 1, 0.1) if options.quick else (options.stories or 20_000, options.rounds, 0.5)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-") as name:
        folder = Path(name)
        arguments = ["--few", str(min(FEW, many // 2)), "--many", str(many), "--rounds", str(rounds)]
        arguments += ["--seconds", str(seconds)]
        letters = ["--letters", "200", "--readers", "2000", "--rounds", "1"] if options.quick else []
        letters = letters or ["--readers", str(options.readers)]
        if options.only in {None, "sqlite"}:
            rows += measured("measures", folder / "sqlite", "", arguments)
        if options.only in {None, "letters"}:
            rows += measured("letters", folder / "letters", "", letters)
        if options.only in {None, "moving"}:
            posts = 80 if options.quick else options.stories if options.only else None
            rows += measured("moving", folder / "moving", "", ["--posts", str(posts or 1_000)])
        programs = postgresql()
        if options.only in {None, "postgresql", "letters"} and programs:
            with postgresql_server(programs, folder) as database:
                if options.only != "letters":
                    rows += measured("measures", folder / "on-postgresql", database, arguments)
                if options.only != "postgresql":
                    its_own = database.rpartition("/")[0] + "/postgres"  # which every server has
                    rows += measured("letters", folder / "letters-on-postgresql", its_own, letters)
        if options.only in {None, "photos"}:
            rows += pictures.compare(1 if options.quick else 3, is_small=options.quick)
    print(table(rows))  # noqa: T201  # speaks to whoever runs it
    if not programs:
        print("\nPostgreSQL was left out: its server is missing (apt-get install postgresql).")  # noqa: T201


def measured(module: str, folder: Path, database: str, arguments: list[str]) -> list[Row]:
    """The module's measures on one database, by a process of its own, since settings name one database."""
    prepared.data(folder).mkdir(exist_ok=True)
    environment = {
        **os.environ, "DATA_DIR": str(folder), "DATABASE_URL": database, "SITE_URL": "http://127.0.0.1:8000",
        "LOG_LEVEL": "ERROR", "WEB_WORKERS": "1", "EMAIL_URL": "", "MAIL_PROVIDER": "", "MAIL_CONNECTIONS": "4",
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
    }  # fmt: skip
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return [Row(**row) for row in json.loads(done.stdout)]


if __name__ == "__main__":
    main()
