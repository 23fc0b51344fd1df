"""Which faults a seed has, and how often: each seed draws its own mix, so that some have many of one kind and none of others.

A new fault is a member of `Fault`, a place in one of the lists below, and what it does where it strikes.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum

from shared.storage.table import Operation


class Fault(StrEnum):
    # On the way, to Table Storage and to Dataverse
    UNREACHABLE = "no connection"
    LOST = "lost before it arrived"
    ANSWER_LOST = "done, answer lost"
    LATE = "done after the caller gave up"
    SLOW = "slow"
    # By the other side
    UNAVAILABLE = "refused for now"
    THROTTLED = "429 with a known code"
    THROTTLED_ODDLY = "429 with another code"
    SERVER_ERROR = "5xx or 408, nothing done"
    SERVER_ERROR_AFTER = "5xx, done"
    UNREADABLE = "an answer that cannot be read, nothing done"
    UNREADABLE_AFTER = "an answer that cannot be read, done"
    REFUSED = "refused for good"
    TOKEN_REFUSED = "401"  # an HTTP status
    NO_TOKEN = "no token"  # the name of a fault
    # Of the instance
    DIES_BEFORE = "killed before a request"
    DIES_AFTER = "killed after a request"
    KILLED = "killed anywhere"
    PAUSED = "paused"
    # Of Dataverse's callbacks
    CALLBACK_LOST = "callback lost"
    CALLBACK_TWICE = "callback twice"
    CALLBACK_LATE = "callback late"
    FORGED = "forged body, valid signature"
    # Of Dataverse's rows
    UNLISTED = "row hidden from lists"
    PURGED = "session purged"
    NO_ACCESS = "access withdrawn for a while"
    # Accidents of the poller's
    CLOCK_JUMPS = "Dataverse's clock jumps"
    PLACE_LOST = "the poller's place lost"
    # Of receivers of events
    RECEIVER_BUSY = "503 with Retry-After"
    RECEIVER_GONE = "410"


_PROCESS = (Fault.DIES_BEFORE, Fault.DIES_AFTER)
TABLE_READ = (Fault.UNAVAILABLE, Fault.SLOW, *_PROCESS)
TABLE_WRITE = (Fault.UNAVAILABLE, Fault.LOST, Fault.ANSWER_LOST, Fault.LATE, Fault.SLOW, *_PROCESS)
_ASKING = (
    Fault.UNREACHABLE,
    Fault.LOST,
    Fault.ANSWER_LOST,
    Fault.SLOW,
    Fault.THROTTLED,
    Fault.SERVER_ERROR,
    Fault.UNREADABLE,
    Fault.TOKEN_REFUSED,
    *_PROCESS,
)
DATAVERSE_READ = _ASKING
DATAVERSE_WRITE = (
    *_ASKING,
    Fault.LATE,
    Fault.THROTTLED_ODDLY,
    Fault.SERVER_ERROR_AFTER,
    Fault.UNREADABLE_AFTER,
    Fault.REFUSED,
)
_ACCIDENTS = (Fault.CLOCK_JUMPS, Fault.PLACE_LOST)
"""Not of the weather: `accidents` has them."""
_RECEIVERS = (Fault.RECEIVER_BUSY, Fault.RECEIVER_GONE)
"""Not of the weather either: `receivers` has them."""
CALLBACK = (Fault.CALLBACK_LOST, Fault.CALLBACK_TWICE, Fault.CALLBACK_LATE)

OUTAGES = (
    Fault.UNAVAILABLE,
    Fault.UNREACHABLE,
    Fault.LOST,
    Fault.ANSWER_LOST,
    Fault.SLOW,
    Fault.SERVER_ERROR,
    Fault.UNREADABLE_AFTER,
)
"""What may strike everything for a while."""
_RATES = (0.02, 0.1, 0.3)
_RARE = {Fault.DIES_BEFORE: 0.1, Fault.DIES_AFTER: 0.1, Fault.UNAVAILABLE: 0.4, Fault.SLOW: 0.5}
"""What meets every request would else leave nothing standing."""


class Weather:
    """Drawn once, from the seed. `calm` ends all faults."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        storm = dice.choice((0.1, 0.3, 0.5))
        self.rates = {
            fault: dice.choice(_RATES) * _RARE.get(fault, 1)
            for fault in Fault
            if fault not in (*_ACCIDENTS, *_RECEIVERS)
            and dice.random() < (0.5 if fault is Fault.FORGED else storm)
        }
        self.injected: Counter[str] = Counter()
        self.calm = False

    def strike(
        self, candidates: Sequence[Fault], asked: str = "", operations: Sequence[Operation] = ()
    ) -> Fault | None:
        """The fault of this request, if any. Dice do not look at what is asked, a script does."""
        if self.calm:
            return None
        thrown = self._dice.random()
        for fault in candidates:
            rate = self.rates.get(fault, 0.0)
            if thrown < rate:
                return self.count(fault)
            thrown -= rate
        return None

    def outage(self, fault: Fault) -> Callable[[], None]:
        """From now on the fault strikes always, until what is returned is called."""
        usual = self.rates.get(fault, 0.0)
        self.rates[fault] = 1.0

        def over() -> None:
            self.rates[fault] = usual

        return over

    def count(self, fault: Fault) -> Fault:
        self.injected[fault] += 1
        return fault

    def comes(self, fault: Fault) -> bool:
        """Whether a fault that is no request's own comes now."""
        return self.strike((fault,)) is not None
