"""Counts of what became of things, told in the log now and then: a flood must not write a line for each of its requests."""

import logging
import threading
from collections import Counter
from enum import StrEnum

from shared.clock import Clock
from shared.log.line import Line
from shared.log.names import Name

_TELL_EVERY_SECONDS = 60.0


class Tally[Outcome: StrEnum]:
    """One count for each outcome. The first is told at once; what comes after it, with the first that comes a minute later."""

    def __init__(self, clock: Clock, log: logging.Logger, name: Name) -> None:
        self._clock = clock
        self._log = log
        self._name = name
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
        sentence = " ".join(f"{each}={number}" for each, number in news.most_common())
        self._log.info(Line(self._name, sentence, counts=dict(news)))
