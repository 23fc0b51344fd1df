"""Passes the children's logs on to standard error.

A script that starts the stack may not read its standard error. Then lines are dropped; no child ever waits for a reader.
"""

import os
import time
from collections import deque
from contextlib import suppress
from threading import Semaphore, Thread

_WAITING_LINES = 2000
_LOOK_SECONDS = 0.02


class Echo:
    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_WAITING_LINES)
        self._more = Semaphore(0)
        Thread(target=self._pass_on, name="echo", daemon=True).start()

    def __call__(self, line: str) -> None:
        self._lines.append(line)
        self._more.release()

    def flush(self, seconds: float) -> None:
        """Waits until all is passed on, but no longer than this."""
        deadline = time.monotonic() + seconds
        while self._lines and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)

    def _pass_on(self) -> None:
        # Not through sys.stderr: a thread that waits in there would hold its lock while the process ends.
        with suppress(OSError):
            while self._more.acquire():
                if self._lines:
                    os.write(2, f"{self._lines[0]}\n".encode())
                    self._lines.popleft()
