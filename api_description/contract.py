"""What is promised of the API's description."""

from http import HTTPStatus
from typing import Any

from shared.http.operation import Answer, Operation

OPERATIONS = {
    "get_api_description": Operation(
        summary="Get the API's description",
        told="As OpenAPI 3.1.",
        answers={HTTPStatus.OK: Answer("The description.", dict[str, Any])},
    ),
}
