"""Sessions read by their ids, many at a time. What a list does not show is read directly: only that says why."""

import logging
from collections.abc import Sequence
from concurrent.futures import Executor

from shared.clock import Deadline
from shared.dataverse.errors import ForbiddenError, NotFoundError
from shared.dataverse.session_lists import IDS_A_REQUEST
from shared.log.line import Line
from shared.log.names import Name
from shared.run import life
from shared.run.model import SessionView
from shared.storage.rows import Work
from shared.storage.together import Change
from shared.wiring import Deskhand
from status_poller.news import applied, observing, tells, told_now

log = logging.getLogger("deskhand.poll")

_DIRECT_READS_A_PASS = 100
_FEW_MISSING = 20
_MISSING_SHARE = 0.05


class Look:
    """What one pass looks at, part by part, and the closer look at its end. Raises DataverseError where it cannot go on."""

    def __init__(self, app: Deskhand, writers: Executor, deadline: Deadline) -> None:
        self._app = app
        self._writers = writers
        self._deadline = deadline
        self._looked_at = 0
        self._hidden = 0
        self._doubted: list[Work] = []
        self._sample: list[Work] = []

    def count(self, looked_at: int) -> None:
        """Runs that were looked at in another way."""
        self._looked_at += looked_at

    def at(self, works: Sequence[Work]) -> None:
        for begin in range(0, len(works), IDS_A_REQUEST):
            self._part(works[begin : begin + IDS_A_REQUEST])

    def closer(self) -> None:
        """So many a pass: those that wait for a second read first, of the others any."""
        chosen = (self._doubted + self._sample)[:_DIRECT_READS_A_PASS]
        ids = [work.session_id for work in chosen if work.session_id]
        outcomes = self._app.sessions.read_each(ids, self._deadline)
        told, changes, missing = told_now(self._app), dict[str, Change](), list[Work]()
        for work in chosen:
            match outcomes.get(work.session_id or ""):
                case SessionView() as session:
                    changes[work.run_id] = observing(session, told)
                case NotFoundError() as absent if absent.record_missing:
                    missing.append(work)
                case (ForbiddenError() | NotFoundError()) as refused:
                    log.error(
                        Line(
                            Name.SESSION_HIDDEN,
                            f"Dataverse does not show its session: {refused}",
                            run_id=work.run_id,
                        )
                    )
                    changes[work.run_id] = life.not_permitted
                case problem:
                    log.warning(
                        Line(Name.SESSION_UNREAD, f"Its session was not read: {problem}", run_id=work.run_id)
                    )
        if missing and self._too_many(len(missing) / len(chosen) * self._hidden):
            log.critical(
                Line(
                    Name.SESSIONS_GONE,
                    "MassDisappearance: too many sessions are gone; none of their runs is closed",
                    gone=len(missing),
                    read=len(chosen),
                    unlisted=self._hidden,
                )
            )
        else:
            grace = self._app.settings.session_grace
            changes |= {work.run_id: lambda run: life.missing(run, grace, told) for work in missing}
        applied(self._app, changes, told, self._writers)

    def _part(self, works: Sequence[Work]) -> None:
        ids = [work.session_id for work in works if work.session_id is not None]
        shown = {session.id: session for session in self._app.lists.shown(ids, self._deadline)}
        told, changes = told_now(self._app), dict[str, Change]()
        for work in works:
            session = shown.get(work.session_id or "")
            if session is None:
                self._keep_for_later(work)
            elif tells(work, session, told.at):
                changes[work.run_id] = observing(session, told)
        self._looked_at += len(works)
        applied(self._app, changes, told, self._writers)

    def _keep_for_later(self, work: Work) -> None:
        """There may be very many: of those that are not doubted yet, so many as can be read are drawn, each as likely."""
        self._hidden += 1
        if work.doubt is not None:
            self._doubted.append(work)
        elif len(self._sample) < _DIRECT_READS_A_PASS:
            self._sample.append(work)
        elif (place := self._app.random.randrange(self._hidden)) < _DIRECT_READS_A_PASS:
            self._sample[place] = work

    def _too_many(self, gone: float) -> bool:
        """So many sessions do not vanish at once unless something else is wrong. `gone` is reckoned from those that were read."""
        return gone > max(_FEW_MISSING, _MISSING_SHARE * self._looked_at)
