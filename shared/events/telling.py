"""One look at what is to be told: new events are given to those who want them, and what is due is tried, everywhere at once."""

import logging
from collections.abc import Mapping

from shared.events.dispatching import dispatch
from shared.events.visiting import Visitor
from shared.log.line import Line
from shared.log.names import Name
from shared.storage.outstanding import ToDo
from shared.storage.table import StorageError
from shared.storage.wakes import StoredWake
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.events")

PASS_SECONDS = 40.0
_DESTINATIONS = 8
_SENDERS = 16


def tell(app: Deskhand, found: ToDo) -> None:
    """Raises nothing that may pass: what is left is the next pass's. No I/O where nothing is to be told."""
    wakes = {each.wake.destination: each for each in found.wakes}
    if not found.events and not _due(app, wakes):
        return
    deadline = app.clock.deadline(PASS_SECONDS)
    try:
        everybody = app.subscriptions.everybody()
        wakes = dispatch(app, found.events, everybody, wakes)
    except StorageError as problem:
        log.warning(
            Line(Name.EVENTS_UNPLACED, f"Events could not be given to those who want them: {problem}")
        )
        return
    subscriptions = {each.subscription.id: each.subscription for each in everybody.readable}
    with app.new_pool(_DESTINATIONS, "tell") as tellers, app.new_pool(_SENDERS, "send-event") as senders:
        visitor = Visitor(app, subscriptions, deadline, senders)
        list(tellers.map(visitor.visit, _due(app, wakes)))


def _due(app: Deskhand, wakes: Mapping[str, StoredWake]) -> list[StoredWake]:
    now = app.clock.now()
    return [stored for stored in wakes.values() if stored.wake.is_due(now)]
