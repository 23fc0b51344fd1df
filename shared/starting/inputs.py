"""The flow's schema, held against the inputs of a start."""

import logging
from typing import Any

from shared.clock import Deadline
from shared.dataverse.errors import DataverseError, NotFoundError, TokenError, UnauthorizedError
from shared.dataverse.flows import Direction, Schema
from shared.http.answers import compact_json
from shared.http.call import flow_not_found
from shared.http.problems import MOST_DETAILS, Code, ProblemError
from shared.inputs import LARGEST_INPUTS, check_inputs
from shared.log.line import Line
from shared.log.names import Name
from shared.run.model import ErrorDetail
from shared.starting.request import StartRequest
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.start")

_SCHEMA_SECONDS = 8.0


def checked_inputs(
    app: Deskhand, request: StartRequest, deadline: Deadline, *, cached: bool
) -> dict[str, Any] | None:
    """What will be sent. No schema request where there are no inputs, or while the cached schema accepts them.

    `cached`: Dataverse is not to be asked; without a cached schema the inputs pass, and Dataverse judges them at the start.

    Raises ProblemError for inputs that the flow does not take, DataverseError where our identity is not accepted.
    """
    if not request.inputs:
        return request.inputs
    faults: tuple[ErrorDetail, ...] = ()
    for fresh in (False, True):  # before refusing on a cached schema, a fresh one is fetched
        schema = _schema(app, request.flow_id, deadline, fresh=fresh, cached=cached)
        if schema is None:
            return _small_enough(request.inputs)
        inputs, faults = check_inputs(schema, request.inputs, strict=app.settings.input_check == "strict")
        if not faults:
            return _small_enough(inputs)
    raise ProblemError(
        Code.INVALID_INPUTS,
        "The flow does not take these inputs; each fault is named in the details.",
        "inputs",
        faults[:MOST_DETAILS],
    )


def _schema(app: Deskhand, flow_id: str, deadline: Deadline, *, fresh: bool, cached: bool) -> Schema | None:
    """None where it is missing or unreadable: unknown is not "no inputs"."""
    if cached:
        return app.catalogue.cached_schema(flow_id, Direction.INPUTS)
    try:
        return app.catalogue.schema(
            flow_id, Direction.INPUTS, deadline.sooner(_SCHEMA_SECONDS), fresh=fresh
        ).properties
    except NotFoundError as missing:
        if missing.record_missing:
            raise flow_not_found() from missing
    except (UnauthorizedError, TokenError):
        raise
    except DataverseError as problem:
        log.warning(
            Line(
                Name.INPUTS_UNCHECKED,
                f"Inputs are not checked, the schema cannot be read: {problem}",
                flow_id=flow_id,
            )
        )
    return None


def _small_enough(inputs: dict[str, Any]) -> dict[str, Any]:
    size = len(compact_json(inputs).encode())
    if size > LARGEST_INPUTS:
        raise ProblemError(
            Code.INPUTS_TOO_LARGE,
            f"The inputs are {size} bytes of JSON; Dataverse takes {LARGEST_INPUTS}.",
            "inputs",
        )
    return inputs
