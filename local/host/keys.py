"""Who may call: the levels of a function and the keys of this host."""

import hmac
import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass
from enum import StrEnum


class AuthLevel(StrEnum):
    ANONYMOUS = "anonymous"
    """No key is asked for."""
    FUNCTION = "function"
    """The host's default key, or the master key."""
    ADMIN = "admin"
    """The master key alone."""


_DEFAULT, _MASTER = "HOST_DEFAULT_KEY", "HOST_MASTER_KEY"


@dataclass(frozen=True, slots=True)
class Keys:
    """The real host keeps them in its storage: they outlive it, and all its instances have the same."""

    default: str
    master: str

    @classmethod
    def generate(cls) -> "Keys":
        return cls(default=secrets.token_hex(28), master=secrets.token_hex(28))

    @classmethod
    def taken(cls, environ: MutableMapping[str, str]) -> "Keys":
        """Those that the environment gives, taken out of it: no function sees them. New ones where it gives none."""
        new = cls.generate()
        return cls(default=environ.pop(_DEFAULT, new.default), master=environ.pop(_MASTER, new.master))

    def as_settings(self) -> dict[str, str]:
        return {_DEFAULT: self.default, _MASTER: self.master}

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
