"""What the caller of a request may do: its roles say so, and the switches that take rights away."""

from local.dataverse.directory import User
from local.dataverse.errors import missing_privilege, not_a_member, user_is_disabled, without_roles
from local.dataverse.privileges import PRIVILEGES, Depth, privilege_id
from local.dataverse.settings import APPLICATION_USER_ID
from local.dataverse.webapi.exchange import Call
from local.dataverse.world import World


def admitted(world: World, application_id: str) -> User:
    """The user that a good token stands for. Raises DataverseError where it is none that may ask for anything."""
    user = world.directory.user_of(application_id)
    if user is None or not (world.settings.application_user or user.id != APPLICATION_USER_ID):
        raise not_a_member()
    if user.disabled:
        raise user_is_disabled(user.id)
    if not user.role_ids:
        raise without_roles(user.id)
    return user


def depth_of(world: World, user_id: str, name: str) -> Depth | None:
    """How far a privilege of the user reaches; None: it has not got it. Switches take from the local stack's identity only."""
    granted = world.directory.depth(user_id, privilege_id(name))
    if user_id != APPLICATION_USER_ID or granted is None:
        return granted
    if name in world.settings.missing_privileges:
        return None
    lowered = world.settings.privilege_depths.get(name)
    return granted if lowered is None else Depth[lowered.upper()]


def held(world: World, user_id: str) -> dict[str, Depth]:
    """All that the user has, by name."""
    each = {privilege.name: depth_of(world, user_id, privilege.name) for privilege in PRIVILEGES.values()}
    return {name: depth for name, depth in each.items() if depth is not None}


def demand(world: World, call: Call, *names: str) -> None:
    """Raises DataverseError 403 for the first privilege that the caller has not got."""
    for name in names:
        if depth_of(world, call.caller, name) is None:
            raise missing_privilege(name, call.caller)
