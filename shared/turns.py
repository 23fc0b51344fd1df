"""What is done now and then, for each of many."""

from datetime import datetime, timedelta


class Turns:
    """Each key is due once in `every`, the first time at once, or so long after `since`. Kept in the process: a new one
    begins anew.
    """

    def __init__(self, every: timedelta, since: datetime | None = None) -> None:
        self._every = every
        self._since = since
        self._taken: dict[str, datetime] = {}

    def due(self, key: str, now: datetime) -> bool:
        """Whether it is the key's turn; if so, the turn is taken."""
        taken = self._taken.get(key, self._since)
        if taken is not None and now - taken < self._every:
            return False
        self._taken = {other: at for other, at in self._taken.items() if now - at < self._every} | {key: now}
        return True

    def give_back(self, key: str) -> None:
        """The turn was not used up: it is due again at once."""
        self._since = None
        self._taken.pop(key, None)
