"""RunDesktopFlow: the session that it makes, and the refusals that come before one."""

from typing import Any

from local.dataverse import outcome
from local.dataverse.access import demand
from local.dataverse.catalogue import FlowRow
from local.dataverse.errors import (
    BUSINESS_ERROR,
    CONNECTION_REFUSED,
    THROTTLED,
    DataverseError,
    does_not_exist,
)
from local.dataverse.session import Connection, RunMode, RunOrder, Session
from local.dataverse.webapi.exchange import Answer, Call, json_answer
from local.dataverse.webapi.run_request import CONNECTION_REFERENCE, RunRequest, check, parse
from local.dataverse.world import World

_TO_START = tuple(
    f"prv{right}{table}"
    for table in ("flowsession", "workflowbinary")
    for right in ("Create", "Write", "Append", "AppendTo")
)
"""An open pull request of power-automate-docs (1375, by an engineer of Microsoft) lists these."""


def run_desktop_flow(world: World, call: Call) -> Answer:
    """User access is enough: unlike reading and cancelling, starting asks for no Owner."""
    demand(world, call, "prvReadworkflow", *_TO_START)
    row = _runnable(world, call.key)
    request = parse(call.body)
    check(request, row.definition, world.settings)
    order = _order(world, call, request)
    _check_queue(world, order)
    session = _start(world, order, row)
    if world.settings.created_by_caller:
        session.created_by = call.caller
    return json_answer(_shown(world, call, session))


def _runnable(world: World, flow_id: str) -> FlowRow:
    row = world.catalogue.newest(flow_id)
    if row is None:
        raise does_not_exist("workflow", flow_id)
    if not row.is_desktop_flow:
        raise _refused(world, f"The workflow {flow_id} is not a desktop flow.")
    if row.definition.draft:
        raise _refused(
            world, f"The desktop flow {flow_id} is a draft: it has to be published before it can run."
        )
    if row.definition.suspended:
        raise _refused(world, f"The desktop flow {flow_id} is suspended.")
    return row


def _order(world: World, call: Call, request: RunRequest) -> RunOrder:
    return RunOrder(
        flow_id=call.key,
        connection=_connection(world, call, request),
        mode=RunMode[request.run_mode.upper()],
        high_priority=request.run_priority == "high",
        timeout_seconds=request.timeout,
        inputs=request.inputs,
        callback_url=request.callback_url,
        client_request_id=call.headers.get("x-ms-client-request-id"),
    )


def _connection(world: World, call: Call, request: RunRequest) -> Connection:
    """A reference is a connection of its own, unless the settings say which connection it stands for."""
    name = request.connection_name
    reference = world.catalogue.reference(name)
    if request.connection_type != CONNECTION_REFERENCE:
        made = world.connections.get(name.lower())
        known = world.catalogue.has_connection(name) or (made is not None and made.serves(call.caller))
        if not world.settings.accept_any_connection and not known:
            raise _unknown_connection(name)
        return Connection(key=name, id=name)
    if not world.settings.accept_any_connection and reference is None:
        raise _unknown_connection(name)
    behind = world.settings.connections_of_references.get(name)
    if behind is not None:
        return Connection(key=behind, id=behind)
    return Connection(key=f"reference {name}", id=(reference and reference.connection_id) or name)


def _start(world: World, order: RunOrder, row: FlowRow) -> Session:
    settings = world.settings
    wait = world.throttle.wait_seconds(
        order.connection.key, settings.connection_rate_limit, world.clock.now()
    )
    if not wait:
        return world.life.start(order, row.definition)
    if settings.rate_limit_outcome == "fail-run":
        return world.life.fail(order, outcome.THROTTLED)
    message = f"The connection '{order.connection.id}' was given too many desktop flow runs within a minute."
    raise DataverseError(429, THROTTLED, message, {"Retry-After": str(wait)})


def _check_queue(world: World, order: RunOrder) -> None:
    limit = world.settings.queue_limit
    if limit is not None and world.life.queued_on(order.connection.key) >= limit:
        raise DataverseError(400, BUSINESS_ERROR, f"The queue of '{order.connection.id}' is full.")


def _shown(world: World, call: Call, session: Session) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "@odata.context": f"{call.context}#Microsoft.Dynamics.CRM.RunDesktopFlowResponse",
        "flowsessionId": session.id,
    }
    if world.settings.license_check is not None:
        shown["licenseCheck"] = {
            "@odata.context": f"{call.context}#Microsoft.Dynamics.CRM.expando",
            "code": world.settings.license_check,
            "message": f"License check: {world.settings.license_check}.",
        }
    return shown


def _refused(world: World, message: str) -> DataverseError:
    return DataverseError(400, world.settings.invalid_run_code, message)


def _unknown_connection(name: str) -> DataverseError:
    return DataverseError(400, CONNECTION_REFUSED, f"The connection '{name}' was not found.")
