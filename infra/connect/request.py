"""The one request that makes a connection, as it is documented: "Create a connection with a service principal" (Power Automate)."""

import re
from typing import Any

import msgspec

RESOURCE = "https://api.powerplatform.com"
_ENVIRONMENT_ID = re.compile(r"[A-Za-z0-9-]{3,64}")


class Wanted(msgspec.Struct, frozen=True):
    name: str
    """Of the connection: a GUID. The same once more makes the same connection anew."""
    environment_id: str
    display_name: str
    group: str
    account: str
    password: str

    def __repr__(self) -> str:
        return f"Wanted({self.name})"


class _Status(msgspec.Struct):
    status: str = ""


class _Properties(msgspec.Struct):
    statuses: list[_Status] = []


class Made(msgspec.Struct):
    """What is answered."""

    name: str = ""
    properties: _Properties = msgspec.field(default_factory=_Properties)

    @property
    def statuses(self) -> list[str]:
        return [each.status for each in self.properties.statuses]

    @property
    def connected(self) -> bool:
        """A 201 can carry a connection that is not."""
        return bool(self.statuses) and set(self.statuses) == {"Connected"}


def address(environment_id: str) -> str:
    """The environment's host: its id without dashes, with a dot before the last two characters.

    Raises ValueError for what is no id: a password goes there.
    """
    if not _ENVIRONMENT_ID.fullmatch(environment_id):
        raise ValueError("must be an environment's id, of letters, digits and dashes")
    digits = environment_id.replace("-", "").lower()
    return f"https://{digits[:-2]}.{digits[-2:]}.environment.api.powerplatform.com"


def path(name: str) -> str:
    return f"/connectivity/connectors/shared_uiflow/connections/{name}?api-version=1"


def body(wanted: Wanted) -> dict[str, Any]:
    environment = f"/providers/Microsoft.PowerApps/environments/{wanted.environment_id}"
    values = {"username": wanted.account, "password": wanted.password, "targetId": wanted.group}
    return {
        "properties": {
            "environment": {"id": environment, "name": wanted.environment_id},
            "displayName": wanted.display_name,
            "connectionParametersSet": {
                "name": "azureRelay",
                "values": {name: {"value": value} for name, value in values.items()},
            },
        }
    }
