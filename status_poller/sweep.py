"""A look at every quiet run, over as many passes as it takes: the promise that no end is missed.

Two streams in the same order are merged: our quiet runs by when they were sent, and Dataverse's sessions that have not ended by
when they were created. What is in both is as it was. What is not is read by its id.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from copy import replace
from datetime import UTC, datetime, timedelta

from shared.clock import Deadline
from shared.dataverse.purpose import Purpose
from shared.dataverse.session_lists import IDS_A_REQUEST
from shared.log.line import Line
from shared.log.names import Name
from shared.run.model import SessionView
from shared.run.status import StatusReason
from shared.storage.poll_state import Sweep
from shared.storage.rows import Work
from shared.storage.together import Change
from shared.wiring import Deskhand
from status_poller.creator import creator_of_ours
from status_poller.look import Look
from status_poller.matching import LATEST_CREATION, SKEW
from status_poller.news import applied, observing, tells, told_now
from status_poller.orphans import look_for_orphans
from status_poller.progress import Progress

log = logging.getLogger("deskhand.poll")

_SECONDS_A_PASS = 45.0
"""The rest is left to the next pass: what is due is not to wait for it."""
_YOUNG = LATEST_CREATION + SKEW + timedelta(seconds=15)
"""The session of a start that is younger may not be in the list yet."""
_RUNS_A_STEP = 5000
_NEWS_A_STEP = 500
_UNCLAIMED = 1000
_SHARE_OF_ALLOWANCE = 0.25
_SECONDS_A_DAY = 86400
_HIDDEN = StatusReason.STATUS_NOT_PERMITTED


def sweep(app: Deskhand, progress: Progress, look: Look, writers: Executor, deadline: Deadline) -> None:
    """Raises DataverseError, StorageError: what was noted as swept remains so."""
    current = _current(app, progress.state.sweep)
    if current is not None:
        _Pass(app, progress, look, current, writers).go(deadline.sooner(_SECONDS_A_PASS))


def _current(app: Deskhand, last: Sweep | None) -> Sweep | None:
    """The one under way, or a new one if its time has come."""
    now = app.clock.now()
    if last is None or (last.ended_at is not None and now - last.began_at >= _interval(app, last)):
        return Sweep(began_at=now)
    return last if last.ended_at is None else None


def _interval(app: Deskhand, last: Sweep) -> timedelta:
    """Longer where a sweep every so often would take more than its share of the day's allowance."""
    a_day = app.settings.dataverse_requests_a_day
    if a_day == 0:
        return app.settings.sweep_every
    afforded = timedelta(seconds=last.operations * _SECONDS_A_DAY / (a_day * _SHARE_OF_ALLOWANCE))
    return max(app.settings.sweep_every, afforded)


class _Pass:
    """What one pass does of a sweep."""

    def __init__(
        self, app: Deskhand, progress: Progress, look: Look, current: Sweep, writers: Executor
    ) -> None:
        self._app = app
        self._progress = progress
        self._look = look
        self._current = current
        self._writers = writers
        self._absent: list[Work] = []
        self._news: dict[str, Change] = {}
        self._in_step = 0
        self._asked_before = self._asked()

    def go(self, deadline: Deadline) -> None:
        app, told = self._app, told_now(self._app)
        window = _Window(app, deadline)
        for work in app.outstanding.quiet(self._current.swept_to, self._current.began_at - _YOUNG):
            session = window.find(work)
            if session is None:
                self._absent.append(work)
            elif tells(work, session, told.at):
                self._news[work.run_id] = observing(session, told)
            self._count(work)
            if self._is_full():
                self._step(work.first_sent_at)
                look_for_orphans(app, window.taken_unclaimed())
                if deadline.remaining <= 0:
                    return
        self._step(None)
        window.forget(self._current.began_at - _YOUNG)
        look_for_orphans(app, window.taken_unclaimed())

    def _count(self, work: Work) -> None:
        self._in_step += 1
        hidden = self._current.hidden + (work.reason is _HIDDEN)
        self._current = replace(self._current, looked_at=self._current.looked_at + 1, hidden=hidden)

    def _is_full(self) -> bool:
        return (
            len(self._absent) >= IDS_A_REQUEST
            or len(self._news) >= _NEWS_A_STEP
            or self._in_step >= _RUNS_A_STEP
        )

    def _step(self, to: datetime | None) -> None:
        """What has been found is applied, and only then noted as swept. None: to the end."""
        self._look.count(self._in_step - len(self._absent))
        self._look.at(self._absent)
        applied(self._app, self._news, told_now(self._app), self._writers)
        self._absent, self._news, self._in_step = [], {}, 0
        asked = self._asked()
        self._current = replace(
            self._current,
            swept_to=to or self._current.swept_to,
            ended_at=None if to is not None else self._app.clock.now(),
            operations=self._current.operations + asked - self._asked_before,
        )
        self._asked_before = asked
        self._progress.note(sweep=self._current)
        if self._current.ended_at is not None:
            self._app.store.report_hidden_sessions(self._current.hidden)
            log.info(
                Line(
                    Name.SWEEP_DONE,
                    "A sweep has looked at all",
                    runs=self._current.looked_at,
                    requests=self._current.operations,
                )
            )

    def _asked(self) -> int:
        """Of Dataverse, by this instance, for what a sweep asks."""
        asked = self._app.asked.total
        return asked[Purpose.SWEEP] + asked[Purpose.READ]


class _Window:
    """The sessions that have not ended, around the time that the sweep has come to. Empty where ours cannot be listed."""

    def __init__(self, app: Deskhand, deadline: Deadline) -> None:
        self._app = app
        self._deadline = deadline
        self._pages: Iterator[Sequence[SessionView]] | None = None
        self._shown: dict[str, SessionView] = {}
        """In the order of their creation."""
        self._claimed = set[str]()
        self._unclaimed = list[SessionView]()
        self._read_to = datetime.min.replace(tzinfo=UTC)

    def find(self, work: Work) -> SessionView | None:
        if self._pages is None:
            self._pages = self._begun(work.first_sent_at - SKEW)
        self._read(self._pages, work.send_until + LATEST_CREATION + SKEW)
        self.forget(work.first_sent_at - SKEW)
        session = self._shown.get(work.session_id or "")
        if session is not None:
            self._claimed.add(session.id)
        return session

    def taken_unclaimed(self) -> Sequence[SessionView]:
        """Those that were passed and were no quiet run's: runs that are due have such, others' are, and those whose run is gone."""
        taken, self._unclaimed = self._unclaimed, []
        return taken

    def _begun(self, since: datetime) -> Iterator[Sequence[SessionView]]:
        creator = creator_of_ours(self._app, self._deadline)
        return iter(()) if creator is None else self._app.lists.not_ended(since, creator, self._deadline)

    def _read(self, pages: Iterator[Sequence[SessionView]], to: datetime) -> None:
        while self._read_to < to:
            page = next(pages, None)
            if page is None:
                self._read_to = datetime.max.replace(tzinfo=UTC)
                return
            for session in page:
                if session.created_at is not None:
                    self._shown[session.id] = session
                    self._read_to = session.created_at

    def forget(self, before: datetime) -> None:
        while self._shown:
            oldest = next(iter(self._shown.values()))
            if oldest.created_at is None or oldest.created_at >= before:
                return
            del self._shown[oldest.id]
            if oldest.id in self._claimed:
                self._claimed.discard(oldest.id)
            elif len(self._unclaimed) < _UNCLAIMED:
                self._unclaimed.append(oldest)
