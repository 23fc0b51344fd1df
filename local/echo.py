"""Passes the children's logs on to standard error.

A script that starts the stack may not read its standard error. Then lines are dropped; no child ever waits for a reader.
"""

import os
from collections import deque
from threading import Semaphore, Thread

_WAITING_LINES = 2000


class Echo:
    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_WAITING_LINES)
        self._more = Semaphore(0)
        Thread(target=self._pass_on, name="echo", daemon=True).start()

    def __call__(self, line: str) -> None:
        self._lines.append(line)
        self._more.release()

    def _pass_on(self) -> None:
        while True:
            self._more.acquire()
            if self._lines:
                # Not through sys.stderr: a thread that waits in there would hold its lock while the process ends.
                os.write(2, f"{self._lines.popleft()}\n".encode())
