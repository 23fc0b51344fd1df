"""What an action of the connector takes and gives, for the flow that a maker has picked."""

from http import HTTPStatus
from typing import Any

import azure.functions as func

from connector_helpers.contract import SchemaAnswer
from connector_helpers.fields import fields_of, object_of
from connector_helpers.start_fields import start_schema
from shared.dataverse.flows import Direction
from shared.http.answers import answer
from shared.http.call import Call
from shared.http.flows import allowed_flow_id, flow_properties
from shared.http.plain_schema import plain_schema
from shared.http.run_view import RunView
from shared.wiring import Deskhand


def get_start_schema(app: Deskhand, call: Call) -> func.HttpResponse:
    return _answer(start_schema(_fields(app, call, Direction.INPUTS)))


def get_result_schema(app: Deskhand, call: Call) -> func.HttpResponse:
    outputs = {"x-ms-summary": "Outputs", **_fields(app, call, Direction.OUTPUTS)}
    run = {"x-ms-summary": "Run", **plain_schema(RunView)}
    return _answer(object_of({"run": run, "outputs": outputs}))


def get_outputs_schema(app: Deskhand, call: Call) -> func.HttpResponse:
    return _answer(_fields(app, call, Direction.OUTPUTS))


def _fields(app: Deskhand, call: Call, direction: Direction) -> dict[str, Any]:
    flow_id = allowed_flow_id(app, call)
    call.no_parameters()
    return fields_of(flow_properties(app, flow_id, direction))


def _answer(schema: dict[str, Any]) -> func.HttpResponse:
    return answer(HTTPStatus.OK, SchemaAnswer(schema=schema))
