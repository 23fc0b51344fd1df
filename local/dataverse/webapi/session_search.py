"""Finding sessions by a filter without looking at all of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, islice, takewhile
from typing import Any

from local.dataverse.odata.columns import Column, Kind
from local.dataverse.odata.expressions import Comparator, Comparison, Expression, Membership, conjuncts
from local.dataverse.odata.matching import predicate
from local.dataverse.session import Session
from local.dataverse.sessions import SessionTable

_CODE: Column[Any] = Column("statuscode", Kind.INTEGER, int)
"""A status code as a row of one column: a condition on it tells which codes it lets pass."""
_ROUNDING = timedelta(seconds=1)
"""Stamps follow the order of events to within this: they may be cut to whole seconds, or not, from one to the next."""
_SINCE = {Comparator.GE, Comparator.GT}


def search(
    sessions: SessionTable, expression: Expression[Session] | None, *, wildcards_in_eq: bool
) -> Iterator[Session]:
    candidates = _candidates(sessions, conjuncts(expression), exact_urls=not wildcards_in_eq)
    if expression is None:
        return iter(candidates)
    return filter(predicate(expression, wildcards_in_eq=wildcards_in_eq), candidates)


def _candidates(
    sessions: SessionTable, conditions: list[Expression[Session]], *, exact_urls: bool
) -> Iterable[Session]:
    """The smallest set that an index gives of which the filter's result is a part."""
    ids = _wanted(conditions, "flowsessionid")
    if ids is not None:
        return [session for each in ids if (session := sessions.find(each))]
    urls = _wanted(conditions, "callbackurl") if exact_urls else None
    if urls is not None:
        return list(chain.from_iterable(sessions.with_callback(url).values() for url in urls))
    return _smallest(sessions, conditions)


def _smallest(sessions: SessionTable, conditions: list[Expression[Session]]) -> Iterable[Session]:
    in_status = [found for code, found in sessions.by_status().items() if _possible(code, conditions)]
    best: Iterable[Session] = chain.from_iterable(found.values() for found in in_status)
    size = sum(len(found) for found in in_status)
    for recent in _recent(sessions, conditions):
        found = list(islice(recent, size))
        if len(found) < size:
            best, size = found, len(found)
    return best


def _recent(sessions: SessionTable, conditions: list[Expression[Session]]) -> Iterator[Iterator[Session]]:
    """Sessions of one flow, sessions since a moment: each newest first, so that they end where the moment does."""
    created, changed = _since(conditions, "createdon"), _since(conditions, "modifiedon")
    flows = _wanted(conditions, "_regardingobjectid_value")
    flow = flows[0] if flows and len(flows) == 1 else None
    if created is not None:
        yield takewhile(lambda session: session.createdon + _ROUNDING >= created, sessions.newest(flow))
    elif flow is not None:
        yield sessions.newest(flow)
    if changed is not None:
        yield takewhile(lambda session: session.modifiedon + _ROUNDING >= changed, sessions.last_changed())


def _wanted(conditions: list[Expression[Session]], column: str) -> tuple[str, ...] | None:
    """The values that a column must have one of; None where the filter does not say."""
    for condition in conditions:
        match condition:
            case Comparison(named, Comparator.EQ, str(value)) if named.name == column:
                return (value,)
            case Membership(named, values) if named.name == column:
                return tuple(dict.fromkeys(values))
    return None


def _since(conditions: list[Expression[Session]], column: str) -> datetime | None:
    bounds = [
        condition.value
        for condition in conditions
        if isinstance(condition, Comparison)
        and condition.column.name == column
        and condition.comparator in _SINCE
        and condition.value is not None
    ]
    return max(bounds, default=None)


def _possible(statuscode: int, conditions: list[Expression[Session]]) -> bool:
    for condition in conditions:
        if isinstance(condition, Comparison | Membership) and condition.column.name == "statuscode":
            admits: Callable[[Any], bool] = predicate(replace(condition, column=_CODE))
            if not admits(statuscode):
                return False
    return True
