"""What we depend on is exactly what we looked at: pinned and hashed, wherever packages are fetched from."""

import json
import re
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
