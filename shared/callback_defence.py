"""What an instance remembers so that callbacks, genuine or not, cost it little. Nothing of it is needed for truth."""

import logging
import threading
from enum import StrEnum

import msgspec

from shared.budget import Budget
from shared.clock import Clock
from shared.log.names import Name
from shared.tally import Tally

VERIFICATIONS_PER_RUN = 4
"""In ten seconds. A genuine sender tries four times, a second apart."""
LOOKS_PER_RUN = 8
"""Reads of the run's row in ten seconds: those tries, should each arrive twice."""
_LOOKS_A_VERIFICATION = 4
_MOST_ENDED = 1000

log = logging.getLogger("deskhand.callback")


class Recent:
    """The ids that were noted last, so many of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: dict[str, None] = {}

    def note(self, each: str) -> None:
        with self._lock:
            self._held[each] = None
            if len(self._held) > self._most:
                del self._held[next(iter(self._held))]

    def __contains__(self, each: str) -> bool:
        return each in self._held


class CallbackDefence(msgspec.Struct, frozen=True):
    looks: Budget
    """Reads of rows."""
    verifications: Budget
    """Reads of sessions in Dataverse."""
    ended: Recent
    """Runs that were seen ended: ended is for ever, so a replay of their callbacks needs no look."""
    tally: Tally[StrEnum]


def callback_defence(clock: Clock, verifications: int) -> CallbackDefence:
    """`verifications`: how many in ten seconds, for all runs together."""
    return CallbackDefence(
        looks=Budget(clock, LOOKS_PER_RUN, _LOOKS_A_VERIFICATION * verifications),
        verifications=Budget(clock, VERIFICATIONS_PER_RUN, verifications),
        ended=Recent(_MOST_ENDED),
        tally=Tally(clock, log, Name.CALLBACKS),
    )
