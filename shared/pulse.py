"""How a dependency has answered lately, noted beside the real work."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Pulse:
    """The last success and the last failure, as many threads meet them."""

    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    probed_at: datetime | None = None
    probing: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever probes: others wait for what it finds."""

    def success(self, at: datetime) -> None:
        self.succeeded_at = at

    def fail(self, at: datetime, failure: str) -> None:
        self.failed_at, self.failure = at, failure

    def wants_probe(self, now: datetime, every: timedelta) -> bool:
        """Nothing good was heard lately, and the last probe is long enough ago."""
        if self.probed_at is not None and now - self.probed_at < every:
            return False
        return self.failing or self.succeeded_at is None or now - self.succeeded_at > every

    @property
    def failing(self) -> bool:
        """Whether the last that was heard was a failure."""
        if self.failed_at is None:
            return False
        return self.succeeded_at is None or self.succeeded_at < self.failed_at
