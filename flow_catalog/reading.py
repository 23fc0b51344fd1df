"""What can be run, and with what: read from Dataverse, cached for a minute."""

from http import HTTPStatus
from typing import Any

import azure.functions as func

from flow_catalog.json_schema import json_schema
from shared.dataverse.errors import NotFoundError
from shared.dataverse.flows import Direction, Flow
from shared.http.answers import answer
from shared.http.call import Call, flow_not_found, parse_flag, parse_parameter
from shared.wiring import Deskhand


def list_flows(app: Deskhand, call: Call) -> func.HttpResponse:
    given = call.parameters("includeDrafts")
    drafts = parse_parameter(given, "includeDrafts", parse_flag, "true or false")
    flows = app.catalogue.flows(app.read_deadline(), include_drafts=bool(drafts))
    return answer(
        HTTPStatus.OK, {"value": [_flow(each) for each in flows if app.settings.allows_flow(each.id)]}
    )


def get_flow(app: Deskhand, call: Call) -> func.HttpResponse:
    flow_id = _allowed_flow_id(app, call)
    call.parameters()
    flow = app.catalogue.flow(flow_id, app.read_deadline())
    if flow is None:
        raise flow_not_found()
    return answer(HTTPStatus.OK, _flow(flow))


def get_inputs(app: Deskhand, call: Call) -> func.HttpResponse:
    return _schema(app, call, Direction.INPUTS)


def get_outputs(app: Deskhand, call: Call) -> func.HttpResponse:
    return _schema(app, call, Direction.OUTPUTS)


def list_connection_references(app: Deskhand, call: Call) -> func.HttpResponse:
    call.parameters()
    references = [
        {
            "connectionReference": each.logical_name,
            "displayName": each.display_name,
            "connectionId": each.connection_id,
        }
        for each in app.catalogue.connection_references(app.read_deadline())
        if app.settings.allows_connection(each.logical_name)
    ]
    return answer(HTTPStatus.OK, {"value": references})


def _allowed_flow_id(app: Deskhand, call: Call) -> str:
    """A flow that this deployment does not allow is not there; Dataverse is not asked about it."""
    flow_id = call.flow_id()
    if not app.settings.allows_flow(flow_id):
        raise flow_not_found()
    return flow_id


def _schema(app: Deskhand, call: Call, direction: Direction) -> func.HttpResponse:
    flow_id = _allowed_flow_id(app, call)
    call.parameters()
    try:
        schema = app.catalogue.schema(flow_id, direction, app.read_deadline())
    except NotFoundError as missing:
        if missing.record_missing:
            raise flow_not_found() from missing
        raise
    return answer(HTTPStatus.OK, json_schema(schema.properties))


def _flow(flow: Flow) -> dict[str, Any]:
    return {"flowId": flow.id, "name": flow.name, "state": flow.state, "modifiedAt": flow.modified_at}
