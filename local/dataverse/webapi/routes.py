"""Which path and verb is which operation. Paths are case-sensitive, ids are not."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from local.dataverse.errors import DataverseError, method_not_allowed, unknown_segment, wrong_verb
from local.dataverse.operations import Operation
from local.dataverse.webapi.cancel import cancel_desktop_flow_run
from local.dataverse.webapi.exchange import Answer, Call
from local.dataverse.webapi.flow_reads import list_flows, retrieve_flow, retrieve_schema
from local.dataverse.webapi.reference_reads import list_connection_references
from local.dataverse.webapi.run import run_desktop_flow
from local.dataverse.webapi.session_reads import (
    delete_session,
    list_sessions,
    retrieve_file,
    retrieve_session,
)
from local.dataverse.webapi.who_am_i import who_am_i
from local.dataverse.world import World

type Handler = Callable[[World, Call], Answer]

_GUID = r"(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"
_MESSAGE = r"Microsoft\.Dynamics\.CRM\."


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: re.Pattern[str]
    operation: Operation
    handler: Handler
    message: bool = False
    """A function or an action: the wrong verb is then no resource at all."""


@dataclass(frozen=True, slots=True)
class Task:
    """A request whose operation is known."""

    operation: Operation
    handler: Handler
    call: Call


def _route(method: str, path: str, operation: Operation, handler: Handler, *, message: bool = False) -> Route:
    pattern = path.replace("{key}", f"(?P<key>{_GUID})").replace("$", r"\$")
    return Route(method, re.compile(pattern), operation, handler, message)


_ROUTES = (
    _route("GET", r"WhoAmI(?:\(\))?", Operation.WHO_AM_I, who_am_i, message=True),
    _route("GET", "workflows", Operation.LIST_FLOWS, list_flows),
    _route("GET", r"workflows\({key}\)", Operation.RETRIEVE_FLOW, retrieve_flow),
    _route(
        "GET",
        r"workflows\({key}\)/(?P<column>inputs|outputs)/$value",
        Operation.RETRIEVE_SCHEMA,
        retrieve_schema,
    ),
    _route(
        "POST",
        rf"workflows\({{key}}\)/{_MESSAGE}RunDesktopFlow",
        Operation.RUN_DESKTOP_FLOW,
        run_desktop_flow,
        message=True,
    ),
    _route("GET", "flowsessions", Operation.LIST_SESSIONS, list_sessions),
    _route("GET", r"flowsessions\({key}\)", Operation.RETRIEVE_SESSION, retrieve_session),
    _route("DELETE", r"flowsessions\({key}\)", Operation.DELETE_SESSION, delete_session),
    _route(
        "GET",
        r"flowsessions\({key}\)/(?P<column>inputs)/$value",
        Operation.RETRIEVE_INPUTS,
        retrieve_file,
    ),
    _route(
        "GET",
        r"flowsessions\({key}\)/(?P<column>outputs)/$value",
        Operation.RETRIEVE_OUTPUTS,
        retrieve_file,
    ),
    _route(
        "POST",
        rf"flowsessions\({{key}}\)/{_MESSAGE}CancelDesktopFlowRun",
        Operation.CANCEL_DESKTOP_FLOW_RUN,
        cancel_desktop_flow_run,
        message=True,
    ),
    _route("GET", "connectionreferences", Operation.LIST_CONNECTION_REFERENCES, list_connection_references),
)


def task_of(call: Call) -> Task:
    """The operation that a request asks for; a request for nothing known is an operation that refuses."""
    matching = [(route, found) for route in _ROUTES if (found := route.path.fullmatch(call.path))]
    for route, found in matching:
        if route.method == call.method:
            parts = found.groupdict()
            aimed = replace(call, key=(parts.get("key") or "").lower(), column=parts.get("column") or "")
            return Task(route.operation, route.handler, aimed)
    return Task(Operation.OTHER, _refusing(_refusal(call, [route for route, _ in matching])), call)


def _refusal(call: Call, same_path: list[Route]) -> DataverseError:
    if not same_path:
        return unknown_segment(call.path.rpartition("/")[2] or call.path)
    if any(route.message for route in same_path):
        return wrong_verb(call.path, call.method)
    return method_not_allowed(call.method)


def _refusing(error: DataverseError) -> Handler:
    def refuse(_world: World, _call: Call) -> Answer:
        raise error

    return refuse
