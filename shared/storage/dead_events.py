"""Events that could start nothing, after their sender was told that they have arrived.

    events    dead|{inverted time}|{hash}    one of them, the newest first

What an event carried is not kept: it may be inputs, and these may be secrets. A keyed digest tells whether two carried the same.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched

from shared.run.ids import newest_first_bound
from shared.run.model import ErrorDetail, Record
from shared.storage.rows import AFTER, hashed, read_record, record_row
from shared.storage.table import MOST_OPERATIONS, Operation, Row, Table, TransactionRefusedError, Verb

_PARTITION, _PREFIX = "events", "dead|"
_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{32}")


class DeadEvent(Record, frozen=True, kw_only=True):
    at: datetime
    """When it came."""
    type: str | None
    source: str | None
    id: str | None
    """As the event had them; None where it had none that is a text."""
    code: str
    message: str
    target: str | None = None
    details: tuple[ErrorDetail, ...] = ()
    """What is wrong with it: which members, never their values."""
    run_id: str | None = None
    """The run that ended with it."""
    digest: str
    sender: str | None = None
    """Its name, where callers are told apart."""

    @property
    def key(self) -> str:
        """Its own id, of characters that an address may have."""
        identity = hashed(repr((self.type, self.source, self.id, self.digest)))
        return f"{newest_first_bound(self.at)}-{identity}"


class DeadEvents:
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, events: Sequence[DeadEvent]) -> None:
        """At most a hundred, in one transaction. Raises StorageError."""
        rows = {each.key: record_row(_row_key(each.key), "event", each) for each in events}
        if rows:
            self._table.commit(_PARTITION, [Operation(Verb.PUT, row) for row in rows.values()])

    def page(self, after: str | None, size: int) -> Iterator[DeadEvent]:
        """From the newest on, behind the one with this key. Read as it is consumed. Raises StorageError, RowUnreadableError."""
        low = _PREFIX if after is None else _row_key(after)
        for row in self._table.range(_PARTITION, low, _PREFIX + AFTER, page_size=size):
            yield read_record(row, "event", DeadEvent)

    def forget(self, before: datetime) -> Iterator[int]:
        """Those that came before then. After each transaction, how many went. Raises StorageError."""
        rows = self._table.range(_PARTITION, f"{_PREFIX}{newest_first_bound(before)}", _PREFIX + AFTER)
        for part in batched(rows, MOST_OPERATIONS, strict=False):
            try:
                self._table.commit(_PARTITION, [Operation(Verb.DELETE, row) for row in part])
            except TransactionRefusedError:  # somebody has removed one of them: the others go the next time
                continue
            yield len(part)

    def remove(self, key: str) -> bool:
        """False if it is not there. Raises StorageError."""
        try:
            self._table.commit(_PARTITION, [Operation(Verb.DELETE, Row(_row_key(key), {}))])
        except TransactionRefusedError:
            return False
        return True


def is_key(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _row_key(key: str) -> str:
    return f"{_PREFIX}{key.replace('-', '|')}"
