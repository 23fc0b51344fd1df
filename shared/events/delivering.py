"""What is due at one destination: tried, and what came of it recorded. At least once; the events of a run in their order.

Whoever looks at a destination holds it, so that nobody else tells it anything meanwhile. One where nobody answers costs a few tries at
once, and is then left alone for a while that grows. What is given up stays where it can be seen, and can be sent again.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from copy import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from shared.clock import Deadline
from shared.events.destinations import Destination, secrets_for
from shared.events.outcome import Outcome
from shared.events.payload import CONTENT_TYPE, message_of
from shared.log.line import Line
from shared.log.names import Name
from shared.log.work import about, trace_headers
from shared.run.events import EventType
from shared.storage.outbox import Delivery, State, Stored, start_key
from shared.storage.rows import RowUnreadableError
from shared.storage.table import StorageError
from shared.webhooks.sender import Receipt
from shared.webhooks.signing import signed
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.events")

TRY_SECONDS = 10.0
GAPS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Before the second try, the third and so on: ten tries in all, over some three days."""
_JITTER = 0.1
_LONGEST_WAIT = timedelta(days=1)
_MOST = 100
"""Deliveries that are read at a time."""
_AT_ONCE = 4
"""Of one destination."""
OUTCOMES = {State.DELIVERED: Outcome.DELIVERED, State.DEAD: Outcome.DEAD, State.PENDING: Outcome.FAILED}


def deliver(app: Deskhand, destination: Destination, deadline: Deadline, senders: Executor) -> bool:
    """Whether nobody answered there: then the others wait. The caller holds the destination. Raises StorageError."""
    if destination.subscription is not None and destination.subscription.disabled:
        return False
    for due in rounds(app, destination, deadline):
        for together in _in_order(_wanted(app, destination, due)):
            tries = senders.map(lambda each: _tried(app, destination, each, deadline), together)
            receipts = [receipt for receipt in tries if receipt is not None]
            if any(receipt.status is None for receipt in receipts):
                return True
            if any(receipt.status == HTTPStatus.GONE for receipt in receipts) and _disable(app, destination):
                return False
    return False


def rounds(app: Deskhand, destination: Destination, deadline: Deadline) -> Iterator[list[Stored[Delivery]]]:
    """What is due, some at a time, while there is time: each once, whatever comes of it. Raises StorageError."""
    seen = set[str]()
    while deadline.remaining > TRY_SECONDS:
        due = app.outbox.due(destination.id, app.clock.now(), _MOST)
        fresh = [each for each in due if each.key not in seen]
        if fresh:
            yield fresh
        if not fresh or len(due) < _MOST:
            return
        seen |= {each.key for each in fresh}


def after_try(delivery: Delivery, receipt: Receipt, now: datetime, jitter: float) -> Delivery:
    """How it stands after a try. `jitter` from -1 to 1."""
    tried = replace(
        delivery,
        attempts=delivery.attempts + 1,
        last_at=now,
        last_status=receipt.status,
        last_told=receipt.told,
        next_at=None,
    )
    if receipt.delivered:
        return replace(tried, state=State.DELIVERED)
    if tried.attempts > len(GAPS) or receipt.status == HTTPStatus.GONE:
        return replace(tried, state=State.DEAD)
    gap = GAPS[tried.attempts - 1] * (1 + _JITTER * jitter)
    asked = timedelta(seconds=receipt.retry_after or 0)
    return replace(tried, next_at=now + max(gap, min(asked, _LONGEST_WAIT)))


def _wanted(
    app: Deskhand, destination: Destination, due: Sequence[Stored[Delivery]]
) -> Sequence[Stored[Delivery]]:
    """What was placed while its subscription could not be read may be nothing that it asked for: that goes. Raises StorageError."""
    subscription = destination.subscription
    if subscription is None:
        return due
    app.outbox.drop(destination.id, [each for each in due if not subscription.is_for(each.record.event)])
    return [each for each in due if subscription.is_for(each.record.event)]


def _in_order(due: Sequence[Stored[Delivery]]) -> Iterator[list[Stored[Delivery]]]:
    """The starts before the ends; within each a few at once."""
    starts = [each for each in due if each.record.event.type is EventType.STARTED]
    ends = [each for each in due if each.record.event.type is not EventType.STARTED]
    for group in (starts, ends):
        for begin in range(0, len(group), _AT_ONCE):
            yield group[begin : begin + _AT_ONCE]


def _tried(
    app: Deskhand, destination: Destination, stored: Stored[Delivery], deadline: Deadline
) -> Receipt | None:
    """None where nothing was sent."""
    delivery = stored.record
    with about(delivery.event.run_id, delivery.event.traceparent):
        if delivery.event.type.ends and not _may_overtake(app, destination, delivery):
            return None
        if deadline.remaining < TRY_SECONDS:
            return None
        receipt = send(app, destination, delivery)
        after = after_try(delivery, receipt, app.clock.now(), app.random.uniform(-1, 1))
        _record(app, destination, stored, after)
        return receipt


def _may_overtake(app: Deskhand, destination: Destination, end: Delivery) -> bool:
    """Whether the start of the run is out of the way: an end waits for the first try, and after that the start is told no more.

    It is written so before the end is sent: whatever crashes then, no start comes after its end.
    """
    if not destination.hears_starts:
        return True
    try:
        start = app.outbox.pending(destination.id, start_key(end.event.run_id))
        if start is None:
            return True
        gone = replace(start.record, state=State.SUPERSEDED, next_at=None)
        if start.record.attempts == 0 or not app.outbox.record(destination.id, start, gone):
            return False
    except (StorageError, RowUnreadableError) as problem:
        log.warning(
            Line(
                Name.EVENT_PUT_OFF,
                f"It is told later: {problem}",
                event_id=end.event.id,
            )
        )
        return False
    app.told.count(Outcome.SUPERSEDED)
    return True


def send(app: Deskhand, destination: Destination, delivery: Delivery) -> Receipt:
    """One try, without any consequence."""
    url = destination.url_of(delivery.event)
    if url is None:
        return Receipt(None, "There is no address (any more).")
    body = message_of(delivery.event, app.settings.public_base_url)
    return send_signed(app, destination, url, delivery.event.id, body)


def send_signed(app: Deskhand, destination: Destination, url: str, message_id: str, body: bytes) -> Receipt:
    now = app.clock.now()
    headers = {
        "content-type": CONTENT_TYPE,
        **signed(secrets_for(destination, app.settings, now), message_id, now, body),
        **trace_headers(),
    }
    return app.webhooks.post(url, body, headers, app.clock.deadline(TRY_SECONDS))


def _record(app: Deskhand, destination: Destination, stored: Stored[Delivery], after: Delivery) -> None:
    app.told.count(OUTCOMES[after.state])
    if after.state is State.DEAD:
        log.error(
            Line(
                Name.EVENT_DEAD,
                f"It was given up after {after.attempts} tries: {after.last_told}",
                event_id=after.event.id,
                destination=destination.id,
            )
        )
    try:
        if not app.outbox.record(destination.id, stored, after):
            log.info(
                Line(
                    Name.EVENT_TOLD_TWICE,
                    "It was told by another pass as well",
                    event_id=after.event.id,
                )
            )
    except StorageError as problem:  # it is told again
        log.warning(
            Line(
                Name.EVENT_UNRECORDED,
                f"What became of it could not be written: {problem}",
                event_id=after.event.id,
            )
        )


def _disable(app: Deskhand, destination: Destination) -> bool:
    """Its receiver says that it is gone. False where there is nothing to disable. Raises StorageError."""
    if destination.subscription is None:
        return False
    stored = app.subscriptions.get(destination.subscription.id)
    if stored is not None and not stored.subscription.disabled:
        because = "The receiver answered 410 Gone."
        disabled = replace(stored.subscription, disabled_at=app.clock.now(), disabled_because=because)
        if app.subscriptions.change(stored, disabled):
            log.warning(Line(Name.SUBSCRIPTION_DISABLED, because, subscription_id=destination.id))
    return True
