"""Signatures as Standard Webhooks has them: who gets a message can tell that it is ours, and whole.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

_PREFIX = "whsec_"
_BYTES = 32
_SHORTEST, _LONGEST = 24, 64
"""Bytes of a secret, as the specification asks."""


def new_secret() -> str:
    return as_secret(secrets.token_bytes(_BYTES))


def as_secret(key: bytes) -> str:
    return _PREFIX + base64.b64encode(key).decode()


def is_secret(text: str) -> bool:
    return _key(text) is not None


def signed(keys: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that go with a body. One signature for each secret: while one takes the place of another, both are good."""
    seconds = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), seconds.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_signature(each, content)}" for each in keys),
    }


def _signature(secret: str, content: bytes) -> str:
    key = _key(secret)
    assert key is not None
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes | None:
    """None for what is no secret."""
    if not secret.startswith(_PREFIX):
        return None
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if _SHORTEST <= len(key) <= _LONGEST else None
