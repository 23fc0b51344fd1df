"""Access tokens as Microsoft Entra ID would issue them to a managed identity: self-made, signed with a key of this process.

The protocol is App Service's (IDENTITY_ENDPOINT, IDENTITY_HEADER, api-version 2019-08-01). Tokens live in real time: their
holders look at their own clocks, not at the simulated one.
"""

import secrets
import time
from collections.abc import Callable

from local.dataverse.directory import APPLICATION_ID
from local.dataverse.errors import UnauthorizedError
from local.dataverse.settings import APPLICATION_USER_ID
from local.jwt import Signer


class TokenIssuer:
    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """`now` in seconds since 1970."""
        self._now = now
        self.identity_header = secrets.token_hex(16)
        """What a caller of the token endpoint must show in X-IDENTITY-HEADER."""
        self._signer = Signer()

    def issue(self, resource: str, life_seconds: int, client_id: str | None) -> dict[str, str]:
        expires = int(self._now()) + life_seconds
        claims = {
            "aud": resource,
            "exp": expires,
            "oid": APPLICATION_USER_ID,
            "appid": client_id or APPLICATION_ID,
        }
        return {
            "access_token": self._signer.token(claims),
            "expires_on": str(expires),
            "resource": resource,
            "token_type": "Bearer",
        }

    def verify(self, authorization: str | None, audience: str) -> str:
        """The client id of its holder. Raises UnauthorizedError unless the header carries a token of ours for this audience that has not expired."""
        claims = self._signer.claims(authorization)
        if claims is None or claims["aud"].rstrip("/") != audience or claims["exp"] <= self._now():
            raise UnauthorizedError
        return str(claims["appid"])
