"""What an action of the connector takes and gives, for the flow that a maker has picked."""

from http import HTTPStatus
from typing import Any

import azure.functions as func

from connector_helpers.contract import SchemaAnswer
from connector_helpers.start_fields import start_schema
from shared.dataverse.flows import Direction
from shared.http.answers import answer
from shared.http.call import Call
from shared.http.flows import allowed_flow_id, flow_properties
from shared.http.plain_schema import plain_schema
from shared.http.run_view import RunView
from shared.wiring import Deskhand

_KNOWN = ("type", "format", "enum", "description", "default")


def get_start_schema(app: Deskhand, call: Call) -> func.HttpResponse:
    fields = _fields(app, call, Direction.INPUTS)
    return _answer(start_schema(_object(fields) if fields else None))


def get_result_schema(app: Deskhand, call: Call) -> func.HttpResponse:
    outputs = {"x-ms-summary": "Outputs", **_object(_fields(app, call, Direction.OUTPUTS))}
    run = {"x-ms-summary": "Run", **plain_schema(RunView)}
    return _answer(_object({"run": run, "outputs": outputs}))


def get_outputs_schema(app: Deskhand, call: Call) -> func.HttpResponse:
    return _answer(_object(_fields(app, call, Direction.OUTPUTS)))


def _fields(app: Deskhand, call: Call, direction: Direction) -> dict[str, Any]:
    flow_id = allowed_flow_id(app, call)
    call.no_parameters()
    found = flow_properties(app, flow_id, direction)
    return {name: _field(name, about) for name, about in found.items()}


def _field(name: str, about: dict[str, Any]) -> dict[str, Any]:
    """What a designer understands of it. Which inputs may be left out is not to be read from Dataverse: none is said to be required."""
    field = {
        "x-ms-summary": about.get("title") or name,
        **{key: about[key] for key in _KNOWN if key in about},
    }
    if not isinstance(field.get("type"), str):
        field.pop("type", None)  # designers take one word, or nothing, which is anything
    if field.get("type") == "array":
        field["items"] = {}
    return field


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _answer(schema: dict[str, Any]) -> func.HttpResponse:
    return answer(HTTPStatus.OK, SchemaAnswer(schema=schema))
