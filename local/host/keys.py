"""Who may call: the levels of a function and the keys of this host."""

import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum


class AuthLevel(StrEnum):
    ANONYMOUS = "anonymous"
    """No key is asked for."""
    FUNCTION = "function"
    """The host's default key, or the master key."""
    ADMIN = "admin"
    """The master key alone."""


@dataclass(frozen=True, slots=True)
class Keys:
    default: str
    master: str

    @classmethod
    def generate(cls) -> "Keys":
        return cls(default=secrets.token_hex(28), master=secrets.token_hex(28))

    def allow(self, level: AuthLevel, presented: str) -> bool:
        match level:
            case AuthLevel.ANONYMOUS:
                return True
            case AuthLevel.FUNCTION:
                return _same(presented, self.default) or _same(presented, self.master)
            case AuthLevel.ADMIN:
                return _same(presented, self.master)


def _same(presented: str, key: str) -> bool:
    return hmac.compare_digest(presented.encode(errors="surrogateescape"), key.encode())
