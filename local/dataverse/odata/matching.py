"""Filters at work: an expression becomes one function of a row."""

import operator
import re
from collections.abc import Callable
from typing import Any

from local.dataverse.odata.columns import Column, Kind
from local.dataverse.odata.expressions import (
    And,
    Comparator,
    Comparison,
    Expression,
    Membership,
    Not,
    Or,
    TextMatch,
    TextTest,
)
from local.dataverse.odata.guids import GuidKey, guid_as_text

type Predicate[R] = Callable[[R], bool]

_ORDERED: dict[Comparator, Callable[[Any, Any], bool]] = {
    Comparator.GT: operator.gt,
    Comparator.GE: operator.ge,
    Comparator.LT: operator.lt,
    Comparator.LE: operator.le,
}
_NOTHING = "(?!)"
_SPECIAL = re.compile(r"[\\\[\]&~|^]")
_WILDCARD = re.compile(r"%|_|\[\^?[^\]]+\]")


def predicate[R](
    expression: Expression[R], *, wildcards_in_eq: bool = False, guid_key: GuidKey = guid_as_text
) -> Predicate[R]:
    """String comparison ignores case, and `%`, `_`, `[...]` are wildcards in the text functions (in `eq` by choice)."""

    def build(part: Expression[R]) -> Predicate[R]:
        match part:
            case And(left, right):
                return _both(build(left), build(right))
            case Or(left, right):
                return _either(build(left), build(right))
            case Not(negated):
                return _not(build(negated))
            case condition:
                return _condition(condition, wildcards_in_eq=wildcards_in_eq, guid_key=guid_key)

    return build(expression)


def _both[R](first: Predicate[R], second: Predicate[R]) -> Predicate[R]:
    return lambda row: first(row) and second(row)


def _either[R](first: Predicate[R], second: Predicate[R]) -> Predicate[R]:
    return lambda row: first(row) or second(row)


def _not[R](inner: Predicate[R]) -> Predicate[R]:
    return lambda row: not inner(row)


def _condition[R](
    condition: Comparison[R] | TextMatch[R] | Membership[R], *, wildcards_in_eq: bool, guid_key: GuidKey
) -> Predicate[R]:
    match condition:
        case TextMatch(column, test, text):
            return _text(column, test, text)
        case Membership(column, values):
            return _among(column, values)
        case Comparison(column, comparator, value) if comparator in _ORDERED:
            return _ordered(column, _ORDERED[comparator], value, guid_key)
        case Comparison(column, comparator, value):
            return _equal(column, value, wildcards=wildcards_in_eq, wanted=comparator is Comparator.EQ)


def _equal[R](column: Column[R], value: Any, *, wildcards: bool, wanted: bool) -> Predicate[R]:
    read = column.read
    if value is None:
        return lambda row: (read(row) is None) is wanted
    if column.kind is not Kind.STRING:
        return lambda row: (read(row) == value) is wanted
    if wildcards:
        alike = like(value).fullmatch
        return lambda row: (alike(read(row) or "") is not None) is wanted
    folded = value.casefold()
    return lambda row: ((read(row) or "").casefold() == folded) is wanted


def _ordered[R](
    column: Column[R], compare: Callable[[Any, Any], bool], value: Any, guid_key: GuidKey
) -> Predicate[R]:
    read = column.read
    if value is None:
        return lambda _: False
    if column.kind is Kind.STRING:
        folded = value.casefold()
        return lambda row: (found := read(row)) is not None and compare(found.casefold(), folded)
    if column.kind is Kind.GUID and guid_key is not guid_as_text:
        placed = guid_key(value)
        return lambda row: (found := read(row)) is not None and compare(guid_key(found), placed)
    return lambda row: (found := read(row)) is not None and compare(found, value)


def _among[R](column: Column[R], values: tuple[Any, ...]) -> Predicate[R]:
    read = column.read
    if column.kind is Kind.STRING:
        folded = {value.casefold() for value in values}
        return lambda row: (read(row) or "").casefold() in folded
    wanted = set(values)
    return lambda row: read(row) in wanted


def _text[R](column: Column[R], test: TextTest, text: str) -> Predicate[R]:
    read = column.read
    before = "" if test is TextTest.STARTS_WITH else "%"
    after = "" if test is TextTest.ENDS_WITH else "%"
    alike = like(before + text + after).fullmatch
    return lambda row: (found := read(row)) is not None and alike(found) is not None


def like(pattern: str) -> re.Pattern[str]:
    """The regular expression of an SQL LIKE pattern, ignoring case."""
    parts: list[str] = []
    end = 0
    for wildcard in _WILDCARD.finditer(pattern):
        parts += [re.escape(pattern[end : wildcard.start()]), _as_regex(wildcard[0])]
        end = wildcard.end()
    parts.append(re.escape(pattern[end:]))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _as_regex(wildcard: str) -> str:
    if wildcard == "%":
        return ".*"
    if wildcard == "_":
        return "."
    inside = wildcard[1:-1]
    negated = "^" if inside.startswith("^") else ""
    characters = f"[{negated}{_SPECIAL.sub(r'\\\g<0>', inside.removeprefix('^'))}]"
    try:
        re.compile(characters)
    except re.PatternError:  # a range that runs backwards holds no character
        return _NOTHING
    return characters
