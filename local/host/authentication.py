"""App Service authentication, as far as the app leans on it, with unauthenticated requests let through.

What a client says of its principal is taken away; what a bearer token proves is put in its place. A token that proves nothing
is like none, so that the app itself has to refuse. In place of Microsoft Entra ID, an endpoint gives a token to whoever asks.
"""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

from local.jwt import Signer

TOKENS_PATH = "/.auth/tokens"
"""POST {"name"?, "roles"?: [...], "tenant"?, "application"?: true}: {"access_token", "token_type", "expires_in"}."""

_PRINCIPAL = "x-ms-client-principal"
_AUDIENCE = "api://deskhand"
_TENANT = "5a11ab1e-0000-4000-8000-000000000001"
_LIFE_SECONDS = 3600
_MAPPED = {
    "tid": "http://schemas.microsoft.com/identity/claims/tenantid",
    "oid": "http://schemas.microsoft.com/identity/claims/objectidentifier",
}
"""Claims that the platform gives under another name than the token."""


class Authentication:
    def __init__(self) -> None:
        self._signer = Signer()

    def issue(self, wish: dict[str, Any]) -> dict[str, Any]:
        """A token for a user or an application of this name: the same name in the same tenant is the same identity."""
        name, tenant = str(wish.get("name", "tester")), str(uuid.UUID(wish.get("tenant", _TENANT)))
        claims = {
            "aud": _AUDIENCE,
            "exp": int(time.time()) + _LIFE_SECONDS,
            "tid": tenant,
            "oid": str(uuid.uuid5(uuid.UUID(tenant), name)),
            "roles": [str(role) for role in wish.get("roles", ())],
            **(_application(name) if wish.get("application") else _user(name)),
        }
        return {
            "access_token": self._signer.token(claims),
            "token_type": "Bearer",
            "expires_in": _LIFE_SECONDS,
        }

    def passed_on(self, headers: dict[str, str]) -> dict[str, str]:
        """The headers as the app gets them."""
        own = {name: value for name, value in headers.items() if not name.startswith(_PRINCIPAL)}
        claims = self._signer.claims(headers.get("authorization"))
        if claims is None or claims["aud"] != _AUDIENCE or claims["exp"] <= time.time():
            return own
        return own | {
            _PRINCIPAL: _principal(claims),
            f"{_PRINCIPAL}-id": claims["oid"],
            f"{_PRINCIPAL}-name": claims.get("preferred_username", claims["oid"]),
            f"{_PRINCIPAL}-idp": "aad",
        }


def _user(name: str) -> dict[str, str]:
    return {"name": name, "preferred_username": f"{name}@contoso.example"}


def _application(name: str) -> dict[str, str]:
    return {"idtyp": "app", "azp": str(uuid.uuid5(uuid.NAMESPACE_DNS, name))}


def _principal(claims: dict[str, Any]) -> str:
    shape = {
        "auth_typ": "aad",
        "claims": [{"typ": name, "val": value} for name, value in _flat(claims)],
        "name_typ": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "role_typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    }
    return base64.b64encode(json.dumps(shape).encode()).decode()


def _flat(claims: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in claims.items():
        for each in value if isinstance(value, list) else [value]:
            yield _MAPPED.get(name, name), str(each)
