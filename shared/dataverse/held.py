"""What a user's roles grant, as Dataverse tells it."""

import msgspec

from shared.dataverse.privileges import Depth
from shared.dataverse.web_api import Answer

type Held = dict[str, Depth]
"""By name in small letters."""

_DEPTHS: dict[str | int, Depth] = {
    **{depth.word: depth for depth in Depth},
    **{depth.value: depth for depth in Depth},
}


class _Row(msgspec.Struct):
    depth: str | int = msgspec.field(name="Depth")
    name: str | None = msgspec.field(name="PrivilegeName", default=None)


class _Rows(msgspec.Struct):
    rows: list[_Row] = msgspec.field(name="RolePrivileges")


def privileges_of(user_id: str) -> str:
    """The path to ask for. One's own take no privilege."""
    return f"systemusers({user_id})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()"


def held(answer: Answer) -> Held:
    """Each at the furthest that any role grants. Raises UnreadableError."""
    found: Held = {}
    for row in answer.decode(_Rows).rows:
        depth = _DEPTHS.get(row.depth)
        if row.name and depth is not None:
            name = row.name.lower()
            found[name] = max(depth, found.get(name, depth))
    return found
