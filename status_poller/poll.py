"""One pass: find what is outstanding, read the sessions that are known, look for lost starts. Nothing open costs nothing.

While few runs are open each pass reads every one. Beyond that it asks what changed, and a sweep looks at all now and then.

A pass may be cut off anywhere, and two may overlap: every change of a run is guarded by its ETag, and the next pass begins
from what is stored.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor

from shared.clock import Deadline
from shared.dataverse.errors import DataverseError
from shared.pace.allowance import Errand
from shared.run.model import StartPhase
from shared.run.status import StatusReason
from shared.storage.outstanding import Heads
from shared.storage.rows import Work
from shared.storage.table import StorageError
from shared.wiring import Deskhand
from status_poller.changes import catch_up
from status_poller.follow import follow
from status_poller.look import Look
from status_poller.progress import Progress
from status_poller.retention import remove_old
from status_poller.search import search
from status_poller.sweep import sweep

log = logging.getLogger("deskhand.poll")

_HIDDEN = StatusReason.STATUS_NOT_PERMITTED
PASS_SECONDS = 240.0
"""A pass ends by itself after this time; what it did not reach is left to the next."""
_WRITERS = 8

type Part = tuple[str, Callable[[], None]]


def poll(app: Deskhand, *, late: bool = False) -> None:
    """Raises nothing that may pass: the next pass comes anyway."""
    _reconcile(app, late=late)
    remove_old(app)


def _reconcile(app: Deskhand, *, late: bool) -> None:
    try:
        heads = app.outstanding.heads()
        few = not heads.more and len(heads.quiet) <= app.settings.poll_each_up_to
        if few:
            works = (*heads.due, *heads.quiet)
            app.store.report_hidden_sessions(sum(work.reason is _HIDDEN for work in works))
    except StorageError as problem:
        log.error("The pass is given up: %s", problem)
        return
    if not heads.due and not heads.quiet:
        return
    if app.allowance.is_due:
        app.allowance.exchange()
    deadline = app.clock.deadline(PASS_SECONDS)
    with app.new_pool(_WRITERS, "poll") as writers:
        for name, part in _parts(app, heads, writers, deadline, few=few):
            try:
                part()
            except (DataverseError, StorageError) as problem:
                log.warning("The %s was cut short: %s", name, problem)
    log.info(
        "Pass over %s runs that were due, and %s%s open%s",
        len(heads.due),
        "" if few else "more than ",
        len(heads.quiet),
        ", late" if late else "",
    )


def _parts(
    app: Deskhand, heads: Heads, writers: Executor, deadline: Deadline, *, few: bool
) -> Iterator[Part]:
    look = Look(app, writers, deadline)
    known = [work for work in heads.due if work.session_id is not None and not work.retry_due]
    if not app.allowance.allows(Errand.SWEEP) and not app.rare_sweeps.due("sweep", app.clock.now()):
        yield "look at runs that callbacks told of", lambda: look.at([each for each in known if each.hinted])
    elif few:
        yield "look at the open runs", lambda: look.at(_in_turn(app, [*known, *heads.quiet]))
    else:
        yield "look at the runs that were due", lambda: look.at(_in_turn(app, known))
        yield "following of many runs", lambda: _follow_many(app, look, writers, deadline)
    yield "closer look", look.closer
    lost = [work for work in heads.due if _is_lost(app, work)]
    yield "search for lost starts", lambda: search(app, lost, deadline)
    throttled = [work for work in heads.due if work.retry_due]
    yield "following of throttled runs", lambda: follow(app, throttled, deadline)


def _follow_many(app: Deskhand, look: Look, writers: Executor, deadline: Deadline) -> None:
    """More are open than a pass reads one by one. That changes cannot be read is no reason not to sweep."""
    progress = Progress(app)
    try:
        catch_up(app, progress, writers, deadline)
    except DataverseError as problem:
        log.warning("The reading of changes was cut short: %s", problem)
    sweep(app, progress, look, writers, deadline)


def _in_turn(app: Deskhand, works: Sequence[Work]) -> list[Work]:
    """Those that a callback told of first; the others from another place each pass, so that none is always the last."""
    begin = int(app.clock.now().timestamp()) % len(works) if works else 0
    return sorted([*works[begin:], *works[:begin]], key=lambda work: not work.hinted)


def _is_lost(app: Deskhand, work: Work) -> bool:
    """A start whose sender can no longer be sending, and whose session nobody has told us.

    One that was declared unconfirmed long ago is looked for now and then: each costs a request of its own.
    """
    now = app.clock.now()
    if work.session_id is not None or work.phase is not StartPhase.SENDING or now <= work.send_until:
        return False
    return work.watch_until is None or now > work.watch_until or app.watched.due(work.run_id, now)
