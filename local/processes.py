"""Child processes: started apart, watched, stopped and started again, and gone with their parent.

A child runs in a session of its own, so that Ctrl-C reaches only the parent, and holds a pipe from the parent as its
standard input. It ends when that pipe closes, whatever the parent died of.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO

type Log = Callable[[str], None]
"""Takes one line of what a child wrote; must not wait."""

_TAIL_LINES = 30
_READY_SECONDS = 60.0
_STOP_SECONDS = 8.0
_LOOK_SECONDS = 0.02
# Lets the process go on when its input ends: whoever paused it may die meanwhile, and what is paused notices nothing.
_PAUSE = 'kill -STOP "$1" && echo && cat; kill -CONT "$1"'


class ChildError(Exception):
    """A child process ended, or was not ready in time. The message ends with the last lines that it wrote."""


class Child:
    """A process that this one started. What it writes goes to the log, all but the first line of its standard output.

    Once it has ended it can be started again, as the same: same command, environment and folder.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Log,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._log = log
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Does not wait until it is ready."""
        self._quiet = False
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._first_line: str | None = None
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._readers = [
            _read(self._process.stdout, self._on_output_line),
            _read(self._process.stderr, self._on_error_line),
        ]

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """Raises ChildError if the process has ended."""
        code = self._process.poll()
        if code is not None:
            self._readers[1].join(1)
            raise ChildError(f"{self.name} ended with exit code {code}{self._last_words()}")

    def first_line(self, seconds: float = _READY_SECONDS) -> str:
        """The first line on standard output: how our own programs say that they are ready."""
        self.wait_until(lambda: self._first_line is not None, seconds)
        return self._first_line or ""

    def wait_until(self, ready: Callable[[], bool], seconds: float = _READY_SECONDS) -> None:
        """Raises ChildError if the process ends, or is not ready within so many seconds."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise ChildError(f"{self.name} was not ready within {seconds:.0f} s{self._last_words()}")
            time.sleep(_LOOK_SECONDS)

    def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """In good order, if that takes no longer than this."""
        stop([self], seconds)

    def kill(self) -> None:
        """The process and its whole group, at once, in the middle of whatever it does."""
        with suppress(ProcessLookupError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._let_go()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside the block the process stands still: it keeps its port, accepts connections, and answers nothing."""
        command = ["sh", "-c", _PAUSE, "sh", str(self.pid)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        ) as keeper:
            assert keeper.stdout is not None
            keeper.stdout.readline()
            try:
                yield
            finally:
                keeper.communicate()

    def ask_to_stop(self) -> None:
        if self._first_line is None:
            # Interrupted while it was still loading: what it says of that is of no use to anybody.
            self._quiet = True
        with suppress(ProcessLookupError):
            if sys.platform == "win32":
                self._close_input()
            elif self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)

    def end_by(self, deadline: float) -> None:
        """Waits until this moment (of the monotonic clock), then kills the process and its whole group."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
        self._let_go()

    def _let_go(self) -> None:
        for reader in self._readers:
            reader.join(1)
        self._close_input()

    def _close_input(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _on_output_line(self, line: str) -> None:
        if self._first_line is None:
            self._first_line = line
        else:
            self._tell(line)

    def _on_error_line(self, line: str) -> None:
        self._tail.append(line)
        self._tell(line)

    def _tell(self, line: str) -> None:
        if not self._quiet:
            self._log(f"{self.name}: {line}")

    def _last_words(self) -> str:
        return "".join(f"\n  {line}" for line in self._tail)


def stop(children: Iterable[Child], seconds: float = _STOP_SECONDS) -> None:
    """Asks all of them to stop, and kills what is left after so many seconds."""
    deadline = time.monotonic() + seconds
    started = tuple(children)
    for child in started:
        child.ask_to_stop()
    for child in started:
        child.end_by(deadline)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _read(stream: IO[str] | None, take: Callable[[str], None]) -> Thread:
    thread = Thread(target=_pass_lines, args=(stream, take), daemon=True)
    thread.start()
    return thread


def _pass_lines(stream: IO[str], take: Callable[[str], None]) -> None:
    with stream:
        for line in stream:
            take(line.rstrip("\n"))
