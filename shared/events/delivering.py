"""What is due at one destination: tried, and what came of it recorded. At least once; the events of a run in their order.

A destination where nobody answers costs one try, and is then left alone for a while that grows. What is given up stays where it can be
seen, and can be sent again.
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
from shared.run.events import EventType
from shared.storage.outbox import Delivery, State, Stored, Wake, end_key
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
"""Deliveries of one destination, in one pass."""
_AT_ONCE = 4
"""Of one destination."""
_QUIET_SECONDS = (5.0, 300.0)
"""How long a destination is left alone where nobody answered, at first and at most."""


def deliver(
    app: Deskhand, destination: Destination, wake: Stored[Wake], deadline: Deadline, senders: Executor
) -> None:
    """Raises StorageError."""
    silent = False
    now = app.clock.now()
    due = app.outbox.due(destination.id, now, _MOST)
    for together in _in_order(due):
        if silent or deadline.remaining < TRY_SECONDS:
            break
        receipts = list(senders.map(lambda each: _tried(app, destination, each), together))
        silent = any(receipt is not None and receipt.status is None for receipt in receipts)
        if any(receipt is not None and receipt.status == HTTPStatus.GONE for receipt in receipts):
            _disable(app, destination)
            break
    rest(app, destination, wake, silent=silent)


def rest(app: Deskhand, destination: Destination, wake: Stored[Wake], *, silent: bool) -> None:
    """Until the next one is due; longer where nobody answered. Raises StorageError."""
    now, first = app.clock.now(), app.outbox.next_due(destination.id)
    disabled = destination.subscription is not None and _is_disabled(app, destination.subscription.id)
    if first is None or disabled:
        app.outbox.rest(wake, None)
        return
    failures = wake.record.failures + 1 if silent else 0
    quiet = min(_QUIET_SECONDS[0] * 2 ** min(wake.record.failures, 10), _QUIET_SECONDS[1]) if silent else 0.0
    not_before = max(first, now + timedelta(seconds=quiet))
    app.outbox.rest(wake, replace(wake.record, not_before=not_before, failures=failures))


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


def _in_order(due: Sequence[Stored[Delivery]]) -> Iterator[list[Stored[Delivery]]]:
    """The starts before the ends; within each a few at once."""
    starts = [each for each in due if each.record.event.type is EventType.STARTED]
    ends = [each for each in due if each.record.event.type is not EventType.STARTED]
    for group in (starts, ends):
        for begin in range(0, len(group), _AT_ONCE):
            yield group[begin : begin + _AT_ONCE]


def _tried(app: Deskhand, destination: Destination, stored: Stored[Delivery]) -> Receipt | None:
    """None where nothing was sent."""
    delivery = stored.record
    if _is_overtaken(app, destination, delivery):
        gone = replace(delivery, state=State.SUPERSEDED, next_at=None)
        _record(app, destination, stored, gone, Outcome.SUPERSEDED)
        return None
    receipt = send(app, destination, delivery)
    after = after_try(delivery, receipt, app.clock.now(), app.random.uniform(-1, 1))
    outcomes = {State.DELIVERED: Outcome.DELIVERED, State.DEAD: Outcome.DEAD, State.PENDING: Outcome.FAILED}
    _record(app, destination, stored, after, outcomes[after.state])
    return receipt


def send(app: Deskhand, destination: Destination, delivery: Delivery) -> Receipt:
    """One try, without any consequence."""
    url = destination.url_of(delivery.event)
    if url is None:
        return Receipt(None, "There is no address (any more).")
    body = message_of(delivery.event, app.settings.public_base_url)
    return send_signed(app, destination, url, delivery.event.id, body)


def send_signed(app: Deskhand, destination: Destination, url: str, message_id: str, body: bytes) -> Receipt:
    now = app.clock.now()
    headers = signed(secrets_for(destination, app.settings, now), message_id, now, body)
    return app.webhooks.post(
        url, body, {"content-type": CONTENT_TYPE, **headers}, app.clock.deadline(TRY_SECONDS)
    )


def _is_overtaken(app: Deskhand, destination: Destination, delivery: Delivery) -> bool:
    """Whether it tells that a run has started, whose end has been told."""
    if delivery.event.type.ends or delivery.attempts == 0:
        return False
    try:
        end = app.outbox.get(destination.id, end_key(delivery.event.run_id))
    except RowUnreadableError:
        return True
    return end is not None and end.state is State.DELIVERED


def _record(
    app: Deskhand, destination: Destination, stored: Stored[Delivery], after: Delivery, outcome: Outcome
) -> None:
    app.told.count(outcome)
    if outcome is Outcome.DEAD:
        log.error("Event %s was given up after %s tries: %s", after.event.id, after.attempts, after.last_told)
    try:
        if not app.outbox.record(destination.id, stored, after):
            log.info("Event %s was told by another pass as well", after.event.id)
    except StorageError as problem:  # it is told again
        log.warning("What became of event %s could not be written: %s", after.event.id, problem)


def _disable(app: Deskhand, destination: Destination) -> None:
    """Its receiver says that it is gone. Raises StorageError."""
    if destination.subscription is None:
        return
    stored = app.subscriptions.get(destination.subscription.id)
    if stored is not None and stored.subscription.disabled_at is None:
        because = "The receiver answered 410 Gone."
        app.subscriptions.change(
            stored, replace(stored.subscription, disabled_at=app.clock.now(), disabled_because=because)
        )
        log.warning("Subscription %s is disabled: %s", destination.id, because)


def _is_disabled(app: Deskhand, subscription_id: str) -> bool:
    stored = app.subscriptions.get(subscription_id)
    return stored is None or stored.subscription.disabled_at is not None
