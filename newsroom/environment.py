"""Reading the environment. What makes no sense is refused in a sentence, before anything is done."""

import importlib.util
import os
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import anymail.backends
import environ
from django.core.exceptions import ImproperlyConfigured

# What else lies among the library's providers.
_NO_PROVIDERS = {"base", "base_requests", "console", "test", "sendinblue"}


_YES_OR_NO = re.compile(r"\d+|true|on|ok|y|yes|false|off|n|no|", re.IGNORECASE)
_SECRET = re.compile("KEY|SECRET|TOKEN|URL")  # in the name of what no log may show

T = TypeVar("T")


class _AsWritten(Mapping[str, str]):
    """The environment, for the library: to it `$` at the beginning names another variable, unless it is escaped."""

    def __getitem__(self, name: str) -> str:
        return os.environ[name].replace("$", r"\$")

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


class Environment(environ.Env):
    """The library's, but a value of the wrong kind raises ``ImproperlyConfigured`` that names it.

    What is neither a yes nor a no is refused, and not taken for a no; blanks around the parts of a list do not count;
    a password or key may begin with `$`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ENVIRON = _AsWritten()  # type: ignore[assignment]  # it is only read
        self.escape_proxy = True

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        return understood(
            var, os.environ.get(var, ""), lambda _text: super(Environment, self).get_value(var, *args, **kwargs)
        )

    @classmethod
    def parse_value(cls, value: Any, cast: Any) -> Any:
        if cast is bool and not _YES_OR_NO.fullmatch(value.strip()):
            raise ValueError("it is neither yes (1) nor no (0)")
        if cast in (list, dict):
            value = ",".join(part.strip() for part in value.split(","))
        return super().parse_value(value, cast)


def understood(name: str, text: str, make: Callable[[str], T]) -> T:
    """What `make` makes of the setting `name`. Its ``ValueError`` becomes ``ImproperlyConfigured`` that names it."""
    try:
        return make(text)
    except ValueError as error:
        told = name if _SECRET.search(name) else f"{name}={text}"
        raise ImproperlyConfigured(f"{told} cannot be read: {error}.") from error


def address(name: str, text: str, *schemes: str) -> str:
    """`text`, if it is an address of one of these kinds. Raises ``ImproperlyConfigured`` that names the setting."""
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in schemes and bool(parts.hostname or parts.scheme == "unix") and parts.port != 0
    except ValueError:  # brackets, a port that is none
        is_one = False
    if not is_one:
        begins = " or ".join(f"{each}://" for each in schemes)
        raise ImproperlyConfigured(f"{name} is no address: it begins with {begins}.")
    return text


def site_address(text: str) -> str:
    """The address of the paper, without a slash at its end. Raises ``ImproperlyConfigured`` for what is none."""
    parts = urlsplit(address("SITE_URL", text.rstrip("/"), "https", "http"))
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ImproperlyConfigured(
            "SITE_URL is the paper's name alone, such as https://news.example.org: no path after it."
        )
    # As browsers ask for it: another name would be refused.
    port = f":{parts.port}" if parts.port else ""
    host = understood("SITE_URL", parts.hostname or "", in_ascii)
    return text.rstrip("/") if text.isascii() else f"{parts.scheme}://{host}{port}"


def in_ascii(host: str) -> str:
    """A name as it goes over the net: ``газета.example`` is ``xn--80aahjj1e.example``. Raises ``ValueError``."""
    return host.encode("idna").decode() if not host.isascii() else host


def level(text: str) -> str:
    """How much is logged. Raises ``ImproperlyConfigured`` for a word that says nothing of it."""
    known = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    if text.upper() not in known:
        raise ImproperlyConfigured(f"LOG_LEVEL={text} is none of {', '.join(known)}.")
    return text.upper()


def data_folder(path: Path) -> Path:
    """The folder, resolved, made if need be. Raises ``ImproperlyConfigured`` when this user cannot write there."""
    path = path.resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        reason = "" if os.access(path, os.W_OK | os.X_OK) else "no permission, or a disk that is only read"
    except OSError as error:
        reason = error.strerror or str(error)
    if reason:
        raise ImproperlyConfigured(
            f"Nothing can be written to {path}: {reason}. Name a folder in DATA_DIR that this user may write to."
        )
    return path


def mail_provider(name: str) -> str:
    """The class that sends mail by that provider's interface. Raises ``ImproperlyConfigured`` for one nobody knows."""
    known = {module.name for module in pkgutil.iter_modules(anymail.backends.__path__)} - _NO_PROVIDERS
    if name not in known:
        raise ImproperlyConfigured(f"MAIL_PROVIDER={name} is no mail provider we know: {', '.join(sorted(known))}.")
    return f"anymail.backends.{name}.EmailBackend"


def file_stores(
    *, endpoint: str, region: str, key: str, secret: str, public: str, private: str, reports: bool = True
) -> dict[str, dict[str, Any]]:
    """The stores of `safeguards.stores`, for ``STORAGES``: folders, or with an `endpoint` buckets there.

    Not `reports`: witnesses' files stay in a folder even then.

    Raises ``ImproperlyConfigured`` for what is missing, be it a setting or the library.
    """
    own = (("private", "private"), ("reports", "private/reports"), ("imports", "imports"))
    folders: dict[str, dict[str, Any]] = {
        "default": {"BACKEND": "safeguards.stores.Folder"},
        **{name: {"BACKEND": "safeguards.stores.PrivateFolder", "OPTIONS": {"folder": folder}} for name, folder in own},
    }
    if not endpoint:
        return folders
    needed = {"S3_KEY": key, "S3_SECRET": secret, "S3_BUCKET_PUBLIC": public, "S3_BUCKET_PRIVATE": private}
    if missing := [name for name, value in needed.items() if not value]:
        raise ImproperlyConfigured(f"S3_ENDPOINT is set, and {', '.join(missing)} not: files would have no place.")
    if not endpoint.startswith(("https://", "http://")):
        raise ImproperlyConfigured(f"S3_ENDPOINT={endpoint} is no address: it begins with https://.")
    if public == private:
        raise ImproperlyConfigured("S3_BUCKET_PUBLIC and S3_BUCKET_PRIVATE must be two buckets: originals lie in one.")
    if not all(map(importlib.util.find_spec, ("storages", "boto3"))):
        raise ImproperlyConfigured(
            "S3_ENDPOINT is set, and the library for it is missing: .venv/bin/pip install 'django-storages[s3]~=1.14'"
        )
    for_ever = {"CacheControl": "public, max-age=31536000, immutable"}
    buckets: dict[str, dict[str, Any]] = {
        "default": {"bucket_name": public, "object_parameters": for_ever, "file_overwrite": False},
        "private": {"bucket_name": private},
        "reports": {"bucket_name": private, "location": "reports"},
        "imports": {"bucket_name": private, "location": "imports"},
    }
    common = {"endpoint_url": endpoint, "region_name": region, "access_key": key, "secret_key": secret}
    objects = {
        name: {"BACKEND": "safeguards.objects.Objects", "OPTIONS": {**common, **bucket}}
        for name, bucket in buckets.items()
    }
    return objects if reports else {**objects, "reports": folders["reports"]}
