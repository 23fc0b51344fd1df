"""Each event becomes one delivery for everybody who wants it, and goes. A crash at any point places it again, which changes nothing."""

import logging
from collections import defaultdict
from collections.abc import Sequence

from shared.events.destinations import wanted_by
from shared.run.events import Event
from shared.storage.outbox import Delivery, Stored, Wake
from shared.storage.subscriptions import Subscription
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.events")


def dispatch(
    app: Deskhand, events: Sequence[Stored[Event]], subscriptions: Sequence[Subscription]
) -> dict[str, Stored[Wake]]:
    """The wakes of those who have something to hear. Raises StorageError."""
    now = app.clock.now()
    placed: dict[str, list[Delivery]] = defaultdict(list)
    for stored in events:
        for destination in wanted_by(stored.record, subscriptions, app.settings):
            placed[destination].append(Delivery(event=stored.record, next_at=stored.record.at))
    wakes: dict[str, Stored[Wake]] = {}
    for destination, deliveries in placed.items():
        wakes[destination] = app.outbox.wake(Wake(destination=destination, not_before=now))
        app.outbox.place(destination, deliveries)
    app.outbox.remove_events(events)
    return wakes
