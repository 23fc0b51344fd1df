"""How far the poller has come: the watermark, and the sweep that is under way. One row; it is speed, and no promise hangs on it."""

import logging
from datetime import datetime

import msgspec

from shared.log.line import Line
from shared.log.names import Name
from shared.run.model import Record
from shared.storage.rows import RowUnreadableError, read_record, record_row
from shared.storage.table import Operation, Row, Table, Verb

log = logging.getLogger("deskhand.storage")

PARTITION, KEY = "report", "sweep"


class Sweep(Record, frozen=True, kw_only=True):
    """One look at every quiet run, over as many passes as it takes. Times are ours, but for none."""

    began_at: datetime
    swept_to: datetime | None = None
    """Whose start was sent before this has been looked at. None: nobody's yet."""
    ended_at: datetime | None = None
    looked_at: int = 0
    """Runs, so far."""
    hidden: int = 0
    """Of these, runs whose session Dataverse refuses to show."""
    operations: int = 0
    """What it has asked of Dataverse."""


class PollState(Record, frozen=True, kw_only=True):
    watermark: datetime | None = None
    """Dataverse's time: whatever changed before it has been applied."""
    used_at: datetime | None = None
    """When a pass last began with the watermark: our time."""
    sweep: Sweep | None = None
    """The one under way, or the last one."""


class KeptState(msgspec.Struct, frozen=True):
    state: PollState
    etag: str
    """Empty: there is no row yet."""


class PollMemory:
    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self) -> KeptState:
        """One request. What cannot be read is as good as nothing. Raises StorageUnavailableError."""
        row = self._table.get(PARTITION, KEY)
        if row is None:
            return KeptState(PollState(), "")
        try:
            return KeptState(read_record(row, "state", PollState), row.etag)
        except RowUnreadableError as problem:
            log.error(Line(Name.ROW_UNREADABLE, f"{problem} The poller begins anew."))
            return KeptState(PollState(), row.etag)

    def write(self, kept: KeptState, state: PollState) -> KeptState:
        """Raises StorageError: also where another pass, which overlaps with this one, was faster."""
        row = record_row(KEY, "state", state)
        if kept.etag:
            operation = Operation(Verb.REPLACE, Row(row.key, row.properties, kept.etag))
        else:
            operation = Operation(Verb.INSERT, row)
        (etag,) = self._table.commit(PARTITION, [operation])
        return KeptState(state, etag)
