"""What a cancel takes, and what it promises."""

from http import HTTPStatus

from shared.http import examples
from shared.http.members import Body
from shared.http.operation import OF_DATAVERSE, Answer, Operation
from shared.http.problems import Code
from shared.http.run_view import RunView


class NoMembers(Body, frozen=True, kw_only=True):
    """Nothing is asked; the body may be absent."""


OPERATIONS = {
    "cancel_run": Operation(
        summary="Cancel a run",
        told="A wish that is kept until it is carried out; may be repeated. A run that waits for its turn never starts.",
        body=NoMembers,
        body_required=False,
        answers={
            HTTPStatus.ACCEPTED: Answer(
                "It settles.", RunView, example=examples.RUN | {"status": "Canceling"}
            ),
            HTTPStatus.OK: Answer("It had ended.", RunView, example=examples.ENDED),
        },
        codes=OF_DATAVERSE | {Code.RUN_NOT_FOUND},
    ),
}
