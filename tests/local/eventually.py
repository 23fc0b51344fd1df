import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Asserts that something becomes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.02)
