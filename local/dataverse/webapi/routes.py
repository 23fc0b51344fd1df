"""Which path and verb is which operation. Paths are case-sensitive, ids are not."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from local.dataverse.errors import DataverseError, method_not_allowed, unknown_segment, wrong_verb
from local.dataverse.operations import Operation
from local.dataverse.webapi import directory_reads as reads
from local.dataverse.webapi import directory_writes as writes
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
_USER = r"systemusers\({key}\)"
_ROLES_OF = "systemuserroles_association"


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
    _route(
        "GET",
        r"RetrieveCurrentOrganization\(AccessType=Microsoft\.Dynamics\.CRM\.EndpointAccessType'Default'\)",
        Operation.RETRIEVE_CURRENT_ORGANIZATION,
        reads.retrieve_current_organization,
        message=True,
    ),
    _route("GET", "systemusers", Operation.LIST_USERS, reads.list_users),
    _route("POST", "systemusers", Operation.CREATE_USER, writes.create_user),
    _route("GET", _USER, Operation.RETRIEVE_USER, reads.retrieve_user),
    _route("PATCH", _USER, Operation.UPDATE_USER, writes.update_user),
    _route(
        "GET",
        rf"{_USER}/{_MESSAGE}RetrieveUserPrivileges(?:\(\))?",
        Operation.RETRIEVE_USER_PRIVILEGES,
        reads.retrieve_user_privileges,
        message=True,
    ),
    _route("GET", f"{_USER}/{_ROLES_OF}", Operation.LIST_ROLES_OF_USER, reads.list_roles_of_user),
    _route("POST", f"{_USER}/{_ROLES_OF}/$ref", Operation.ASSIGN_ROLE, writes.assign_role),
    _route("GET", "roles", Operation.LIST_ROLES, reads.list_roles),
    _route("POST", "roles", Operation.CREATE_ROLE, writes.create_role),
    _route(
        "GET",
        r"RetrieveRolePrivilegesRole\(RoleId={key}\)",
        Operation.RETRIEVE_ROLE_PRIVILEGES,
        reads.retrieve_role_privileges,
        message=True,
    ),
    _route(
        "POST",
        rf"roles\({{key}}\)/{_MESSAGE}AddPrivilegesRole",
        Operation.ADD_PRIVILEGES_ROLE,
        writes.add_privileges_role,
        message=True,
    ),
    _route("GET", "privileges", Operation.LIST_PRIVILEGES, reads.list_privileges),
    _route("GET", "businessunits", Operation.LIST_BUSINESS_UNITS, reads.list_business_units),
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
