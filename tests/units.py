"""The shipped systemd units and the Containerfile, read, and their commands really run, as systemd and podman would."""

from __future__ import annotations

import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
UNITS = ROOT / "deploy" / "systemd"
CONTAINERFILE = ROOT / "deploy" / "Containerfile"
HOME = "/opt/newsroom/current"
PATIENCE = 120.0  # seconds: machines may be slow and busy
# A port goes to the very process that becomes the service, as its file number 3 (sd_listen_fds(3)).
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def unit(name: str) -> dict[str, list[str]]:
    """What the shipped unit says: ``Section.Key`` -> its values, in order."""
    said: dict[str, list[str]] = {}
    section = ""
    for line in (UNITS / name).read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            said.setdefault(f"{section}.{key}", []).append(value)
    return said


def command(text: str) -> list[str]:
    """A unit's command with this checkout, and the Python that runs the tests, in the place of the release."""
    words = shlex.split(text)
    return [sys.executable if each == f"{HOME}/.venv/bin/python" else each for each in words]


class Manager:
    """Does what systemd does with the units: keeps the port and hands it over, hears who is ready, ends and starts."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        said = unit("newsroom-web.socket")
        host = said["Socket.ListenStream"][0].partition(":")[0]
        self.listening = socket.create_server((host, 0), backlog=int(said["Socket.Backlog"][0]))
        self.port: int = self.listening.getsockname()[1]
        self.told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.told.bind(str(folder / "notify"))
        self.started: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        """Nothing that it started goes on."""
        for each in self.started:
            self._kill(each)
        self.listening.close()
        self.told.close()

    def call(self, name: str) -> str:
        """A unit of type oneshot; gives what it said."""
        said = unit(name)
        assert said["Service.Type"] == ["oneshot"]
        done = subprocess.run(
            command(said["Service.ExecStart"][0]), cwd=ROOT, env=self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """The unit's command in a session of its own; where the unit says so, after it has said that it is ready."""
        said = unit(name)
        words = command(said["Service.ExecStart"][0])
        fds: tuple[int, ...] = ()
        environment = {**self.environment, "NOTIFY_SOCKET": str(self.folder / "notify")}
        if "newsroom-web.socket" in said.get("Unit.Requires", []):
            fds = (self.listening.fileno(),)
            words = [sys.executable, "-S", "-c", HAND_OVER, str(fds[0]), *words]
        process = subprocess.Popen(words, cwd=ROOT, env=environment, pass_fds=fds, start_new_session=True)
        self.started.append(process)
        if said["Service.Type"] == ["notify"]:
            self._hear(process)
        return process

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        """Until it has said that it is ready."""
        end = time.monotonic() + PATIENCE
        while not select.select([self.told], [], [], 0.2)[0]:
            assert process.poll() is None, "the service has ended"
            assert time.monotonic() < end, "the service does not say that it is ready"
        assert self.told.recv(100) == b"READY=1"

    def stop(self, name: str, process: subprocess.Popen[bytes]) -> int:
        """As ``KillMode=mixed`` does it: SIGTERM, once, to the main process; see `ended`."""
        process.terminate()
        return self.ended(name, process)

    def ended(self, name: str, process: subprocess.Popen[bytes]) -> int:
        """The status with which it ended by itself, once asked to; raises ``TimeoutExpired`` when it did not in its
        time. What is left of it is killed."""
        said = unit(name)
        assert said["Service.KillMode"] == ["mixed"]
        try:
            return process.wait(int(said["Service.TimeoutStopSec"][0]))
        finally:
            self._kill(process)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Instruction(NamedTuple):
    word: str
    rest: str


def instructions() -> list[Instruction]:
    """Those of the Containerfile's last stage."""
    text = CONTAINERFILE.read_text().replace("\\\n", " ")
    found = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    last = max(number for number, (word, _, _) in enumerate(found) if word == "FROM")
    return [Instruction(word, rest.strip()) for word, _, rest in found[last:]]


class Container:
    """What the Containerfile would make, in a folder: its files, environment and commands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment: dict[str, str] = {}
        self.user = ""
        self.volume = ""
        self.check: list[str] = []
        self.main: list[str] = []
        root.mkdir()
        for word, rest in instructions():
            if word == "WORKDIR":
                self.home = rest
            elif word == "COPY" and rest.startswith("--from="):
                (root / ".venv").symlink_to(Path(sys.executable).parent.parent)
            elif word == "COPY":
                *sources, target = rest.split()
                self._copy(sources, root / target)
            elif word == "ENV":
                self.environment |= dict(each.split("=", 1) for each in shlex.split(rest))  # type: ignore[misc]
            elif word == "USER":
                self.user = rest
            elif word == "VOLUME":
                self.volume = rest
            elif word == "HEALTHCHECK":
                self.check = json.loads(rest.partition(" CMD ")[2])
            elif word == "CMD":
                self.main = json.loads(rest)
        self.environment["PATH"] = (
            self.environment["PATH"].replace(self.home, str(root)).replace("$PATH", os.environ["PATH"])
        )

    def _copy(self, sources: list[str], target: Path) -> None:
        for each in sources:
            if (ROOT / each).is_dir():
                shutil.copytree(ROOT / each, target)
            else:
                shutil.copy2(ROOT / each, target)

    def files(self) -> set[Path]:
        """All that lies there, but for the libraries."""
        return {each for each in self.root.rglob("*") if ".venv" not in each.parts}
