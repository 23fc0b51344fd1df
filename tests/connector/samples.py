"""The connector's files, to be spoiled; and a trigger such as a connector has."""

from copy import deepcopy
from typing import Any

from infra.connector.documents import definition, properties
from infra.connector.variants import FunctionKey

type Json = dict[str, Any]

VARIANT = FunctionKey()
DEFINITION = definition(VARIANT)
PROPERTIES = properties(VARIANT, DEFINITION)

_ANSWER = {
    "description": "The subscription.",
    "schema": {"type": "object", "properties": {"id": {"type": "string"}}},
}
_TRIGGER: Json = {
    "/sample": {
        "post": {
            "summary": "When something happens",
            "description": "Tells of it.",
            "operationId": "WhenSomethingHappens",
            "x-ms-trigger": "single",
            "parameters": [
                {
                    "name": "body",
                    "in": "body",
                    "required": True,
                    "description": "Where to tell it.",
                    "schema": {
                        "type": "object",
                        "required": ["url"],
                        "properties": {
                            "url": {
                                "type": "string",
                                "x-ms-notification-url": True,
                                "x-ms-visibility": "internal",
                            }
                        },
                    },
                }
            ],
            "responses": {"201": _ANSWER},
        },
        "x-ms-notification-content": {
            "description": "What happened.",
            "schema": {"type": "object", "properties": {"type": {"type": "string"}}},
        },
    },
    "/sample/{id}": {
        "delete": {
            "summary": "Hear no more",
            "description": "Ends a subscription.",
            "operationId": "HearNoMore",
            "x-ms-visibility": "internal",
            "parameters": [
                {
                    "name": "id",
                    "in": "path",
                    "required": True,
                    "type": "string",
                    "x-ms-summary": "ID",
                    "x-ms-url-encoding": "single",
                    "description": "Which one.",
                }
            ],
            "responses": {"204": {"description": "It has ended."}},
        },
    },
}


def with_a_trigger() -> tuple[Json, Json]:
    """Copies of the connector's definition, with a sample of a trigger in it, and of its properties."""
    defined = deepcopy(DEFINITION)
    defined["paths"] |= deepcopy(_TRIGGER)
    return defined, deepcopy(PROPERTIES)
