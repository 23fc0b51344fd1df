"""An event in Event Grid's own schema, as the CloudEvent that Event Grid would have made of it."""

from typing import Any

_NAMES = {
    "id": "id",
    "topic": "source",
    "eventType": "type",
    "subject": "subject",
    "eventTime": "time",
    "data": "data",
}


def event_of(given: Any) -> Any:
    """What is no object stays as it is, and is judged as that."""
    if not isinstance(given, dict):
        return given
    return {"specversion": "1.0"} | {
        ours: given[theirs] for theirs, ours in _NAMES.items() if theirs in given
    }
