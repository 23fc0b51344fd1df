"""One pass: the runs that wait, in their order, each sent when its connection has a permit for it.

While any can be sent soon the pass goes on, so that a permit is used as soon as it is free. A pass may be cut off anywhere, and
two may overlap: a run is sent by whoever has claimed it under its ETag.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future

from shared.clock import Deadline
from shared.log.line import Line
from shared.log.names import Name
from shared.pace.gate import FRESH_SECONDS
from shared.storage.rows import Turn
from shared.storage.table import StorageError
from shared.wiring import Deskhand
from start_waiting.marks import mark_queues
from start_waiting.turn import in_time, is_stopped, take_turn

log = logging.getLogger("deskhand.queue")

PASS_SECONDS = 50.0
_COUNT_SECONDS = 5.0
"""How often the queue is read anew within a pass: others join it, and leave it."""
_LOOK_SECONDS = 0.1
_REST_SECONDS = 5.0
"""For a connection on which nothing could be sent although it had a permit, and for a run that was tried."""
_SENDERS = 16
_MOST_AT_ONCE = 4
"""Of one connection: one that hangs leaves senders to the others."""


def is_waiting(app: Deskhand, turns: Sequence[Turn]) -> bool:
    """A mark that this instance knows of may outlive its queue: where all its runs were canceled, nothing waits."""
    return bool(app.gate.view.queues or turns)


def work_off(app: Deskhand) -> None:
    """Raises nothing that may pass: the next pass comes anyway."""
    try:
        with app.new_pool(_SENDERS, "send") as senders:
            _Pass(app, senders).work_off()
    except StorageError as problem:
        log.error(Line(Name.QUEUE_GIVEN_UP, f"The pass over the queue is given up: {problem}"))


class _Pass:
    def __init__(self, app: Deskhand, senders: Executor) -> None:
        self._app = app
        self._senders = senders
        self._deadline = app.clock.deadline(PASS_SECONDS)
        self._under_way: dict[str, tuple[Turn, Future[bool]]] = {}
        self._resting: dict[str, Deadline] = {}
        self._tried: dict[str, Deadline] = {}
        """Runs whose turn was taken just now: one that waits still, because it cannot be read, is not in the others' way."""

    def work_off(self) -> None:
        """Until nothing waits, or nothing of what waits can be sent in this pass. Raises StorageError."""
        app = self._app
        while True:
            if app.allowance.is_due:
                app.allowance.exchange()
            app.throttling.heed(app.gate.read())
            turns = in_time(app, app.outstanding.waiting())
            mark_queues(app, turns)
            if not turns or self._deadline.remaining <= 0:
                return
            if not self._send(turns, self._deadline.sooner(_COUNT_SECONDS)):
                return

    def _send(self, turns: Sequence[Turn], until: Deadline) -> bool:
        """Each of these once, as permits allow. False if there is nothing to wait for."""
        left = [turn for turn in turns if turn.run_id not in self._under_way]
        began = len(left)
        while until.remaining > 0:
            self._gather()
            if not self._app.gate.is_fresh:
                self._app.throttling.heed(self._app.gate.read())
            ready = [turn for turn in left if not self._is_stopped(turn)]
            now = list(self._startable(ready))
            for turn in now:
                self._under_way[turn.run_id] = (turn, self._senders.submit(take_turn, self._app, turn))
                self._tried[turn.run_id] = self._app.clock.deadline(_REST_SECONDS)
            left = [turn for turn in left if turn not in now]
            if not self._under_way and not any(self._comes_soon(turn.connection_id) for turn in ready):
                return len(left) < began
            self._app.clock.sleep(self._nap(ready))
        return True

    def _startable(self, ready: Sequence[Turn]) -> Iterator[Turn]:
        """The first of each connection, if it may have a permit now. One at a look: so they go out in their order."""
        flying = Counter(turn.connection_id for turn, _ in self._under_way.values())
        firsts: dict[str, Turn] = {}
        for turn in ready:
            if not self._was_tried(turn):
                firsts.setdefault(turn.connection_id, turn)
        for connection_id, turn in firsts.items():
            room = min(_MOST_AT_ONCE - flying[connection_id], _SENDERS - flying.total())
            # Without room nobody is asked for permits: there may be thousands of connections.
            if room > 0 and not self._is_resting(connection_id) and self._app.permits.free(connection_id):
                flying[connection_id] += 1
                yield turn

    def _gather(self) -> None:
        """Those that are over. A connection that did not send although it might rests for a while."""
        for run_id, (turn, taken) in list(self._under_way.items()):
            if taken.done():
                del self._under_way[run_id]
                if not taken.result():
                    self._resting[turn.connection_id] = self._app.clock.deadline(_REST_SECONDS)

    def _nap(self, ready: Sequence[Turn]) -> float:
        """Short while something is under way; else until the next permit, or the next look at the gate."""
        waits = [
            self._seconds_until_ready(connection_id)
            for connection_id in {each.connection_id for each in ready}
        ]
        wanted = _LOOK_SECONDS if self._under_way or not waits else min(waits)
        return min(max(wanted, _LOOK_SECONDS), FRESH_SECONDS)

    def _is_stopped(self, turn: Turn) -> bool:
        return is_stopped(self._app, turn)

    def _was_tried(self, turn: Turn) -> bool:
        tried = self._tried.get(turn.run_id)
        return tried is not None and tried.remaining > 0

    def _is_resting(self, connection_id: str) -> bool:
        rest = self._resting.get(connection_id)
        return rest is not None and rest.remaining > 0

    def _comes_soon(self, connection_id: str) -> bool:
        """Whether it may have a permit, and is rested, before the pass is over."""
        return self._seconds_until_ready(connection_id) < self._deadline.remaining

    def _seconds_until_ready(self, connection_id: str) -> float:
        rest = self._resting.get(connection_id)
        return max(self._app.permits.seconds_until_next(connection_id), rest.remaining if rest else 0.0)
