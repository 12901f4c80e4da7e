"""Runs the whole suite: on SQLite, then on PostgreSQL (a throw-away server on this machine). `make test` calls this.

What a missing component keeps from running is listed at the end, with how to get it; under CI=true it is a failure.
Further arguments go to pytest, for example: python tests/run.py tests/articles -k publish
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
NGINX = "apt-get install nginx-light"
DOVECOT = "apt-get install dovecot-imapd"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# The same engine without its windows, where it is installed: a third less work for pages that need none of them.
WINDOWLESS = ("chromium-headless-shell", *CHROMIUM)


class Component(NamedTuple):
    """Something that a part of the suite needs: the marker of those tests ("" is a whole run), and how to get it."""

    name: str
    marker: str
    found: bool
    how: str


def postgresql() -> Path | None:
    """The folder with PostgreSQL's server programs, the newest version first."""
    on_path = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name), reverse=True)
    folders += [Path(on_path).resolve().parent] if on_path else []
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


def components() -> list[Component]:
    chromium = any(shutil.which(name) for name in CHROMIUM)
    axe = (ROOT / "node_modules/axe-core/axe.min.js").exists()
    nu = (ROOT / "node_modules/vnu-jar/build/dist/vnu.jar").exists()
    return [
        Component("Chromium", "browser", chromium, "apt-get install chromium"),
        Component("axe-core (checks pages for everybody's use)", "browser", axe, "apt-get install npm, then: npm ci"),
        Component("the Nu validator", "nu", nu, "apt-get install npm, then: npm ci"),
        Component(
            "Java, for the Nu validator", "nu", bool(shutil.which("java")), "apt-get install default-jre-headless"
        ),
        Component("GNU gettext", "gettext", bool(shutil.which("msgfmt")), "apt-get install gettext"),
        Component("nginx", "nginx", bool(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")), NGINX),
        Component("Redis", "redis", bool(shutil.which("redis-server")), "apt-get install redis-server"),
        Component("Dovecot", "imap", bool(shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")), DOVECOT),
        Component("PostgreSQL's server", "", postgresql() is not None, "apt-get install postgresql"),
    ]


def fetch_node_modules() -> None:
    """axe-core and the validator, as package-lock.json names them; quiet when npm is missing or there is no network."""
    wanted, have = ROOT / "package-lock.json", ROOT / "node_modules/.package-lock.json"
    if shutil.which("npm") and not (have.exists() and have.stat().st_mtime >= wanted.stat().st_mtime):
        subprocess.run(["npm", "ci", "--silent"], cwd=ROOT, check=False)


class Cluster:
    """A PostgreSQL with an empty data folder below `folder`, on loopback and a free port; not started yet.

    PostgreSQL refuses to run as root, so root runs it as the system's user `postgres` (or nobody).
    """

    def __init__(self, programs: Path, folder: Path, *, options: str = "") -> None:
        self.programs, self.data, self.port, self.options = programs, folder / "postgresql", free_port(), options
        self.data.mkdir(mode=0o700)
        self.user: dict[str, object] = {}
        if os.geteuid() == 0:
            folder.chmod(0o755)
            names = {each.pw_name for each in pwd.getpwall()}
            account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            os.chown(self.data, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        made = ["-U", "newsroom", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        if self._begin("initdb", made, None).wait():
            raise OSError("initdb failed")

    def _begin(self, program: str, arguments: list[str], log: IO[bytes] | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            [str(self.programs / program), "-D", str(self.data), *arguments],
            stdout=subprocess.DEVNULL, stderr=log, cwd="/", start_new_session=True, **self.user,
        )  # fmt: skip

    def start(self) -> None:
        """Returns when it takes connections. Raises ``TimeoutError``."""
        settings = [f"port={self.port}", f"unix_socket_directories={self.data}", "listen_addresses=127.0.0.1"]
        settings += ["max_connections=300", *self.options.split()]
        with (self.data / "log").open("ab") as log:
            self.process = self._begin("postgres", [word for each in settings for word in ("-c", each)], log)
        end, told = time.monotonic() + 120, self.data / "postmaster.pid"
        while not (
            told.exists() and (said := told.read_text()).startswith(f"{self.process.pid}\n") and "ready" in said
        ):
            if self.process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(f"PostgreSQL does not start: {(self.data / 'log').read_text()}")
            time.sleep(0.02)

    def create(self, name: str) -> str:
        """A database's DATABASE_URL."""
        reached = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "newsroom"]
        subprocess.run([str(self.programs / "createdb"), *reached, name], check=True)
        return f"postgres://newsroom@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()


@contextmanager
def postgresql_server(programs: Path, folder: Path) -> Iterator[str]:
    """A server with an empty database, quick and careless, gone at the end; gives its DATABASE_URL."""
    cluster = Cluster(programs, folder, options="fsync=off synchronous_commit=off full_page_writes=off")
    cluster.start()
    try:
        yield cluster.create("newsroom")
    finally:
        cluster.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepared(database: str, folder: Path) -> None:
    """Migrates `database` and collects static files under `folder`; tests/prepared.py gives copies away."""
    environment = {**os.environ, "DATABASE_URL": database, "DATA_DIR": str(folder)}
    prepare = "import django; django.setup(); from newsroom.preparing import *; migrate(); collect_static()"
    environment["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    subprocess.run([sys.executable, "-c", prepare], cwd=ROOT, env=environment, check=True)


def pytest(name: str, markers: list[str], database: str, folder: Path, arguments: list[str]) -> bool:
    """One run of pytest, with everything temporary under `folder`; True when it passed."""
    print(f"\n== {name} ==", flush=True)  # noqa: T201  # speaks to whoever runs it
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(min(4, (os.cpu_count() or 1) + 1))]
    # One more than cores, since some always wait. Slow ones stand together: whoever has nothing left takes half of what
    # another still has.
    command += ["--dist", "worksteal"]
    command += ["-m", " and ".join(markers)] if markers else []
    environment = {**os.environ, "DATABASE_URL": database, "TMPDIR": str(folder), "PREPARED": str(folder / "prepared")}
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode == 0


def main(arguments: list[str]) -> int:
    fetch_node_modules()
    missing = [each for each in components() if not each.found]
    left_out = [f"not {marker}" for marker in dict.fromkeys(each.marker for each in missing if each.marker)]
    passed: dict[str, bool] = {}
    with tempfile.TemporaryDirectory(prefix="newsroom-tests-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        sqlite = f"sqlite:///{folder / 'newsroom.sqlite3'}"
        prepared(f"sqlite:///{folder / 'prepared/newsroom.sqlite3'}", folder / "prepared")
        passed["SQLite"] = pytest("SQLite", left_out, sqlite, folder, arguments)
        if programs := postgresql():
            with postgresql_server(programs, folder) as database:
                prepared(database, folder / "prepared")
                same = [
                    "(not (browser or processes) or both_databases or postgresql)",
                    "not nu",
                    "not gettext",
                    "(not nginx or postgresql)",
                    "(not redis or postgresql)",
                ]
                passed["PostgreSQL"] = pytest("PostgreSQL", left_out + same, database, folder, arguments)
    print("\n" + ", ".join(f"{run}: {'passed' if good else 'FAILED'}" for run, good in passed.items()))  # noqa: T201
    if missing:
        print("\nNot everything could run here. What is missing, and how to get it on Debian or Ubuntu:")  # noqa: T201
        for each in missing:
            print(f"  {each.name}: {each.how}")  # noqa: T201
    return 0 if all(passed.values()) and not (missing and os.environ.get("CI") == "true") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
