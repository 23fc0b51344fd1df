"""One page of a list."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from local.dataverse.odata.columns import Kind, Table
from local.dataverse.odata.guids import GuidKey, guid_as_text
from local.dataverse.odata.options import ListOptions, Order


@dataclass(frozen=True, slots=True)
class Page[R]:
    rows: list[R]
    total: int | None
    """None where nobody counted."""
    next_position: int | None
    """None on the last page."""


def page[R](found: Iterable[R], table: Table[R], options: ListOptions[R], guid_key: GuidKey) -> Page[R]:
    """Sorts, then cuts. Each page is evaluated anew: rows that change between two requests may move between pages."""
    rows = _sorted(list(found), table, options, guid_key)
    total = len(rows)
    if options.top is not None:
        rows = rows[: options.top]
    end = options.position + options.page_size
    return Page(rows[options.position : end], total, end if end < len(rows) else None)


def page_of_ordered[R](found: Iterator[R], options: ListOptions[R]) -> Page[R]:
    """Takes no more of what is in the right order already than the page needs."""
    end = options.position + options.page_size
    rows = list(islice(islice(found, options.top), options.position, end + 1))
    return Page(rows[: options.page_size], None, end if len(rows) > options.page_size else None)


def _sorted[R](rows: list[R], table: Table[R], options: ListOptions[R], guid_key: GuidKey) -> list[R]:
    """In the order asked for, then by primary key."""
    read_key = table.columns[table.key].read
    rows.sort(key=read_key if guid_key is guid_as_text else lambda row: guid_key(read_key(row)))
    for order in reversed(options.orders):
        rows.sort(key=_sort_key(order, guid_key), reverse=order.descending)
    return rows


def _sort_key[R](order: Order[R], guid_key: GuidKey) -> Callable[[R], Any]:
    """Rows without a value come first, as in SQL."""
    read, kind = order.column.read, order.column.kind

    def key(row: R) -> Any:
        value = read(row)
        if value is None:
            return False, 0
        if kind is Kind.STRING:
            return True, value.casefold()
        return True, guid_key(value) if kind is Kind.GUID else value

    return key
