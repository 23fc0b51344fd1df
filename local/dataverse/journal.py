"""What was asked of Dataverse: counted for ever, remembered for a while."""

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.dataverse.operations import Operation

_REMEMBERED = 1000


@dataclass(slots=True)
class Entry:
    """One request, written down when it arrives; status stays None while, or when, there is no answer."""

    at: datetime
    operation: Operation
    method: str
    path: str
    query: str
    """Decoded, to be read by people."""
    traceparent: str | None = None
    status: int | None = None
    fault: str | None = None

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "at": self.at,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
        }
        occasional = {"traceparent": self.traceparent, "fault": self.fault}
        return shown | {name: value for name, value in occasional.items() if value}


class Journal:
    """Requests for a token are counted by their name alone: they are not asked of Dataverse.

    The total counts operations: the parts of a batch, each by its own name. A batch that is refused as a whole counts as one.
    """

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_REMEMBERED)
        self._operations: Counter[Operation] = Counter()
        self._http_requests = 0

    def clear(self) -> None:
        self._entries.clear()
        self._operations.clear()
        self._http_requests = 0

    def write(self, entry: Entry, *, counted: bool = True) -> Entry:
        self._entries.append(entry)
        if counted:
            self._operations[entry.operation] += 1
        return entry

    def count(self, operation: Operation) -> None:
        self._operations[operation] += 1

    def count_http_request(self) -> None:
        self._http_requests += 1

    def shown(self) -> dict[str, Any]:
        return {
            "total": self._operations.total() - self._operations[Operation.TOKEN],
            "byOperation": {name: number for name, number in self._operations.items() if number},
            "httpRequests": self._http_requests,
            "requests": [entry.shown() for entry in self._entries],
        }
