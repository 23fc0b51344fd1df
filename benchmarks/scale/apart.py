"""`python -m benchmarks.scale.apart`: passes of the poller in a process of their own, and how much memory they take.

On standard input it is told where, and by how much its clock is ahead; on standard output it tells what came of it, one line
of JSON. Memory is the process's own, as Linux counts it: how much it holds once it is warm (its modules are loaded, its
clients have spoken), and the most that it held during a pass.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec

from benchmarks.scale.following import Cost, follower
from benchmarks.scale.ground import Ground, identity
from local import environment, places

_EMPTY = {"RUNS_TABLE": "empty"}
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_SECONDS = 300


class Order(msgspec.Struct, frozen=True):
    ground: Ground
    ahead: timedelta
    """Of the clock: makes a sweep due."""


class Passes(msgspec.Struct, frozen=True):
    sweep: Cost
    between: Cost
    idle_mb: float
    peak_mb: float

    @property
    def above_idle_mb(self) -> float:
        return self.peak_mb - self.idle_mb


def passes(order: Order) -> Passes:
    """A sweep, and a pass after it."""
    told = subprocess.run(
        command(), input=msgspec.json.encode(order), env=environment.for_child(), cwd=places.CHECKOUT,
        stdout=subprocess.PIPE, check=True, timeout=_SECONDS,
    ).stdout  # fmt: skip
    return msgspec.json.decode(told, type=Passes)


@contextmanager
def started(order: Order) -> Iterator[subprocess.Popen[bytes]]:
    """The same, without waiting for it."""
    with subprocess.Popen(
        command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment.for_child(),
        cwd=places.CHECKOUT,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(order))
        process.stdin.close()
        try:
            yield process
        finally:
            process.kill()


def command() -> list[str]:
    return [sys.executable, "-m", __name__]


def _measured(order: Order) -> Passes:
    with identity(order.ground):
        with follower(order.ground, _EMPTY) as nobody:
            nobody.measured()
            nobody.app.catalogue.identity(nobody.app.read_deadline())
        with follower(order.ground, ahead=order.ahead) as ours:
            ours.app.catalogue.identity(ours.app.read_deadline())
            idle = _megabytes("VmRSS")
            _RESET.write_text("5")  # from here on VmHWM is the most that is held
            sweep, _ = ours.swept()
            peak = _megabytes("VmHWM")
            return Passes(sweep, ours.measured(), idle, peak)


def _megabytes(name: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def main() -> None:
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(_measured(order)))


if __name__ == "__main__":
    main()
