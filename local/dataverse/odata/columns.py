"""Columns of a table: what a query may name, and how a row's value is read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The Edm type of a column, as far as filters care."""

    GUID = "Edm.Guid"
    STRING = "Edm.String"
    INTEGER = "Edm.Int64"
    DOUBLE = "Edm.Double"
    BOOLEAN = "Edm.Boolean"
    DATETIME = "Edm.DateTimeOffset"
    FILE = "Edm.Stream"
    """Selecting it gives the file's id; a filter can only ask whether there is one."""


@dataclass(frozen=True, slots=True)
class Column[R]:
    name: str
    kind: Kind
    read: Callable[[R], Any]
    optional: bool = False
    """Only in the newest table reference: an older environment may lack it."""


@dataclass(frozen=True, slots=True)
class Table[R]:
    """An entity set: its names and its columns, the key among them."""

    entity: str
    entity_set: str
    key: str
    columns: dict[str, Column[R]]
    version: Callable[[R], int]

    def without(self, unwanted: Callable[[Column[R]], bool]) -> "Table[R]":
        kept = {name: column for name, column in self.columns.items() if not unwanted(column)}
        return Table(self.entity, self.entity_set, self.key, kept, self.version)

    def etag(self, row: R) -> str:
        return f'W/"{self.version(row)}"'

    def shown(self, row: R, columns: Iterable[Column[R]]) -> dict[str, Any]:
        """The row as JSON: the columns asked for, and always the key and the version tag."""
        return self.shown_each([row], columns)[0]

    def shown_each(self, rows: Iterable[R], columns: Iterable[Column[R]]) -> list[dict[str, Any]]:
        readers = {column.name: column.read for column in (*columns, self.columns[self.key])}
        readings = tuple(readers.items())
        return [
            {"@odata.etag": self.etag(row), **{name: read(row) for name, read in readings}} for row in rows
        ]


def by_name[R](*columns: Column[R]) -> dict[str, Column[R]]:
    return {column.name: column for column in columns}


def always_null(kind: Kind, *names: str, optional: bool = False) -> list[Column[Any]]:
    """Columns that exist and that nothing here ever fills."""
    return [Column(name, kind, lambda _: None, optional) for name in names]
