"""Who wants to be told what. A few rows in one partition; each holds secrets, and nobody but the sender needs them."""

import logging
from collections.abc import Sequence
from copy import replace
from datetime import datetime

import msgspec

from shared.log.line import Line
from shared.log.names import Name
from shared.run.events import Event, EventType
from shared.run.model import Record
from shared.storage.rows import AFTER, RowUnreadableError, read_record, record_row
from shared.storage.table import (
    Operation,
    Row,
    StorageUnavailableError,
    Table,
    TransactionRefusedError,
    Verb,
    WriteUnsureError,
)

log = logging.getLogger("deskhand.storage")

_PARTITION, _PREFIX = "subscriptions", "subscription|"
_TRIES = 3


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
    ended_at: datetime | None = None
    """It is as good as gone. Its row stays for a day: the write that made it may still come once more, and would bring it back."""

    @property
    def disabled(self) -> bool:
        return self.disabled_at is not None

    def wants(self, event: Event) -> bool:
        return not self.disabled and self.is_for(event)

    def is_for(self, event: Event) -> bool:
        """Whether it is what was asked for."""
        return (
            event.type in self.events
            and self.flow_id in {None, event.flow_id}
            and (not self.only_own or self.caller == event.caller)
        )

    def secrets_at(self, now: datetime) -> list[str]:
        return [each.text for each in self.secrets if each.until is None or now < each.until]


class StoredSubscription(msgspec.Struct, frozen=True):
    subscription: Subscription
    etag: str


class Everybody(msgspec.Struct, frozen=True):
    """All that are not known to have ended."""

    readable: Sequence[StoredSubscription]
    """In the order in which they were made."""
    unreadable: Sequence[str]
    """The ids of those that a newer version has written, as after a rollback: what they want cannot be told now."""


class Subscriptions:
    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> Sequence[StoredSubscription]:
        """In the order in which they were made, but for those that cannot be read. Raises StorageError."""
        return self.everybody().readable

    def everybody(self) -> Everybody:
        """Those that cannot be read are reported. Raises StorageError."""
        found, unreadable = list[StoredSubscription](), list[str]()
        for row in self._table.range(_PARTITION, _PREFIX, _PREFIX + AFTER):
            try:
                stored = _read(row)
            except RowUnreadableError as problem:
                log.error(Line(Name.ROW_UNREADABLE, f"{problem} What it may be told waits for that."))
                unreadable.append(row.key.removeprefix(_PREFIX))
            else:
                found += [stored] if stored.subscription.ended_at is None else []
        found.sort(key=lambda each: each.subscription.created_at)
        return Everybody(found, unreadable)

    def get(self, subscription_id: str) -> StoredSubscription | None:
        """Raises RowUnreadableError, StorageError."""
        row = self._table.get(_PARTITION, f"{_PREFIX}{subscription_id}")
        stored = None if row is None else _read(row)
        return None if stored is None or stored.subscription.ended_at is not None else stored

    def add(self, subscription: Subscription) -> None:
        """Raises StorageError."""
        self._done(Operation(Verb.INSERT, _row(subscription)))

    def change(self, stored: StoredSubscription, after: Subscription) -> bool:
        """False if somebody else has changed it. Raises StorageError."""
        row = _row(after, stored.etag)
        return self._done(Operation(Verb.REPLACE, row))

    def end(self, subscription_id: str, now: datetime) -> bool:
        """With its secrets. False if it is not there. Raises RowUnreadableError, StorageError."""
        while (stored := self.get(subscription_id)) is not None:
            if self.change(stored, replace(stored.subscription, url="", secrets=(), ended_at=now)):
                return True
        return False

    def bury(self, subscription_id: str) -> None:
        """What is left of one that has ended. Raises StorageError."""
        self._done(Operation(Verb.DELETE, Row(f"{_PREFIX}{subscription_id}", {})))

    def _done(self, operation: Operation) -> bool:
        """A write whose answer was lost is recognised by what is there."""
        for number in range(_TRIES):
            try:
                self._table.commit(_PARTITION, [operation])
            except TransactionRefusedError:
                return number > 0 and self._is_done(operation)
            except WriteUnsureError:
                continue
            else:
                return True
        raise StorageUnavailableError("Table Storage did not confirm the change of a subscription.")

    def _is_done(self, operation: Operation) -> bool:
        held = self._table.get(_PARTITION, operation.row.key)
        return held == (None if operation.verb is Verb.DELETE else operation.row)


def _row(subscription: Subscription, etag: str = "") -> Row:
    row = record_row(f"{_PREFIX}{subscription.id}", "subscription", subscription)
    return Row(row.key, row.properties, etag)


def _read(row: Row) -> StoredSubscription:
    return StoredSubscription(read_record(row, "subscription", Subscription), row.etag)
