"""The product with one rule broken each: what the simulation has to notice, or it would prove nothing.

Each is a function that patches product code; nothing here is deployed.
"""

from collections.abc import Callable
from contextvars import ContextVar
from copy import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import shared.storage.runs as storage
import status_poller.changes as changing
import status_poller.poll as polling
import status_poller.search as searching
import status_poller.sweep as sweeping
from callback_handler import verification
from shared import sending
from shared.clock import Deadline
from shared.dataverse.errors import DataverseError, UncertainError
from shared.dataverse.sessions import Sessions, StartOrder
from shared.events import delivering, dispatching, telling
from shared.pace import permits
from shared.pace.gate import Gate
from shared.run import life
from shared.run.ids import shard_of
from shared.run.model import Run, SessionView, Told
from shared.run.status import Status
from shared.sending import SEND_WINDOW, Outcome
from shared.storage import rows, wakes
from shared.storage.outbox import Delivery, Outbox
from shared.storage.rows import rows_of
from shared.storage.runs import KeyTakenError, RunChangedError, RunStore, Stored
from shared.storage.subscriptions import Subscription
from shared.storage.table import (
    Operation,
    Row,
    StorageUnavailableError,
    TransactionRefusedError,
    Verb,
    WriteUnsureError,
)
from shared.storage.wakes import StoredWake, Wake, Wakes
from shared.webhooks.sender import Receipt
from shared.wiring import Deskhand
from start_waiting import queue, turn
from status_poller.look import Look
from status_poller.news import applied, told_now
from status_poller.progress import Progress

type Mutation = Callable[[pytest.MonkeyPatch], None]


def the_post_is_repeated(patch: pytest.MonkeyPatch) -> None:
    """An unsure answer to RunDesktopFlow is taken for a reason to send it again."""
    _unsure_is_judged_as(patch, Outcome.NEVER_SENT)


def unsure_is_taken_as_refused(patch: pytest.MonkeyPatch) -> None:
    """An unsure answer to RunDesktopFlow is taken for a refusal, and frees the key."""
    _unsure_is_judged_as(patch, Outcome.REFUSED)


def unsure_goes_back_to_the_queue(patch: pytest.MonkeyPatch) -> None:
    """A start whose answer was lost waits for another turn."""
    _unsure_is_judged_as(patch, Outcome.THROTTLED)


def _unsure_is_judged_as(patch: pytest.MonkeyPatch, outcome: Outcome) -> None:
    judged = sending._judged

    def hasty(app: Deskhand, run: Run, error: DataverseError) -> Outcome:
        return outcome if isinstance(error, UncertainError) else judged(app, run, error)

    patch.setattr(sending, "_judged", hasty)


def a_permit_is_good_again_at_once(patch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the minute of a permit to pass."""
    patch.setattr(permits._Slot, "seconds_until_free", lambda _self, _now: 0.0)


def permits_are_taken_without_their_etag(patch: pytest.MonkeyPatch) -> None:
    """Two instances may take the same permit."""
    taking = permits._taking

    def unguarded(slot: Any, send_by: datetime) -> Operation:
        return Operation(Verb.PUT, taking(slot, send_by).row)

    patch.setattr(permits, "_taking", unguarded)


def pauses_are_not_heeded(patch: pytest.MonkeyPatch) -> None:
    """Starts go on, whoever has stopped them."""
    patch.setattr(Gate, "pause_over", lambda *_: None)


def the_waiting_row_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A run that waits has no row that tells the queue of it."""
    _rows_left_out(patch, "work|wait|")


def inputs_are_left_behind(patch: pytest.MonkeyPatch) -> None:
    """The inputs of a run that waited stay when it is started."""
    changes = storage._changes

    def untidy(stored: Stored, after: Run, inputs: bytes = b"") -> list[Operation]:
        operations = changes(stored, after, inputs)
        return [
            each
            for each in operations
            if not (each.verb is Verb.DELETE and each.row.key.startswith("inputs|"))
        ]

    _changes_are(patch, untidy)


def a_run_is_started_after_its_time(patch: pytest.MonkeyPatch) -> None:
    """StartWithinSeconds is not looked at."""
    patch.setattr(queue, "in_time", lambda _app, turns: list(turns))
    patch.setattr(turn, "_last_moment", lambda now, _run: now + SEND_WINDOW)


def the_etag_is_skipped(patch: pytest.MonkeyPatch) -> None:
    """A run is saved whatever has become of it meanwhile."""
    changes = storage._changes

    def unguarded(stored: Stored, after: Run, inputs: bytes = b"") -> list[Operation]:
        guarded, *others = changes(stored, after, inputs)
        return [Operation(Verb.PUT, guarded.row), *others]

    _changes_are(patch, unguarded)


def _changes_are(patch: pytest.MonkeyPatch, changes: Callable[..., list[Operation]]) -> None:
    """Of one run by itself, and of many together."""
    patch.setattr(storage, "_changes", changes)


def a_lost_race_is_written_anyway(patch: pytest.MonkeyPatch) -> None:
    """On 412 the run is not read again: what was made of the old one is written over the new one."""

    def advance(self: RunStore, stored: Stored, change: Callable[[Run], Run], inputs: bytes = b"") -> Stored:
        after = change(stored.run)
        for _ in range(8):
            try:
                return self.save(stored, after, inputs)
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
    _rows_left_out(patch, "work|open|", "work|due|")


def the_key_row_is_not_written(patch: pytest.MonkeyPatch) -> None:
    """The intent does not hold its key."""
    _rows_left_out(patch, "key|")


def _rows_left_out(patch: pytest.MonkeyPatch, *prefixes: str) -> None:
    def fewer(run: Run) -> dict[str, Row]:
        return {key: row for key, row in rows_of(run).items() if not key.startswith(prefixes)}

    patch.setattr(storage, "rows_of", fewer)


def send_until_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """A start is sent as long as its caller waits."""
    start = Sessions.start

    def late(self: Sessions, run: Run, order: StartOrder, deadline: Deadline, _begin_by: Deadline) -> str:
        return start(self, run, order, deadline, deadline)

    patch.setattr(Sessions, "start", late)


def what_is_not_listed_is_gone(patch: pytest.MonkeyPatch) -> None:
    """Absence from a list is taken for deletion."""

    def gone(self: Look) -> None:
        told = told_now(self._app)
        hidden = [*self._doubted, *self._sample]
        changes = {work.run_id: lambda run: life._ended(run, Status.FAILED, None, told) for work in hidden}
        applied(self._app, changes, told, self._writers)

    patch.setattr(Look, "closer", gone)


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

    def hopeful(self: RunStore, stored: Stored, after: Run, inputs: bytes = b"") -> Stored:
        table = self._table
        try:
            if after == stored.run:
                return stored
            operations = self.changes(stored, after, inputs)
            return Stored(after, table.commit(shard_of(after.id), operations)[0])
        except WriteUnsureError:
            return Stored(after, stored.etag)
        except TransactionRefusedError:
            return save(self, stored, after, inputs)

    patch.setattr(RunStore, "save", hopeful)


def an_unsure_intent_is_sent(patch: pytest.MonkeyPatch) -> None:
    """RunDesktopFlow is called although nobody knows whether the intent was written."""
    create = RunStore.create

    def hopeful(
        self: RunStore, run: Run, inputs: bytes = b"", expired_key: storage.StoredKey | None = None
    ) -> Stored:
        try:
            return create(self, run, inputs, expired_key)
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


def the_quiet_row_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A run whose session is known has no row that tells the poller of it."""
    _rows_left_out(patch, "work|open|")


def a_lost_start_is_quiet(patch: pytest.MonkeyPatch) -> None:
    """A start without a session does not stand before what is quiet."""
    is_due = rows._is_due

    def patient(run: Run) -> bool:
        return is_due(run) and (run.ended or run.session_id is not None)

    patch.setattr(rows, "_is_due", patient)


def changes_are_not_read(patch: pytest.MonkeyPatch) -> None:
    """Where many runs are open, nothing but the sweep follows them."""
    patch.setattr(polling, "catch_up", lambda *_: None)


def the_watermark_is_our_own_time(patch: pytest.MonkeyPatch) -> None:
    """Changes are read from when our clock showed at the last pass, without overlap."""

    class Ours(Progress):
        def __init__(self, app: Deskhand) -> None:
            super().__init__(app)
            self._now = app.clock.now

        def note(self, **changes: Any) -> None:
            super().note(**changes | ({"watermark": self._now()} if "watermark" in changes else {}))

    patch.setattr(polling, "Progress", Ours)
    patch.setattr(changing, "OVERLAP", timedelta(0))


def there_is_no_sweep(patch: pytest.MonkeyPatch) -> None:
    """What the list of changes does not show is not looked for."""
    patch.setattr(polling, "sweep", lambda *_: None)


def the_sweep_skips_what_is_not_listed(patch: pytest.MonkeyPatch) -> None:
    """A run whose session is not among those that have not ended is not read by its id."""
    step = sweeping._Pass._step

    def careless(self: sweeping._Pass, to: datetime | None) -> None:
        self._absent = []
        step(self, to)

    patch.setattr(sweeping._Pass, "_step", careless)


def the_event_is_not_written(patch: pytest.MonkeyPatch) -> None:
    """What happens to a run is written without its event."""
    patch.setattr(storage, "event_of", lambda *_: None)


def the_event_goes_first(patch: pytest.MonkeyPatch) -> None:
    """An event is removed before it is given to those who want it."""
    dispatch = dispatching.dispatch

    def hasty(app: Deskhand, events: Any, *others: Any) -> Any:
        app.outbox.remove_events(events)
        return dispatch(app, events, *others)

    patch.setattr(telling, "dispatch", hasty)


def what_was_placed_is_placed_anew(patch: pytest.MonkeyPatch) -> None:
    """An event that is found again becomes a new delivery, whatever has become of the first."""

    def place(self: Outbox, destination: str, deliveries: Any) -> None:
        for each in deliveries:
            self._put(destination, each)

    patch.setattr(Outbox, "place", place)


def the_wake_is_written_without_its_etag(patch: pytest.MonkeyPatch) -> None:
    """A pass that has looked too early lets a destination rest, whatever was placed there meanwhile."""

    def written(self: Wakes, _known: StoredWake | None, after: Wake) -> StoredWake:
        (etag,) = self._table.commit(
            wakes._shard(after.destination), [Operation(Verb.PUT, wakes._row(after))]
        )
        return StoredWake(after, etag)

    patch.setattr(Wakes, "_written", written)


def nobody_calls(patch: pytest.MonkeyPatch) -> None:
    """What is new waits until the destination is looked at for another reason."""
    call = Wakes.call

    def quiet(
        self: Wakes, destination: str, now: datetime, known: StoredWake | None = None, **how: Any
    ) -> StoredWake:
        return call(self, destination, now, known, **how) if known is None else known

    patch.setattr(Wakes, "call", quiet)


def nobody_holds_a_destination(patch: pytest.MonkeyPatch) -> None:
    """Several passes tell one destination at the same time."""
    patch.setattr(Wakes, "hold", lambda _self, stored, _until: stored)


def an_end_overtakes_its_start(patch: pytest.MonkeyPatch) -> None:
    """An end is sent whatever has become of the start, which is tried again."""
    patch.setattr(delivering, "_may_overtake", lambda *_: True)


def any_answer_will_do(patch: pytest.MonkeyPatch) -> None:
    """What a receiver did not take counts as told."""
    after_try = delivering.after_try

    def content(delivery: Delivery, receipt: Receipt, now: datetime, jitter: float) -> Delivery:
        return after_try(delivery, Receipt(200, receipt.told), now, jitter)

    patch.setattr(delivering, "after_try", content)


def everybody_hears_everything(patch: pytest.MonkeyPatch) -> None:
    """Subscribers are told what they did not ask for."""
    patch.setattr(Subscription, "is_for", lambda *_: True)


def nothing_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Old deliveries stay."""
    patch.setattr(Outbox, "forget", lambda *_, **__: 0)


MUTATIONS: tuple[Mutation, ...] = (
    the_post_is_repeated,
    unsure_is_taken_as_refused,
    unsure_goes_back_to_the_queue,
    a_permit_is_good_again_at_once,
    permits_are_taken_without_their_etag,
    pauses_are_not_heeded,
    the_waiting_row_is_forgotten,
    inputs_are_left_behind,
    a_run_is_started_after_its_time,
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
    the_quiet_row_is_forgotten,
    a_lost_start_is_quiet,
    changes_are_not_read,
    the_watermark_is_our_own_time,
    there_is_no_sweep,
    the_sweep_skips_what_is_not_listed,
    the_event_is_not_written,
    the_event_goes_first,
    what_was_placed_is_placed_anew,
    the_wake_is_written_without_its_etag,
    nobody_calls,
    nobody_holds_a_destination,
    an_end_overtakes_its_start,
    any_answer_will_do,
    everybody_hears_everything,
    nothing_is_forgotten,
)

NOTICED_BEFORE_BY: dict[Mutation, int] = {
    pauses_are_not_heeded: 22,
    the_etag_is_skipped: 40,
    an_unsure_intent_is_sent: 17,
    permits_are_taken_without_their_etag: 8,
    a_lost_race_is_written_anyway: 33,
    any_session_is_the_runs: 471,
    send_until_is_not_looked_at: 15,
    what_is_not_listed_is_gone: 9,
    one_404_is_the_end: 24,
    ended_runs_are_written_over: 10,
    our_own_lost_write_is_not_recognised: 76,
    unconfirmed_is_declared_early: 174,
    a_cancel_is_forgotten_by_the_start: 24,
    changes_are_not_read: 9,
    the_watermark_is_our_own_time: 9,
    there_is_no_sweep: 1,
    the_sweep_skips_what_is_not_listed: 1,
    the_event_goes_first: 16,
    what_was_placed_is_placed_anew: 334,
    the_wake_is_written_without_its_etag: 1010,
    nobody_holds_a_destination: 125,
    an_end_overtakes_its_start: 22,
    any_answer_will_do: 22,
}
"""Seeds to try first, where the early ones notice nothing. Another change of the product may make them useless: it costs time only."""
