"""The interface speaks French and Arabic, wholly: nothing untranslated, nothing stale, placeholders kept."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "ar")
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}")


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))


def key(entry: polib.POEntry) -> tuple[str | None, str]:
    return entry.msgctxt, entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language):
    lacking = [
        entry.msgid
        for entry in catalogue(language)
        if not entry.obsolete and (not entry.translated() or entry.fuzzy or "" in entry.msgstr_plural.values())
    ]
    assert lacking == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_survive_translation(language):
    wrong = []
    for entry in catalogue(language):
        forms = list(entry.msgstr_plural.values()) or [entry.msgstr]
        allowed = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural))
        for form in forms:
            found = set(PLACEHOLDER.findall(form))
            # A plural form may leave the number out ("one story"), but may not name what is not there.
            if not found <= allowed or (not entry.msgid_plural and found != allowed):
                wrong.append(entry.msgid)
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogues_say_what_the_sources_say(language):
    compiled = {
        key(entry): entry for entry in polib.mofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.mo"))
    }
    for entry in catalogue(language):
        if entry.obsolete:
            continue
        twin = compiled[key(entry)]
        assert (twin.msgstr, twin.msgstr_plural) == (entry.msgstr, entry.msgstr_plural), (
            f"run make messages: {entry.msgid}"
        )


@pytest.mark.gettext
def test_the_catalogues_hold_every_message_of_the_code(tmp_path):
    """Extracts anew, in a copy, and compares: a new word without a translation cannot slip in."""
    copy = tmp_path / "copy"
    ignore = shutil.ignore_patterns(".venv", "node_modules", "data", ".git", "*.pyc", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, copy, ignore=ignore)
    languages = [word for language in LANGUAGES for word in ("-l", language)]
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", *languages, "--no-obsolete", "--no-location"],
        cwd=copy, check=True, capture_output=True,
    )  # fmt: skip
    for language in LANGUAGES:
        fresh = polib.pofile(str(copy / "locale" / language / "LC_MESSAGES" / "django.po"))
        needed = {key(entry) for entry in fresh if not entry.obsolete}
        known = {key(entry) for entry in catalogue(language) if not entry.obsolete and entry.translated()}
        assert needed - known == set(), "run make messages and translate what is new"
        assert known - needed == set(), "run make messages: these are no longer used"
