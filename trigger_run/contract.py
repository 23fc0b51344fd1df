"""What a start takes, and what it promises."""

from http import HTTPStatus
from typing import Annotated, Any

from msgspec import Meta

from shared.http import examples
from shared.http.members import Body, Guid, Query
from shared.http.operation import Answer, Header, Link, Operation
from shared.http.problems import Code
from shared.http.run_view import RunView
from shared.http.several import MOST_AT_ONCE, ItemAnswers
from shared.starting.contract import START_CODES
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
    "inputs": {"InvoiceNumber": "INV-2041", "Amount": 1280.5},
    "clientReference": "order 4711",
}
_STARTED = {"runId": "$response.body#/runId"}
_LINKS = {
    "GetRun": Link("get_run", _STARTED),
    "GetResult": Link("get_run_result", _STARTED),
    "GetOutputs": Link("get_run_outputs", _STARTED),
    "Cancel": Link("cancel_run", _STARTED),
}


class StartItem(StartBody, frozen=True, kw_only=True):
    """One of several starts."""

    flow_id: Guid
    idempotency_key: Annotated[
        Annotated[str, Meta(min_length=1, max_length=255)] | None,
        Meta(description="As the header of a single start."),
    ] = None


class StartsBody(Body, frozen=True, kw_only=True):
    """Several starts."""

    runs: Annotated[
        list[Any],
        Meta(
            min_length=1,
            max_length=MOST_AT_ONCE,
            description="Each is started, or refused, by itself.",
            extra={"expected": f"a list of 1 to {MOST_AT_ONCE} JSON objects", "items": StartItem},
        ),
    ]


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
        codes=START_CODES,
        links=_LINKS,
    ),
    "start_runs": Operation(
        summary="Start several desktop flows",
        told="Each by itself: what is wrong with one is told in its place, and the others are started all the same. With the header Idempotency-Key, each that has no key of its own gets one from it and its place.",
        takes_key=True,
        body=StartsBody,
        example={"runs": [{"flowId": examples.FLOW["flowId"], "idempotencyKey": "order-4711", **_BODY}]},
        answers={
            HTTPStatus.OK: Answer(
                "What became of each.",
                ItemAnswers,
                example={"value": [{"status": 201, "replayed": False, "run": examples.RUN}]},
            )
        },
        codes=frozenset({Code.INVALID_IDEMPOTENCY_KEY}),
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
        codes=START_CODES,
        links=_LINKS,
    ),
}
