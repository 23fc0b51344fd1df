"""What SIGNING_KEYS holds: `version:base64` pairs, the first of which signs. No I/O."""

from __future__ import annotations

import base64
import secrets

_BYTES = 32


def first() -> str:
    return _new("1")


def with_new(keys: str) -> str:
    """The new one in front, and what there was behind it."""
    used = [int(version) for version in versions(keys) if version.isdecimal()]
    return f"{_new(str(max(used, default=0) + 1))},{keys}"


def only_newest(keys: str) -> str:
    return keys.split(",", maxsplit=1)[0].strip()


def versions(keys: str) -> list[str]:
    """Which may be shown, unlike the rest."""
    return [pair.strip().partition(":")[0] for pair in keys.split(",")]


def _new(version: str) -> str:
    return f"{version}:{base64.b64encode(secrets.token_bytes(_BYTES)).decode()}"
