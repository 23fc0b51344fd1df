"""Finding sessions by a filter, and in an order, without looking at all of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from local.dataverse.odata.columns import Column, Kind
from local.dataverse.odata.expressions import (
    And,
    Comparator,
    Comparison,
    Expression,
    Membership,
    Or,
    conjuncts,
)
from local.dataverse.odata.guids import ORDERS
from local.dataverse.odata.matching import Predicate, predicate
from local.dataverse.odata.options import ListOptions, Order
from local.dataverse.ordered import Ordered
from local.dataverse.session import Session
from local.dataverse.sessions import SessionTable
from local.dataverse.settings import Settings
from local.dataverse.webapi.session_table import FLOWSESSION

_CODE: Column[Any] = Column("statuscode", Kind.INTEGER, int)
"""A status code as a row of one column: a condition on it tells which codes it lets pass."""
_AT_LEAST = {Comparator.EQ, Comparator.GE, Comparator.GT}
_KEY = "flowsessionid"


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What an index gives: sessions of which the filter's result is a part, and how many they are."""

    size: int
    sessions: Iterable[Session]


def search(
    sessions: SessionTable, expression: Expression[Session] | None, settings: Settings
) -> Iterator[Session]:
    """In any order."""
    return filter(_predicate(expression, settings), _smallest(sessions, expression, settings).sessions)


def in_order(
    sessions: SessionTable, options: ListOptions[Session], settings: Settings
) -> Iterator[Session] | None:
    """In the order asked for; None where no index has it, or where few enough are left to be sorted."""
    if options.count or settings.guid_order != "text":
        return None
    first = _deciding(options)
    order = _orders(sessions).get(first.column.name) if first else None
    if first is None or order is None:
        return None
    low = None if first.descending else _least(options.filter, first.column.name)
    wanted = options.position + min(options.page_size, options.top or options.page_size)
    if order.count_since(low) * wanted >= _smallest(sessions, options.filter, settings).size ** 2:
        return None  # the walk to a page that is full is longer than what would be sorted
    walk = order.descending() if first.descending else order.since(low)
    return filter(_predicate(options.filter, settings), walk)


def _orders(sessions: SessionTable) -> dict[str, Ordered]:
    return {_KEY: sessions.by_key, "createdon": sessions.by_creation, "modifiedon": sessions.by_change}


def _deciding(options: ListOptions[Session]) -> Order[Session] | None:
    """What alone decides the order: the key comes last in any."""
    by_key = Order(FLOWSESSION.columns[_KEY], descending=False)
    match options.orders:
        case ():
            return by_key
        case (first,) | (first, Order(Column(name="flowsessionid"), descending=False)):
            return first
    return None


def _predicate(expression: Expression[Session] | None, settings: Settings) -> Predicate[Session] | None:
    """None lets all pass."""
    if expression is None:
        return None
    order = ORDERS[settings.guid_order]
    return predicate(expression, wildcards_in_eq=settings.wildcards_in_eq, guid_key=order)


def _smallest(
    sessions: SessionTable, expression: Expression[Session] | None, settings: Settings
) -> _Candidates:
    conditions = conjuncts(expression)
    ids = _wanted(conditions, _KEY)
    if ids is not None:
        found = [session for each in ids if (session := sessions.find(each))]
        return _Candidates(len(found), found)
    urls = None if settings.wildcards_in_eq else _wanted(conditions, "callbackurl")
    if urls is not None:
        found = list(chain.from_iterable(sessions.with_callback(url).values() for url in urls))
        return _Candidates(len(found), found)
    return min(_ranges(sessions, expression), key=lambda each: each.size)


def _ranges(sessions: SessionTable, expression: Expression[Session] | None) -> Iterator[_Candidates]:
    """Sessions in some states, sessions of one flow, sessions since a moment."""
    conditions = conjuncts(expression)
    in_status = [found for code, found in sessions.by_status().items() if _possible(code, conditions)]
    everyone = chain.from_iterable(found.values() for found in in_status)
    yield _Candidates(sum(map(len, in_status)), everyone)
    created, changed = _least(expression, "createdon"), _least(expression, "modifiedon")
    flows = _wanted(conditions, "_regardingobjectid_value")
    by_creation = sessions.of_flow(flows[0]) if flows and len(flows) == 1 else sessions.by_creation
    yield _Candidates(by_creation.count_since(created), by_creation.since(created))
    yield _Candidates(sessions.by_change.count_since(changed), sessions.by_change.since(changed))


def _wanted(conditions: list[Expression[Session]], column: str) -> tuple[str, ...] | None:
    """The values that a column must have one of; None where the filter does not say."""
    for condition in conditions:
        match condition:
            case Comparison(named, Comparator.EQ, str(value)) if named.name == column:
                return (value,)
            case Membership(named, values) if named.name == column:
                return tuple(dict.fromkeys(values))
    return None


def _least(expression: Expression[Session] | None, column: str) -> Any:
    """A value that the column of no match is below; None where the filter does not say."""
    match expression:
        case Comparison(named, comparator, value) if named.name == column and comparator in _AT_LEAST:
            return value
        case And(left, right):
            bounds = [_least(left, column), _least(right, column)]
            return max((each for each in bounds if each is not None), default=None)
        case Or(left, right):
            either = _least(left, column), _least(right, column)
            return None if None in either else min(either)
    return None


def _possible(statuscode: int, conditions: list[Expression[Session]]) -> bool:
    for condition in conditions:
        if isinstance(condition, Comparison | Membership) and condition.column.name == "statuscode":
            admits: Callable[[Any], bool] = predicate(replace(condition, column=_CODE))
            if not admits(statuscode):
                return False
    return True
