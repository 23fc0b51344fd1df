"""One pass: find what is outstanding, read the sessions that are known, look for lost starts. Nothing open costs nothing.

While few runs are open each pass reads every one. Beyond that it asks what changed, and a sweep looks at all now and then.

A pass may be cut off anywhere, and two may overlap: every change of a run is guarded by its ETag, and the next pass begins
from what is stored.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from datetime import datetime

from shared.clock import Deadline
from shared.dataverse.errors import DataverseError
from shared.log.line import Line
from shared.log.names import Name
from shared.pace.allowance import Errand
from shared.run.ids import created_at
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
    began = app.clock.monotonic()
    try:
        heads = app.outstanding.heads()
        few = not heads.more and len(heads.quiet) <= app.settings.poll_each_up_to
        if few:
            works = (*heads.due, *heads.quiet)
            app.store.report_hidden_sessions(sum(work.reason is _HIDDEN for work in works))
    except StorageError as problem:
        log.error(Line(Name.POLL_GIVEN_UP, f"The pass is given up: {problem}"))
        return
    if heads.due or heads.quiet:
        _pass_over(app, heads, few=few)
    log.info(_heartbeat(app, heads, app.clock.monotonic() - began, late=late))


def _pass_over(app: Deskhand, heads: Heads, *, few: bool) -> None:
    if app.allowance.is_due:
        app.allowance.exchange()
    deadline = app.clock.deadline(PASS_SECONDS)
    with app.new_pool(_WRITERS, "poll") as writers:
        for name, part in _parts(app, heads, writers, deadline, few=few):
            try:
                part()
            except (DataverseError, StorageError) as problem:
                log.warning(Line(Name.POLL_CUT_SHORT, f"The {name} was cut short: {problem}"))


def _heartbeat(app: Deskhand, heads: Heads, seconds: float, *, late: bool) -> Line:
    """As it stood when the pass began: `open` runs, so many or (`more`) more than that, the oldest of them, and starts in doubt."""
    works, now = (*heads.due, *heads.quiet), app.clock.now()
    oldest = min((created_at(work.run_id) for work in works), default=now)
    return Line(
        Name.POLL_DONE,
        "A pass over the runs that are open",
        open=len(works),
        more=heads.more,
        due=len(heads.due),
        oldest_seconds=round((now - oldest).total_seconds()),
        in_doubt=sum(_is_in_doubt(work, now) for work in works),
        seconds=round(seconds, 3),
        late=late,
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
        log.warning(Line(Name.POLL_CUT_SHORT, f"The reading of changes was cut short: {problem}"))
    sweep(app, progress, look, writers, deadline)


def _in_turn(app: Deskhand, works: Sequence[Work]) -> list[Work]:
    """Those that a callback told of first; the others from another place each pass, so that none is always the last."""
    begin = int(app.clock.now().timestamp()) % len(works) if works else 0
    return sorted([*works[begin:], *works[:begin]], key=lambda work: not work.hinted)


def _is_lost(app: Deskhand, work: Work) -> bool:
    """To be looked for. One that was declared unconfirmed long ago is, now and then: each costs a request of its own."""
    now = app.clock.now()
    if work.watch_until is None or now > work.watch_until:
        return _is_unanswered(work, now)
    return _is_unanswered(work, now) and app.watched.due(work.run_id, now)


def _is_in_doubt(work: Work, now: datetime) -> bool:
    return work.watch_until is None and _is_unanswered(work, now)


def _is_unanswered(work: Work, now: datetime) -> bool:
    """A start whose sender can no longer be sending, and whose session nobody has told us."""
    return work.session_id is None and work.phase is StartPhase.SENDING and now > work.send_until
