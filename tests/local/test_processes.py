import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import environment, processes
from local.processes import Child, ChildError
from tests.local.eventually import eventually

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(grandchild.pid, flush=True)
time.sleep(60)
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
