"""What the environment says wrongly is told in a sentence, without a traceback, by any command."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

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


@pytest.fixture
def made_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The settings of an environment, by their names."""

    def make(**environment: str) -> dict[str, Any]:
        for name, value in {"DATA_DIR": str(tmp_path), "DATABASE_URL": "", **environment}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(settings.BASE_DIR / "newsroom/settings.py"))

    return make


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SITE_URL", "news.example.org", "SITE_URL is no address: it begins with https:// or http://."),
        ("SITE_URL", "https://news.example.org/paper/", "SITE_URL is the paper's name alone"),
        ("SITE_URL", "https://news.example.org:port", "SITE_URL is no address"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL is no address: it begins with redis://"),
        ("VARNISH_URLS", "http://127.0.0.1:6081, varnish:6081", "VARNISH_URLS is no address"),
        ("WEBSUB_HUBS", "hub.example.org", "WEBSUB_HUBS is no address"),
        ("TRUSTED_PROXIES", "10.0.0.10/24", "TRUSTED_PROXIES=10.0.0.10/24 cannot be read: .* host bits"),
        ("MAIL_PER_DOMAIN_PER_MINUTE", "*=many", "MAIL_PER_DOMAIN_PER_MINUTE=many cannot be read"),
        ("LOG_LEVEL", "verbose", "LOG_LEVEL=verbose is none of DEBUG, INFO"),
        ("DATABASE_POOL", "-1", "DATABASE_POOL=-1"),
        ("STAFF_MUST_ENROL", "enabled", r"STAFF_MUST_ENROL=enabled cannot be read: it is neither yes \(1\) nor no"),
        ("MAIL_PROVIDER_KEYS", "a-secret", "MAIL_PROVIDER_KEYS cannot be read"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(made_of: Any, name: str, value: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words) as refused:
        made_of(**{name: value})
    assert "a-secret" not in str(refused.value)


def test_blanks_in_lists_and_empty_values_do_not_count(made_of: Any) -> None:
    made = made_of(
        TWO_FACTOR_ROLES="editor, chief", TRUSTED_PROXIES="10.0.0.10, 10.0.0.11/32",
        ALLOWED_HOSTS="a.example , b.example",
        MAIL_PER_DOMAIN_PER_MINUTE="gmail.com=600, *=1200", SITE_URL="", REDIS_URL="", LOG_LEVEL="", PORT="8123",
    )  # fmt: skip
    assert made["TWO_FACTOR_ROLES"] == ["editor", "chief"]
    assert [str(each) for each in made["TRUSTED_PROXIES"]] == ["10.0.0.10/32", "10.0.0.11/32"]
    assert {"a.example", "b.example"} <= set(made["ALLOWED_HOSTS"])
    assert made["MAIL_PER_DOMAIN_PER_MINUTE"] == {"gmail.com": 600, "*": 1200}
    assert (made["SITE_URL"], made["REDIS_URL"]) == ("http://127.0.0.1:8123", "")
    assert made["LOGGING"]["root"]["level"] == "INFO"


def test_a_name_in_the_papers_own_letters_is_what_browsers_ask_for(made_of: Any) -> None:
    made = made_of(SITE_URL="https://газета.example:8443/", ALLOWED_HOSTS="جريدة.example, .example.org")
    assert made["SITE_URL"] == "https://xn--80aahjj1e.example:8443"
    assert {"xn--80aahjj1e.example", "xn--ogbfjh9j.example", ".example.org"} <= set(made["ALLOWED_HOSTS"])
    assert made["CSRF_TRUSTED_ORIGINS"] == [made["SITE_URL"]]
    with pytest.raises(ImproperlyConfigured, match="SITE_URL cannot be read"):
        made_of(SITE_URL=f"https://{'г' * 80}.example")


def test_a_yes_and_a_no_in_all_their_ways(made_of: Any) -> None:
    for yes in ("1", "true", "Yes", "on"):
        assert made_of(STAFF_MUST_ENROL=yes)["STAFF_MUST_ENROL"] is True
    for no in ("0", "false", "No", "off", ""):
        assert made_of(STAFF_MUST_ENROL=no)["STAFF_MUST_ENROL"] is False


def test_keys_are_taken_as_they_are_written(made_of: Any) -> None:
    keys = {"SECRET_KEY": "$Y" + "k" * 60, "METRICS_TOKEN": r"$a\$b$", "SECRET_KEY_FALLBACKS": "$one,two$"}
    made = made_of(**keys, DATABASE_URL="postgres://desk:$word@127.0.0.1:1/none")
    assert made["SECRET_KEY"] == keys["SECRET_KEY"]
    assert made["SECRET_KEY_FALLBACKS"] == ["$one", "two$"]
    assert made["METRICS_TOKEN"] == keys["METRICS_TOKEN"]
    assert made["DATABASES"]["default"]["PASSWORD"] == "$word"
