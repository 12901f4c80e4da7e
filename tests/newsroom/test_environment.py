"""What the environment says wrongly is told in a sentence, without a traceback, by any command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from newsroom.environment import mail_provider

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py"), "addresses"]


def said(**environment: str) -> str:
    """What a command says on standard error when it refuses to start."""
    environment = {"PATH": os.environ["PATH"], **environment}
    ended = subprocess.run(MANAGE, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    return ended.stderr


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = said(DATA_DIR=str(tmp_path / "file/data"))
    assert f"Nothing can be written to {tmp_path}/file/data: Not a directory." in refused
    assert "Name a folder in DATA_DIR" in refused
    assert "Traceback" not in refused


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "eighty"), ("WEB_WORKERS", "many"), ("DATABASE_CONN_MAX_AGE", "long")]
)
def test_a_number_that_is_none(tmp_path: Path, name: str, value: str) -> None:
    refused = said(DATA_DIR=str(tmp_path), DATABASE_URL="postgres://nobody@127.0.0.1:1/none", **{name: value})
    assert f"{name}={value} cannot be read" in refused
    assert "Traceback" not in refused


def test_a_database_of_an_unknown_kind(tmp_path: Path) -> None:
    refused = said(DATA_DIR=str(tmp_path), DATABASE_URL="carrierpigeon://loft/newsroom")
    assert "carrierpigeon" in refused
    assert "Traceback" not in refused


def test_a_mail_provider_that_nobody_knows() -> None:
    assert mail_provider("postmark") == "anymail.backends.postmark.EmailBackend"
    with pytest.raises(ImproperlyConfigured, match=r"MAIL_PROVIDER=postmerk is no .*mailgun, .*postmark"):
        mail_provider("postmerk")
