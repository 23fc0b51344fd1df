"""How a run is laid out in rows. All rows of a run stand in its shard's partition, so one transaction changes them all.

    run|{inverted time}|{runId}                 the run, whole
    work|due|{runId}                            while each pass of the poller must see it: what the poller needs
    work|open|{when sent}|{runId}               while it is open and nothing is to be done but to hear of its session
    work|wait|{hash of connection}|{runId}      while it waits for its connection's turn
    work|went|{runId}|{0|1}                     an event to be told (shared.storage.outbox)
    inputs|{runId}|{n}                          what it will be started with, while it waits or its start is unsure
    key|{hash}                                  its idempotency key
    status|..  flow|..  flowstatus|..  ref|..   the run again, under what it is listed by
    own|{caller}|..                             each of these and the run's own key once more, where the run is a caller's

`work|` is one contiguous range: nothing outstanding is one empty answer, and what is due stands before what is only open. Which
rows a run has follows from the run alone, so a transition is written as the difference of two row sets and they cannot disagree.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

import msgspec

from shared.decoding import decode
from shared.run.ids import newest_first, unix_milliseconds
from shared.run.model import CancelWish, Doubt, IdempotencyClaim, Record, Run, RunPriority, StartPhase
from shared.run.status import Status, StatusReason
from shared.storage.inputs import inputs_keys
from shared.storage.table import Row

LAYOUT = 1
WORK = "work|"
DUE = "work|due|"
OPEN = "work|open|"
WAITING = "work|wait|"
RUN, KEY, SESSION = "run|", "key|", "session|"
AFTER = "~"
"""Sorts after every character that follows a prefix in a RowKey of ours."""


class RowUnreadableError(Exception):
    """A row was written by a newer version, or is not what this version writes. It is reported and left alone."""


class Work(Record, frozen=True, kw_only=True):
    """What the poller needs of a run that is outstanding, and nothing more."""

    run_id: str
    phase: StartPhase
    first_sent_at: datetime
    send_until: datetime
    overdue_at: datetime
    session_id: str | None = None
    code: int | None = None
    reason: StatusReason | None = None
    cancel: CancelWish | None = None
    doubt: Doubt | None = None
    hinted: bool = False
    watch_until: datetime | None = None
    retry_due: bool = False


class Turn(Record, frozen=True, kw_only=True):
    """What must be known of a waiting run to tell whether its turn has come."""

    run_id: str
    connection_id: str
    flow_id: str
    priority: RunPriority
    since: datetime
    start_by: datetime | None = None

    @property
    def order(self) -> tuple[bool, datetime, str]:
        """High before normal, then first come, first served."""
        return self.priority is not RunPriority.HIGH, self.since, self.run_id


class KeyRecord(Record, frozen=True, kw_only=True):
    """What an idempotency key stands for."""

    run_id: str
    fingerprint: str
    expires_at: datetime


def run_key(run_id: str) -> str:
    return f"{RUN}{newest_first(run_id)}"


def key_key(key_hash: str) -> str:
    return f"{KEY}{key_hash}"


def session_key(session_id: str) -> str:
    return f"{SESSION}{session_id}"


def list_prefix(
    *, caller: str | None, flow_id: str | None, status: Status | None, client_reference: str | None
) -> str:
    """The narrowest index for a filter. With a client reference flow and status are left to be checked on each run."""
    scope = "" if caller is None else _own(caller)
    if client_reference is not None:
        return f"{scope}ref|{hashed(client_reference)}|"
    if flow_id and status:
        return f"{scope}flowstatus|{flow_id}|{status}|"
    if flow_id:
        return f"{scope}flow|{flow_id}|"
    return f"{scope}status|{status}|" if status else f"{scope}run|"


def rows_of(run: Run) -> dict[str, Row]:
    """Every row that a run has, by RowKey; the run's own row comes first. Inputs are in none: those rows stand here empty."""
    document = msgspec.json.encode(run).decode()
    rows = [Row(key, {"layout": LAYOUT, "run": document}) for key in _list_keys(run)]
    if run.idempotency is not None:
        rows.append(_key_row(run.id, run.idempotency))
    if run.waiting:
        rows.append(record_row(_turn_key(run), "turn", _turn(run)))
    elif (key := _work_key(run)) is not None:
        rows.append(record_row(key, "work", _work(run)))
    if not run.ended and run.session_id is None:
        rows += [Row(key, {}) for key in inputs_keys(run.id, run.kept_inputs)]
    return {row.key: row for row in rows}


def read_run(row: Row) -> Run:
    return read_record(row, "run", Run)


def read_work(row: Row) -> Work:
    return read_record(row, "work", Work)


def read_turn(row: Row) -> Turn:
    return read_record(row, "turn", Turn)


def read_key(row: Row) -> KeyRecord:
    return read_record(row, "key", KeyRecord)


def session_row(session_id: str, run_id: str) -> Row:
    return Row(session_key(session_id), {"layout": LAYOUT, "runId": run_id})


def _list_keys(run: Run) -> Iterator[str]:
    """Under these the run is listed: among all runs and, where it is a caller's, among that caller's own."""
    yield from _index_keys(run)
    if run.caller is not None:
        yield from (f"{_own(run.caller)}{key}" for key in _index_keys(run))


def _own(caller: str) -> str:
    return f"own|{caller}|"


def _index_keys(run: Run) -> Iterator[str]:
    position = newest_first(run.id)
    yield run_key(run.id)
    yield f"status|{run.status}|{position}"
    yield f"flow|{run.flow_id}|{position}"
    yield f"flowstatus|{run.flow_id}|{run.status}|{position}"
    if run.client_reference is not None:
        yield f"ref|{hashed(run.client_reference)}|{position}"


def open_key(sent: datetime) -> str:
    """Where the quiet runs begin whose start was sent at this millisecond."""
    return f"{OPEN}{unix_milliseconds(sent):012x}"


def _work_key(run: Run) -> str | None:
    if _is_due(run):
        return f"{DUE}{run.id}"
    return None if run.ended else f"{open_key(run.start.first_sent_at)}|{run.id}"


def _is_due(run: Run) -> bool:
    """Whether there is more to do than to hear of its session."""
    if run.ended:
        wish = run.cancel is not None and run.session_id is not None
        return wish or run.retry_due or run.watch_until is not None
    unsettled = run.hinted or run.doubt is not None or run.cancel is not None
    return unsettled or run.session_id is None


def _work(run: Run) -> Work:
    return Work(
        run_id=run.id,
        phase=run.start.phase,
        first_sent_at=run.start.first_sent_at,
        send_until=run.start.send_until,
        overdue_at=run.overdue_at,
        session_id=run.session_id,
        code=run.dataverse_code,
        reason=run.status_reason,
        cancel=run.cancel,
        doubt=run.doubt,
        hinted=run.hinted,
        watch_until=run.watch_until,
        retry_due=run.retry_due,
    )


def _turn_key(run: Run) -> str:
    return f"{WAITING}{hashed(run.connection_id)}|{run.id}"


def _turn(run: Run) -> Turn:
    return Turn(
        run_id=run.id,
        connection_id=run.connection_id,
        flow_id=run.flow_id,
        priority=run.priority,
        since=run.created_at,
        start_by=run.start_by,
    )


def _key_row(run_id: str, claim: IdempotencyClaim) -> Row:
    record = KeyRecord(run_id=run_id, fingerprint=claim.fingerprint, expires_at=claim.expires_at)
    return record_row(key_key(claim.key_hash), "key", record)


def record_row(key: str, name: str, record: Record) -> Row:
    """A row that holds one record, as the property `name`."""
    return Row(key, {"layout": LAYOUT, name: msgspec.json.encode(record).decode()})


def read_record[T](row: Row, name: str, shape: type[T]) -> T:
    """Raises RowUnreadableError for a newer layout, or anything that is not this record."""
    layout = row.properties.get("layout")
    if not isinstance(layout, int) or layout > LAYOUT:
        raise RowUnreadableError(
            f"The row {row.key} has layout {layout}; this version reads layouts up to {LAYOUT}. Deploy the newer version again."
        )
    try:
        return decode(str(row.properties.get(name, "")), shape)
    except msgspec.DecodeError as problem:
        raise RowUnreadableError(f"The row {row.key} cannot be read: {problem}.") from None


def hashed(text: str) -> str:
    """A name of any length and any characters as part of a key."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
