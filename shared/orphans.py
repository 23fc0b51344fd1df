"""Sessions that were started here, as their callback URL proves, and whose run is not: the table was lost, or is an older copy.

A run is stored before its session exists, so one that is just being started is never among them.
"""

import logging
from datetime import timedelta

from shared.callback_defence import Recent
from shared.callbacks import read_url
from shared.clock import Clock
from shared.log.line import Line
from shared.log.names import Name
from shared.run.ids import created_at
from shared.signatures import Signatures, Verdict

log = logging.getLogger("deskhand.poll")

_MOST_KNOWN = 10_000


class Orphans:
    """Each is told of once by a process, however often it is met."""

    def __init__(self, clock: Clock, signatures: Signatures, base: str | None, kept: timedelta) -> None:
        """`base` is that of our callback URLs, `kept` how long runs are kept; zero: for ever."""
        self._clock = clock
        self._signatures = signatures
        self._base = base
        self._kept = kept
        self._told = Recent(_MOST_KNOWN)
        self.count = 0
        """Since this process began."""

    def run_of(self, callback_url: str | None) -> str | None:
        """The run that a session with this URL must have. None where it is not ours, or is known to have none. No I/O."""
        named = read_url(self._signatures, callback_url)
        if named is None or named.claim.base != self._base or named.verdict is not Verdict.GENUINE:
            return None
        return named.run_id if self._is_news(named.run_id) else None

    def report(self, session_id: str | None, run_id: str) -> None:
        """There is no such run, and what named it was signed by us. Nothing is told of one that retention may have removed."""
        if self._is_news(run_id):
            self._told.note(run_id)
            self.count += 1
            log.error(
                Line(
                    Name.SESSION_ORPHANED,
                    "OrphanSession: it was started here, and its run is not here",
                    session_id=session_id,
                    run_id=run_id,
                    count=self.count,
                )
            )

    def _is_news(self, run_id: str) -> bool:
        removed = self._kept and created_at(run_id) < self._clock.now() - self._kept
        return not removed and run_id not in self._told
