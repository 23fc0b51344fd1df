"""Counts of what became of things, told in the log now and then: a flood must not write a line for each of its requests."""

import logging
import threading
from collections import Counter
from enum import StrEnum

from shared.clock import Clock

_TELL_EVERY_SECONDS = 60.0


class Tally[Outcome: StrEnum]:
    """One count for each outcome. The first is told at once; what comes after it, with the first that comes a minute later."""

    def __init__(self, clock: Clock, log: logging.Logger, subject: str) -> None:
        self._clock = clock
        self._log = log
        self._subject = subject
        self._lock = threading.Lock()
        self._untold: Counter[Outcome] = Counter()
        self._told_at = float("-inf")
        self.total: Counter[Outcome] = Counter()
        """Since this process began."""

    def count(self, outcome: Outcome, number: int = 1) -> None:
        now = self._clock.monotonic()
        with self._lock:
            self.total[outcome] += number
            self._untold[outcome] += number
            if now < self._told_at + _TELL_EVERY_SECONDS:
                return
            self._told_at = now
            news, self._untold = self._untold, Counter()
        self._log.info(
            "%s: %s", self._subject, " ".join(f"{each}={count}" for each, count in news.most_common())
        )
