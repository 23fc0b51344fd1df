"""How a dependency has answered lately, noted beside the real work."""

import threading
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Pulse:
    """The last success and the last failure, as many threads meet them."""

    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    probing: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever probes: others wait for what it finds."""

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
