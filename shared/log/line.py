"""A line of the log: a stable name for machines, a sentence for people, and figures.

    log.warning(Line(Name.START_UNSURE, f"The answer was lost: {error}", run_id=run.id))

becomes, once somebody writes it,

    {"name": "start.unsure", "function": "start_run", "requestId": "...", "runId": "...", "message": "The answer was lost: ..."}

No payload, no token, no signature may be in it; ids may.
"""

import json
import re
from functools import cache
from typing import Any

import msgspec

from shared.log.names import Name
from shared.log.work import current, trace_id

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Line:
    """To be given to a logger as the message. Members that are None are left out."""

    __slots__ = ("_fields", "_name", "_sentence")

    def __init__(self, name: Name, sentence: str, /, **fields: Any) -> None:
        self._name = name
        self._sentence = sentence
        self._fields = fields

    def __str__(self) -> str:
        work = current.get()
        members = {
            "name": self._name,
            "function": work.function or None,
            "invocationId": work.invocation_id,
            "requestId": work.request_id,
            "traceId": trace_id(work.traceparent),
            "runId": work.run_id,
            **{camel(field): value for field, value in self._fields.items()},
            "message": self._sentence,
        }
        told = {member: value for member, value in members.items() if value is not None}
        return _encoded(told)


def _encoded(told: dict[str, Any]) -> str:
    """Whatever stands in it: a handler may let an error through, to the work that only wanted to tell of itself."""
    try:
        return msgspec.json.encode(told).decode()
    except UnicodeEncodeError:  # half of a surrogate pair, which this one writes as an escape
        return json.dumps(told)


def safe_code(told: str) -> str | None:
    """An error code that others gave, if it is one and not a text in its place."""
    return told if _CODE.fullmatch(told) else None


@cache
def camel(field: str) -> str:
    first, *others = field.split("_")
    return first + "".join(other.title() for other in others)
