"""What preflight is asked, and how it tells what it found."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.http.members import Guid, Query
from shared.http.operation import Answer, Operation
from shared.http.views import Time, View


class PreflightQuery(Query, frozen=True, kw_only=True):
    flow_id: Annotated[Guid | None, Meta(description="A flow that is to be started.")] = None
    connection_reference: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200)] | None,
        Meta(description="The logical name of the connection reference that it is to be started with."),
    ] = None


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not looked at: it was not asked for, or something before it failed."""
    UNKNOWN = "unknown"
    """Nothing harmless tells: see the remedy."""


class CheckView(View, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: Annotated[str, Meta(description="Stays the same. Privileges are named as in Dataverse.")]
    outcome: Outcome
    message: Annotated[str, Meta(description="What was found, or what is wrong.")]
    remedy: Annotated[str | UnsetType, Meta(description="What to do.")] = UNSET


class PreflightView(View, frozen=True, kw_only=True):
    """What was found."""

    outcome: Annotated[Outcome, Meta(description="failed if a check has failed, else passed.")]
    checked_at: Time
    callback_base: Annotated[
        str | None,
        Meta(description="What callback URLs begin with; null: none are given, polling does it all."),
    ]
    checks: list[CheckView]


_EXAMPLE = {
    "outcome": "failed",
    "checkedAt": "2026-11-23T21:29:55Z",
    "callbackBase": "https://deskhand.contoso.com",
    "checks": [
        {
            "name": "token",
            "outcome": "passed",
            "message": "The identity has a token for contoso.crm4.dynamics.com.",
        },
        {
            "name": "prvReadflowsession",
            "outcome": "failed",
            "message": "The application user has not got prvReadflowsession: status and outputs, whoever owns the session.",
            "remedy": "Grant it at Global: python3 -m infra.dataverse does.",
        },
    ],
}

OPERATIONS = {
    "get_preflight": Operation(
        summary="Check the set-up",
        told="Looks whether the app can do its work: settings, storage, token, application user, privileges, flows, connection "
        "references. Starts nothing and changes nothing. What only a run can prove is unknown.",
        query=PreflightQuery,
        answers={HTTPStatus.OK: Answer("What was found.", PreflightView, example=_EXAMPLE)},
    ),
}
