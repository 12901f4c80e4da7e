"""Keeps child processes running for `serve`, and lets a process end with the one that started it."""

import ctypes
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

log = logging.getLogger(__name__)
PR_SET_PDEATHSIG = 1
PAUSES = (1, 2, 4, 8, 16, 30)  # seconds before a dead child is started again
CALM = 60.0  # a child that ran this long had started well: the next pause is short again
GRACE = 7.0  # seconds to end by oneself; the web server gives its own worker five of them


def end_with(parent: int, first: signal.Signals = signal.SIGTERM) -> None:
    """Sends `first` to this process when process `parent`, which started it, is gone; SIGKILL if that did not end it.

    The kernel does it at once where it can (Linux); a thread that looks twice a second does it everywhere, and also
    when the parent was gone before we asked.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, first)
    threading.Thread(target=_watch, args=(parent, first), name="parent watch", daemon=True).start()


def leave_no_dump() -> None:
    """A process that crashes writes its memory, with keys and what witnesses typed, to no disk; nor do its children."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _watch(parent: int, first: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), first)
    time.sleep(GRACE + 2)  # `serve` itself takes up to GRACE to end its children
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Child:
    """A command that is to run for ever, in a session of its own, so that Ctrl-C reaches `serve` alone."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_after: float = field(default_factory=time.monotonic)

    def tend(self) -> None:
        """Starts the command when it is time; notes its death and when to try again (after 1, 2, 4 … 30 seconds)."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_after:
                self._start(now)
            return
        status = self.process.poll()
        if status is not None:
            kill_session(self.process)  # whatever it left behind: a web worker would hold the port
            self.process = None
            self._wait(now, f"ended (status {status})")

    def _start(self, now: float) -> None:
        self.started_at = now
        try:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, start_new_session=True)
        except OSError as error:  # no memory, no process to be had: that passes
            self._wait(now, f"could not start ({error.strerror})")

    def _wait(self, now: float, what: str) -> None:
        self.failures = 1 if now - self.started_at > CALM else min(self.failures + 1, len(PAUSES))
        pause = PAUSES[self.failures - 1]
        self.start_after = now + pause
        log.warning("%s %s; starting it again in %d s", self.name, what, pause)

    def ask_to_end(self) -> None:
        """SIGTERM to the command's own process, not to its workers: that is the web server's way to end them."""
        if self.process is not None:
            self.process.terminate()

    def make_end(self, deadline: float) -> None:
        """Waits until `deadline` (monotonic), then kills the whole session."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        kill_session(self.process)
        self.process.wait()
        self.process = None


def kill_session(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of the dead
        os.killpg(process.pid, signal.SIGKILL)


class Supervisor:
    """Runs the children until `stop` is called, from a signal handler or another thread."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.stopping = False

    def stop(self, *_: object) -> None:
        # A plain flag: an Event's lock could be held by the very thread that the signal interrupts.
        self.stopping = True

    def run(self) -> None:
        """Returns once `stop` was called and every child is gone."""
        try:
            while not self.stopping:
                for child in self.children:
                    child.tend()
                time.sleep(0.2)
        finally:
            for child in self.children:
                child.ask_to_end()
            deadline = time.monotonic() + GRACE
            for child in self.children:
                child.make_end(deadline)
