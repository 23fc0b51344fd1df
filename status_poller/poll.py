"""One pass: find what is outstanding, look for lost starts, then read the sessions that are known. Nothing open costs nothing.

A pass may be cut off anywhere, and two may overlap: every change of a run is guarded by its ETag, and the next pass begins
from what is stored.
"""

import logging

from shared.dataverse.errors import DataverseError
from shared.pace.allowance import Errand
from shared.run.model import StartPhase
from shared.run.status import StatusReason
from shared.storage.rows import Work
from shared.storage.table import StorageError
from shared.wiring import Deskhand
from status_poller.follow import follow
from status_poller.search import search
from status_poller.sweep import sweep

log = logging.getLogger("deskhand.poll")

_HIDDEN = StatusReason.STATUS_NOT_PERMITTED
PASS_SECONDS = 240.0
"""A pass ends by itself after this time; what it did not reach is left to the next."""


def poll(app: Deskhand, *, late: bool = False) -> None:
    """Raises nothing that may pass: the next pass comes anyway."""
    try:
        outstanding = list(app.store.outstanding())
        app.store.report_hidden_sessions(sum(work.reason is _HIDDEN for work in outstanding))
    except StorageError as problem:
        log.error("The pass is given up: %s", problem)
        return
    if not outstanding:
        return
    deadline = app.clock.deadline(PASS_SECONDS)
    if app.allowance.is_due:
        app.allowance.exchange()
    throttled = [work for work in outstanding if work.retry_due]
    known = _in_turn(
        app, [work for work in outstanding if work.session_id is not None and not work.retry_due]
    )
    lost = [work for work in outstanding if _lost(app, work)]
    if not app.allowance.allows(Errand.SWEEP) and not app.rare_sweeps.due("sweep", app.clock.now()):
        known = [work for work in known if work.hinted]
    for part, work in ((sweep, known), (search, lost), (follow, throttled)):
        try:
            part(app, work, deadline)
        except (DataverseError, StorageError) as problem:
            log.warning("The %s was cut short: %s", part.__name__, problem)
    log.info(
        "Pass over %s known sessions and %s lost starts%s", len(known), len(lost), ", late" if late else ""
    )


def _in_turn(app: Deskhand, works: list[Work]) -> list[Work]:
    """Those that a callback told of first; the others from another place each pass, so that none is always the last."""
    begin = int(app.clock.now().timestamp()) % len(works) if works else 0
    return sorted(works[begin:] + works[:begin], key=lambda work: not work.hinted)


def _lost(app: Deskhand, work: Work) -> bool:
    """A start whose sender can no longer be sending, and whose session nobody has told us.

    One that was declared unconfirmed long ago is looked for now and then: each costs a request of its own.
    """
    now = app.clock.now()
    if work.session_id is not None or work.phase is not StartPhase.SENDING or now <= work.send_until:
        return False
    return work.watch_until is None or now > work.watch_until or app.watched.due(work.run_id, now)
