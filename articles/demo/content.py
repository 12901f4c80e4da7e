"""The demo's words, read from the JSON files beside this module."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"
LANGUAGES = ("en", "fr", "ar")


def newsroom() -> dict[str, Any]:
    """Site, sections, authors, series, pages and menus."""
    found: dict[str, Any] = json.loads((FOLDER / "newsroom.json").read_text(encoding="utf-8"))
    return found


def pictures() -> list[dict[str, Any]]:
    """What is drawn, and what is said of it; stories name a picture by its ``key``, as lead and in ``data-image``."""
    found: list[dict[str, Any]] = json.loads((FOLDER / "pictures.json").read_text(encoding="utf-8"))
    return found


def labels() -> dict[str, dict[str, dict[str, Any]]]:
    """What is written in a drawing: name of the scene -> language -> name of the label -> its words."""
    found: dict[str, dict[str, dict[str, Any]]] = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))
    return found


def stories() -> list[dict[str, Any]]:
    """All stories of all languages, the oldest first, each with its ``language``."""
    found = [
        {**story, "language": language}
        for language in LANGUAGES
        for story in json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    ]
    return sorted(found, key=lambda story: -story["hours_ago"])
