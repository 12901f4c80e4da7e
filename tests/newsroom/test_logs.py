"""What logs keep of errors: where and what, and nothing of what people wrote."""

import io
import json
import logging
import smtplib
from collections.abc import Callable
from pathlib import Path

import pytest
from anymail.exceptions import AnymailAPIError
from django.db import DatabaseError, OperationalError, connection, transaction

from accounts.models import User
from newsroom import logs
from tests import make


class Refused(Exception):
    """As the driver of PostgreSQL says it."""


def told(tmp_path: Path, error: Exception, cause: Exception) -> dict[str, str]:
    """The line of a log about an error."""
    made = logs.configuration(tmp_path, level="INFO")["formatters"]["json"]
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(made.pop("()")(**made))
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


def refusal(do: Callable[[], object]) -> DatabaseError:
    """What the database says of it."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        do()
    return caught.value


def asked(statement: str, *values: str) -> DatabaseError:
    with connection.cursor() as cursor:
        return refusal(lambda: cursor.execute(statement, values))


def checked(tmp_path: Path, error: DatabaseError) -> dict[str, str]:
    """The line about it, in which nothing of Ada stands though the database spoke of her or may have."""
    line = told(tmp_path, ValueError(f"kept: outer ({error})"), error)
    assert "ada" not in json.dumps(line).lower()
    assert "kept: outer" in line["exception"] and type(error).__name__ in line["exception"]
    return line


@pytest.mark.django_db
def test_an_address_that_is_there_already_is_not_named(tmp_path: Path) -> None:
    there = make.user(email="ada@mail.example")
    error = refusal(lambda: User.objects.create(email=there.email))
    assert "accounts_user" in checked(tmp_path, error)["event"]  # the constraint, or the column


@pytest.mark.django_db
def test_what_cannot_be_read_is_not_repeated(tmp_path: Path) -> None:
    error = asked("'ada@mail.example' SELECT")
    assert "ada@" in str(error)
    assert checked(tmp_path, error)["event"].endswith("…")


@pytest.mark.django_db
def test_what_the_database_says_of_its_own_things_stays(tmp_path: Path) -> None:
    assert "nowhere" in checked(tmp_path, asked("SELECT * FROM nowhere WHERE name = %s", "ada"))["event"]


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "value", "kept"),
    [
        ("SELECT %s::text::integer", "ada@mail.example", "invalid input syntax for type integer: …"),
        ("SELECT %s::uuid", 'x"y\nada"', "invalid input syntax for type uuid: …"),
        ("SELECT %s::jsonb", "{ada", "invalid input syntax for type json"),
        ("SELECT to_tsquery(%s)", "ada bob", "syntax error in tsquery: …"),
        ("SELECT now() AT TIME ZONE %s", "Ada/Lind", "time zone …"),
        ("SELECT id FROM accounts_user WHERE nobody = %s", "ada", 'column "nobody" does not exist'),
        (
            "INSERT INTO articles_tag (slug) VALUES (%s)", "ada",
            'null value in column "name" of relation "articles_tag" violates not-null constraint',
        ),
    ],
)  # fmt: skip
def test_postgresqls_first_line_ends_where_it_quotes_a_value(
    tmp_path: Path, statement: str, value: str, kept: str
) -> None:
    assert checked(tmp_path, asked(statement, value))["event"] == f"failed: {kept}"


def test_why_a_server_cannot_be_reached_stays(tmp_path: Path) -> None:
    words = 'connection to server at "127.0.0.1", port 5432 failed: Connection refused'
    line = told(tmp_path, ValueError("kept: outer"), OperationalError(f"{words}\n\tIs the server running there?"))
    assert line["event"] == f"failed: {words}"


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"ada@mail.example": (550, b"5.1.1 no such user")}),
        smtplib.SMTPDataError(554, b"5.7.1 <ada@mail.example> is not wanted"),
        AnymailAPIError("Provider API response 400:\n{'to': 'ada@mail.example'}"),
    ],
)
def test_whom_a_mail_server_refuses_is_not_named(tmp_path: Path, error: Exception) -> None:
    line = told(tmp_path, ValueError("kept: outer"), error)
    assert "ada" not in json.dumps(line)
    assert type(error).__name__ in line["exception"] and "kept: outer" in line["exception"]
    assert line["event"].startswith(("failed: 550", "failed: 554", "failed: Provider API response 400"))
