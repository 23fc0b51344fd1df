"""What only a connector can say of an operation: its place in the designers, words for makers, and where a form is filled from."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec


class Visibility(StrEnum):
    """Where a designer shows it."""

    IMPORTANT = "important"
    """First."""
    ADVANCED = "advanced"
    """In a menu of its own."""
    INTERNAL = "internal"
    """Nowhere."""


class Dynamic(msgspec.Struct, frozen=True):
    """A whole body that depends on the flow: the operation that tells its schema, by id."""

    schema_from: str


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """In place of, or beside, what is declared of it."""

    title: str | None = None
    told: str | None = None
    visibility: Visibility | None = None
    required: bool = False
    default: Any = None
    picked: Mapping[str, Any] = {}


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of the connector, by the function that answers it."""

    function: str
    id: str
    summary: str | None = None
    told: str | None = None
    visibility: Visibility | None = None
    parameters: Mapping[str, Parameter] = {}
    left_out: frozenset[str] = frozenset({"api-version"})
    """Parameters that a maker has no use for."""
    takes: Dynamic | None = None
    """Its body, where that depends on the flow."""
    gives: Mapping[HTTPStatus, Any] = {}
    """Its answers, where they depend on the flow, or on a parameter that is fixed here."""
    ends_as: str | None = None
    """The function that answers in the end, where a platform goes on waiting."""
    notifies: Any = None
    """What is posted to whoever subscribes by it: it is a trigger."""
