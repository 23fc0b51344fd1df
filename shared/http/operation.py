"""What an HTTP function promises: the declaration that its code reads requests by, and that the API's description is made from.

Each function folder declares its own in `contract.py`, by function name. Route, method and who may call stand in the binding and
in ACCESS, statuses of errors in Code; nothing is said twice.
"""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec

from shared.http.members import Body, NoParameters, Query
from shared.http.problems import Code

NOTHING: Any = None


class Header(StrEnum):
    """Of an answer."""

    LOCATION = "Location"
    OPERATION_LOCATION = "Operation-Location"
    RETRY_AFTER = "Retry-After"
    IDEMPOTENCY_REPLAYED = "Idempotency-Replayed"
    ALLOW = "Allow"
    ALLOWED_ORIGIN = "WebHook-Allowed-Origin"
    ALLOWED_RATE = "WebHook-Allowed-Rate"


class Answer(msgspec.Struct, frozen=True):
    """One way in which it succeeds."""

    told: str
    body: Any = NOTHING
    """A type whose JSON it is; NOTHING for none."""
    headers: tuple[Header, ...] = ()
    example: Any = NOTHING


class Sent(msgspec.Struct, frozen=True):
    """What may be sent under one media type, and how it looks."""

    body: Any
    example: Any


class Link(msgspec.Struct, frozen=True):
    """Another operation that goes on from an answer, with its parameters taken from the answer's body (JSON Pointers)."""

    operation: str
    parameters: Mapping[str, str]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    summary: str
    """A few words, as a maker reads them."""
    told: str
    query: type[Query] = NoParameters
    takes_key: bool = False
    """Whether the header Idempotency-Key is read."""
    body: type[Body] | None = None
    body_required: bool = True
    media: Mapping[str, Sent] = {}
    """By media type, where what is sent is not one JSON object."""
    example: Any = NOTHING
    """Of the body."""
    answers: Mapping[HTTPStatus, Answer]
    codes: frozenset[Code] = frozenset()
    """How else it can be answered, beyond what any operation can be."""
    links: Mapping[str, Link] = {}


ANY = frozenset(
    {
        Code.INVALID_PARAMETER,
        Code.UNSUPPORTED_API_VERSION,
        Code.STORAGE_UNAVAILABLE,
        Code.ROW_UNREADABLE,
        Code.RUN_CHANGED,
        Code.INVALID_SETTING,
    }
)
ANY_WITH_CALLER = frozenset({Code.UNAUTHENTICATED, Code.ROLE_MISSING, Code.AUTHENTICATION_NOT_ENABLED})
"""Where a key or a role is asked for."""
ANY_WITH_BODY = frozenset({Code.INVALID_JSON, Code.BODY_TOO_LARGE, Code.INVALID_REQUEST})
OF_DATAVERSE = frozenset(
    {
        Code.PRIVILEGE_MISSING,
        Code.APPLICATION_USER_MISSING,
        Code.DATAVERSE_AUTHENTICATION_FAILED,
        Code.DATAVERSE_REFUSED,
        Code.DATAVERSE_PRECONDITION_FAILED,
        Code.DATAVERSE_NOT_FOUND,
        Code.DATAVERSE_THROTTLED,
        Code.DATAVERSE_ALLOWANCE_SPENT,
        Code.DATAVERSE_UNAVAILABLE,
        Code.DATAVERSE_TIMEOUT,
        Code.DATAVERSE_UNREACHABLE,
        Code.INPUTS_TOO_LARGE,
    }
)
"""Wherever Dataverse is asked while the caller waits."""
