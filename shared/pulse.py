"""How a dependency has answered lately, noted beside the real work."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Pulse:
    """The last success and the last failure; written by many threads, each write whole by itself."""

    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""

    def success(self, at: datetime) -> None:
        self.succeeded_at = at

    def fail(self, at: datetime, failure: str) -> None:
        self.failed_at, self.failure = at, failure

    @property
    def failing(self) -> bool:
        """Whether the last that was heard was a failure."""
        if self.failed_at is None:
            return False
        return self.succeeded_at is None or self.succeeded_at < self.failed_at
