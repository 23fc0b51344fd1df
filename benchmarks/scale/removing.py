"""`python -m benchmarks.scale.removing`: removes old runs from a table, as the poller does, until it is killed.

On standard input it is told where. The first line on standard output says that it has begun. It is a process of its own as a
timer's is in Flex Consumption, where each timer has instances to itself.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import msgspec

from benchmarks.scale.following import Follower, follower
from benchmarks.scale.ground import Ground, identity
from local import environment, places
from shared.storage.listing import Listing
from status_poller.retention import remove_old

_TURN = timedelta(minutes=30)
"""How often a worker removes what is old."""


def take_turn(ours: Follower) -> None:
    ours.watch.advance(_TURN)
    remove_old(ours.app)


def is_anything_left(ours: Follower) -> bool:
    runs, _ = ours.app.store.page(Listing(), None, 1)
    return bool(runs)


@contextmanager
def removing(ground: Ground) -> Iterator[None]:
    """Inside the block a process removes what is old."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment.for_child(),
        cwd=places.CHECKOUT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(ground))
        process.stdin.close()
        try:
            process.stdout.readline()
            yield
            if process.poll() is not None:
                raise RuntimeError("All old runs were gone before the end of the round.")
        finally:
            process.kill()


def main() -> None:
    ground = msgspec.json.decode(sys.stdin.buffer.read(), type=Ground)
    with identity(ground), follower(ground) as ours:
        print("removing", flush=True)
        while is_anything_left(ours):
            take_turn(ours)


if __name__ == "__main__":
    main()
