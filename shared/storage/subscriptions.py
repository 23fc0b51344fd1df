"""Who wants to be told what. A few rows in one partition; each holds secrets, and nobody but the sender needs them."""

import logging
from datetime import datetime

import msgspec

from shared.run.events import Event, EventType
from shared.run.model import Record
from shared.storage.rows import AFTER, RowUnreadableError, read_record, record_row
from shared.storage.table import Operation, Row, Table, TransactionRefusedError, Verb

log = logging.getLogger("deskhand.storage")

_PARTITION, _PREFIX = "subscriptions", "subscription|"


class Secret(Record, frozen=True, kw_only=True):
    text: str
    until: datetime | None = None
    """When another has taken its place for good."""


class Subscription(Record, frozen=True, kw_only=True):
    id: str
    url: str
    """A secret of the subscriber's: it often holds a key."""
    secrets: tuple[Secret, ...]
    """The newest first."""
    events: tuple[EventType, ...]
    signed_end: str = ""
    """A hash of the signature by which it may be ended without a key, for when the key that made it is no longer configured."""
    flow_id: str | None = None
    caller: str | None = None
    """Whose it is, where callers are told apart."""
    caller_name: str | None = None
    only_own: bool = False
    """Whether it hears of its caller's own runs only."""
    created_at: datetime
    disabled_at: datetime | None = None
    disabled_because: str | None = None

    @property
    def disabled(self) -> bool:
        return self.disabled_at is not None

    def wants(self, event: Event) -> bool:
        return (
            not self.disabled
            and event.type in self.events
            and self.flow_id in {None, event.flow_id}
            and (not self.only_own or self.caller == event.caller)
        )

    def secrets_at(self, now: datetime) -> list[str]:
        return [each.text for each in self.secrets if each.until is None or now < each.until]


class StoredSubscription(msgspec.Struct, frozen=True):
    subscription: Subscription
    etag: str


class Subscriptions:
    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> list[StoredSubscription]:
        """In the order in which they were made. One that cannot be read is reported and passed over. Raises StorageError."""
        found: list[StoredSubscription] = []
        for row in self._table.range(_PARTITION, _PREFIX, _PREFIX + AFTER):
            try:
                found.append(_read(row))
            except RowUnreadableError as problem:
                log.error("%s It is skipped.", problem)
        return sorted(found, key=lambda each: each.subscription.created_at)

    def get(self, subscription_id: str) -> StoredSubscription | None:
        """Raises RowUnreadableError, StorageError."""
        row = self._table.get(_PARTITION, f"{_PREFIX}{subscription_id}")
        return None if row is None else _read(row)

    def add(self, subscription: Subscription) -> None:
        """Raises StorageError."""
        self._table.commit(_PARTITION, [Operation(Verb.INSERT, _row(subscription))])

    def change(self, stored: StoredSubscription, after: Subscription) -> bool:
        """False if somebody else has changed it. Raises StorageError."""
        row = _row(after, stored.etag)
        return self._done(Operation(Verb.REPLACE, row))

    def remove(self, subscription_id: str) -> bool:
        """False if it is not there. Raises StorageError."""
        return self._done(Operation(Verb.DELETE, Row(f"{_PREFIX}{subscription_id}", {})))

    def _done(self, operation: Operation) -> bool:
        try:
            self._table.commit(_PARTITION, [operation])
        except TransactionRefusedError:
            return False
        return True


def _row(subscription: Subscription, etag: str = "") -> Row:
    row = record_row(f"{_PREFIX}{subscription.id}", "subscription", subscription)
    return Row(row.key, row.properties, etag)


def _read(row: Row) -> StoredSubscription:
    return StoredSubscription(read_record(row, "subscription", Subscription), row.etag)
