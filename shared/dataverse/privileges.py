"""What the application user has to be allowed in Dataverse, and why: the one table for who grants it and who checks it.

Sources: Dataverse names a privilege after access right and table. What running a desktop flow takes stands in a note that an engineer of
Microsoft proposed for the documentation ("Security in desktop flows"); that reading a status and cancelling need Owner access stands in
"Work with desktop flows using code".
"""

from enum import IntEnum

import msgspec


class Depth(IntEnum):
    """PrivilegeDepth: whose rows a privilege reaches."""

    BASIC = 0
    """The user's own rows, and those shared with it."""
    LOCAL = 1
    DEEP = 2
    GLOBAL = 3
    """All rows of the environment."""

    @property
    def word(self) -> str:
        """As Dataverse writes it."""
        return self.name.title()


class Needed(msgspec.Struct, frozen=True):
    name: str
    depth: Depth
    reason: str


_SESSIONS = "flowsession is a run: Deskhand's starts make one"
_BINARIES = "workflowbinary holds what goes into a run and comes out of it"

NEEDED: tuple[Needed, ...] = (
    Needed("prvReadworkflow", Depth.GLOBAL, "lists flows, reads their inputs and outputs, and starts them"),
    Needed("prvReaddesktopflowbinary", Depth.GLOBAL, "a run reads the flow's script"),
    Needed(
        "prvReadconnectionreference", Depth.GLOBAL, "lists connection references and finds what is behind one"
    ),
    Needed("prvCreateflowsession", Depth.BASIC, _SESSIONS),
    Needed("prvReadflowsession", Depth.GLOBAL, "status and outputs, whoever owns the session"),
    Needed("prvWriteflowsession", Depth.GLOBAL, "cancels a run, whoever owns the session"),
    Needed("prvAppendflowsession", Depth.BASIC, f"{_SESSIONS}, tied to its flow"),
    Needed("prvAppendToflowsession", Depth.BASIC, f"{_SESSIONS}, with its files tied to it"),
    Needed("prvCreateworkflowbinary", Depth.BASIC, _BINARIES),
    Needed("prvReadworkflowbinary", Depth.GLOBAL, _BINARIES),
    Needed("prvWriteworkflowbinary", Depth.BASIC, _BINARIES),
    Needed("prvAppendworkflowbinary", Depth.BASIC, _BINARIES),
    Needed("prvAppendToworkflowbinary", Depth.BASIC, _BINARIES),
    Needed("prvReadflowmachine", Depth.BASIC, "a machine that is shared with the user can be used"),
    Needed("prvReadflowmachinegroup", Depth.BASIC, "so can a group of machines"),
    Needed("prvReadUser", Depth.BASIC, "preflight looks up whether the user is enabled"),
)
"""Nothing else is asked of Dataverse."""
