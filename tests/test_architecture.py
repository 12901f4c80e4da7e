"""The drawing of the house, held by a machine: who imports whom, how long a file may be, where HTML is marked safe."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
KEPT_APART = {"node_modules", "data", "locale"}
SAFE = re.compile(r"mark_safe|SafeString\(|SafeText|\|\s*safe\b|\|\s*safeseq\b|autoescape off|__html__")
SAFE_IN = {"articles/markup.py", "tests/test_architecture.py"}


def sources(*endings: str) -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.suffix in endings and not any(part in KEPT_APART or part.startswith(".") for part in parts):
            yield path


def test_imports_keep_to_the_drawing() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run([linter, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("ending", [".py", ".html", ".css", ".js"])
def test_no_file_is_longer_than_four_hundred_lines(ending: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources(ending)
        if "migrations" not in path.parts
    }
    assert {name: length for name, length in lengths.items() if length >= 400} == {}


def test_html_is_marked_safe_in_one_module_only() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources(".py", ".html")
        if str(path.relative_to(ROOT)) not in SAFE_IN
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if SAFE.search(line)
    }
    assert found == set()


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)|<style(?![^>]*nonce)|\sstyle=|\son[a-z]+\s*=\s*[\"']",
        re.IGNORECASE,
    )
    found = {
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources(".html")
        if "mail" not in path.parts  # letters have no other way
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if inline.search(line)
    }
    assert found == set()


def test_the_notice_names_every_library_that_the_newsroom_runs_on() -> None:
    pinned = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    words = set(re.findall(r"[\w-]+", (ROOT / "NOTICE").read_text().lower()))
    assert {name for name in pinned if name not in words} == set()
    assert "psycopg" in pinned


def test_locks_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "package-lock.json"):
        text = (ROOT / name).read_text()
        assert "://" not in text and re.search(r"sha256:|sha512-", text), name
