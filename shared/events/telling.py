"""One look at what is to be told: new events are given to those who want them, and what is due is tried, everywhere at once."""

import logging
from collections.abc import Mapping
from concurrent.futures import Executor

from shared.clock import Deadline
from shared.events.delivering import deliver
from shared.events.destinations import GRID, Destination, is_own
from shared.events.dispatching import dispatch
from shared.events.grid import deliver_to_grid
from shared.storage.outbox import Stored, Wake
from shared.storage.outstanding import ToDo
from shared.storage.rows import RowUnreadableError
from shared.storage.subscriptions import Subscription
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.events")

PASS_SECONDS = 40.0
_DESTINATIONS = 8
_SENDERS = 16
_CLEARED = 500
"""Rows of a destination that is gone, in one pass."""


def tell(app: Deskhand, found: ToDo) -> None:
    """Raises nothing that may pass: what is left is the next pass's. No I/O where nothing is to be told."""
    now = app.clock.now()
    wakes = {each.record.destination: each for each in found.wakes if each.record.not_before <= now}
    if not found.events and not wakes:
        return
    deadline = app.clock.deadline(PASS_SECONDS)
    try:
        subscriptions = {each.subscription.id: each.subscription for each in app.subscriptions.all()}
        wakes |= dispatch(app, found.events, list(subscriptions.values()))
    except StorageError as problem:
        log.warning("Events could not be given to those who want them: %s", problem)
        return
    with app.new_pool(_DESTINATIONS, "tell") as tellers, app.new_pool(_SENDERS, "send-event") as senders:
        list(tellers.map(lambda wake: _visited(app, wake, subscriptions, deadline, senders), wakes.values()))


def _visited(
    app: Deskhand,
    wake: Stored[Wake],
    subscriptions: Mapping[str, Subscription],
    deadline: Deadline,
    senders: Executor,
) -> None:
    name = wake.record.destination
    try:
        if name == GRID:
            deliver_to_grid(app, wake, deadline)
        elif name in subscriptions or is_own(name):
            deliver(app, Destination(name, subscriptions.get(name)), wake, deadline, senders)
        elif app.outbox.clear(name, _CLEARED):  # its subscription is gone
            app.outbox.rest(wake, None)
    except (StorageError, RowUnreadableError) as problem:
        log.warning("The deliveries to %s were cut short: %s", name, problem)
