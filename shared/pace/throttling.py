"""What follows from a 429: the identity, or one connection, pauses on every instance; or this one asks less at a time."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from shared.clock import Clock
from shared.dataverse.brake import Brake
from shared.dataverse.errors import ThrottledError, Told
from shared.pace.gate import Gate, Pause, PausedBy, Scope, View
from shared.pace.seats import Seats
from shared.storage.rows import RowUnreadableError
from shared.storage.table import StorageError

log = logging.getLogger("deskhand.pace")

_CONNECTION_SECONDS = 60.0
"""Where a connection's 429 says nothing of how long: its limit is one of starts a minute."""


@dataclass(frozen=True, slots=True)
class Throttling:
    gate: Gate
    brake: Brake
    seats: Seats
    clock: Clock

    def noticed(self, error: ThrottledError) -> None:
        """Whoever asked Dataverse was told to wait. Storage may fail: the others will be told by Dataverse itself."""
        if error.too_many_at_once:
            log.warning("Dataverse sees too many requests at once: fewer starts at a time for a while")
            self.seats.narrow()
        elif error.service_protection:
            self._pause(Scope.ALL, None, error.told, error.told.retry_after or _CONNECTION_SECONDS)

    def of_connection(self, connection_id: str, error: ThrottledError) -> None:
        """A start was refused or put off by 429: any but the identity's concerns its connection only."""
        if not error.service_protection:
            self._pause(
                Scope.CONNECTION, connection_id, error.told, error.told.retry_after or _CONNECTION_SECONDS
            )

    def heed(self, view: View) -> None:
        """Another instance was told to wait: so do we."""
        pause = view.pauses.get(Scope.ALL.value)
        if pause is None or pause.source is not PausedBy.DATAVERSE or pause.until is None:
            return
        left = (pause.until - self.clock.now()).total_seconds()
        if left > 0:
            self.brake.hold(left, Told(429, pause.reason, ""))

    def _pause(self, scope: Scope, target: str | None, told: Told, seconds: float) -> None:
        now = self.clock.now()
        pause = Pause(
            scope=scope,
            target=target,
            reason=told.code or str(told.status),
            source=PausedBy.DATAVERSE,
            since=now,
            until=now + timedelta(seconds=seconds),
        )
        log.warning("Dataverse throttles (%s): starts pause for %.0f s, %s", pause.reason, seconds, scope)
        try:
            self.gate.pause(pause)
        except (StorageError, RowUnreadableError) as problem:
            log.error("The pause could not be passed on: %s", problem)
