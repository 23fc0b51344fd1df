"""What a cancel takes, and what it promises."""

from http import HTTPStatus
from typing import Annotated

from msgspec import Meta

from shared.http import examples
from shared.http.members import Body, NoMembers
from shared.http.operation import OF_DATAVERSE, Answer, Operation
from shared.http.problems import Code
from shared.http.run_view import RunView
from shared.http.several import MOST_AT_ONCE, ItemAnswers


class CancelsBody(Body, frozen=True, kw_only=True):
    """Several runs."""

    run_ids: Annotated[
        list[str],
        Meta(
            min_length=1,
            max_length=MOST_AT_ONCE,
            extra={"expected": f"a list of 1 to {MOST_AT_ONCE} run ids"},
        ),
    ]


OPERATIONS = {
    "cancel_runs": Operation(
        summary="Cancel several runs",
        told="Each by itself: what is wrong with one is told in its place, and the others are canceled all the same.",
        body=CancelsBody,
        example={"runIds": [examples.RUN["runId"]]},
        answers={
            HTTPStatus.OK: Answer(
                "What became of each.",
                ItemAnswers,
                example={
                    "value": [
                        {"status": 202, "replayed": False, "run": examples.RUN | {"status": "Canceling"}}
                    ]
                },
            )
        },
    ),
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
