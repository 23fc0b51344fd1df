"""The day's allowance of Dataverse requests, which all instances share, and what is given up first as it comes to its end.

Each instance counts what it asks, adds its count to the others' twice a minute, and reads theirs with the gate. A day is a UTC day.
Source: Power Platform, "Requests limits and allocations": application users draw on a pool of 25,000 a day and more.
"""

import logging
import threading
from datetime import date
from enum import StrEnum
from random import Random

from shared.clock import Clock
from shared.log.line import Line
from shared.log.names import Name
from shared.pace.gate import Gate
from shared.storage.table import StorageError

log = logging.getLogger("deskhand.pace")

EXCHANGE_SECONDS = 30.0


class Errand(StrEnum):
    """What Dataverse is asked for that can be done without for a while. Starts and cancels are not in the list."""

    SWEEP = "sweep"
    """Polling the runs that are open: done more rarely."""
    CATALOGUE = "catalogue"
    """Flows, schemas, references: what is cached has to do."""
    CALLBACK = "callback"
    """Verifying callbacks: put off, and left to the sweep."""


_GIVEN_UP_AT = {Errand.SWEEP: 0.8, Errand.CATALOGUE: 0.9, Errand.CALLBACK: 0.95}
"""The part of the allowance from which on a purpose has to stand back."""


class Allowance:
    def __init__(self, gate: Gate, clock: Clock, dice: Random, a_day: int) -> None:
        """`a_day`: operations; 0: as many as you like, and nobody counts."""
        self._gate = gate
        self._clock = clock
        self._a_day = a_day
        self._instance = f"{dice.getrandbits(64):016x}"
        self._lock = threading.Lock()
        self._day = date.min
        self._own = 0
        self._exchanged_at = float("-inf")

    def spend(self, operations: int) -> None:
        """Called for every request that is sent to Dataverse; each part of a $batch is one operation."""
        with self._lock:
            self._turn_page()
            self._own += operations

    def allows(self, purpose: Errand) -> bool:
        """As far as this instance knows. No I/O."""
        return self._a_day == 0 or self._share_spent() < _GIVEN_UP_AT[purpose]

    @property
    def is_due(self) -> bool:
        """Whether it is time to hear and tell what was spent."""
        return self._a_day > 0 and self._clock.monotonic() - self._exchanged_at >= EXCHANGE_SECONDS

    def exchange(self) -> None:
        """Read what the others have spent, and tell them. Storage may fail: it is done again in a while."""
        with self._lock:
            self._turn_page()
            day, own = self._day, self._own
            self._exchanged_at = self._clock.monotonic()
        try:
            self._gate.read()
            self._gate.report_spent(day, self._instance, own)
        except StorageError as problem:
            log.warning(
                Line(Name.ALLOWANCE_UNTOLD, f"What was asked of Dataverse today could not be told: {problem}")
            )

    def _share_spent(self) -> float:
        with self._lock:
            self._turn_page()
            others = self._gate.view.spent(self._day, besides=self._instance)
            return (self._own + others) / self._a_day

    def _turn_page(self) -> None:
        today = self._clock.now().date()
        if today != self._day:
            self._day, self._own = today, 0
