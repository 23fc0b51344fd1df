"""The flow that a path names, and what it takes and gives."""

from typing import Any

from shared.dataverse.errors import NotFoundError
from shared.dataverse.flows import Direction
from shared.flow_properties import properties_of
from shared.http.call import Call, flow_not_found
from shared.wiring import Deskhand


def allowed_flow_id(app: Deskhand, call: Call) -> str:
    """A flow that this deployment does not allow is not there; Dataverse is not asked about it. Raises ProblemError 404."""
    flow_id = call.flow_id()
    if not app.settings.allows_flow(flow_id):
        raise flow_not_found()
    return flow_id


def flow_properties(app: Deskhand, flow_id: str, direction: Direction) -> dict[str, dict[str, Any]]:
    """Raises ProblemError 404 for an unknown flow, and what Dataverse's client raises."""
    try:
        schema = app.catalogue.schema(flow_id, direction, app.read_deadline())
    except NotFoundError as missing:
        if missing.record_missing:
            raise flow_not_found() from missing
        raise
    return properties_of(schema.properties)
