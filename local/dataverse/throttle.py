"""How many runs a connection may be given within a minute."""

from collections import defaultdict, deque
from datetime import datetime, timedelta
from math import ceil

_WINDOW = timedelta(seconds=60)


class ConnectionThrottle:
    """A sliding window per connection; refused runs take no place in it."""

    def __init__(self) -> None:
        self._starts: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def wait_seconds(self, connection: str, limit: int | None, now: datetime) -> int:
        """0: a run may start now, and is counted. Else the whole seconds until one may."""
        if limit is None:
            return 0
        starts = self._starts[connection]
        while starts and starts[0] <= now - _WINDOW:
            starts.popleft()
        if len(starts) < limit:
            starts.append(now)
            return 0
        return max(1, ceil((starts[0] + _WINDOW - now).total_seconds()))
