import sys
import time

import pytest

from newsroom import supervisor
from newsroom.supervisor import Child, Supervisor

pytestmark = pytest.mark.processes
FOR_EVER = [sys.executable, "-c", "import time; time.sleep(1000)"]
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(1000)"]


def die_once(child: Child) -> float:
    """Starts the child now, waits for its death, and gives the pause before the next start."""
    child.start_after = 0
    child.tend()
    assert child.process is not None
    child.process.wait(10)
    child.tend()
    return child.start_after - time.monotonic()


def test_a_child_that_keeps_dying_is_started_after_longer_and_longer_pauses() -> None:
    child = Child("crasher", [sys.executable, "-S", "-c", "raise SystemExit(3)"])
    assert [round(die_once(child)) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_child_that_had_run_well_is_started_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child("crasher", [sys.executable, "-S", "-c", "raise SystemExit(3)"], failures=5)
    monkeypatch.setattr(supervisor, "CALM", -1)
    assert round(die_once(child)) == 1


def test_a_child_that_cannot_be_started_is_tried_again() -> None:
    child = Child("missing", ["/no/such/program"])
    child.tend()
    assert (child.process, child.failures, round(child.start_after - time.monotonic())) == (None, 1, 1)


def test_children_that_will_not_end_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.5)
    children = [Child("willing", FOR_EVER), Child("stubborn", STUBBORN)]
    team = Supervisor(children)
    for child in children:
        child.tend()
    processes = [child.process for child in children if child.process]
    team.stop()
    team.run()
    assert [process.poll() is not None for process in processes] == [True, True]
    assert [child.process for child in children] == [None, None]
