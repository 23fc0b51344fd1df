"""What a $filter means: a tree of conditions on columns, with values already of their columns' types."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from local.dataverse.odata.columns import Column


class Comparator(StrEnum):
    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


class TextTest(StrEnum):
    CONTAINS = "contains"
    STARTS_WITH = "startswith"
    ENDS_WITH = "endswith"


@dataclass(frozen=True, slots=True)
class Comparison[R]:
    column: Column[R]
    comparator: Comparator
    value: Any


@dataclass(frozen=True, slots=True)
class TextMatch[R]:
    column: Column[R]
    test: TextTest
    text: str


@dataclass(frozen=True, slots=True)
class Membership[R]:
    """Microsoft.Dynamics.CRM.In."""

    column: Column[R]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class And[R]:
    left: "Expression[R]"
    right: "Expression[R]"


@dataclass(frozen=True, slots=True)
class Or[R]:
    left: "Expression[R]"
    right: "Expression[R]"


@dataclass(frozen=True, slots=True)
class Not[R]:
    negated: "Expression[R]"


type Expression[R] = Comparison[R] | TextMatch[R] | Membership[R] | And[R] | Or[R] | Not[R]


def conjuncts[R](expression: Expression[R] | None) -> list[Expression[R]]:
    """The conditions that must all hold: what an index can be looked up with."""
    match expression:
        case None:
            return []
        case And(left, right):
            return conjuncts(left) + conjuncts(right)
        case _:
            return [expression]


def columns_named[R](expression: Expression[R] | None) -> set[str]:
    match expression:
        case None:
            return set()
        case And(left, right) | Or(left, right):
            return columns_named(left) | columns_named(right)
        case Not(negated):
            return columns_named(negated)
        case Comparison(column) | TextMatch(column) | Membership(column):
            return {column.name}
