"""Events to an Azure Event Grid custom topic, as CloudEvents, in batches, by managed identity.

https://learn.microsoft.com/azure/event-grid/cloud-event-schema
https://learn.microsoft.com/azure/event-grid/authenticate-with-microsoft-entra-id
"""

import logging
from collections.abc import Sequence
from copy import replace
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from shared.clock import Deadline
from shared.dataverse.errors import DataverseError
from shared.events.delivering import OUTCOMES, TRY_SECONDS, after_try, rounds
from shared.events.destinations import GRID, Destination
from shared.events.payload import cloud_event_of
from shared.log.line import Line
from shared.log.names import Name
from shared.storage.outbox import Delivery, State, Stored
from shared.webhooks.sender import Receipt
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.events")

_CONTENT_TYPE = "application/cloudevents-batch+json; charset=utf-8"
_NEVER_AGAIN = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
"""The same events would be refused again."""


def deliver_to_grid(app: Deskhand, deadline: Deadline) -> bool:
    """Whether the topic does not take events as it should: then the others wait. The caller holds it. Raises StorageError."""
    return any(not _published(app, due, deadline) for due in rounds(app, Destination(GRID), deadline))


def _published(app: Deskhand, due: Sequence[Stored[Delivery]], deadline: Deadline) -> bool:
    """Whether the topic answers as it should. A batch that it never takes is tried event by event, while there is time: one of
    them may be the cause.
    """
    receipt = _post(app, due)
    if receipt.status in _NEVER_AGAIN and len(due) > 1:
        for each in due:
            if deadline.remaining < TRY_SECONDS:
                break
            _recorded(app, [each], _post(app, [each]))
        return True
    _recorded(app, due, receipt)
    return receipt.delivered or receipt.status in _NEVER_AGAIN


def _post(app: Deskhand, due: Sequence[Stored[Delivery]]) -> Receipt:
    endpoint = app.settings.event_grid_endpoint
    if endpoint is None:
        return Receipt(None, "EVENT_GRID_ENDPOINT is not set (any more).")
    source = f"/deskhand/{urlsplit(app.settings.dataverse_url).netloc}"
    body = msgspec.json.encode(
        [cloud_event_of(each.record.event, source, app.settings.public_base_url) for each in due]
    )
    try:
        return app.topic.publish(endpoint, body, _CONTENT_TYPE, app.clock.deadline(TRY_SECONDS))
    except DataverseError as problem:  # no token
        return Receipt(None, f"This app's identity got no token for Event Grid: {type(problem).__name__}.")


def _recorded(app: Deskhand, due: Sequence[Stored[Delivery]], receipt: Receipt) -> None:
    now, jitter = app.clock.now(), app.random.uniform(-1, 1)  # of all: what came together is tried together
    for each in due:
        after = after_try(each.record, receipt, now, jitter)
        if receipt.status in _NEVER_AGAIN:
            after = replace(after, state=State.DEAD, next_at=None)
        if after.state is State.DEAD:
            log.error(
                Line(
                    Name.EVENT_DEAD,
                    f"Event Grid did not take it: {receipt.told}",
                    event_id=after.event.id,
                    run_id=after.event.run_id,
                    destination=GRID,
                )
            )
        app.told.count(OUTCOMES[after.state])
        app.outbox.record(GRID, each, after)
