"""Each event becomes one delivery for everybody who wants it, and goes. A crash at any point places it again, which changes nothing."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

from shared.events.destinations import wanted_by
from shared.run.events import Event
from shared.storage.outbox import Delivery, Stored, Wake
from shared.storage.subscriptions import Subscription
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.events")


def dispatch(
    app: Deskhand,
    events: Sequence[Stored[Event]],
    subscriptions: Sequence[Subscription],
    wakes: Mapping[str, Stored[Wake]],
) -> dict[str, Stored[Wake]]:
    """The wakes as they are then. One where nobody answered lately stays quiet, whatever comes for it. Raises StorageError."""
    now = app.clock.now()
    placed: dict[str, list[Delivery]] = defaultdict(list)
    for stored in events:
        for destination in wanted_by(stored.record, subscriptions, app.settings):
            placed[destination].append(Delivery(event=stored.record, next_at=stored.record.at))
    after = dict(wakes)
    for destination, deliveries in placed.items():
        held = wakes.get(destination)
        quiet = held is not None and held.record.failures > 0
        wake = held.record if held is not None and quiet else Wake(destination=destination, not_before=now)
        after[destination] = app.outbox.wake(wake)
        app.outbox.place(destination, deliveries)
    app.outbox.remove_events(events)
    return after
