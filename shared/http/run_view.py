"""A run as callers see it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shared.http.call import Call
from shared.http.links import portal_url, result_url, run_url
from shared.http.views import DetailView, ErrorView, Time, View
from shared.run.model import (
    ConnectionKind,
    HistoryEntry,
    Run,
    RunError,
    RunMode,
    RunPriority,
    Source,
    StartPhase,
)
from shared.run.status import Status, StatusReason, meaning_of
from shared.signatures import Signatures


class DataverseView(View, frozen=True, kw_only=True):
    """What Dataverse shows of the session."""

    status_code: int
    label: str


class HistoryView(View, frozen=True, kw_only=True):
    """A change of the run's status."""

    at: Time
    status: Status
    source: Annotated[Source, Meta(description="Who told of it.")]
    by: Annotated[str | UnsetType, Meta(description="The caller that caused it.")] = UNSET


class LinksView(View, frozen=True, kw_only=True):
    """Where to go on from the run."""

    self_: str = msgspec.field(name="self")
    result: Annotated[str, Meta(description="Signed: whoever holds it may read this one result.")]
    outputs: str
    cancel: str
    portal: Annotated[str | None, Meta(description="The run's page in Power Automate.")]


class RunView(View, frozen=True, kw_only=True):
    """One run of a desktop flow."""

    run_id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    flow_id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    status: Status
    status_reason: Annotated[StatusReason | None, Meta(description="Why an open run is not further.")]
    session_id: Annotated[str | None, Meta(description="Dataverse's flowsession, once it is known.")]
    connection_name: str | UnsetType = UNSET
    connection_reference: str | UnsetType = UNSET
    run_mode: RunMode
    run_priority: RunPriority
    timeout_seconds: int
    client_reference: str | None
    created_at: Time
    started_at: Time | None
    completed_at: Time | None
    requested_by: Annotated[str | None, Meta(description="Whose run it is, where callers are told apart.")]
    dataverse: DataverseView | None
    error: ErrorView | None
    history: list[HistoryView]
    links: LinksView
    retry_of: Annotated[str | UnsetType, Meta(description="The run that this one repeats.")] = UNSET


def run_view(
    run: Run, call: Call, signatures: Signatures, environment_id: str | None, now: datetime
) -> RunView:
    name, reference = (
        run.connection.value if run.connection.kind is kind else UNSET
        for kind in (ConnectionKind.NAME, ConnectionKind.REFERENCE)
    )
    return RunView(
        run_id=run.id,
        flow_id=run.flow_id,
        status=run.status,
        status_reason=_reason(run, now),
        session_id=run.session_id,
        connection_name=name,
        connection_reference=reference,
        run_mode=run.mode,
        run_priority=run.priority,
        timeout_seconds=run.timeout_seconds,
        client_reference=run.client_reference,
        created_at=run.created_at,
        started_at=run.started_at,
        completed_at=run.completed_at,
        requested_by=run.requested_by,
        dataverse=_dataverse(run),
        error=None if run.error is None else _error(run.error),
        history=[_entry(entry) for entry in run.history],
        links=LinksView(
            self_=run_url(call, run.id),
            result=result_url(call, signatures, run.id),
            outputs=f"{run_url(call, run.id)}/outputs",
            cancel=f"{run_url(call, run.id)}/cancel",
            portal=portal_url(environment_id, run),
        ),
        retry_of=run.retry_of or UNSET,
    )


def _reason(run: Run, now: datetime) -> StatusReason | None:
    if run.ended:
        return None
    if run.start.phase is StartPhase.WAITING:
        return StatusReason.QUEUED_FOR_CONNECTION
    if run.status_reason is None and run.unsure and now > run.start.send_until:
        return StatusReason.AWAITING_CONFIRMATION
    return run.status_reason


def _dataverse(run: Run) -> DataverseView | None:
    if run.dataverse_code is None:
        return None
    return DataverseView(status_code=run.dataverse_code, label=meaning_of(run.dataverse_code).label)


def _error(error: RunError) -> ErrorView:
    details = [
        DetailView(code=each.code, target=each.target or "", message=each.message) for each in error.details
    ]
    return ErrorView(code=error.code, message=error.message, details=details or UNSET)


def _entry(entry: HistoryEntry) -> HistoryView:
    return HistoryView(
        at=entry.at, status=entry.status, source=entry.source, by=UNSET if entry.by is None else entry.by
    )
