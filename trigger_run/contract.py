"""What a start takes, and what it promises."""

from http import HTTPStatus
from typing import Annotated

from msgspec import Meta

from shared.http import examples
from shared.http.members import Query
from shared.http.operation import OF_DATAVERSE, Answer, Header, Link, Operation
from shared.http.problems import Code
from shared.http.run_view import RunView
from shared.starting.request import StartBody


class WaitQuery(Query, frozen=True, kw_only=True):
    fail_on_error: Annotated[
        bool,
        Meta(
            description="Whether the result of a run that does not succeed is an error (424), so that the caller's action fails."
        ),
    ] = False


_BODY = {
    "connectionReference": "contoso_FinanceDesk",
    "runMode": "unattended",
    "inputs": {"Invoice": "INV-2041", "Amount": 1280.5},
    "clientReference": "order 4711",
}
_STARTED = {"runId": "$response.body#/runId"}
_LINKS = {
    "GetRun": Link("get_run", _STARTED),
    "GetResult": Link("get_run_result", _STARTED),
    "GetOutputs": Link("get_run_outputs", _STARTED),
    "Cancel": Link("cancel_run", _STARTED),
}
_CODES = OF_DATAVERSE | {
    Code.INVALID_IDEMPOTENCY_KEY,
    Code.CONNECTION_REQUIRED,
    Code.INVALID_INPUTS,
    Code.IDEMPOTENCY_KEY_REUSED,
    Code.QUEUE_FULL,
    Code.STARTS_PAUSED,
    Code.FLOW_NOT_ALLOWED,
    Code.CONNECTION_NOT_ALLOWED,
    Code.FLOW_NOT_FOUND,
}

OPERATIONS = {
    "trigger_run": Operation(
        summary="Run a desktop flow and wait",
        told="Starts a desktop flow, at most once. Location is the signed result: a caller that follows it has the outputs in the end.",
        query=WaitQuery,
        takes_key=True,
        body=StartBody,
        example=_BODY,
        answers={
            HTTPStatus.ACCEPTED: Answer(
                "The run, as it stands. Its result is found at Location; ask for it after Retry-After seconds.",
                RunView,
                (Header.LOCATION, Header.OPERATION_LOCATION, Header.RETRY_AFTER, Header.IDEMPOTENCY_REPLAYED),
                examples.RUN,
            )
        },
        codes=_CODES,
        links=_LINKS,
    ),
    "start_run": Operation(
        summary="Start a desktop flow",
        told="The same start, for callers that do not wait: the answer is no asynchronous operation to a platform that follows those.",
        takes_key=True,
        body=StartBody,
        example=_BODY,
        answers={
            HTTPStatus.CREATED: Answer(
                "The run, as it stands. Location is the run.",
                RunView,
                (Header.LOCATION, Header.OPERATION_LOCATION, Header.IDEMPOTENCY_REPLAYED),
                examples.RUN,
            )
        },
        codes=_CODES,
        links=_LINKS,
    ),
}
