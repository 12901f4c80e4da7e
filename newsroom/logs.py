"""Logs: one JSON line per event on standard error and in DATA_DIR/logs, without addresses, cookies or form values."""

import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

# PostgreSQL's further lines of an error, which hold values of rows; then the next error of the chain, if there is one.
_VALUES = re.compile(
    r"\n[ |]*(?:DETAIL|CONTEXT):.*?(?=\n[ |]*\n[ |]*(?:The above exception|During handling)|\Z)", re.DOTALL
)


def without_values(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: the same event, without what the database told of the rows it refused."""
    for key in event.keys() & {"event", "exception"}:
        event[key] = _VALUES.sub("", str(event[key]))
    return event


_SHARED = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(allow=["chore", "article", "status_code"]),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_values,
]


def configuration(folder: Path, *, level: str) -> dict[str, Any]:
    """The ``LOGGING`` setting. The file turns over at 5 MB and keeps four older ones; it opens when first needed."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "json"},
            "file": {
                "class": "logging.handlers.RotatingFileHandler",
                "formatter": "json",
                "filename": str(folder / "newsroom.log"),
                "maxBytes": 5_000_000,
                "backupCount": 4,
                "delay": True,
                "encoding": "utf-8",
            },
        },
        "root": {"handlers": ["console", "file"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "oauthlib": {"level": "WARNING"},  # below that it writes down the tokens that it signs with
            "psycopg.pool": {"level": "ERROR"},  # says of each request that it wants a connection
            **{name: {"level": "WARNING"} for name in ("boto3", "botocore", "s3transfer")},  # and these what they sign
            "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        },
    }
