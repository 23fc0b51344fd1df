"""Dataverse's JSON, read into typed values. What people typed into old programs comes along in it."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.dataverse.errors import UnreadableError
from shared.decoding import decode


def decoded[T](body: bytes, shape: type[T]) -> T:
    """Raises UnreadableError for a body that is not this shape."""
    try:
        return decode(body, shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _leniently(body, shape)


def json_object(body: bytes) -> dict[str, Any]:
    """Any JSON object; empty for an empty body. Raises UnreadableError."""
    return decoded(body, dict[str, Any]) if body.strip() else {}


def utc(at: datetime | None) -> datetime | None:
    """Dataverse's times are UTC, also where one has no offset. One that the calendar does not hold is none."""
    if at is None or at.tzinfo is None:
        return at and at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None


def _leniently[T](body: bytes, shape: type[T]) -> T:
    """Text cut in the middle of an emoji leaves half a surrogate pair, which is no text: it becomes a question mark."""
    try:
        value = json.loads(body)
        mended = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        return decode(mended, shape)
    except (ValueError, RecursionError) as problem:
        # These messages name the place and the expected type, never what stands there.
        raise UnreadableError(f"Dataverse's answer cannot be read: {problem}.") from None
