"""The system query options of one request, checked against the table that it asks about."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from local.dataverse.errors import bad_query, unknown_property
from local.dataverse.odata.columns import Column, Kind, Table
from local.dataverse.odata.expressions import Expression
from local.dataverse.odata.parser import parse_filter

MOST_ROWS = 5000

_LIST_OPTIONS = {"$select", "$filter", "$orderby", "$top", "$count", "$skiptoken"}
_PAGE_SIZE = re.compile(r"odata\.maxpagesize=(\d+)")


@dataclass(frozen=True, slots=True)
class Order[R]:
    column: Column[R]
    descending: bool


@dataclass(frozen=True, slots=True)
class ListOptions[R]:
    select: tuple[Column[R], ...] | None = None
    """None: every column."""
    filter: Expression[R] | None = None
    orders: tuple[Order[R], ...] = ()
    top: int | None = None
    count: bool = False
    page_size: int = MOST_ROWS
    asked_page_size: int | None = None
    position: int = 0
    """Where the page begins."""


def list_options[R](query: Mapping[str, str], prefer: str, table: Table[R]) -> ListOptions[R]:
    aliases = {name: value for name, value in query.items() if name.startswith("@")}
    _refuse_others(query, _LIST_OPTIONS | aliases.keys())
    asked = _PAGE_SIZE.search(prefer)
    size = min(int(asked[1]), MOST_ROWS) if asked and int(asked[1]) > 0 else MOST_ROWS
    text = query.get("$filter")
    return ListOptions(
        select=selected(query, table),
        filter=parse_filter(text, table, aliases) if text is not None else None,
        orders=_orders(query.get("$orderby"), table),
        top=_number(query, "$top"),
        count=query.get("$count") == "true",
        page_size=size,
        asked_page_size=int(asked[1]) if asked else None,
        position=_number(query, "$skiptoken") or 0,
    )


def row_options[R](query: Mapping[str, str], table: Table[R]) -> tuple[Column[R], ...] | None:
    """The columns asked for of a single row."""
    _refuse_others(query, {"$select"})
    return selected(query, table)


def selected[R](query: Mapping[str, str], table: Table[R]) -> tuple[Column[R], ...] | None:
    if "$select" not in query:
        return None
    return tuple(_column(name.strip(), table) for name in query["$select"].split(","))


def _orders[R](text: str | None, table: Table[R]) -> tuple[Order[R], ...]:
    return tuple(_order(part.split(), table) for part in text.split(",")) if text else ()


def _order[R](words: list[str], table: Table[R]) -> Order[R]:
    match words:
        case [name] | [name, "asc"]:
            order = Order(_column(name, table), descending=False)
        case [name, "desc"]:
            order = Order(_column(name, table), descending=True)
        case _:
            raise bad_query(f"Syntax error in '$orderby': '{' '.join(words)}'.")
    if order.column.kind is Kind.FILE:
        raise bad_query(f"Sorting by '{order.column.name}' is not supported.")
    return order


def _column[R](name: str, table: Table[R]) -> Column[R]:
    if name not in table.columns:
        raise unknown_property(name, table.entity)
    return table.columns[name]


def _number(query: Mapping[str, str], name: str) -> int | None:
    if name not in query:
        return None
    if not re.fullmatch(r"\d{1,9}", query[name]):
        raise bad_query(f"Invalid value '{query[name]}' for {name} query option found.")
    return int(query[name])


def _refuse_others(query: Mapping[str, str], known: set[str]) -> None:
    for name in query:
        if name not in known:
            raise bad_query(f"The query parameter {name} is not supported")
