"""What docs/operations.md tells operators to type."""

import re
from pathlib import Path

from django.conf import settings

DOCS = Path(settings.BASE_DIR) / "docs"


def section(title: str) -> str:
    """The text below that heading, up to the next of its kind."""
    return (DOCS / "operations.md").read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(text: str, kind: str = "sh") -> list[str]:
    """The fenced blocks of that kind, without the fences."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def settings_block() -> dict[str, str]:
    """The settings that are written down on the way to TLS, with the paper's name in them."""
    (block,) = [each for each in blocks(section("One server, from nothing to TLS")) if "<<END" in each]
    lines = block.partition("<<END\n")[2].partition("\nEND\n")[0].replace("$PAPER", "news.example.org")
    return dict(line.split("=", 1) for line in lines.splitlines())  # type: ignore[misc]
