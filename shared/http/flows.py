"""The flow that a request names, and what it takes and gives."""

import logging
from typing import Any

from shared.dataverse.errors import DataverseError, NotFoundError
from shared.dataverse.flows import Direction
from shared.flow_properties import properties_of
from shared.http.call import Call, flow_not_found
from shared.log.line import Line
from shared.log.names import Name
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.flows")


def allowed_flow_id(app: Deskhand, call: Call) -> str:
    """A flow that this deployment does not allow is not there; Dataverse is not asked about it. Raises ProblemError 404."""
    flow_id = call.flow_id()
    if not app.settings.allows_flow(flow_id):
        raise flow_not_found()
    return flow_id


def known_flow(app: Deskhand, flow_id: str) -> str:
    """What is asked for a misspelt id would do nothing, and look as if it did. In doubt it is taken: who asks must not wait for Dataverse.

    Raises ProblemError 404 where Dataverse says that there is none.
    """
    try:
        if app.catalogue.flow(flow_id, app.read_deadline()) is None:
            raise flow_not_found()
    except DataverseError as problem:
        log.warning(
            Line(Name.FLOW_UNKNOWN, f"Whether the flow exists is not known: {problem}", flow_id=flow_id)
        )
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
