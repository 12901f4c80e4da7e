"""Lighthouse's four scores on a phone, of the first page, a section and stories; `python -m benchmarks.lighthouse`.

Needs a running newsroom (`make run`), Node with npx, and Chromium. Scores are printed as a table, worst of the rounds;
what Lighthouse found is listed below it. Exit code 1 when a score is under 100.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

LIGHTHOUSE = "lighthouse@12.8.2"  # 13 needs a newer Node than Debian's
CATEGORIES = {
    "performance": "performance",
    "accessibility": "accessibility",
    "best-practices": "practices",
    "seo": "search",
}
TRIES = 4  # it asks to be run again when the browser was slow to answer
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", help="addresses below --url, such as / /news/ /news/2026/11/20/ferry/")
    parser.add_argument("--url", default="http://127.0.0.1:8000/")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    worst, found = {}, set()
    for path in options.paths:
        for _ in range(options.rounds):
            report = run(urljoin(options.url, path))
            scores = {name: round((report["categories"][name]["score"] or 0) * 100) for name in CATEGORIES}
            before = worst.get(path, scores)
            worst[path] = {name: min(score, before[name]) for name, score in scores.items()}
            found |= {f"{path}: {finding}" for finding in findings(report)}
    say("".join(f"{title:>16}" for title in CATEGORIES.values()))
    for path, scores in worst.items():
        say("".join(f"{scores[name]:>16}" for name in CATEGORIES) + f"   {path}")
    say("\n".join(sorted(found)))
    return 0 if all(score == 100 for scores in worst.values() for score in scores.values()) else 1


def run(url: str) -> dict[str, Any]:
    """One run of Lighthouse, as a phone on a slow link: its report."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
    with tempfile.TemporaryDirectory(prefix="newsroom-lighthouse-") as folder:
        place = Path(folder) / "report.json"
        command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json", f"--output-path={place}"]
        command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}"]
        for _ in range(TRIES):
            subprocess.run(command, check=False, env={**os.environ, "CHROME_PATH": chromium})
            report: dict[str, Any] = json.loads(place.read_text() if place.exists() else "{}")
            if report and "runtimeError" not in report:
                return report
    raise SystemExit(f"Lighthouse could not judge {url}.")


def findings(report: dict[str, Any]) -> list[str]:
    """What cost a point, in Lighthouse's words."""
    weighty = {each["id"] for name in CATEGORIES for each in report["categories"][name]["auditRefs"] if each["weight"]}
    audits = [report["audits"][name] for name in weighty]
    return [
        f"{each['title']} ({each.get('displayValue', '')})"
        for each in audits
        if each["score"] is not None and each["score"] < 1
    ]


def say(text: str) -> None:
    print(text)  # noqa: T201  # speaks to whoever runs it


if __name__ == "__main__":
    sys.exit(main())
