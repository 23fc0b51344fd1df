"""Reading users, business units, roles and privileges, and asking what a user or a role may do.

Which privileges these reads take is inferred from the tables' names.
"""

from collections.abc import Iterable
from typing import Any

from local.dataverse.access import demand, held
from local.dataverse.directory import BUSINESS_UNIT_ID, Role, User
from local.dataverse.errors import does_not_exist
from local.dataverse.odata.columns import Table
from local.dataverse.odata.matching import predicate
from local.dataverse.odata.options import list_options
from local.dataverse.privileges import PRIVILEGES, Depth, privilege_id
from local.dataverse.webapi.directory_tables import BUSINESSUNIT, PRIVILEGE, ROLE, SYSTEMUSER
from local.dataverse.webapi.exchange import Answer, Call, json_answer
from local.dataverse.webapi.listing import page_answer, row_answer
from local.dataverse.world import ORGANIZATION_ID, World


def list_users(world: World, call: Call) -> Answer:
    demand(world, call, "prvReadUser")
    return _list(world, call, SYSTEMUSER, world.directory.users.values())


def retrieve_user(world: World, call: Call) -> Answer:
    demand(world, call, "prvReadUser")
    return row_answer(call, user_at(world, call), SYSTEMUSER, world.settings)


def list_business_units(world: World, call: Call) -> Answer:
    demand(world, call, "prvReadBusinessUnit")
    return _list(world, call, BUSINESSUNIT, [BUSINESS_UNIT_ID])


def list_roles(world: World, call: Call) -> Answer:
    demand(world, call, "prvReadRole")
    return _list(world, call, ROLE, world.directory.roles.values())


def list_roles_of_user(world: World, call: Call) -> Answer:
    demand(world, call, "prvReadUser", "prvReadRole")
    role_ids = user_at(world, call).role_ids
    return _list(world, call, ROLE, [role for role in world.directory.roles.values() if role.id in role_ids])


def list_privileges(world: World, call: Call) -> Answer:
    demand(world, call, "prvReadPrivilege")
    return _list(world, call, PRIVILEGE, PRIVILEGES.values())


def retrieve_user_privileges(world: World, call: Call) -> Answer:
    """One's own, or with prvReadUser anybody's."""
    user = user_at(world, call)
    if user.id != call.caller:
        demand(world, call, "prvReadUser")
    return _role_privileges(call, "RetrieveUserPrivilegesResponse", held(world, user.id))


def retrieve_role_privileges(world: World, call: Call) -> Answer:
    demand(world, call, "prvReadRole")
    granted = {PRIVILEGES[each].name: depth for each, depth in role_at(world, call).privileges.items()}
    return _role_privileges(call, "RetrieveRolePrivilegesRoleResponse", granted)


def retrieve_current_organization(world: World, call: Call) -> Answer:
    detail = {
        "OrganizationId": ORGANIZATION_ID,
        "FriendlyName": "Contoso",
        "EnvironmentId": world.settings.environment_id,
        "UrlName": "contoso",
    }
    if world.settings.environment_id is None:
        del detail["EnvironmentId"]
    context = f"{call.context}#Microsoft.Dynamics.CRM.RetrieveCurrentOrganizationResponse"
    return json_answer({"@odata.context": context, "Detail": detail})


def user_at(world: World, call: Call) -> User:
    user = world.directory.users.get(call.key)
    if user is None:
        raise does_not_exist("systemuser", call.key)
    return user


def role_at(world: World, call: Call) -> Role:
    role = world.directory.roles.get(call.key)
    if role is None:
        raise does_not_exist("role", call.key)
    return role


def _list[R](world: World, call: Call, table: Table[R], rows: Iterable[R]) -> Answer:
    options = list_options(call.query, call.headers.get("Prefer", ""), table)
    if options.filter is not None:
        rows = filter(predicate(options.filter, wildcards_in_eq=world.settings.wildcards_in_eq), rows)
    return page_answer(call, rows, table, options, world.settings)


def _role_privileges(call: Call, shape: str, granted: dict[str, Depth]) -> Answer:
    """The complex type RolePrivilege. Depth is the name of an enumeration's member."""
    shown: list[dict[str, Any]] = [
        {
            "Depth": depth.shown,
            "PrivilegeId": privilege_id(name),
            "BusinessUnitId": BUSINESS_UNIT_ID,
            "PrivilegeName": name,
            "RecordFilterId": "00000000-0000-0000-0000-000000000000",
            "RecordFilterUniqueName": "",
        }
        for name, depth in granted.items()
    ]
    context = f"{call.context}#Microsoft.Dynamics.CRM.{shape}"
    return json_answer({"@odata.context": context, "RolePrivileges": shown})
