"""What a case tells while it runs: progress goes to standard error, and what the parts of its stack print is kept."""

import time
from collections import deque

from local.progress import say

_LINES = 300


class Console:
    """A Bench."""

    def __init__(self, case: str, *, quick: bool) -> None:
        self._case = case
        self._quick = quick
        self._began = time.monotonic()
        self._lines: deque[str] = deque(maxlen=_LINES)

    @property
    def quick(self) -> bool:
        return self._quick

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    @property
    def last_lines(self) -> tuple[str, ...]:
        return tuple(self._lines)

    def say(self, text: str) -> None:
        minutes, seconds = divmod(int(self.seconds), 60)
        say(f"{minutes:3}:{seconds:02}  {self._case}: {text}")

    def log(self, line: str) -> None:
        self._lines.append(line)
