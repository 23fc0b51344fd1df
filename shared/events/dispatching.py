"""Each event becomes one delivery for everybody who wants it, and goes. A crash at any point places it again, which changes nothing."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import replace

from shared.events.destinations import is_own, wanted_by
from shared.log.line import Line
from shared.log.names import Name
from shared.run.events import Event
from shared.storage.outbox import Delivery, Stored
from shared.storage.rows import RowUnreadableError
from shared.storage.subscriptions import Everybody
from shared.storage.wakes import StoredWake
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.events")


def dispatch(
    app: Deskhand,
    events: Sequence[Stored[Event]],
    subscriptions: Everybody,
    wakes: Mapping[str, StoredWake],
) -> dict[str, StoredWake]:
    """The wakes as they are then. Raises StorageError.

    First the deliveries, then the wakes, then the events go: what is placed is found by its wake, or placed again.
    """
    now = app.clock.now()
    placed: dict[str, list[Delivery]] = defaultdict(list)
    for stored in events:
        for destination in wanted_by(stored.record, subscriptions, app.settings):
            event = stored.record if is_own(destination) else replace(stored.record, webhook_url=None)
            placed[destination].append(Delivery(event=event, next_at=min(event.at, now)))
    after = dict(wakes)
    for destination, deliveries in placed.items():
        app.outbox.place(destination, deliveries)
        try:
            after[destination] = app.wakes.call(destination, now, wakes.get(destination))
        except RowUnreadableError as problem:
            # A newer version looks there, and finds what was placed; the others are told meanwhile.
            app.wakes.touch(destination)
            log.error(Line(Name.ROW_UNREADABLE, f"{problem} What is to be told there waits for that."))
    app.outbox.remove_events(events)
    return after
