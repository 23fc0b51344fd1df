"""One look at one destination: held against other passes, told what is due, tidied up, and left alone until something is due again."""

import logging
from collections.abc import Mapping
from concurrent.futures import Executor
from copy import replace
from datetime import datetime, timedelta

import msgspec

from shared.clock import Deadline
from shared.events.delivering import deliver
from shared.events.destinations import GRID, Destination, is_own
from shared.events.grid import deliver_to_grid
from shared.log.line import Line
from shared.log.names import Name
from shared.storage.rows import RowUnreadableError
from shared.storage.subscriptions import Subscription
from shared.storage.table import StorageError
from shared.storage.wakes import StoredWake, Wake
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.events")

_HELD = timedelta(seconds=60)
"""Longer than a pass sends, by more than two clocks may differ: whoever looks next finds nothing under way."""
_QUIET_SECONDS = (5.0, 300.0)
"""How long a destination is left alone where nobody answered, at first and at most."""
_REMOVED = 1000
"""Deliveries that are removed at a look."""
_RACES = 8


class _Found(msgspec.Struct, frozen=True):
    """What came of a look."""

    silent: bool = False
    """Nobody answered."""
    more: bool = False
    """There is more to be removed."""
    tidied: bool = False


class Visitor(msgspec.Struct, frozen=True):
    app: Deskhand
    subscriptions: Mapping[str, Subscription]
    deadline: Deadline
    senders: Executor

    def visit(self, stored: StoredWake) -> None:
        """Raises nothing that may pass: what is left is found when it is no longer held."""
        try:
            held = self.app.wakes.hold(stored, self.app.clock.now() + _HELD)
            if held is not None:
                self._rest(held, self._look(held.wake))
        except (StorageError, RowUnreadableError) as problem:
            log.warning(
                Line(
                    Name.DESTINATION_PUT_OFF,
                    f"The look at it was cut short: {problem}",
                    destination=stored.wake.destination,
                )
            )

    def _look(self, wake: Wake) -> _Found:
        app, name = self.app, wake.destination
        subscription = self.subscriptions.get(name)
        if subscription is None and name != GRID and not is_own(name):
            stored = app.subscriptions.get(name)  # made meanwhile; or cannot be read, and waits for that
            if stored is None:
                return self._cleared(wake)
            subscription = stored.subscription
        destination = Destination(name, subscription)
        silent = (
            deliver_to_grid(app, self.deadline)
            if destination.is_grid
            else deliver(app, destination, self.deadline, self.senders)
        )
        if wake.tidy_at > app.clock.now():
            return _Found(silent)
        return _Found(silent, more=self._forget(destination), tidied=True)

    def _cleared(self, wake: Wake) -> _Found:
        """Its subscription has ended; what is left of that goes with the wake."""
        app = self.app
        cleared = app.outbox.clear(wake.destination, _REMOVED)
        if cleared and wake.tidy_at <= app.clock.now():
            app.subscriptions.bury(wake.destination)
        return _Found(more=not cleared, tidied=True)

    def _forget(self, destination: Destination) -> bool:
        """Whether there are more that are kept no longer."""
        app = self.app
        before = app.clock.now() - app.settings.delivery_kept
        disabled = destination.subscription is not None and destination.subscription.disabled
        return app.outbox.forget(destination.id, before, _REMOVED, pending=disabled)

    def _rest(self, held: StoredWake, found: _Found) -> None:
        """Somebody may call for it meanwhile: then it is looked at anew when it is to be looked at next."""
        app, ours = self.app, held.wake.held_until
        current: StoredWake | None = held
        for _ in range(_RACES):
            if current is None or current.wake.held_until != ours:
                return
            now = app.clock.now()
            after = self._after(current.wake, found, now)
            if after is None:
                if app.wakes.remove(current):
                    return
            elif app.wakes.put(current, after) is not None:
                return
            current = app.wakes.get(held.wake.destination)

    def _after(self, wake: Wake, found: _Found, now: datetime) -> Wake | None:
        """None: nothing is kept there any more. A destination that has just become empty stays for a day: a write may be late."""
        standing = self.app.outbox.standing(wake.destination)
        if not standing.kept and wake.tidy_at <= now:
            return None
        wake = _let_go(wake, now, silent=found.silent)
        if found.tidied and not found.more and wake.tidy_at <= now:
            wake = wake.tidied(now)
        if found.more:
            return replace(wake, not_before=now)
        if standing.next_due is None or self._is_disabled(wake.destination):
            return replace(wake, not_before=wake.tidy_at)
        return replace(wake, not_before=min(standing.next_due, wake.tidy_at))

    def _is_disabled(self, destination: str) -> bool:
        if destination not in self.subscriptions:
            return False
        stored = self.app.subscriptions.get(destination)
        return stored is None or stored.subscription.disabled


def _let_go(wake: Wake, now: datetime, *, silent: bool) -> Wake:
    if not silent:
        return replace(wake, held_until=None, quiet_until=None, failures=0)
    quiet = min(_QUIET_SECONDS[0] * 2 ** min(wake.failures, 10), _QUIET_SECONDS[1])
    return replace(
        wake, held_until=None, quiet_until=now + timedelta(seconds=quiet), failures=wake.failures + 1
    )
