"""What follows from a 429: the identity, or one connection, pauses on every instance; or this one asks less at a time."""

import logging
from datetime import timedelta

import msgspec

from shared.clock import Clock
from shared.dataverse.brake import UNTOLD_SECONDS, Brake
from shared.dataverse.errors import ThrottledError, Told
from shared.log.line import Line
from shared.log.names import Name
from shared.pace.gate import Gate, Pause, PausedBy, Scope, View
from shared.pace.seats import Seats
from shared.storage.rows import RowUnreadableError
from shared.storage.table import StorageError

log = logging.getLogger("deskhand.pace")


class Throttling(msgspec.Struct, frozen=True):
    gate: Gate
    brake: Brake
    seats: Seats
    clock: Clock

    def noticed(self, error: ThrottledError) -> None:
        """Whoever asked Dataverse was told to wait. Storage may fail: the others will be told by Dataverse itself."""
        if error.too_many_at_once:
            log.warning(
                Line(
                    Name.CROWDED,
                    "Dataverse sees too many requests at once: fewer starts at a time for a while",
                )
            )
            self.seats.narrow()
        elif error.service_protection:
            self._pause(Scope.ALL, None, error.told)

    def of_connection(self, connection_id: str, error: ThrottledError) -> None:
        """A start was refused or put off by 429: any but the identity's concerns its connection only."""
        if not error.service_protection:
            self._pause(Scope.CONNECTION, connection_id, error.told)

    def heed(self, view: View) -> None:
        """Another instance was told to wait: so do we. Somebody has lifted the pause: so do we."""
        pause = view.pauses.get(Scope.ALL.value)
        if pause is None:
            self.brake.release(view.read_at)
        elif pause.source is PausedBy.DATAVERSE and pause.until is not None:
            left = (pause.until - self.clock.now()).total_seconds()
            if left > 0:
                self.brake.hold(left, Told(429, pause.reason.rpartition(" ")[2], ""))

    def resume(self, pause_id: str) -> bool:
        """Lift a pause, an operator's or Dataverse's. False if there was none. Raises StorageError."""
        lifted = self.gate.resume(pause_id)
        self.heed(self.gate.view)
        return lifted

    def _pause(self, scope: Scope, target: str | None, told: Told) -> None:
        now = self.clock.now()
        seconds = UNTOLD_SECONDS if told.retry_after is None else told.retry_after
        pause = Pause(
            scope=scope,
            target=target,
            reason=str(told),  # which holds no text of Dataverse's
            source=PausedBy.DATAVERSE,
            since=now,
            until=now + timedelta(seconds=seconds),
        )
        log.warning(
            Line(
                Name.THROTTLED,
                f"Dataverse throttles ({pause.reason}): starts pause",
                scope=scope,
                target=target,
                seconds=round(seconds),
            )
        )
        try:
            self.gate.pause(pause)
        except (StorageError, RowUnreadableError) as problem:
            log.error(Line(Name.PAUSE_UNTOLD, f"The pause could not be passed on: {problem}"))
            if scope is Scope.ALL:
                self.brake.keep()
