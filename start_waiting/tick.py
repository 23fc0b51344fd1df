"""One tick: what is to be told is told, beside the queue; neither waits for the other."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from functools import partial

from shared.clock import Deadline
from shared.events.telling import tell
from shared.log.line import Line
from shared.log.names import Name
from shared.storage.outstanding import ToDo
from shared.storage.rows import Turn
from shared.storage.table import StorageError
from shared.wiring import Deskhand
from start_waiting.queue import PASS_SECONDS, is_waiting, work_off

log = logging.getLogger("deskhand.queue")

_AGAIN_SECONDS = 5.0
"""While one of the two goes on, which may take most of a minute, the other is looked after every few seconds."""
_LOOK_SECONDS = 0.1


def tick(app: Deskhand, *, late: bool = False) -> None:
    """Raises nothing that may pass: the next tick comes anyway."""
    if late:
        log.info(Line(Name.QUEUE_LATE, "The pass over the queue comes late"))
    found = _found(app)
    if found is None or not (is_waiting(app, found.turns) or found.events or found.wakes):
        return
    if found.turns:
        log.info(_standing(app, found.turns))
    deadline = app.clock.deadline(PASS_SECONDS)
    queue: Future[None] | None = None
    telling: Future[None] | None = None
    with app.new_pool(2, "tick") as pool:
        while found is not None:
            if is_waiting(app, found.turns):
                queue = _going_on(queue, pool, partial(work_off, app))
            telling = _going_on(telling, pool, partial(tell, app, found))
            found = _next(app, [each for each in (queue, telling) if each is not None], deadline)
    for each in (queue, telling):
        if each is not None:
            each.result()


def _standing(app: Deskhand, turns: Sequence[Turn]) -> Line:
    oldest = min(turn.since for turn in turns)
    return Line(
        Name.QUEUE_STANDS,
        "Runs wait for their turn",
        waiting=len(turns),
        connections=len({turn.connection_id for turn in turns}),
        oldest_seconds=round((app.clock.now() - oldest).total_seconds()),
    )


def _going_on(before: Future[None] | None, pool: Executor, work: Callable[[], None]) -> Future[None]:
    """What is under way; begun anew where that is over."""
    if before is not None:
        if not before.done():
            return before
        before.result()
    return pool.submit(work)


def _next(app: Deskhand, under_way: Sequence[Future[None]], deadline: Deadline) -> ToDo | None:
    """What there is to do a few seconds later; None once all is done, where that cannot be read, or at the end of the time."""
    again = app.clock.deadline(_AGAIN_SECONDS)
    while again.remaining > 0:
        if all(each.done() for each in under_way):
            return None
        app.clock.sleep(_LOOK_SECONDS)
    return _found(app) if deadline.remaining > 0 else None


def _found(app: Deskhand) -> ToDo | None:
    try:
        return app.outstanding.to_do()
    except StorageError as problem:
        log.error(Line(Name.QUEUE_UNREAD, f"What is to be done cannot be read: {problem}"))
        return None
