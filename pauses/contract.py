"""What an operator's stop takes, and what is shown of it."""

from http import HTTPStatus
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from shared.http.members import Body, Guid
from shared.http.operation import OF_DATAVERSE, Answer, Header, Link, Operation
from shared.http.problems import Code
from shared.http.views import Time, View
from shared.pace.gate import PausedBy, Scope

_LONGEST_PAUSE = 30 * 86400

Name = Annotated[str, Meta(min_length=1, max_length=200)]


_NULL = {"type": "null"}
_GIVEN = {"not": _NULL}
_TARGETS = ("flowId", "connectionName", "connectionReference")


def _aims(scope: Scope, *targets: str) -> dict[str, Any]:
    """With this scope one of these is given, and nothing else."""
    others = {name: _NULL for name in _TARGETS if name not in targets}
    one: list[dict[str, Any]] = [{"required": [name], "properties": {name: _GIVEN}} for name in targets]
    return {
        "if": {"properties": {"scope": {"const": str(scope)}}},
        "then": {"properties": others} | ({"anyOf": one} if one else {}),
    }


class PauseBody(Body, frozen=True, kw_only=True):
    """What is to be held back, and why."""

    exclusive: ClassVar[tuple[tuple[str, ...], ...]] = (_TARGETS,)
    together: ClassVar[tuple[dict[str, Any], ...]] = (
        _aims(Scope.ALL),
        _aims(Scope.FLOW, "flowId"),
        _aims(Scope.CONNECTION, "connectionName", "connectionReference"),
    )

    scope: Scope
    flow_id: Guid | None = None
    connection_name: Name | None = None
    connection_reference: Name | None = None
    reason: Name
    by: Annotated[Name | None, Meta(description="Who asks, for those who come with a key.")] = None
    seconds: Annotated[
        Annotated[int, Meta(ge=1, le=_LONGEST_PAUSE)] | None,
        Meta(description="Absent: until it is lifted."),
    ] = None


class PauseView(View, frozen=True, kw_only=True):
    """A pause in force."""

    pause_id: str
    scope: Scope
    target: Annotated[str | None, Meta(description="The flow's or the connection's id.")]
    named: Annotated[str | None, Meta(description="What the connection was called when it was paused.")]
    reason: str
    source: PausedBy
    by: str | None
    since: Time
    until: Time | None


class PauseList(View, frozen=True, kw_only=True):
    """The pauses in force."""

    value: list[PauseView]


_EXAMPLE = {
    "pauseId": "flow-8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318",
    "scope": "flow",
    "target": "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318",
    "named": None,
    "reason": "Month end",
    "source": "operator",
    "by": "kim",
    "since": "2026-11-30T18:00:00Z",
    "until": None,
}

OPERATIONS = {
    "list_pauses": Operation(
        summary="List pauses",
        told="Those in force: an operator's, and those that Dataverse asked for.",
        answers={HTTPStatus.OK: Answer("The pauses.", PauseList, example={"value": [_EXAMPLE]})},
        links={"LiftFirst": Link("resume_starts", {"pauseId": "$response.body#/value/0/pauseId"})},
    ),
    "pause_starts": Operation(
        summary="Pause starts",
        told="Of everything, a flow or a connection. Starts then wait, or are refused, as WHEN_PAUSED says.",
        body=PauseBody,
        example={
            "scope": "flow",
            "flowId": "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318",
            "reason": "Month end",
            "by": "kim",
        },
        answers={HTTPStatus.CREATED: Answer("The pause.", PauseView, (Header.LOCATION,), _EXAMPLE)},
        codes=OF_DATAVERSE | {Code.PAUSE_EXISTS, Code.FLOW_NOT_FOUND, Code.CONNECTION_NOT_FOUND},
        links={"Lift": Link("resume_starts", {"pauseId": "$response.body#/pauseId"})},
    ),
    "resume_starts": Operation(
        summary="Lift a pause",
        told="Starts go on.",
        answers={HTTPStatus.NO_CONTENT: Answer("It is lifted.")},
        codes=frozenset({Code.PAUSE_NOT_FOUND, Code.INVALID_JSON, Code.INVALID_REQUEST, Code.BODY_TOO_LARGE}),
    ),
}
