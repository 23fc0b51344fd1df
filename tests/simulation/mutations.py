"""The product with one rule broken each: what the simulation has to notice, or it would prove nothing.

Each is a function that patches product code; nothing here is deployed.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

import shared.storage.runs as storage
import status_poller.search as searching
import status_poller.sweep as sweeping
from callback_handler import verification
from shared.clock import Deadline
from shared.dataverse.errors import DataverseError, UncertainError
from shared.run import life
from shared.run.ids import shard_of
from shared.run.model import Run, SessionView, Source, Told
from shared.run.status import Status
from shared.storage.rows import Work, rows_of
from shared.storage.runs import KeyTakenError, RunChangedError, RunStore, Stored
from shared.storage.table import (
    Operation,
    Row,
    StorageUnavailableError,
    TransactionRefusedError,
    Verb,
    WriteUnsureError,
)
from shared.wiring import Deskhand
from trigger_run import sending
from trigger_run.sending import Sending

type Mutation = Callable[[pytest.MonkeyPatch], None]


def the_post_is_repeated(patch: pytest.MonkeyPatch) -> None:
    """An unsure answer to RunDesktopFlow is taken for a reason to send it again."""
    pause = Sending._pause_before_next_try

    def always(self: Sending, stored: Stored, error: DataverseError) -> float | None:
        return 0.5 if isinstance(error, UncertainError) else pause(self, stored, error)

    patch.setattr(sending, "proves_not_started", lambda _: True)
    patch.setattr(Sending, "_pause_before_next_try", always)


def unsure_is_taken_as_refused(patch: pytest.MonkeyPatch) -> None:
    """An unsure answer to RunDesktopFlow is taken for a refusal, and frees the key."""
    patch.setattr(sending, "proves_not_started", lambda _: True)


def the_etag_is_skipped(patch: pytest.MonkeyPatch) -> None:
    """A run is saved whatever has become of it meanwhile."""
    changes = storage._changes

    def unguarded(stored: Stored, after: Run) -> list[Operation]:
        guarded, *others = changes(stored, after)
        return [Operation(Verb.PUT, guarded.row), *others]

    patch.setattr(storage, "_changes", unguarded)


def a_lost_race_is_written_anyway(patch: pytest.MonkeyPatch) -> None:
    """On 412 the run is not read again: what was made of the old one is written over the new one."""

    def advance(self: RunStore, stored: Stored, change: Callable[[Run], Run]) -> Stored:
        after = change(stored.run)
        for _ in range(8):
            try:
                return self.save(stored, after)
            except RunChangedError as lost:
                stored = lost.current or stored
        raise RunChangedError(stored)

    patch.setattr(RunStore, "advance", advance)


def the_callback_is_believed(patch: pytest.MonkeyPatch) -> None:
    """The body's statuscode is applied, without a look at Dataverse."""
    told: ContextVar[int] = ContextVar("told", default=0)
    body = verification._body

    def remembered(call: Any) -> dict[str, Any]:
        read = body(call)
        told.set(read.get("statuscode", 0))
        return read

    def believed(_app: Deskhand, _run: Run, session_id: str) -> SessionView:
        return SessionView(id=session_id, status_code=told.get())

    patch.setattr(verification, "_body", remembered)
    patch.setattr(verification, "_own_session", believed)


def any_session_is_the_runs(patch: pytest.MonkeyPatch) -> None:
    """A callback may name any session: whose callback URL it has is not looked at."""
    patch.setattr(verification, "is_own", lambda *_: True)


def the_open_row_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """The intent has no row that tells the poller of it."""
    _rows_left_out(patch, "work|open|")


def the_key_row_is_not_written(patch: pytest.MonkeyPatch) -> None:
    """The intent does not hold its key."""
    _rows_left_out(patch, "key|")


def _rows_left_out(patch: pytest.MonkeyPatch, prefix: str) -> None:
    def fewer(run: Run) -> dict[str, Row]:
        return {key: row for key, row in rows_of(run).items() if not key.startswith(prefix)}

    patch.setattr(storage, "rows_of", fewer)


def send_until_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """A start is sent as long as its caller waits."""

    def sent(self: Sending, stored: Stored) -> str:
        return self.app.sessions.start(stored.run, self.order, self.deadline, self.deadline)

    patch.setattr(Sending, "_sent", sent)


def what_is_not_listed_is_gone(patch: pytest.MonkeyPatch) -> None:
    """Absence from a list is taken for deletion."""

    def gone(app: Deskhand, hidden: Sequence[Work], _looked_at: int, _deadline: Deadline) -> None:
        told = Told(Source.POLLER, app.clock.now())
        for work in hidden:
            sweeping._apply(app, work, lambda run: life._ended(run, Status.FAILED, None, told), told)

    patch.setattr(sweeping, "_look_closer", gone)


def one_404_is_the_end(patch: pytest.MonkeyPatch) -> None:
    """A session that cannot be read once is deleted: no grace period, no second look."""

    def missing(run: Run, _grace: timedelta, told: Told) -> Run:
        return run if run.ended else life._ended(run, Status.FAILED, None, told)

    patch.setattr(life, "missing", missing)


def sessions_are_adopted_without_a_claim(patch: pytest.MonkeyPatch) -> None:
    """The fall-back takes a session that fits, whoever else takes it."""
    patch.setattr(RunStore, "claim_session", lambda _self, _session_id, run_id: run_id)


def ended_runs_are_written_over(patch: pytest.MonkeyPatch) -> None:
    """What Dataverse shows is applied to ended runs as well."""
    observed = life.observed

    def reopening(run: Run, session: SessionView, told: Told) -> Run:
        return observed(replace(run, status=Status.RUNNING) if run.ended else run, session, told)

    patch.setattr(life, "observed", reopening)


def our_own_lost_write_is_not_recognised(patch: pytest.MonkeyPatch) -> None:
    """The intent was written and the answer lost: the second try meets the first, and takes it for another start's."""
    before = RunStore._created_before

    def elses(self: RunStore, run: Run) -> Stored:
        if run.idempotency is not None:
            key = self.find_key(shard_of(run.id), run.idempotency.key_hash)
            if key is not None:
                raise KeyTakenError(key)
        return before(self, run)

    patch.setattr(RunStore, "_created_before", elses)


def a_lost_write_counts_as_done(patch: pytest.MonkeyPatch) -> None:
    """A transaction whose answer was lost is taken as committed."""
    save = RunStore.save

    def hopeful(self: RunStore, stored: Stored, after: Run) -> Stored:
        table = self._table
        try:
            if after == stored.run:
                return stored
            operations = storage._changes(stored, after)
            return Stored(after, table.commit(shard_of(after.id), operations)[0])
        except WriteUnsureError:
            return Stored(after, stored.etag)
        except TransactionRefusedError:
            return save(self, stored, after)

    patch.setattr(RunStore, "save", hopeful)


def an_unsure_intent_is_sent(patch: pytest.MonkeyPatch) -> None:
    """RunDesktopFlow is called although nobody knows whether the intent was written."""
    create = RunStore.create

    def hopeful(self: RunStore, run: Run, expired_key: storage.StoredKey | None = None) -> Stored:
        try:
            return create(self, run, expired_key)
        except StorageUnavailableError:
            return Stored(run, "")

    patch.setattr(RunStore, "create", hopeful)


def unconfirmed_is_declared_early(patch: pytest.MonkeyPatch) -> None:
    """A start is given up as soon as its send window is over."""

    def enough(_app: Deskhand, run: Run, found: Any) -> bool:
        began: datetime = found.began
        return began > run.start.send_until

    patch.setattr(searching, "_waited_enough", enough)


def a_cancel_is_forgotten_by_the_start(patch: pytest.MonkeyPatch) -> None:
    """Recording the session drops the wish that came meanwhile."""
    accepted = life.accepted

    def forgetful(run: Run, session_id: str, told: Told) -> Run:
        after = accepted(run, session_id, told)
        return after if after.ended else replace(after, cancel=None)

    patch.setattr(life, "accepted", forgetful)


MUTATIONS: tuple[Mutation, ...] = (
    the_post_is_repeated,
    unsure_is_taken_as_refused,
    the_etag_is_skipped,
    a_lost_race_is_written_anyway,
    the_callback_is_believed,
    any_session_is_the_runs,
    the_open_row_is_forgotten,
    the_key_row_is_not_written,
    send_until_is_not_looked_at,
    what_is_not_listed_is_gone,
    one_404_is_the_end,
    sessions_are_adopted_without_a_claim,
    ended_runs_are_written_over,
    our_own_lost_write_is_not_recognised,
    a_lost_write_counts_as_done,
    an_unsure_intent_is_sent,
    unconfirmed_is_declared_early,
    a_cancel_is_forgotten_by_the_start,
)
