"""What the demo newsroom's tests share: the command, small drawings, and what lies in its folder."""

from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from articles.demo import pictures

PASSWORD = "only for trying it"


def draw_small(patch: pytest.MonkeyPatch) -> None:
    """There are many drawings."""
    for name in ("draw", "draw_all"):
        patch.setattr(pictures, name, partial(getattr(pictures, name), width=96))


def pictures_in(folder: Path) -> set[str]:
    """Names of the files that are originals, renditions or portraits."""
    return {file.name for part in ("private", "media") for file in (folder / part).rglob("*") if file.is_file()}


def demo(*options: str) -> str:
    out = StringIO()
    call_command("demo", *options, stdout=out)
    return out.getvalue()
