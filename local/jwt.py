"""JSON web tokens of our own making (HS256), good for as long as the process that signs them."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

_ALGORITHM = {"typ": "JWT", "alg": "HS256"}


class Signer:
    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, claims: dict[str, Any]) -> str:
        unsigned = f"{_encoded(_ALGORITHM)}.{_encoded(claims)}"
        return f"{unsigned}.{self._signature(unsigned)}"

    def claims(self, authorization: str | None) -> dict[str, Any] | None:
        """Those of the bearer token in an Authorization header; None unless it is one of ours. Times are not looked at."""
        scheme, _, token = (authorization or "").partition(" ")
        unsigned, _, signature = token.rpartition(".")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            signature.encode(errors="replace"), self._signature(unsigned).encode()
        ):
            return None
        claims: dict[str, Any] = json.loads(_decoded(unsigned.partition(".")[2]))
        return claims

    def _signature(self, unsigned: str) -> str:
        return _base64url(hmac.digest(self._key, unsigned.encode(errors="replace"), hashlib.sha256))


def _encoded(claims: dict[str, Any]) -> str:
    return _base64url(json.dumps(claims).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
