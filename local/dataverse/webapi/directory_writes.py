"""Setting up an application user: the user, a role, what the role grants, and who has it.

Sources: Dataverse, "Create a table row using the Web API", "Associate and disassociate table rows", AddPrivilegesRole. That a user's
business unit has to be given, and that name and object id then come from Microsoft Entra ID, was seen by clients.
"""

import re
from typing import Any

import msgspec

from local.dataverse.access import demand
from local.dataverse.directory import BUSINESS_UNIT_ID
from local.dataverse.errors import BUSINESS_ERROR, DataverseError, bad_payload, does_not_exist, duplicate
from local.dataverse.odata.literals import guid
from local.dataverse.privileges import PRIVILEGES, Depth
from local.dataverse.webapi.directory_reads import role_at, user_at
from local.dataverse.webapi.exchange import BASE_PATH, NO_CONTENT, Answer, Call
from local.dataverse.world import World

_REFERENCE = re.compile(r"(?:.*/)?(\w+)\(([0-9a-fA-F-]{36})\)")


class _NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    applicationid: str
    unit: str = msgspec.field(name="businessunitid@odata.bind")


class _ChangedUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    isdisabled: bool


class _NewRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    unit: str = msgspec.field(name="businessunitid@odata.bind")


class _Granted(msgspec.Struct, frozen=True):
    privilege: str = msgspec.field(name="PrivilegeId")
    depth: str = msgspec.field(name="Depth")


class _Grants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    privileges: list[_Granted] = msgspec.field(name="Privileges")


class _Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str = msgspec.field(name="@odata.id")


def create_user(world: World, call: Call) -> Answer:
    demand(world, call, "prvCreateUser")
    asked = _body(call, _NewUser)
    _check_unit(asked.unit)
    application = _guid(asked.applicationid)
    if world.directory.user_of(application) is not None:
        raise duplicate(f"A user with the application id {application} exists already.")
    return _created(call, "systemusers", world.directory.add_user(application).id)


def update_user(world: World, call: Call) -> Answer:
    demand(world, call, "prvWriteUser")
    world.directory.enable(user_at(world, call), disabled=_body(call, _ChangedUser).isdisabled)
    return NO_CONTENT


def create_role(world: World, call: Call) -> Answer:
    demand(world, call, "prvCreateRole")
    asked = _body(call, _NewRole)
    _check_unit(asked.unit)
    if any(role.name.casefold() == asked.name.casefold() for role in world.directory.roles.values()):
        raise duplicate(f"A role with the name {asked.name} exists already.")
    return _created(call, "roles", world.directory.add_role(asked.name).id)


def add_privileges_role(world: World, call: Call) -> Answer:
    """All of them or none. A depth at which a privilege cannot be granted is refused."""
    demand(world, call, "prvWriteRole")
    role = role_at(world, call)
    world.directory.grant(role, dict(map(_grant, _body(call, _Grants).privileges)))
    return NO_CONTENT


def assign_role(world: World, call: Call) -> Answer:
    """Once more changes nothing."""
    demand(world, call, "prvReadRole", "prvAssignRole", "prvWriteUser")
    user = user_at(world, call)
    found = _REFERENCE.fullmatch(_body(call, _Reference).id)
    if found is None or found[1] != "roles":
        raise bad_payload("The @odata.id names no role.")
    if found[2].lower() not in world.directory.roles:
        raise does_not_exist("role", found[2])
    user.role_ids.add(found[2].lower())
    return NO_CONTENT


def _grant(granted: _Granted) -> tuple[str, Depth]:
    privilege = PRIVILEGES.get(_guid(granted.privilege))
    if privilege is None:
        raise does_not_exist("privilege", granted.privilege)
    depth = _depth(granted.depth)
    if depth not in privilege.depths:
        raise DataverseError(400, BUSINESS_ERROR, f"{privilege.name} cannot be granted at {depth.shown}.")
    return privilege.id, depth


def _depth(text: str) -> Depth:
    named = {depth.shown: depth for depth in Depth} | {str(int(depth)): depth for depth in Depth}
    if text not in named:
        raise bad_payload(f"'{text}' is no PrivilegeDepth.")
    return named[text]


def _check_unit(bound: str) -> None:
    found = _REFERENCE.fullmatch(bound)
    if found is None or (found[1], found[2].lower()) != ("businessunits", BUSINESS_UNIT_ID):
        raise bad_payload("businessunitid@odata.bind names no business unit of this environment.")


def _created(call: Call, entity_set: str, key: str) -> Answer:
    return Answer(
        204,
        {"OData-Version": "4.0", "OData-EntityId": f"{call.origin}{BASE_PATH}{entity_set}({key})"},
    )


def _guid(text: str) -> str:
    try:
        return guid(text)
    except ValueError:
        raise bad_payload(f"'{text}' is no GUID.") from None


def _body[T](call: Call, shape: type[T]) -> T:
    try:
        read: Any = msgspec.json.decode(call.body, type=shape)
    except msgspec.DecodeError as fault:
        raise bad_payload(f"The payload cannot be read: {fault}.") from None
    return read  # type: ignore[no-any-return]  # msgspec's decode gives what it was asked for
