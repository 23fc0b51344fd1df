"""The meaning of $filter, without a server."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.dataverse.errors import DataverseError
from local.dataverse.odata.columns import Column, Kind, Table, by_name
from local.dataverse.odata.matching import like, predicate
from local.dataverse.odata.parser import parse_filter


@dataclass(frozen=True)
class Row:
    id: str = "aaaaaaaa-0000-0000-0000-000000000001"
    name: str | None = "Northwind"
    number: int | None = 5
    at: datetime | None = datetime(2026, 5, 1, 12, tzinfo=UTC)
    sure: bool | None = True
    share: float | None = 0.5
    file: str | None = None


ROWS: Table[Row] = Table(
    entity="row",
    entity_set="rows",
    key="id",
    version=lambda _: 1,
    columns=by_name(
        Column("id", Kind.GUID, lambda row: row.id),
        Column("name", Kind.STRING, lambda row: row.name),
        Column("number", Kind.INTEGER, lambda row: row.number),
        Column("at", Kind.DATETIME, lambda row: row.at),
        Column("sure", Kind.BOOLEAN, lambda row: row.sure),
        Column("share", Kind.DOUBLE, lambda row: row.share),
        Column("file", Kind.FILE, lambda row: row.file),
    ),
)


def holds(text: str, row: Row | None = None, *, wildcards_in_eq: bool = False) -> bool:
    return predicate(parse_filter(text, ROWS), wildcards_in_eq=wildcards_in_eq)(row or Row())


@pytest.mark.parametrize(
    "text",
    [
        "number eq 5",
        "number ne 6",
        "number gt 4 and number ge 5 and number lt 6 and number le 5",
        "number eq -1 or number eq 5",
        "not (number eq 6)",
        "not number eq 6",
        "share lt 0.75",
        "sure eq true",
        "name eq 'NORTHWIND'",
        "name gt 'a'",
        "contains(name,'WIND')",
        "startswith(name,'nor') and endswith(name,'wind')",
        "contains(name,'n%w')",
        "startswith(name,'N_rth')",
        "contains(name,'[xyzw]ind')",
        "contains(name,'[u-x]ind')",
        "contains(name,'[^a]ind')",
        "id eq AAAAAAAA-0000-0000-0000-000000000001",
        "id eq 'aaaaaaaa-0000-0000-0000-000000000001'",
        "at ge 2026-05-01T12:00:00Z",
        "at lt 2026-05-01T14:00:00.5+01:00",
        "at gt 2026-05-01",
        "file eq null",
        "name ne null",
        'Microsoft.Dynamics.CRM.In(PropertyName=\'number\',PropertyValues=["4","5"])',
        "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['northwind'])",
        'Microsoft.Dynamics.CRM.In(PropertyName=\'name\',PropertyValues=["o\'x","Northwind"])',
        "((number eq 5))",
    ],
)
def test_true_of_the_row(text: str) -> None:
    """Each of these holds for the sample row."""
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "number eq 6",
        "number eq null",
        "not (number eq 5)",
        "name eq 'North%'",
        "contains(name,'n[x]')",
        "contains(name,'[z-a]')",
        "endswith(name,'north')",
        "id eq bbbbbbbb-0000-0000-0000-000000000001",
        "at gt 2026-05-01T12:00:00Z",
        "sure ne true",
        "file ne null",
        "Microsoft.Dynamics.CRM.In(PropertyName='number',PropertyValues=['4'])",
    ],
)
def test_false_of_the_row(text: str) -> None:
    """Each of these fails for the sample row."""
    assert not holds(text)


def test_and_binds_closer_than_or() -> None:
    """`a or b and c` is `a or (b and c)`; parentheses say otherwise."""
    assert holds("number eq 5 or number eq 5 and number eq 6")
    assert not holds("(number eq 5 or number eq 5) and number eq 6")


def test_not_binds_closer_than_and() -> None:
    """`not a and b` is `(not a) and b`."""
    assert not holds("not number eq 6 and number eq 6")


@pytest.mark.parametrize("comparison", ["gt", "ge", "lt", "le"])
def test_nothing_is_greater_or_less_than_a_missing_value(comparison: str) -> None:
    """Neither on the row's side nor on the filter's."""
    assert not holds(f"number {comparison} 5", Row(number=None))
    assert not holds(f"number {comparison} null")


def test_a_missing_value_differs_from_any() -> None:
    """`ne` holds for rows without one."""
    assert holds("name ne 'x'", Row(name=None))
    assert not holds("name eq 'x'", Row(name=None))
    assert holds("not contains(name,'x')", Row(name=None))


def test_wildcards_in_eq_are_a_choice() -> None:
    """Off: the characters themselves. On: as in LIKE."""
    assert not holds("name eq 'N%d'")
    assert holds("name eq 'N%d'", wildcards_in_eq=True)
    assert not holds("name ne 'N%d'", wildcards_in_eq=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "number",
        "number eq",
        "number eq 5 and",
        "number eq 5 number eq 5",
        "(number eq 5",
        "number eq 5)",
        "number like 5",
        "number EQ 5",
        "number eq '5'",
        "number eq 5.5",
        "name eq 5",
        "name eq 'open",
        "name eq Northwind",
        "id eq 'x'",
        "id eq 5",
        "at eq '2026-05-01'",
        "at eq 2026-13-01",
        "sure eq maybe",
        "file gt null",
        "file eq 'x'",
        "contains(number,'5')",
        "contains(name)",
        "contains(name,'a'",
        "Microsoft.Dynamics.CRM.In(PropertyName='number',PropertyValues=[])",
        "Microsoft.Dynamics.CRM.In(PropertyName='number',PropertyValues=['x'])",
        "Microsoft.Dynamics.CRM.In(PropertyName=@p1,PropertyValues=['1'])",
        "number eq 5 ; drop",
        "'and' and 'and'",
    ],
)
def test_refused(text: str) -> None:
    """Everything that is no filter is a 400 with the code of a bad query."""
    with pytest.raises(DataverseError) as refusal:
        parse_filter(text, ROWS)

    assert (refusal.value.status, refusal.value.code) == (400, "0x80060888")


def test_unknown_properties_are_named() -> None:
    """The message says which, and of which table."""
    with pytest.raises(DataverseError, match=r"'state' on type 'Microsoft\.Dynamics\.CRM\.row'"):
        parse_filter("state eq 1", ROWS)


@given(st.text())
def test_any_text_finds_itself(name: str) -> None:
    """Quotes are doubled, nothing else needs escaping in `eq`."""
    quoted = name.replace("'", "''")

    assert holds(f"name eq '{quoted}'", Row(name=name))


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    """It is a filter or a 400, never another error."""
    with suppress(DataverseError):
        parse_filter(text, ROWS)


@given(st.text(), st.text(), st.text())
def test_text_without_wildcards_is_like_itself(before: str, found: str, after: str) -> None:
    """`%x%` matches wherever x stands."""
    plain = found.translate({ord(mark): None for mark in "%_[]^"})

    assert like(f"%{plain}%").fullmatch(before + plain + after)


@given(st.text())
def test_any_pattern_is_a_pattern(pattern: str) -> None:
    """Odd brackets are characters, not errors."""
    like(pattern)


_literal = st.integers(0, 3).map(lambda value: ("number", value))
_trees: st.SearchStrategy[Any] = st.recursive(
    _literal,
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner) | st.tuples(st.just("not"), inner),
)


def _written(tree: Any) -> str:
    match tree:
        case ("number", value):
            return f"number eq {value}"
        case ("not", inner):
            return f"not ({_written(inner)})"
        case (word, left, right):
            return f"({_written(left)}) {word} ({_written(right)})"
    raise AssertionError(tree)


def _meant(tree: Any, number: int) -> bool:
    match tree:
        case ("number", value):
            return bool(number == value)
        case ("not", inner):
            return not _meant(inner, number)
        case ("and", left, right):
            return _meant(left, number) and _meant(right, number)
        case (_, left, right):
            return _meant(left, number) or _meant(right, number)
    raise AssertionError(tree)


@given(_trees, st.integers(0, 3))
def test_logic_means_what_it_says(tree: Any, number: int) -> None:
    """Any nesting of and, or, not agrees with Python's."""
    assert holds(_written(tree), Row(number=number)) is _meant(tree, number)
