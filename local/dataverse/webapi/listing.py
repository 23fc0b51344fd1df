"""Reading tables: a page of rows, or one row."""

from collections.abc import Iterable, Iterator
from copy import replace
from typing import Any
from urllib.parse import urlencode

from local.dataverse.errors import version_mismatch
from local.dataverse.odata.columns import Column, Table
from local.dataverse.odata.guids import ORDERS
from local.dataverse.odata.options import MOST_ROWS, ListOptions, row_options
from local.dataverse.odata.paging import Page, page, page_of_ordered
from local.dataverse.settings import Settings
from local.dataverse.webapi.exchange import BASE_PATH, Answer, Call, json_answer


def page_answer[R](
    call: Call, found: Iterable[R], table: Table[R], options: ListOptions[R], settings: Settings
) -> Answer:
    """Of rows that come in any order."""
    options = _limited(options, settings)
    return _page_answer(call, page(found, table, options, ORDERS[settings.guid_order]), table, options)


def ordered_page_answer[R](
    call: Call, found: Iterator[R], table: Table[R], options: ListOptions[R], settings: Settings
) -> Answer:
    """Of rows that come in the order asked for."""
    options = _limited(options, settings)
    return _page_answer(call, page_of_ordered(found, options), table, options)


def _limited[R](options: ListOptions[R], settings: Settings) -> ListOptions[R]:
    return replace(options, page_size=min(options.page_size, settings.largest_page))


def _page_answer[R](call: Call, cut: Page[R], table: Table[R], options: ListOptions[R]) -> Answer:
    columns = options.select or tuple(table.columns.values())
    shown: dict[str, Any] = {"@odata.context": f"{call.context}#{table.entity_set}{_suffix(options.select)}"}
    if options.count and cut.total is not None:
        shown["@odata.count"] = min(cut.total, MOST_ROWS)
    shown["value"] = table.shown_each(cut.rows, columns)
    if cut.next_position is not None:
        shown["@odata.nextLink"] = _next_link(call, table, cut)
    applied = options.asked_page_size
    headers = {"Preference-Applied": f"odata.maxpagesize={applied}"} if applied else {}
    return json_answer(shown, headers=headers)


def row_answer[R](call: Call, row: R, table: Table[R], settings: Settings) -> Answer:
    """200, or 304 where the caller has this version already."""
    etag = table.etag(row)
    select = row_options(call.query, table)
    check_version(call, row, table, settings)
    if settings.optimistic_concurrency and call.headers.get("If-None-Match") == etag:
        return Answer(304, {"ETag": etag})
    columns = select or tuple(table.columns.values())
    context = {"@odata.context": f"{call.context}#{table.entity_set}{_suffix(select)}/$entity"}
    return json_answer(context | table.shown(row, columns), headers={"ETag": etag})


def check_version[R](call: Call, row: R, table: Table[R], settings: Settings) -> None:
    """Refuses (412) a request made for another version of the row."""
    wanted = call.headers.get("If-Match", "*")
    if settings.optimistic_concurrency and wanted not in {"*", table.etag(row)}:
        raise version_mismatch(table.entity)


def _suffix[R](select: tuple[Column[R], ...] | None) -> str:
    return f"({','.join(column.name for column in select)})" if select else ""


def _next_link[R](call: Call, table: Table[R], cut: Page[R]) -> str:
    query = dict(call.query) | {"$skiptoken": str(cut.next_position)}
    return f"{call.origin}{BASE_PATH}{table.entity_set}?{urlencode(query, safe='$,()@')}"
