"""Whose a token is: a connection that is made with somebody else's is of no use to the identity."""

import base64
import binascii

import msgspec


class _Claims(msgspec.Struct):
    appid: str | None = None
    """In tokens of version 1."""
    azp: str | None = None
    """In tokens of version 2."""


def client_of(token: str) -> str | None:
    """The client id of its holder; None where the token does not tell. Its signature is the API's to look at."""
    claims = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 - head, claims, signature
    try:
        read = msgspec.json.decode(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)), type=_Claims)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return read.appid or read.azp
