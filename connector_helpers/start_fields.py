"""A start's body as a form: the members that it is declared with, in the order in which people fill them in."""

from typing import Any

from connector_helpers import pickers
from shared.http.plain_schema import plain_schema
from shared.starting.request import StartBody

ADVANCED = {"x-ms-visibility": "advanced"}
FIELDS: dict[str, dict[str, Any]] = {
    "runMode": {},
    "connectionReference": {"x-ms-visibility": "important", **pickers.CONNECTION_REFERENCE},
    "inputs": {},
    "inputsJson": {},
    "clientReference": {},
    "runPriority": ADVANCED,
    "timeoutSeconds": ADVANCED,
    "startWithinSeconds": ADVANCED,
    "connectionName": ADVANCED,
    "webhookUrl": ADVANCED,
}
"""What a form needs beside the declaration, by member. A test holds their names against the declaration."""


def start_schema(inputs: dict[str, Any]) -> dict[str, Any]:
    """With the schema of the flow's inputs in the place of `inputs`; without that member where there are none.

    Text is no choice here: a form that has fields needs no second way to give the same.
    """
    declared = plain_schema(StartBody)
    properties = {name: declared["properties"][name] | beside for name, beside in FIELDS.items()}
    del properties["inputsJson"]
    if inputs["properties"]:
        properties["inputs"] |= inputs
    else:
        del properties["inputs"]
    return {"type": "object", "required": declared["required"], "properties": properties}
