"""How a dependency has answered lately, noted beside the real work."""

import threading
from datetime import datetime, timedelta

import msgspec


class Pulse(msgspec.Struct):
    """The last success and the last failure, as many threads meet them."""

    succeeded_at: datetime | None = None
    failing: bool = False
    """Whether the last that was heard was a failure. Times do not tell: both may be of the same millisecond."""
    failure: str = ""
    probed_at: datetime | None = None
    probing: threading.Lock = msgspec.field(default_factory=threading.Lock)
    """Held by whoever probes: others wait for what it finds."""

    def success(self, at: datetime) -> None:
        self.succeeded_at, self.failing = at, False

    def fail(self, failure: str) -> None:
        self.failure, self.failing = failure, True

    def wants_probe(self, now: datetime, every: timedelta) -> bool:
        """Nothing good was heard lately, and the last probe is long enough ago."""
        if self.probed_at is not None and now - self.probed_at < every:
            return False
        return self.failing or self.succeeded_at is None or now - self.succeeded_at > every
