"""Reading the environment. What makes no sense is refused in a sentence, before anything is done."""

import importlib.util
import os
import pkgutil
from pathlib import Path
from typing import Any

import anymail.backends
import environ
from django.core.exceptions import ImproperlyConfigured

# What else lies among the library's providers.
_NO_PROVIDERS = {"base", "base_requests", "console", "test", "sendinblue"}


class Environment(environ.Env):
    """The library's, but a value of the wrong kind raises ``ImproperlyConfigured`` that names it."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var}={os.environ.get(var)} cannot be read: {error}.") from error


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
