"""One tick: what is to be told is told, beside the queue; neither waits for the other."""

import logging
from concurrent.futures import Future

from shared.events.telling import tell
from shared.storage.outstanding import ToDo
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
        log.info("The pass over the queue comes late")
    found = _found(app)
    if found is None:
        return
    if not is_waiting(app, found.turns):
        tell(app, found)
        return
    with app.new_pool(1, "queue") as beside:
        queue = beside.submit(work_off, app)
        while found is not None:
            tell(app, found)
            found = _next(app, queue)
        queue.result()


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
        log.error("What is to be done cannot be read: %s", problem)
        return None
