"""Starts whose answer was lost: looked for in Dataverse, never repeated.

One list of the sessions created around their sending serves all of them. A session is a run's if its callback URL is the
run's; `matching` has the fall-back. That there is none is believed only of a look-up that began after the waiting time, and
only if such a look-up shows, in the same pass, a session that is known to exist, and one more after that shows none either: access
may have come back between the first two.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache

import msgspec

from shared.callbacks import is_own, run_named_by
from shared.cancelling import carry_out
from shared.clock import Deadline
from shared.dataverse.errors import DataverseError
from shared.log.line import Line
from shared.log.names import Name
from shared.run import life
from shared.run.model import Run, SessionView, Source, StartPhase, Told
from shared.run.status import Ending, meaning_of
from shared.storage.listing import Listing
from shared.storage.rows import RowUnreadableError, Work
from shared.storage.runs import RunChangedError, Stored
from shared.storage.table import StorageError
from shared.wiring import Deskhand
from status_poller.creator import creator_of_ours
from status_poller.matching import LATEST_CREATION, SKEW, FallBack

log = logging.getLogger("deskhand.poll")

_RECENT_RUNS = 50


class _Window(msgspec.Struct, frozen=True):
    """When the sessions of some starts can have been created. Open where a start is recent: clocks may differ."""

    begin: datetime
    end: datetime | None
    works: tuple[Work, ...]


class _Found(msgspec.Struct, frozen=True):
    """What one look-up showed, and when it began."""

    began: datetime
    by_run: dict[str, SessionView]
    fall_back: FallBack
    proof: "_Proof"
    again: Callable[[], "_Found"]
    """The same once more, later; asked once."""


class _Proof:
    """Whether lists show our sessions now. It is sought at most once a pass, and only if nothing else has shown it."""

    def __init__(self, app: Deskhand, deadline: Deadline) -> None:
        self._app = app
        self._deadline = deadline
        self._sought = False

    def absence_counts(self, run: Run, since: datetime) -> bool:
        """Raises DataverseError, StorageError."""
        if not self._app.evidence.absence_counts(run, since) and not self._sought:
            self._sought = True
            _seek_evidence(self._app, self._deadline)
        return self._app.evidence.absence_counts(run, since)


def search(app: Deskhand, works: Sequence[Work], deadline: Deadline) -> None:
    """Raises DataverseError where Dataverse cannot be asked."""
    proof = _Proof(app, deadline)
    for window in _windows(works):
        found = _look_up(app, window, proof, deadline)
        for work in window.works:
            try:
                _settle(app, work, found)
            except (StorageError, RunChangedError, RowUnreadableError, DataverseError) as problem:
                log.warning(
                    Line(
                        Name.START_UNSETTLED,
                        f"Whether it started was not settled: {problem}",
                        run_id=work.run_id,
                    )
                )


def _windows(works: Sequence[Work]) -> Iterator[_Window]:
    """Windows that overlap are asked for as one."""
    held: list[Work] = []
    for work in sorted(works, key=lambda each: each.first_sent_at):
        if held and _begin(work) > max(map(_end, held)):
            yield _window(held)
            held = []
        held.append(work)
    if held:
        yield _window(held)


def _window(works: Sequence[Work]) -> _Window:
    recent = any(work.watch_until is None for work in works)
    return _Window(_begin(works[0]), None if recent else max(map(_end, works)), tuple(works))


def _begin(work: Work) -> datetime:
    return work.first_sent_at - SKEW


def _end(work: Work) -> datetime:
    return work.send_until + LATEST_CREATION + SKEW


def _look_up(app: Deskhand, window: _Window, proof: _Proof, deadline: Deadline) -> _Found:
    began = app.clock.now()
    sessions = list(_created(app, window.begin, window.end, deadline))
    by_run = {run_id: each for each in sessions if (run_id := run_named_by(each)) is not None}
    unnamed = [each for each in sessions if each.callback_url is None]
    again = cache(lambda: _look_up(app, window, proof, deadline))
    return _Found(began, by_run, FallBack(app, unnamed, began, deadline), proof, again)


def _created(
    app: Deskhand, begin: datetime, end: datetime | None, deadline: Deadline
) -> Iterator[SessionView]:
    return app.lists.created_between(begin, end, creator_of_ours(app, deadline), deadline)


def _settle(app: Deskhand, work: Work, found: _Found) -> None:
    stored = app.store.get(work.run_id)
    if stored is None or stored.run.session_id is not None:
        return
    run = stored.run
    session = _session_of(app, run, found)
    if session is not None:
        _adopted(app, stored, session)
    elif work.watch_until is not None:
        _watch_ended(app, stored)
    elif _waited_enough(app, run, found):
        _declared_unconfirmed(app, stored, found)


def _session_of(app: Deskhand, run: Run, found: _Found) -> SessionView | None:
    session = found.by_run.get(run.id)
    if session is not None and is_own(app.signatures, run, session):
        app.evidence.note(run, session, app.clock.now())
        return session
    return found.fall_back.claimed(run) if _needs_fall_back(app, run) else None


def _waited_enough(app: Deskhand, run: Run, found: _Found) -> bool:
    if _needs_fall_back(app, run) and not found.fall_back.has_looked_at(run):
        return False
    return found.began > run.start.send_until + app.settings.start_unconfirmed_after


def _needs_fall_back(app: Deskhand, run: Run) -> bool:
    """Where callback URLs are given and kept, a session without one is not ours."""
    return run.callback is None or app.evidence.callback_urls_kept is False


def _adopted(app: Deskhand, stored: Stored, session: SessionView) -> None:
    """Raises RunChangedError where somebody was faster: another pass sees to all of it itself, anything else is for the next one."""
    told = Told(Source.POLLER, app.clock.now())
    after = app.store.save(stored, life.observed(stored.run, session, told))
    if after.run.error is not None and after.run.error.code == life.STARTED_LATE:
        log.error(
            Line(
                Name.START_LATE,
                "StartedLate: its session appeared after all",
                run_id=stored.run.id,
                session_id=session.id,
            )
        )
        if app.settings.late_starts == "cancel" and meaning_of(session.status_code).ending is Ending.NO:
            wait = app.settings.cancel_deadline
            after = app.store.advance(after, lambda run: life.cancel_of_late_start(run, wait, told))
    else:
        log.info(
            Line(Name.START_FOUND, "Its lost start was found", run_id=stored.run.id, session_id=session.id)
        )
    carry_out(app, after, told)


def _watch_ended(app: Deskhand, stored: Stored) -> None:
    if stored.run.watch_until is not None and app.clock.now() > stored.run.watch_until:
        app.store.advance(stored, life.watch_over)


def _declared_unconfirmed(app: Deskhand, stored: Stored, found: _Found) -> None:
    fell_back = _needs_fall_back(app, stored.run)
    proven = found.proof.absence_counts(stored.run, found.began)
    if not proven or fell_back != _needs_fall_back(app, stored.run):
        # What was learnt just now may also call for the fall-back: then the next pass decides.
        log.warning(
            Line(
                Name.START_UNPROVEN,
                "It stays open: no list shows a session known to exist",
                run_id=stored.run.id,
            )
        )
        app.store.advance(stored, lambda run: life.overdue(run, app.clock.now()))
        return
    again = found.again()
    session = _session_of(app, stored.run, again)
    if session is not None:
        _adopted(app, stored, session)
    elif _waited_enough(app, stored.run, again):
        _given_up(app, stored)


def _given_up(app: Deskhand, stored: Stored) -> None:
    told = Told(Source.POLLER, app.clock.now())
    app.store.advance(stored, lambda run: life.unconfirmed(run, app.settings.late_start_watch, told))
    log.error(
        Line(
            Name.START_UNCONFIRMED,
            "StartUnconfirmed: Dataverse shows no session for it",
            run_id=stored.run.id,
        )
    )


def _seek_evidence(app: Deskhand, deadline: Deadline) -> None:
    """Look up recent sessions whose ids are known, in the very way in which lost ones are looked up. Some may be purged."""
    recent, _ = app.store.page(Listing(), None, _RECENT_RUNS)
    known = {
        run.session_id: run for run in recent if run.session_id and run.start.phase is StartPhase.ACCEPTED
    }
    if not known:
        return
    begin = min(run.start.first_sent_at for run in known.values()) - SKEW
    for session in _created(app, begin, None, deadline):
        if (run := known.get(session.id)) is not None:
            app.evidence.note(run, session, app.clock.now())
