"""Keyed digests: what proves that a URL is ours, and what compares two inputs without keeping them.

Every digest is HMAC-SHA256 over its purpose, the Dataverse host and its subject, written `version-hex`: hexadecimal, because
Dataverse compares text without regard to letter case and takes `_` and `%` for wildcards.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from shared.setting_values import SigningKey

_SIGNATURE = re.compile(r"([a-z0-9]{1,16})-([0-9a-f]{64})")


class Purpose(StrEnum):
    """What a digest is good for; one made for one purpose is worthless for another."""

    CALLBACK = "callback"
    RESULT = "result"
    REQUEST = "request"
    INPUTS = "inputs"
    UNSUBSCRIBE = "unsubscribe"
    EVENT = "event"


class Verdict(StrEnum):
    """What is to be thought of a text that was given as a signature."""

    GENUINE = "genuine"
    FALSE = "false"
    """Of another purpose, host or subject, or nobody's."""
    KEY_UNKNOWN = "key unknown"
    """It says that it was made with a key that is not configured (any more)."""
    MALFORMED = "malformed"
    """It has not the form of one."""


class Signatures:
    """Signs with the first key, verifies with all of them."""

    def __init__(self, keys: Sequence[SigningKey], host: str) -> None:
        self._secrets = {key.version: key.secret for key in keys}
        self.host = host
        self.current = keys[0].version

    def sign(self, purpose: Purpose, subject: str, version: str | None = None) -> str:
        """Raises KeyError for a version that is no longer configured."""
        version = version or self.current
        message = f"{purpose}\n{self.host}\n{subject}".encode("utf-8", "surrogatepass")
        return f"{version}-{hmac.new(self._secrets[version], message, hashlib.sha256).hexdigest()}"

    def verify(self, purpose: Purpose, subject: str, signature: str) -> bool:
        return self.judge(purpose, subject, signature) is Verdict.GENUINE

    def judge(self, purpose: Purpose, subject: str, signature: str) -> Verdict:
        """The same work whatever is wrong with what looks like a signature, an unknown version included; no I/O."""
        if _SIGNATURE.fullmatch(signature) is None:
            return Verdict.MALFORMED
        known = self.knows(signature)
        version = signature.partition("-")[0] if known else self.current
        same = hmac.compare_digest(self.sign(purpose, subject, version), signature)
        if not known:
            return Verdict.KEY_UNKNOWN
        return Verdict.GENUINE if same else Verdict.FALSE

    def knows(self, signature: str) -> bool:
        """Whether the key that made it is still configured."""
        return signature.partition("-")[0] in self._secrets


def canonical(value: Any) -> str:
    """The same text for values that are equal: members in order, 1.0 as 1."""
    return json.dumps(_normalised(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _normalised(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _normalised(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_normalised(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
