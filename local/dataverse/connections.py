"""Connections that service principals have made for themselves. Those of people are in no table, and any name may be one."""

from dataclasses import dataclass

CONNECTED = "Connected"


@dataclass(frozen=True, slots=True)
class MadeConnection:
    id: str
    owner: str
    """The user's id: it alone can use the connection."""
    target: str
    status: str

    def serves(self, user_id: str) -> bool:
        return self.owner == user_id and self.status == CONNECTED
