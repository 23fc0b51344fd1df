"""What the text of a setting may be, and what it stands for. Each parser raises ValueError with what is expected."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from shared.run.ids import parse_guid

_HOST_PATTERN = re.compile(r"(?:\*\.)?(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SMALLEST_KEY = 32


class AuthMode(StrEnum):
    KEYS = "keys"
    ENTRA = "entra"


@dataclass(frozen=True, slots=True)
class SigningKey:
    version: str
    secret: bytes = field(repr=False)


def url(text: str) -> str:
    parts = urlsplit(text)
    if (
        parts.scheme not in {"https", "http"}
        or not parts.hostname
        or "@" in parts.netloc
        or _port_of(parts) == 0
        or parts.query
        or parts.fragment
    ):
        raise ValueError("must be a URL such as https://contoso.crm4.dynamics.com")
    if parts.path.strip("/"):
        raise ValueError("must be scheme and host only, without a path")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("must begin with https://")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _port_of(parts: SplitResult) -> int | None:
    """0 for what is none."""
    try:
        return parts.port
    except ValueError:
        return 0


def optional[T](parse: Callable[[str], T]) -> Callable[[str], T | None]:
    return lambda text: parse(text) if text else None


def number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def duration(unit: str, low: int, high: int) -> Callable[[str], timedelta]:
    count = number(low, high)
    return lambda text: timedelta(**{unit: count(text)})


def flag(text: str) -> bool:
    known = {"1": True, "true": True, "0": False, "false": False, "": False}
    if text.lower() not in known:
        raise ValueError("must be 1, true, 0 or false")
    return known[text.lower()]


def one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of: {', '.join(words)}")
        return text

    return parse


def auth_mode(text: str) -> AuthMode:
    return AuthMode(one_of(*AuthMode)(text))


def says_true(text: str) -> bool:
    """For what the platform sets: anything else than a plain yes is a no."""
    return text.lower() in {"1", "true"}


def text(text: str) -> str:
    return text


def listed[T](parse: Callable[[str], T]) -> Callable[[str], frozenset[T]]:
    """Comma-separated values."""
    return lambda text: frozenset(parse(part.strip()) for part in text.split(",") if part.strip())


def topic(text: str) -> str:
    """With its path, which is /api/events where none is given."""
    parts = urlsplit(text)
    path = parts.path.rstrip("/") or "/api/events"
    return url(f"{parts.scheme}://{parts.netloc}") + path


def origin(text: str) -> str:
    return text.lower()


def host_pattern(text: str) -> str:
    name = text.lower()
    if not _HOST_PATTERN.fullmatch(name):
        raise ValueError(
            f"must name hosts, such as hooks.contoso.com or *.contoso.com; {text[:64]!r} is none"
        )
    return name


def guid(text: str) -> str:
    guid = parse_guid(text)
    if guid is None:
        raise ValueError("must be a GUID")
    return guid


def table_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,62}", text):
        raise ValueError("must be 3 to 63 letters and digits, beginning with a letter")
    return text


def signing_keys(text: str) -> tuple[SigningKey, ...]:
    keys = tuple(_signing_key(part.strip()) for part in text.split(","))
    if len({key.version for key in keys}) != len(keys):
        raise ValueError("names a version twice")
    return keys


def _signing_key(part: str) -> SigningKey:
    version, _, encoded = part.partition(":")
    if not re.fullmatch(r"[a-z0-9]{1,16}", version):
        raise ValueError("must be a list of version:key, the version being 1 to 16 small letters and digits")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError(f"holds a key (version {version}) that is not base64") from None
    if len(secret) < _SMALLEST_KEY:
        raise ValueError(f"holds a key (version {version}) of fewer than {_SMALLEST_KEY} bytes")
    return SigningKey(version, secret)
