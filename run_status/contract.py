"""What can be asked of runs, and what is answered."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from shared.http import examples
from shared.http.members import Guid, Query
from shared.http.operation import OF_DATAVERSE, Answer, Header, Link, Operation
from shared.http.problems import Code
from shared.http.run_view import RunView
from shared.http.views import ErrorView, Time, View
from shared.run.status import Status

LARGEST_PAGE = 1000


class ListQuery(Query, frozen=True, kw_only=True):
    status: Annotated[Status | None, Meta(description="Only runs that stand so.")] = None
    flow_id: Annotated[Guid | None, Meta(description="Only runs of this flow.")] = None
    client_reference: Annotated[
        Annotated[str, Meta(min_length=1, max_length=128)] | None,
        Meta(description="Only runs that were started with this number of the caller's own."),
    ] = None
    created_after: Annotated[Time | None, Meta(description="Only runs created then or later.")] = None
    created_before: Annotated[Time | None, Meta(description="Only runs created before.")] = None
    max_page_size: Annotated[
        int, Meta(ge=1, le=LARGEST_PAGE, description="How many runs a page holds at most.")
    ] = 50
    continuation_token: Annotated[
        str | None, Meta(description="Comes with a nextLink.", extra={"expected": "a token from a nextLink"})
    ] = None


class ResultQuery(Query, frozen=True, kw_only=True):
    fail_on_error: Annotated[
        bool, Meta(description="Whether a run that ended without success is answered as an error (424).")
    ] = False


class SignedResultQuery(ResultQuery, frozen=True, kw_only=True):
    sig: Annotated[str, Meta(description="The right to read this one result.")]


class OutputsFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


class OutputsQuery(Query, frozen=True, kw_only=True):
    format: Annotated[
        OutputsFormat,
        Meta(description="text: the outputs as one text, for callers that cannot take an object apart."),
    ] = OutputsFormat.JSON


class RunPage(View, frozen=True, kw_only=True):
    """Runs, newest first."""

    value: list[RunView]
    next_link: Annotated[str | UnsetType, Meta(description="The next page, absent on the last.")] = UNSET


class ResultView(View, frozen=True, kw_only=True):
    """A run that has ended, and what it gave."""

    run: RunView
    outputs: Annotated[dict[str, Any] | None, Meta(description="null where they cannot be read.")]
    outputs_error: Annotated[ErrorView | UnsetType, Meta(description="Why they cannot be read.")] = UNSET


class OutputsText(View, frozen=True, kw_only=True):
    """The outputs as text."""

    outputs_json: str


Outputs = Annotated[
    dict[str, Any],
    Meta(description="The flow's outputs, by name; with format=text the one member outputsJson."),
]
OutputsObject = Annotated[dict[str, Any], Meta(description="The flow's outputs, by name.")]

_OUTPUTS_CODES = OF_DATAVERSE | {Code.RUN_NOT_FOUND, Code.OUTPUTS_UNAVAILABLE}
_RESULT_ANSWERS = {
    HTTPStatus.OK: Answer(
        "It has ended.", ResultView, example={"run": examples.ENDED, "outputs": examples.OUTPUTS}
    ),
    HTTPStatus.ACCEPTED: Answer(
        "It is open. Ask again at Location after Retry-After seconds.",
        RunView,
        (Header.LOCATION, Header.RETRY_AFTER),
        examples.RUN,
    ),
}
_RESULT_CODES = _OUTPUTS_CODES | {Code.RUN_FAILED, Code.RUN_CANCELED}

OPERATIONS = {
    "list_runs": Operation(
        summary="List runs",
        told="Newest first. Only the runs that the caller may see.",
        query=ListQuery,
        answers={HTTPStatus.OK: Answer("A page of runs.", RunPage, example={"value": [examples.ENDED]})},
        links={"GetFirst": Link("get_run", {"runId": "$response.body#/value/0/runId"})},
    ),
    "get_run": Operation(
        summary="Get a run",
        told="How it stands. No request to Dataverse.",
        answers={HTTPStatus.OK: Answer("The run.", RunView, example=examples.RUN)},
        codes=frozenset({Code.RUN_NOT_FOUND}),
    ),
    "get_run_result": Operation(
        summary="Get the result of a run",
        told="The run and its outputs once it has ended; until then how it stands, and when to ask again.",
        query=ResultQuery,
        answers=_RESULT_ANSWERS,
        codes=_RESULT_CODES,
    ),
    "get_signed_result": Operation(
        summary="Get the result of a run by its signed URL",
        told="The same, by a signature in place of a key: where a start's Location leads.",
        query=SignedResultQuery,
        answers=_RESULT_ANSWERS,
        codes=_RESULT_CODES,
    ),
    "get_run_outputs": Operation(
        summary="Get the outputs of a run",
        told="Read from Dataverse each time; an object without members where the flow has none.",
        query=OutputsQuery,
        answers={HTTPStatus.OK: Answer("The outputs.", Outputs, example=examples.OUTPUTS)},
        codes=_OUTPUTS_CODES | {Code.RUN_NOT_FINISHED, Code.OUTPUTS_GONE},
    ),
    "get_flow_run_outputs": Operation(
        summary="Get the outputs of a run of a flow",
        told="The same, for callers that know the flow as well, and with it which outputs there are. A run of another flow is not found.",
        answers={HTTPStatus.OK: Answer("The outputs.", OutputsObject, example=examples.OUTPUTS)},
        codes=_OUTPUTS_CODES | {Code.RUN_NOT_FINISHED, Code.OUTPUTS_GONE, Code.FLOW_NOT_FOUND},
    ),
}
