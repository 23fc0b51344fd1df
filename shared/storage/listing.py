"""A list of runs: which index it is read from, between which keys, and where a page is continued."""

import logging
from collections.abc import Iterator
from datetime import datetime

import msgspec

from shared.log.line import Line
from shared.log.names import Name
from shared.run.ids import newest_first, newest_first_bound
from shared.run.model import Run
from shared.run.status import Status
from shared.storage.rows import AFTER, RowUnreadableError, list_prefix, read_run
from shared.storage.table import Row

log = logging.getLogger("deskhand.storage")


class Listing(msgspec.Struct, frozen=True):
    """What a list of runs is asked for. Times bound `createdAt`: from `created_after` on, before `created_before`."""

    caller: str | None = None
    status: Status | None = None
    flow_id: str | None = None
    client_reference: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def position_of(run: Run) -> str:
    """Where a page that ends with this run is continued."""
    return newest_first(run.id)


def bounds(wanted: Listing, after: str | None) -> tuple[str, str]:
    """Exclusive RowKey bounds. Keys run from new to old: `created_before` bounds from below, `created_after` from above."""
    prefix = list_prefix(
        caller=wanted.caller,
        flow_id=wanted.flow_id,
        status=wanted.status,
        client_reference=wanted.client_reference,
    )
    low, high = prefix, prefix + AFTER
    if wanted.created_before is not None:
        # runs of that very millisecond and later ones sort up to this key
        low = f"{prefix}{newest_first_bound(wanted.created_before)}|{AFTER}"
    if wanted.created_after is not None:
        high = f"{prefix}{newest_first_bound(wanted.created_after)}|{AFTER}"
    if after is not None:
        low = max(low, prefix + after)
    return low, high


def readable_runs(rows: Iterator[Row]) -> Iterator[Run]:
    for row in rows:
        try:
            yield read_run(row)
        except RowUnreadableError as problem:
            log.error(Line(Name.ROW_UNREADABLE, f"{problem} It is skipped."))


def is_wanted(run: Run, wanted: Listing) -> bool:
    return (
        (wanted.caller is None or run.caller == wanted.caller)
        and (wanted.client_reference is None or run.client_reference == wanted.client_reference)
        and (wanted.flow_id is None or run.flow_id == wanted.flow_id)
        and (wanted.status is None or run.status is wanted.status)
    )
