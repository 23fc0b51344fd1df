"""Who calls, as App Service authentication tells it: the header X-MS-CLIENT-PRINCIPAL, base64 of a JSON object.

Its claims are the token's, under their own short names or under the long URIs that the platform may map them to.
https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from shared.http.access import Role
from shared.http.json_body import parse_object
from shared.http.problems import ProblemError
from shared.run.ids import parse_guid

_LONGEST_HEADER = 32 * 1024
"""What the host takes of all headers together."""
_LONGEST_NAME = 256
_PROVIDER = "aad"
"""Another identity provider could put anything into claims of these names."""

_MICROSOFT = "http://schemas.microsoft.com/identity/claims"
_XMLSOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_TENANT = ("tid", f"{_MICROSOFT}/tenantid")
_OBJECT = ("oid", f"{_MICROSOFT}/objectidentifier")
_ROLES = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
_NAMES = ("preferred_username", "upn", f"{_XMLSOAP}/upn", "name", f"{_XMLSOAP}/name")
_APPLICATIONS = ("azp", "appid")


class UnreadablePrincipalError(Exception):
    """The header does not say, beyond doubt, who calls."""


class Caller(msgspec.Struct, frozen=True):
    """A user, or an application by itself."""

    id: str
    """Tenant and object id: never another's, and never reused."""
    name: str
    """For people to read: a user's name, an application's id. Names may change and repeat; nothing is decided by them."""
    roles: frozenset[Role]

    @property
    def limited_to(self) -> str | None:
        """Whose runs it may see: its own id's; None: everybody's."""
        return None if Role.RUNS_READ_ALL in self.roles else self.id


def read_caller(header: str) -> Caller:
    """Raises UnreadablePrincipalError."""
    principal = _decoded(header)
    if principal.get("auth_typ") != _PROVIDER:
        raise UnreadablePrincipalError("it is not Microsoft Entra ID's")
    claims = list(_claims(principal.get("claims")))
    tenant, identity = _guid(claims, _TENANT), _guid(claims, _OBJECT)
    held = set(_values(claims, (*_ROLES, principal.get("role_typ"))))
    names = (*_NAMES, principal.get("name_typ"), *_APPLICATIONS)
    return Caller(
        id=f"{tenant}:{identity}",
        name=next(_values(claims, names), identity)[:_LONGEST_NAME],
        roles=frozenset(role for role in Role if role in held),
    )


def _decoded(header: str) -> dict[str, Any]:
    if len(header) > _LONGEST_HEADER:
        raise UnreadablePrincipalError("it is too long")
    try:
        return parse_object(base64.b64decode(header, validate=True), _LONGEST_HEADER)
    except (binascii.Error, ValueError):
        raise UnreadablePrincipalError("it is not base64") from None
    except ProblemError:
        raise UnreadablePrincipalError("it is not one JSON object") from None


def _claims(given: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(given, list):
        raise UnreadablePrincipalError("it has no list of claims")
    for claim in given:
        match claim:
            case {"typ": str(name), "val": str(value)}:
                yield name, value
            case _:
                raise UnreadablePrincipalError("one of its claims is no pair of texts")


def _values(claims: list[tuple[str, str]], types: Iterable[Any]) -> Iterator[str]:
    """In the order of the types."""
    return (value for wanted in types for name, value in claims if name == wanted and value)


def _guid(claims: list[tuple[str, str]], types: tuple[str, ...]) -> str:
    """One GUID, however often it is claimed."""
    found = {parse_guid(value) for value in _values(claims, types)}
    guid = found.pop() if len(found) == 1 else None
    if guid is None:
        raise UnreadablePrincipalError(f"it does not claim one {types[0]}")
    return guid
