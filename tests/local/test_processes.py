import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import environment, places, processes
from local.processes import Child, ChildError
from tests.local.eventually import eventually

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(grandchild.pid, flush=True)
time.sleep(60)
"""


PAUSES_AND_DIES = """
import os, signal, sys
from local import environment
from local.processes import Child
child = Child("Child", [sys.executable, "-c", "input()"], environment.for_child(), print)
with child.paused():
    print(child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@contextmanager
def running(source: str, log: list[str] | None = None) -> Iterator[Child]:
    lines: list[str] = [] if log is None else log
    child = Child("Child", [sys.executable, "-c", source], environment.for_child(), lines.append)
    try:
        yield child
    finally:
        processes.stop([child], seconds=0.3)


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_child_that_ends_shows_its_last_words() -> None:
    """Waiting for a child that has ended fails at once, with its exit code and what it wrote."""
    with (
        running("import sys; sys.exit('no table in this house')") as child,
        pytest.raises(ChildError, match=r"(?s)Child ended with exit code 1.*no table in this house"),
    ):
        child.first_line()


def test_a_child_that_is_not_ready_in_time_is_an_error() -> None:
    """Waiting ends after the time that was given."""
    with (
        running("import time; time.sleep(60)") as child,
        pytest.raises(ChildError, match="Child was not ready within 0 s"),
    ):
        child.first_line(seconds=0.2)


def test_what_a_child_writes_goes_to_the_log() -> None:
    """Every line of a child's standard error is logged under its name."""
    log: list[str] = []
    with running("import sys; print('one\\ntwo', file=sys.stderr)", log):
        eventually(lambda: log == ["Child: one", "Child: two"])


def test_a_child_sees_the_end_of_its_input_when_nobody_holds_it() -> None:
    """A child's standard input is a pipe that stays open while it is watched."""
    with running(
        "import sys; print('began', flush=True); sys.stdin.read(); print('gone', flush=True)"
    ) as child:
        assert child.first_line() == "began"
        child.check()


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="looks for processes in /proc")  # noqa: PTH112 - evaluated at import
def test_a_child_that_does_not_stop_is_killed_with_its_own_children() -> None:
    """After the time that it is given, a child's whole process group is killed."""
    with running(STUBBORN) as child:
        grandchild = int(child.first_line())
        began = time.monotonic()
    assert time.monotonic() - began < 2
    eventually(lambda: not is_alive(grandchild))
    assert not is_alive(child.pid)


def test_ctrl_c_does_not_reach_a_child() -> None:
    """A child runs in a process group of its own, apart from the terminal's."""
    with running("import os; print(os.getpgrp(), flush=True); input()") as child:
        assert int(child.first_line()) == child.pid != os.getpgrp()


def test_a_child_that_was_killed_starts_again_as_the_same() -> None:
    """A child that is started again runs the same command, in a new process, and is watched as before."""
    with running("print('ready', flush=True); input()") as child:
        assert child.first_line() == "ready"
        first = child.pid
        child.kill()
        with pytest.raises(ChildError, match="exit code -9"):
            child.check()
        child.start()
        assert child.first_line() == "ready"
        assert child.pid != first
        child.check()


def test_a_child_that_was_stopped_starts_again() -> None:
    """A stop waits for the end, and is no obstacle to a new start."""
    with running("print('ready', flush=True); input()") as child:
        child.first_line()
        child.stop()
        assert not is_alive(child.pid)
        child.start()
        assert child.first_line() == "ready"


def test_a_paused_child_stands_still() -> None:
    """Inside the block a child does nothing; after it, it goes on where it was."""
    log: list[str] = []
    counts = "import sys, time\nwhile True: print('on', file=sys.stderr, flush=True); time.sleep(0.01)"
    with running(counts, log) as child:
        eventually(lambda: bool(log))
        with child.paused():
            time.sleep(0.1)
            before = len(log)
            time.sleep(0.1)
            assert len(log) == before
        eventually(lambda: len(log) > before)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="looks for processes in /proc")  # noqa: PTH112 - evaluated at import
def test_a_paused_child_ends_with_its_parent() -> None:
    """A parent that is killed while its child stands still leaves nothing behind."""
    ended = subprocess.run(
        [sys.executable, "-c", PAUSES_AND_DIES],
        cwd=places.CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    eventually(lambda: not is_alive(int(ended.stdout)))
