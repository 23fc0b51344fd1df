"""Rows by partition: what Table Storage can do, as little of it as is needed. `azure_table` does it with Microsoft's client.

StorageError
├── StorageUnavailableError    nothing was read; or nothing was written
├── WriteUnsureError           the write may have happened, or may still happen
└── TransactionRefusedError    nothing was written: one operation's condition did not hold
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class StorageError(Exception):
    """Table Storage did not do what was asked."""


class StorageUnavailableError(StorageError):
    """Table Storage cannot be reached, or refuses us."""


class WriteUnsureError(StorageError):
    """No answer, or one that does not tell whether the write was done."""


class Refusal(StrEnum):
    EXISTS = "exists"
    CHANGED = "changed"
    MISSING = "missing"


class TransactionRefusedError(StorageError):
    """Operation `index` of a transaction (None: not told) did not hold; nothing of it was written."""

    def __init__(self, refusal: Refusal, index: int | None) -> None:
        super().__init__(f"Operation {index} of the transaction was refused: {refusal}.")
        self.refusal = refusal
        self.index = index


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    properties: dict[str, Any]
    etag: str = field(default="", compare=False)


class Verb(StrEnum):
    INSERT = "create"
    """Refused if the row exists."""
    REPLACE = "update"
    """Refused unless the row has this ETag."""
    PUT = "upsert"
    DELETE = "delete"
    """Refused if the row is missing, or does not have this ETag where one is given."""


@dataclass(frozen=True, slots=True)
class Operation:
    verb: Verb
    row: Row


MOST_OPERATIONS = 100
"""Of one transaction."""
LARGEST_ANSWER = 1000
"""Rows that one request reads, at the most: Table Storage, "Query timeout and pagination"."""


class Table(Protocol):
    """One table. What it raises is a StorageError."""

    def get(self, partition: str, key: str) -> Row | None: ...

    def commit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        """One transaction, one request: all of it or nothing. The new ETags in order ("" for a deleted row)."""
        ...

    def range(self, partition: str, low: str, high: str, *, page_size: int = LARGEST_ANSWER) -> Iterator[Row]:
        """The partition's rows with low < RowKey < high, in order; pages are fetched as they are consumed."""
        ...
