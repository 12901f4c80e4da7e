"""What `serve` does before it starts anything: one at a time, a free port, tables, static files, a first newsroom."""

import fcntl
import hashlib
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connection, transaction

from accounts.models import User
from accounts.roles import Role
from articles.founding import found_newsroom
from citizen_reports.intake import found_forms
from newsroom.refusing import is_full_disk
from newsroom.turns import turn
from safeguards import keys
from subscriptions.topics import found_topics

DEMO_EDITOR = "editor@demo.example"
DEMO_KEY = "demo-password"


def hold(folder: Path) -> IO[str]:
    """The lock of a data folder, held while the returned file is open. Raises ``CommandError`` when it is taken."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "serve.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with file:
            file.seek(0)
            other = file.read()
        raise CommandError(
            f"A newsroom is already being served from {folder} (process {other})."
            " Stop it first, or name another folder in DATA_DIR."
        ) from None
    file.truncate(0)
    with suppress(OSError):  # on a full disk the lock holds without it
        os.write(file.fileno(), str(os.getpid()).encode())
    return file


@contextmanager
def told_of_full_disk() -> Iterator[None]:
    """Raises ``CommandError`` that says so where a disk, or the database's, is full."""
    try:
        yield
    except (DatabaseError, OSError) as error:
        if not is_full_disk(error):
            raise
        raise CommandError(
            f"The disk is full ({error}): make room where {settings.DATA_DIR} lies, or the database, and start again."
        ) from error


def free_address(host: str, port: int) -> str:
    """The address to listen on (a number), known to be free. Raises ``CommandError`` that says what to do."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise CommandError(f"HOST={host} is no address of this machine: {error.strerror}.") from error
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host} port {port}: {error.strerror}."
                f" Choose another, for example: PORT={port + 1} make run"
            ) from error
    return str(address[0])


def migrate() -> None:
    """Brings the tables up to date. Raises ``CommandError`` when the database does not answer."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        if is_full_disk(error):
            raise
        raise CommandError(f"The database does not answer: {error}") from error
    keep_to_ourselves()


def keep_to_ourselves() -> None:
    """Takes SQLite's file from the other users of the machine; what lies beside it while it is open takes its mode."""
    if connection.vendor == "sqlite":
        for beside in ("", "-wal", "-shm"):
            path = Path(f"{connection.settings_dict['NAME']}{beside}")
            with suppress(FileNotFoundError, PermissionError):  # in memory; somebody else's
                path.chmod(path.stat().st_mode & 0o770)


def collect_static() -> bool:
    """Copies, names and compresses the static files, unless none has changed since the last time; True if it did."""
    stamp, seen = settings.DATA_DIR / "static.stamp", fingerprint()
    if settings.STATIC_ROOT.is_dir() and stamp.is_file() and stamp.read_text(encoding="ascii") == seen:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(seen, encoding="ascii")
    return True


def fingerprint() -> str:
    """A digest of every static file's name, size and time, and of where it is collected to."""
    seen = [os.path.relpath(settings.STATIC_ROOT, settings.DATA_DIR)]  # so that the data folder may be moved
    for finder in get_finders():
        for path, storage in finder.list(None):
            info = Path(storage.path(path)).stat()
            seen.append(f"{path} {info.st_size} {info.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest()


def found() -> str:
    """On the first run: the demo newsroom or (DEMO=0) an empty one, whole or not at all. Says how to sign in, or "".

    The demo's sign-in is said at every start, for as long as it works: it is there to be tried.
    """
    with turn("found"), transaction.atomic():
        is_new = not User.objects.exists()
        sign_in = (_found_demo() if settings.DEMO else _found_empty()) if is_new else ""
        found_forms()
        found_topics()
    return sign_in or _demo_sign_in()


def _found_demo() -> str:
    password = keys.read_or_make(keys.folder(), DEMO_KEY, lambda: secrets.token_urlsafe(12))
    call_command("demo", password=password, verbosity=0)
    return _demo_words(password)


def _found_empty() -> str:
    password = secrets.token_urlsafe(12)
    found_newsroom()
    chief = User.objects.create_user("chief@localhost", password, display_name="Chief editor", role=Role.CHIEF)
    return f"{chief.email}  password {password}\n  (shown this once; change both under Staff)"


def _demo_sign_in() -> str:
    file = keys.folder() / DEMO_KEY
    editor = User.objects.filter(email=DEMO_EDITOR, is_active=True).first()
    if editor is None or not file.is_file():
        return ""
    password = file.read_text(encoding="ascii")
    return _demo_words(password) if editor.check_password(password) else ""


def _demo_words(password: str) -> str:
    others = ", ".join(f"{role}@" for role in Role if role != Role.EDITOR)
    return f"{DEMO_EDITOR}  password {password}\n  (the same for {others})"
