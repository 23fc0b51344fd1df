"""Privileges: what a security role is made of. One for each table and access right, named after both.

Source: Dataverse, "Security roles and privileges" and the table references of privilege and role. Ids are made up: each environment
that a client meets has its own, and it has to ask for them by name.
"""

import uuid
from dataclasses import dataclass
from enum import IntEnum
from functools import cache


class Depth(IntEnum):
    """PrivilegeDepth: whose rows a privilege reaches. On the wire its member's name, in a request also its number."""

    BASIC = 0
    """One's own rows, and those shared with one."""
    LOCAL = 1
    """Those of one's business unit."""
    DEEP = 2
    """Those of the business units below it too."""
    GLOBAL = 3
    """All."""

    @property
    def shown(self) -> str:
        return self.name.title()


@dataclass(frozen=True, slots=True)
class Privilege:
    id: str
    name: str
    depths: frozenset[Depth]
    """At which it can be granted."""


@cache
def privilege_id(name: str) -> str:
    """The same for any spelling: names are compared without regard to case."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name.lower()}.privilege.deskhand"))


_RIGHTS = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share")
_OWNED = (
    "workflow",
    "flowsession",
    "workflowbinary",
    "desktopflowbinary",
    "connectionreference",
    "flowmachine",
    "flowmachinegroup",
)
_OF_A_UNIT = ("User", "BusinessUnit", "Role")
"""Their rows are nobody's own: the least depth is Local."""
_OF_THE_ORGANIZATION = ("Organization", "Privilege")
BASELINE = ("prvReadSharePointData", "prvCreateSharePointData", "prvWriteSharePointData")
"""What every new role has by itself, and cannot lose (seen by clients; which ones they are is an assumption)."""

_ANY = frozenset(Depth)
_ALL_OR_NOTHING = frozenset({Depth.GLOBAL})

_GRANTABLE = (
    {f"prv{right}{table}": _ANY for table in _OWNED for right in _RIGHTS}
    | {f"prv{right}{table}": _ANY - {Depth.BASIC} for table in _OF_A_UNIT for right in _RIGHTS}
    | {f"prv{right}{table}": _ALL_OR_NOTHING for table in _OF_THE_ORGANIZATION for right in ("Read", "Write")}
    | dict.fromkeys(BASELINE, _ALL_OR_NOTHING)
)

PRIVILEGES = {
    privilege_id(name): Privilege(privilege_id(name), name, depths) for name, depths in _GRANTABLE.items()
}
"""By id."""
