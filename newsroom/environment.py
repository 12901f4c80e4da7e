"""Reading the environment. What makes no sense is refused in a sentence, before anything is done."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


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
