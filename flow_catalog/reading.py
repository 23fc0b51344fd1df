"""What can be run, and with what: read from Dataverse, cached for a minute."""

from http import HTTPStatus

import azure.functions as func

from flow_catalog.contract import (
    ConnectionReferenceList,
    ConnectionReferenceView,
    FlowList,
    FlowsQuery,
    FlowView,
    SchemaView,
)
from shared.dataverse.flows import Direction, Flow
from shared.http.answers import answer
from shared.http.call import Call, flow_not_found
from shared.http.flows import allowed_flow_id, flow_properties
from shared.wiring import Deskhand


def list_flows(app: Deskhand, call: Call) -> func.HttpResponse:
    query = call.query(FlowsQuery)
    flows = app.catalogue.flows(app.read_deadline(), include_drafts=query.include_drafts)
    return answer(
        HTTPStatus.OK, FlowList(value=[_flow(each) for each in flows if app.settings.allows_flow(each.id)])
    )


def get_flow(app: Deskhand, call: Call) -> func.HttpResponse:
    flow_id = allowed_flow_id(app, call)
    call.no_parameters()
    flow = app.catalogue.flow(flow_id, app.read_deadline())
    if flow is None:
        raise flow_not_found()
    return answer(HTTPStatus.OK, _flow(flow))


def get_inputs(app: Deskhand, call: Call) -> func.HttpResponse:
    return _schema(app, call, Direction.INPUTS)


def get_outputs(app: Deskhand, call: Call) -> func.HttpResponse:
    return _schema(app, call, Direction.OUTPUTS)


def list_connection_references(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    references = [
        ConnectionReferenceView(
            connection_reference=each.logical_name,
            display_name=each.display_name,
            connection_id=each.connection_id,
        )
        for each in app.catalogue.connection_references(app.read_deadline())
        if app.settings.allows_connection(each.logical_name)
    ]
    return answer(HTTPStatus.OK, ConnectionReferenceList(value=references))


def _schema(app: Deskhand, call: Call, direction: Direction) -> func.HttpResponse:
    flow_id = allowed_flow_id(app, call)
    call.no_parameters()
    return answer(HTTPStatus.OK, SchemaView(properties=flow_properties(app, flow_id, direction)))


def _flow(flow: Flow) -> FlowView:
    return FlowView(flow_id=flow.id, name=flow.name, state=flow.state, modified_at=flow.modified_at)
