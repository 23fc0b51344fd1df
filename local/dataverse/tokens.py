"""Access tokens as Microsoft Entra ID would issue them to a managed identity: self-made, signed with a key of this process.

The protocol is App Service's (IDENTITY_ENDPOINT, IDENTITY_HEADER, api-version 2019-08-01). Tokens live in real time: their
holders look at their own clocks, not at the simulated one.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from local.dataverse.errors import UnauthorizedError
from local.dataverse.settings import APPLICATION_USER_ID

_ALGORITHM = {"typ": "JWT", "alg": "HS256"}


class TokenIssuer:
    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """`now` in seconds since 1970."""
        self._now = now
        self.identity_header = secrets.token_hex(16)
        """What a caller of the token endpoint must show in X-IDENTITY-HEADER."""
        self._key = secrets.token_bytes(32)

    def issue(self, resource: str, life_seconds: int, client_id: str | None) -> dict[str, str]:
        expires = int(self._now()) + life_seconds
        claims = {"aud": resource, "exp": expires, "oid": APPLICATION_USER_ID, "appid": client_id or "system"}
        unsigned = f"{_encoded(_ALGORITHM)}.{_encoded(claims)}"
        return {
            "access_token": f"{unsigned}.{self._signature(unsigned)}",
            "expires_on": str(expires),
            "resource": resource,
            "token_type": "Bearer",
        }

    def verify(self, authorization: str | None, audience: str) -> None:
        """Raises UnauthorizedError unless the header carries a token of ours for this audience that has not expired."""
        scheme, _, token = (authorization or "").partition(" ")
        unsigned, _, signature = token.rpartition(".")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            signature.encode(errors="replace"), self._signature(unsigned).encode()
        ):
            raise UnauthorizedError
        claims: dict[str, Any] = json.loads(_decoded(unsigned.partition(".")[2]))
        if claims["aud"].rstrip("/") != audience or claims["exp"] <= self._now():
            raise UnauthorizedError

    def _signature(self, unsigned: str) -> str:
        return _base64url(hmac.digest(self._key, unsigned.encode(errors="replace"), hashlib.sha256))


def _encoded(claims: dict[str, Any]) -> str:
    return _base64url(json.dumps(claims).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
