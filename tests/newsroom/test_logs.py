"""What logs keep of errors: where and what, and nothing of what people wrote."""

import io
import json
import logging
from pathlib import Path

import structlog

from newsroom import logs


class Refused(Exception):
    """As the driver of PostgreSQL says it."""


def told(tmp_path: Path, error: Exception, cause: Exception) -> dict[str, str]:
    """The line of a log about an error."""
    formatter = logs.configuration(tmp_path, level="INFO")["formatters"]["json"]
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
        )
    )
    log = logging.Logger("apart")
    log.addHandler(handler)
    try:
        raise error from cause
    except Exception:
        log.exception("failed: %s", cause)
    return json.loads(out.getvalue())


def test_values_of_rows_are_cut_out_of_what_the_database_says(tmp_path: Path) -> None:
    words = "duplicate key value\nDETAIL:  Key (email)=(ada\n@mail.example) already exists.\nCONTEXT:  of ada"
    line = told(tmp_path, ValueError("kept: outer"), Refused(words))
    assert "ada" not in json.dumps(line)
    assert line["event"] == "failed: duplicate key value"
    assert "Refused: duplicate key value\n\nThe above exception was the direct cause" in line["exception"]
    assert line["exception"].endswith("ValueError: kept: outer")


def test_an_error_that_stands_last_loses_them_too(tmp_path: Path) -> None:
    line = told(tmp_path, Refused("bad row\nDETAIL:  Failing row contains (1, ada)."), ValueError("kept: inner"))
    assert "ada" not in line["exception"]
    assert "ValueError: kept: inner" in line["exception"] and line["exception"].endswith("Refused: bad row")
