"""One tick: what is to be told is told, beside the queue; neither waits for the other."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future

from shared.events.telling import tell
from shared.log.line import Line
from shared.log.names import Name
from shared.storage.outstanding import ToDo
from shared.storage.rows import Turn
from shared.storage.table import StorageError
from shared.wiring import Deskhand
from start_waiting.queue import is_waiting, work_off

log = logging.getLogger("deskhand.queue")

_AGAIN_SECONDS = 5.0
"""While the queue is worked off, which may take most of a minute, others are told every few seconds."""
_LOOK_SECONDS = 0.1


def tick(app: Deskhand, *, late: bool = False) -> None:
    """Raises nothing that may pass: the next tick comes anyway."""
    if late:
        log.info(Line(Name.QUEUE_LATE, "The pass over the queue comes late"))
    found = _found(app)
    if found is None:
        return
    if found.turns:
        log.info(_standing(app, found.turns))
    if not is_waiting(app, found.turns):
        tell(app, found)
        return
    with app.new_pool(1, "queue") as beside:
        queue = beside.submit(work_off, app)
        while found is not None:
            tell(app, found)
            found = _next(app, queue)
        queue.result()


def _standing(app: Deskhand, turns: Sequence[Turn]) -> Line:
    oldest = min(turn.since for turn in turns)
    return Line(
        Name.QUEUE_STANDS,
        "Runs wait for their turn",
        waiting=len(turns),
        connections=len({turn.connection_id for turn in turns}),
        oldest_seconds=round((app.clock.now() - oldest).total_seconds()),
    )


def _next(app: Deskhand, queue: Future[None]) -> ToDo | None:
    """What is to be told a few seconds later; None once the queue has been worked off, or where that cannot be read."""
    again = app.clock.deadline(_AGAIN_SECONDS)
    while again.remaining > 0:
        if queue.done():
            return None
        app.clock.sleep(_LOOK_SECONDS)
    return _found(app)


def _found(app: Deskhand) -> ToDo | None:
    try:
        return app.outstanding.to_do()
    except StorageError as problem:
        log.error(Line(Name.QUEUE_UNREAD, f"What is to be done cannot be read: {problem}"))
        return None
