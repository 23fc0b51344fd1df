"""JSON into typed values, for many threads from the first document on.

msgspec shows the description that it makes of a Struct to other threads while its members are still being looked up (0.22.0):
two that decode into a nested Struct for the first time at once bring the process down. So one thread at a time prepares a type.
"""

import threading
from typing import Any

import msgspec
from msgspec.json import Decoder

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What is raised for what is not JSON of the shape that was asked for."""

_decoders: dict[Any, Decoder[Any]] = {}
_preparing = threading.Lock()


def decode[T](document: bytes | str, shape: type[T]) -> T:
    """Raises one of UNREADABLE."""
    decoder: Decoder[T] = _decoders.get(shape) or _prepared(shape)
    return decoder.decode(document)


def _prepared(shape: Any) -> Decoder[Any]:
    with _preparing:
        return _decoders.setdefault(shape, Decoder(shape))
