"""A run as far as its session tells of it. docs/operations.md says what a session does not tell."""

from datetime import datetime, timedelta

from shared.callbacks import NamedRun
from shared.run import life
from shared.run.ids import created_at
from shared.run.model import (
    Connection,
    ConnectionKind,
    HistoryEntry,
    Run,
    RunMode,
    SessionView,
    Source,
    Start,
    StartPhase,
    Told,
)
from shared.run.status import Status
from shared.starting.intent import OVERDUE_SLACK
from shared.starting.request import DEFAULT_TIMEOUT_SECONDS

_UNATTENDED = 2
"""Of flowsession.runmode."""


def remade(session: SessionView, named: NamedRun, queue_life: timedelta, told: Told) -> Run | None:
    """The start as it can be known, and then what Dataverse says of it, by the one function that applies it.

    None for a session that names no flow. There is nothing in it that could start anything: the start is over.
    """
    if session.flow_id is None:
        return None
    begun = created_at(named.run_id)
    sent = session.created_at or begun
    connection = session.connection_id or ""
    start = Run(
        id=named.run_id,
        flow_id=session.flow_id,
        connection=Connection(kind=ConnectionKind.NAME, value=connection),
        connection_id=connection,
        mode=RunMode.UNATTENDED if session.run_mode == _UNATTENDED else RunMode.ATTENDED,
        timeout_seconds=DEFAULT_TIMEOUT_SECONDS,
        created_at=begun,
        start=Start(phase=StartPhase.SENDING, attempt="", send_until=sent, first_sent_at=sent),
        history=(HistoryEntry(at=begun, status=Status.NOT_STARTED, source=Source.TRIGGER),),
        callback=named.claim,
        overdue_at=_overdue_at(sent, queue_life),
    )
    return life.observed(start, session, told)


def _overdue_at(sent: datetime, queue_life: timedelta) -> datetime:
    return sent + queue_life + timedelta(seconds=DEFAULT_TIMEOUT_SECONDS) + OVERDUE_SLACK
