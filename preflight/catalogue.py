"""Whether there is something to run, and something to run it with."""

import msgspec

from preflight.asking import MOST_ROWS, Heard, Told
from preflight.contract import CheckView, PreflightQuery
from preflight.environment import read
from preflight.findings import Findings, failed, passed, skipped, unknown
from preflight.telling import ONLY_A_RUN, told_of
from shared.dataverse.errors import DataverseError, NotFoundError
from shared.dataverse.flows import DESKTOP_FLOW, STATES, FlowState
from shared.settings import Settings
from shared.wiring import Deskhand

_SHARE = "Share the flow with the application user, or grant prvReadworkflow at Global."


class _Rows(msgspec.Struct):
    value: list[dict[str, object]]


class _Flow(msgspec.Struct):
    name: str | None = None
    statecode: int = 1
    category: int | None = None


class _Reference(msgspec.Struct):
    connectionreferencelogicalname: str
    connectionid: str | None = None


class _References(msgspec.Struct):
    value: list[_Reference]


def catalogue_checks(app: Deskhand, told: Told, asked: PreflightQuery) -> Findings:
    yield _flows(told.flows)
    yield _flow(app.settings, asked.flow_id, told.flow)
    yield _reference(app.settings, asked.connection_reference, told.references)
    yield unknown("connection", "Whether the identity may use a connection cannot be asked for.", ONLY_A_RUN)


def _flows(heard: Heard) -> CheckView:
    rows = read(heard, _Rows)
    if isinstance(rows, DataverseError):
        return failed("flows", f"Desktop flows cannot be listed. {told_of(rows)}", _SHARE)
    if not rows.value:
        return failed("flows", "The application user sees no desktop flow.", _SHARE)
    count = len(rows.value)
    return passed("flows", f"{'At least ' if count >= MOST_ROWS else ''}{count} desktop flows can be seen.")


def _flow(settings: Settings, flow_id: str | None, heard: Heard | None) -> CheckView:
    if flow_id is None or heard is None:
        return skipped("flow", "No flow was named.", "Name one: ?flowId=, or --flow of infra.preflight.")
    if not settings.allows_flow(flow_id.lower()):
        return failed("flow", f"ALLOWED_FLOWS leaves out {flow_id}.", "Add it there.")
    flow = read(heard, _Flow)
    if isinstance(flow, NotFoundError):
        return failed("flow", f"There is no flow {flow_id}, or it cannot be seen.", _SHARE)
    if isinstance(flow, DataverseError):
        return failed("flow", f"{flow_id} cannot be read. {told_of(flow)}", _SHARE)
    return _state(flow, flow_id)


def _state(flow: _Flow, flow_id: str) -> CheckView:
    if flow.category != DESKTOP_FLOW:
        return failed(
            "flow", f"{flow_id} is no desktop flow.", "Take the id from the desktop flow's own page."
        )
    state = STATES.get(flow.statecode, FlowState.SUSPENDED)
    if state is not FlowState.PUBLISHED:
        return failed(
            "flow", f"{flow.name or flow_id} is {state}: it cannot run.", "Publish it, or activate it again."
        )
    return passed("flow", f"{flow.name or flow_id} is published.")


def _reference(settings: Settings, named: str | None, heard: Heard) -> CheckView:
    name, wanted = "connectionReference", named or settings.default_connection_reference
    if wanted is None:
        return skipped(
            name,
            "None was named, and DEFAULT_CONNECTION_REFERENCE is not set.",
            "Name one: ?connectionReference=, or --reference of infra.preflight.",
        )
    if not settings.allows_connection(wanted):
        return failed(name, f"ALLOWED_CONNECTIONS leaves out {wanted}.", "Add it there.")
    found = read(heard, _References)
    if isinstance(found, DataverseError):
        return failed(
            name,
            f"Connection references cannot be listed. {told_of(found)}",
            "Grant prvReadconnectionreference at Global.",
        )
    for each in found.value:
        if each.connectionreferencelogicalname.lower() == wanted.lower():
            return _resolved(name, wanted, each.connectionid)
    return failed(
        name,
        f"There is no connection reference {wanted} for desktop flows that the application user sees.",
        "Its logical name stands in the solution; import the solution here, or share the reference.",
    )


def _resolved(name: str, wanted: str, connection: str | None) -> CheckView:
    if connection:
        return passed(name, f"{wanted} stands for the connection {connection}.")
    return failed(
        name,
        f"No connection stands behind {wanted}.",
        "Give the reference its connection (docs/guides/connections.md).",
    )
