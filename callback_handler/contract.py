"""What Dataverse may tell, and how it is answered."""

from http import HTTPStatus

from shared.http.operation import Answer, Operation
from shared.http.problems import Code

OPERATIONS = {
    "callback_handler": Operation(
        summary="Tell that a session has ended",
        told="From Dataverse only: a hint, believed once Dataverse itself confirms it.",
        answers={HTTPStatus.NO_CONTENT: Answer("It is known.")},
        codes=frozenset(
            {
                Code.CALLBACK_NOT_FOUND,
                Code.CALLBACK_MISMATCH,
                Code.CALLBACK_NOT_VERIFIED,
                Code.UNSUPPORTED_CONTENT_TYPE,
                Code.BODY_TOO_LARGE,
                Code.INVALID_JSON,
            }
        ),
    ),
}
