"""All measures on one database: ``python -m benchmarks.measures``, as `benchmarks.run` starts it.

DATA_DIR is a folder to be thrown away; DATABASE_URL names a PostgreSQL server, or nothing (SQLite). Progress goes to
standard error, the rows as JSON to standard output.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import django


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--few", type=int, required=True)
    parser.add_argument("--many", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    django.setup()
    # Django is ready only now.
    from django.conf import settings  # noqa: PLC0415

    from newsroom import preparing  # noqa: PLC0415

    preparing.collect_static()
    from benchmarks import desk, filling, newsrooms, purges, searching, warm  # noqa: PLC0415  # look for static files

    settings.ROOT_URLCONF = "benchmarks.newsrooms"
    on = "PostgreSQL" if filling.is_postgresql() else "SQLite"
    filling.prepare()
    for count in (options.few, options.many):
        began = time.perf_counter()
        filling.fill(count)
        say(f"{on}: {count:,} stories written in {time.perf_counter() - began:.0f} s")
    folder = Path(settings.DATA_DIR) / "bench"
    folder.mkdir()
    rows = warm.compare(options.many, folder, rounds=options.rounds, seconds=options.seconds, on=on)
    say(f"{on}: warm pages measured")
    rows += newsrooms.compare(options.few, options.many, rounds=options.rounds, on=on)
    say(f"{on}: cold pages measured")
    rows += desk.compare(options.few, options.many, rounds=options.rounds, on=on)
    say(f"{on}: the desk's work measured")
    rows += searching.compare(options.many, rounds=options.rounds, on=on)
    rows.append(purges.compare(options.many, kept=min(2_000, options.many), on=on))
    print(json.dumps([asdict(row) for row in rows]))  # noqa: T201  # for the process that started this one


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201  # speaks to whoever waits


if __name__ == "__main__":
    main()
