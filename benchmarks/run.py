"""What pages cost, as ratios in one run; `make bench`. Figures in milliseconds drift with the machine, ratios hold.

Two newsrooms are filled on SQLite (1,000 stories, and as many as --stories says), and their pages are asked for in
turn, cold, through the WSGI application with all its middleware, but without a web server around it. Beside the article
stands a plain Django view: the same template, middleware and text, from tables in normal form. Then all renditions of
a photo are made, in turn with bare Pillow.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FEW = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stories", type=int, default=20_000, help="how many stories the large newsroom has")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--photo-rounds", type=int, default=3, help="turns of making a photo's renditions")
    parser.add_argument("--only-photos", action="store_true", help="leave the pages out")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-") as folder:
        os.environ.update(DATA_DIR=folder, DATABASE_URL="", SITE_URL="http://127.0.0.1:8000", LOG_LEVEL="ERROR")
        os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
        import django  # noqa: PLC0415  # now that the settings are named

        django.setup()
        if not options.only_photos:
            compare(options.stories, options.rounds)
        from benchmarks import pictures  # noqa: PLC0415

        say("\n" + "\n".join(pictures.compare(options.photo_rounds)))


def compare(many: int, rounds: int) -> None:
    # Django is ready only now.
    from django.conf import settings  # noqa: PLC0415

    from newsroom import preparing  # noqa: PLC0415

    preparing.collect_static()
    from benchmarks import newsrooms  # noqa: PLC0415  # loads the application, which looks for static files

    settings.ROOT_URLCONF = "benchmarks.newsrooms"
    sizes = (FEW, many)
    for count in sizes:
        began = time.perf_counter()
        newsrooms.fill(count)
        say(f"{count:,} stories written in {time.perf_counter() - began:.0f} s")
    costs: dict[tuple[int, str], list[float]] = {}
    for number in range(rounds + 1):
        for count in sizes:
            newsrooms.open_newsroom(count)
            for page, paths in newsrooms.pages(count).items():
                cost = newsrooms.cost(paths)
                if number:  # the first round warms templates and files
                    costs.setdefault((count, page), []).append(cost)
    median = {key: statistics.median(values) * 1000 for key, values in costs.items()}
    say(f"\n{'page':<22}{FEW:>12,}{many:>12,}{'ratio':>8}   milliseconds, median of {rounds} rounds")
    for page in newsrooms.pages(FEW):
        few, more = median[FEW, page], median[many, page]
        say(f"{page:<22}{few:>12.2f}{more:>12.2f}{more / few:>8.2f}")
    for count in sizes:
        ratio = median[count, "article"] / median[count, "plain Django view"]
        say(f"article / plain Django view, {count:,} stories: {ratio:.2f}")


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # speaks to whoever runs it


if __name__ == "__main__":
    main()
