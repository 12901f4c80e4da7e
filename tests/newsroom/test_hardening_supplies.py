"""What we depend on is exactly what we looked at: pinned and hashed, wherever packages are fetched from."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PINNED = re.compile(r"[a-z0-9][a-z0-9-]*(\[[a-z0-9,-]+\])?==[0-9][0-9a-z.]*( ; [^\\]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted|npmjs\.org|--(extra-)?index-url|--find-links|--trusted-host|\bregistry *="
)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    joined = (ROOT / name).read_text().replace("\\\n", "")
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) > 40
    for line in lines:
        first, *hashes = re.split(r"\s+(?=--hash)", line)
        assert PINNED.fullmatch(first.strip()), first
        assert hashes and all(HASH.fullmatch(each.strip()) for each in hashes), first


def test_what_tests_need_of_npm_is_pinned_with_hashes() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, told in packages.items():
        if name:
            assert told["integrity"].startswith("sha512-"), name
            assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9a-z.-]+", told["version"]), name


def test_no_file_says_where_packages_come_from() -> None:
    """That is the machine's own affair, and pins and hashes make it safe."""
    files = [each for place in (".", ".ci", "deploy", "deploy/large") for each in (ROOT / place).glob("*")]
    texts = {each.name: each.read_text(errors="replace") for each in files if each.is_file() and each.name != ".env"}
    assert {"Makefile", "package-lock.json", "pyproject.toml", "requirements.txt", "run"} <= set(texts)
    assert [name for name, text in texts.items() if REGISTRY.search(text)] == []


# Modules that need a library which is not installed with the newsroom: they are imported when they are needed.
EXTRAS = {"newsroom.exposition", "images.engines.pyav", "safeguards.objects"}


def imported(body: list[ast.stmt]) -> Iterator[str]:
    """What a module imports as soon as it is loaded, whole names: `a.b` and `a.b.c` for ``from a.b import c``."""
    for each in body:
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module:
            yield each.module
            yield from (f"{each.module}.{alias.name}" for alias in each.names)
        elif isinstance(each, ast.ClassDef | ast.With):
            yield from imported(each.body)
        elif isinstance(each, ast.If) and ast.unparse(each.test) != "TYPE_CHECKING":
            yield from imported(each.body + each.orelse)
        elif isinstance(each, ast.Try):
            yield from imported(each.body + each.orelse + each.finalbody)


def test_the_newsroom_loads_without_what_only_extras_and_tests_install() -> None:
    """The tests have every library there is; a newsroom has those of requirements.txt alone."""
    pinned = re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    known = packages_distributions()
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    for path in [path for room in rooms for path in (ROOT / room).rglob("*.py")]:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        names = set(imported(ast.parse(path.read_text()).body))
        assert not names & EXTRAS, module
        if module not in EXTRAS:
            for root in {name.partition(".")[0] for name in names} - rooms - sys.stdlib_module_names:
                owners = {owner.lower().replace("_", "-") for owner in known[root]}
                assert owners & set(pinned), f"{module} needs {root}"
