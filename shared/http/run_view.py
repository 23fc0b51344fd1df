"""A run as callers see it."""

from datetime import datetime
from typing import Any

from shared.http.call import Call
from shared.http.links import portal_url, result_url, run_url
from shared.run.model import HistoryEntry, Run, RunError, StartPhase
from shared.run.status import StatusReason, meaning_of
from shared.signatures import Signatures


def run_view(
    run: Run, call: Call, signatures: Signatures, environment_id: str | None, now: datetime
) -> dict[str, Any]:
    return {
        "runId": run.id,
        "flowId": run.flow_id,
        "status": run.status,
        "statusReason": _reason(run, now),
        "sessionId": run.session_id,
        run.connection.kind: run.connection.value,
        "runMode": run.mode,
        "runPriority": run.priority,
        "timeoutSeconds": run.timeout_seconds,
        "clientReference": run.client_reference,
        "createdAt": run.created_at,
        "startedAt": run.started_at,
        "completedAt": run.completed_at,
        "requestedBy": run.requested_by,
        "dataverse": _dataverse(run),
        "error": None if run.error is None else _error(run.error),
        "history": [_entry(entry) for entry in run.history],
        "links": {
            "self": run_url(call, run.id),
            "result": result_url(call, signatures, run.id),
            "outputs": f"{run_url(call, run.id)}/outputs",
            "cancel": f"{run_url(call, run.id)}/cancel",
            "portal": portal_url(environment_id, run),
        },
        **({"retryOf": run.retry_of} if run.retry_of else {}),
    }


def _reason(run: Run, now: datetime) -> StatusReason | None:
    if run.ended:
        return None
    if run.start.phase is StartPhase.WAITING:
        return StatusReason.QUEUED_FOR_CONNECTION
    if run.status_reason is None and run.unsure and now > run.start.send_until:
        return StatusReason.AWAITING_CONFIRMATION
    return run.status_reason


def _dataverse(run: Run) -> dict[str, Any] | None:
    if run.dataverse_code is None:
        return None
    return {"statusCode": run.dataverse_code, "label": meaning_of(run.dataverse_code).label}


def _error(error: RunError) -> dict[str, Any]:
    told: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details:
        told["details"] = [
            {"code": each.code, "target": each.target or "", "message": each.message}
            for each in error.details
        ]
    return told


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    shown: dict[str, Any] = {"at": entry.at, "status": entry.status, "source": entry.source}
    return shown | ({"by": entry.by} if entry.by is not None else {})
