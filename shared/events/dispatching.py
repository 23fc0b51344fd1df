"""Each event becomes one delivery for everybody who wants it, and goes. A crash at any point places it again, which changes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import replace

from shared.events.destinations import is_own, wanted_by
from shared.run.events import Event
from shared.storage.outbox import Delivery, Stored
from shared.storage.subscriptions import Subscription
from shared.storage.wakes import StoredWake
from shared.wiring import Deskhand


def dispatch(
    app: Deskhand,
    events: Sequence[Stored[Event]],
    subscriptions: Sequence[Subscription],
    wakes: Mapping[str, StoredWake],
) -> dict[str, StoredWake]:
    """The wakes as they are then. Raises RowUnreadableError, StorageError.

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
        after[destination] = app.wakes.call(destination, now, wakes.get(destination))
    app.outbox.remove_events(events)
    return after
