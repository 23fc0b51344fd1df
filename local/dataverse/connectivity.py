"""Power Platform's own API, as far as it makes connections for desktop flows: a service principal's, made by itself.

Source: Power Automate, "Create a connection with a service principal" and "Set a run owner on a desktop flow connection". Who may, and how
what is wrong is refused, is not documented but for the shape of the error.
"""

from typing import Literal

import msgspec
from aiohttp import web

from local.dataverse.access import admitted
from local.dataverse.connections import MadeConnection
from local.dataverse.errors import DataverseError, UnauthorizedError
from local.dataverse.odata.literals import guid
from local.dataverse.operations import Operation
from local.dataverse.webapi.exchange import Answer, Call, json_answer
from local.dataverse.webapi.gateway import Gateway
from local.dataverse.world import World

PATH = "/connectivity/connectors/shared_uiflow/connections/{id}"
AUDIENCE = "https://api.powerplatform.com"
_API_VERSION = "1"


class _Value(msgspec.Struct, frozen=True):
    value: str


class _Values(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    username: _Value
    password: _Value
    target_id: _Value


class _Set(msgspec.Struct, frozen=True):
    name: Literal["azureRelay"]
    values: _Values


class _Environment(msgspec.Struct, frozen=True):
    id: str
    name: str


class _Properties(msgspec.Struct, frozen=True, rename="camel"):
    environment: _Environment
    connection_parameters_set: _Set
    display_name: str = ""


class _Asked(msgspec.Struct, frozen=True):
    properties: _Properties


class Connectivity:
    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    async def put(self, request: web.Request) -> Answer:
        """201 for a new connection, 200 for one's own made anew; which does not say that it works. Raises NoAnswerError."""
        call = Call(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=await request.read(),
            origin=self._world.origin,
            key=request.match_info["id"],
        )

        async def work() -> Answer:
            return self._answer(call)

        return await self._gateway.under_faults(self._gateway.note(Operation.CREATE_CONNECTION, call), work)

    def _answer(self, call: Call) -> Answer:
        try:
            owner = admitted(
                self._world, self._world.tokens.verify(call.headers.get("Authorization"), AUDIENCE)
            )
        except UnauthorizedError:
            return _refusal(401, "Unauthorized", "The token is missing, or not for this API.")
        except DataverseError as error:
            return _refusal(error.status, "ConnectionAuthorizationFailed", error.message)
        if call.query.get("api-version") != _API_VERSION:
            return _refusal(400, "UnsupportedApiVersion", "There is no such api-version.")
        try:
            return self._made(guid(call.key), owner.id, msgspec.json.decode(call.body, type=_Asked))
        except (ValueError, msgspec.DecodeError) as fault:
            return _refusal(400, "ApiHubsRequestFailed", f"The request cannot be used: {fault}.")

    def _made(self, connection_id: str, owner: str, asked: _Asked) -> Answer:
        """Raises ValueError."""
        about = asked.properties
        if about.environment.name != self._world.settings.environment_id:
            raise ValueError("another environment")
        held = self._world.connections.get(connection_id)
        if held is not None and held.owner != owner:
            return _refusal(403, "ConnectionAuthorizationFailed", "It is somebody else's.")
        target = guid(about.connection_parameters_set.values.target_id.value)
        made = MadeConnection(connection_id, owner, target, self._world.settings.connection_status)
        self._world.connections[connection_id] = made
        return json_answer(_shown(made), 201 if held is None else 200)


def _shown(made: MadeConnection) -> dict[str, object]:
    return {
        "name": made.id,
        "id": f"/providers/Microsoft.PowerApps/apis/shared_uiflow/connections/{made.id}",
        "type": "Microsoft.PowerApps/apis/connections",
        "properties": {"statuses": [{"status": made.status}]},
    }


def _refusal(status: int, code: str, message: str) -> Answer:
    return json_answer({"error": {"code": code, "message": message}}, status)
