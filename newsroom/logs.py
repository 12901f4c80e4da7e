"""Logs: one JSON line per event on standard error and in DATA_DIR/logs, without addresses, cookies or form values."""

import re
from collections.abc import Iterable, Iterator, MutableMapping
from pathlib import Path
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

import structlog

# PostgreSQL's further lines of an error, which hold values of rows; then the next error of the chain, if there is one.
_FURTHER = re.compile(
    r"\n[ |]*(?:LINE \d+|DETAIL|HINT|CONTEXT):.*?(?=\n[ |]*\n[ |]*(?:The above exception|During handling)|\Z)",
    re.DOTALL,
)
# Modules whose errors say what a database said, or a mail server, which names whom it refuses.
_QUOTING = ("django.db.utils", "psycopg", "sqlite3", "smtplib", "anymail")
_NOUNS = "column|constraint|database|encoding|host|host name|index|relation|role|server at|table|type|user"
# The beginning of what it says, up to the first thing in quotes (of any language) that is no name of its own.
_NAMES_ALONE = re.compile(rf"""(?:\b(?:{_NOUNS}) (["'])[\w.:/-]+\1|(?<=\w)['’](?=\w)|[^\n"'„“”‚‘’«»])*""")


def without_values(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: the same event, without the rows, values and addresses that servers say they refused.

    Errors that come along (``exc_info``, arguments of the message, and theirs behind them) are known for theirs by
    their class; of one that was made a text before, PostgreSQL's further lines go.
    """
    said = [*event.pop("positional_args", ()), (event["_record"].exc_info or [None, None])[1]]
    cuts = {str(error): _told(error) for error in _chain(each for each in said if isinstance(each, BaseException))}
    for key in event.keys() & {"event", "exception"}:
        text = str(event[key])
        for whole in sorted(cuts, key=len, reverse=True):
            text = text.replace(whole, cuts[whole])
        event[key] = _FURTHER.sub("", text)
    return event


def _chain(errors: Iterable[BaseException]) -> Iterator[BaseException]:
    """Those of them that say something they should not, among these errors and all that led to them."""
    waiting, seen = list(errors), set[int]()
    while waiting:
        error = waiting.pop()
        if id(error) in seen:
            continue
        seen.add(id(error))
        waiting += [each for each in (error.__cause__, error.__context__) if each]
        if any(kind.__module__.startswith(_QUOTING) for kind in type(error).__mro__) and str(error) != _told(error):
            yield error


def _told(error: BaseException) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        return ", ".join(sorted({str(code) for code, _words in error.recipients.values()}))
    if isinstance(error, SMTPResponseException):
        return str(error.smtp_code)
    whole = str(error)
    told = _NAMES_ALONE.match(whole)[0]  # type: ignore[index]  # it matches nothing at all, too
    is_whole_line = whole[len(told) : len(told) + 1] in {"", "\n"}
    return told if is_whole_line else f"{told}…"


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
                "pass_foreign_args": True,
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
