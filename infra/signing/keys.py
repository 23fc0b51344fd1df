"""What SIGNING_KEYS holds: `version:base64` pairs, the first of which signs. No I/O."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable
from typing import NamedTuple

_BYTES = 32
_PAIR = re.compile("[a-z0-9]{1,16}:")


class MalformedError(Exception):
    """These are no keys."""


def first() -> str:
    return _new("1")


def with_new(keys: str) -> str:
    """The new one in front, and what there was behind it."""
    used = [int(version) for version in versions(keys) if version.isdecimal()]
    return f"{_new(str(max(used, default=0) + 1))},{keys}"


def only_newest(keys: str) -> str:
    return keys.split(",", maxsplit=1)[0].strip()


def versions(keys: str) -> list[str]:
    """Which may be shown, unlike the rest. Raises MalformedError: what has no version in front may be a key itself."""
    pairs = [pair.strip() for pair in keys.split(",")]
    if not all(_PAIR.match(pair) for pair in pairs):
        raise MalformedError(
            "What the vault holds is no list of version:key, so it is left as it is: docs/settings.md, SIGNING_KEYS."
        )
    return [pair.partition(":")[0] for pair in pairs]


class Joined(NamedTuple):
    keys: str
    others: list[str]
    """Versions that were given to another key as well, which is not among them."""
    unreadable: int
    """Of what was held: no keys."""


def joined(held: Iterable[str]) -> Joined:
    """Each key once; of two with the same version the one that comes first."""
    found: dict[str, str] = {}
    others: dict[str, None] = {}
    unreadable = 0
    for each in held:
        try:
            named = versions(each)
        except MalformedError:
            unreadable += 1
            continue
        for version, pair in zip(named, each.split(",")):  # noqa: B905 - older Pythons read this
            if found.setdefault(version, pair.strip()) != pair.strip():
                others[version] = None
    return Joined(",".join(found.values()), list(others), unreadable)


def _new(version: str) -> str:
    return f"{version}:{base64.b64encode(secrets.token_bytes(_BYTES)).decode()}"
