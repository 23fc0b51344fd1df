"""What a resubmission takes, and what it promises."""

from http import HTTPStatus

from shared.http import examples
from shared.http.members import NoMembers
from shared.http.operation import Answer, Header, Link, Operation
from shared.http.problems import Code
from shared.http.run_view import RunView
from shared.starting.contract import START_CODES

OPERATIONS = {
    "resubmit_run": Operation(
        summary="Resubmit a run",
        told="Of a run that ended without success: a new run with the same order, and the inputs read back from Dataverse.",
        takes_key=True,
        body=NoMembers,
        body_required=False,
        answers={
            HTTPStatus.CREATED: Answer(
                "The new run; retryOf names the old one. Location is the new run.",
                RunView,
                (Header.LOCATION, Header.OPERATION_LOCATION, Header.IDEMPOTENCY_REPLAYED),
                examples.RUN | {"retryOf": "01a20a4f-11de-8002-9b1f-6f2c1e0d4a55"},
            )
        },
        codes=START_CODES
        | {Code.RUN_NOT_FOUND, Code.RUN_NOT_FINISHED, Code.RUN_SUCCEEDED, Code.INPUTS_UNAVAILABLE},
        links={"GetRun": Link("get_run", {"runId": "$response.body#/runId"})},
    ),
}
