"""The intent: the run as it is written before Dataverse is asked, and the idempotency key that it holds."""

import hashlib
import logging
from datetime import timedelta
from typing import Any

from shared.callbacks import callback_base
from shared.http.problems import Code, ProblemError
from shared.log.line import Line
from shared.log.names import Name
from shared.log.work import current
from shared.run.ids import new_run_id
from shared.run.model import CallbackClaim, HistoryEntry, IdempotencyClaim, Run, Source, Start, StartPhase
from shared.run.status import Status
from shared.sending import SEND_WINDOW, new_attempt
from shared.signatures import Purpose, canonical
from shared.starting.request import StartRequest
from shared.storage.inputs import rows_needed
from shared.storage.runs import KeyTakenError, Stored, StoredKey
from shared.storage.shards import SHARDS
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.start")

OVERDUE_SLACK = timedelta(minutes=15)


def intended(
    app: Deskhand,
    request: StartRequest,
    inputs: dict[str, Any] | None,
    *,
    connection_id: str,
    kept: bytes | None,
) -> Run:
    """`inputs` as they will be sent: by these a lost start is recognised. `kept`: the same, where the run waits for its turn."""
    now, settings = app.clock.now(), app.settings
    claim = _claim(app, request)
    shard = app.random.randrange(SHARDS) if claim is None else int(_shard(claim.key_hash), 16)
    base = callback_base(settings)
    start_by = None if request.start_within is None else now + request.start_within
    return Run(
        id=new_run_id(now, shard, app.random.getrandbits(62)),
        flow_id=request.flow_id,
        connection=request.connection,
        connection_id=connection_id,
        mode=request.mode,
        priority=request.priority,
        timeout_seconds=request.timeout_seconds,
        created_at=now,
        start=Start(
            phase=StartPhase.SENDING if kept is None else StartPhase.WAITING,
            attempt=new_attempt(app),
            send_until=now + SEND_WINDOW if start_by is None else min(now + SEND_WINDOW, start_by),
            first_sent_at=now,
        ),
        history=(HistoryEntry(at=now, status=Status.NOT_STARTED, source=Source.TRIGGER),),
        client_reference=request.client_reference,
        caller=request.caller_id,
        requested_by=request.caller_name,
        callback=None if base is None else CallbackClaim(base=base, key_version=app.signatures.current),
        inputs_digest=app.signatures.sign(Purpose.INPUTS, canonical(inputs or {})),
        idempotency=claim,
        overdue_at=now + settings.queue_life + timedelta(seconds=request.timeout_seconds) + OVERDUE_SLACK,
        start_by=start_by,
        kept_inputs=rows_needed(kept or b""),
        webhook_url=request.webhook_url,
        traceparent=current.get().traceparent,
        retry_of=request.retry_of,
        retries_left=settings.retry_throttled_runs,
    )


def _claim(app: Deskhand, request: StartRequest) -> IdempotencyClaim | None:
    if request.idempotency_key is None:
        return None
    return IdempotencyClaim(
        key_hash=_key_hash(app.signatures.host, request.caller_id, request.idempotency_key),
        fingerprint=request.fingerprint(app.signatures),
        expires_at=app.clock.now() + app.settings.idempotency,
    )


def _shard(hashed: str) -> str:
    return f"{int(hashed[:8], 16) % SHARDS:02x}"


def written(app: Deskhand, run: Run, inputs: bytes = b"") -> Stored:
    """The intent is stored. Raises KeyTakenError if an earlier start holds the key, unless it has expired."""
    if run.idempotency is not None:
        app.known_keys.keep(run.idempotency.key_hash, run.id)
    try:
        return app.store.create(run, inputs)
    except KeyTakenError as taken:
        if taken.key.record.expires_at > app.clock.now():
            raise
        log.info(
            Line(
                Name.KEY_EXPIRED,
                "It takes over an idempotency key that has expired",
                run_id=run.id,
                flow_id=run.flow_id,
            )
        )
        return app.store.create(run, inputs, expired_key=taken.key)


def known_run(app: Deskhand, request: StartRequest) -> Stored | None:
    """The run of a key that this instance has met: so that a repeated start takes no permit."""
    claim = _claim(app, request)
    if claim is None or app.known_keys.held(claim.key_hash) is None:
        return None
    return earlier_run(app, request)


def earlier_run(app: Deskhand, request: StartRequest) -> Stored | None:
    claim = _claim(app, request)
    if claim is None:
        return None
    key = app.store.find_key(_shard(claim.key_hash), claim.key_hash)
    if key is None or key.record.expires_at <= app.clock.now():
        return None
    return run_of_key(app, request, key)


def run_of_key(app: Deskhand, request: StartRequest, key: StoredKey) -> Stored:
    """The run that the key started. Raises ProblemError 422 if it was started by another request."""
    stored = app.store.get(key.record.run_id)
    if stored is None:
        raise StorageError("The idempotency key names a run that is not there.")
    if not _asks_for(app, request, stored.run, key.record.fingerprint):
        raise ProblemError(
            Code.IDEMPOTENCY_KEY_REUSED,
            "This Idempotency-Key was used for another flow or body. Use a new key for a new start.",
            "Idempotency-Key",
        )
    return stored


def _asks_for(app: Deskhand, request: StartRequest, run: Run, fingerprint: str) -> bool:
    """Whether the request that made the run asked for the same. Which run is repeated says all of a resubmission, and its inputs
    may be nobody's any more.
    """
    if request.retry_of is not None:
        return run.retry_of == request.retry_of
    known, version = app.signatures.knows(fingerprint), fingerprint.partition("-")[0]
    same = not known or request.fingerprint(app.signatures, version) == fingerprint
    return same and run.flow_id == request.flow_id


def _key_hash(host: str, caller: str | None, key: str) -> str:
    """Names the key's row. Not keyed: it must stay the same when signing keys are replaced, or a key would start again."""
    return hashlib.sha256(f"{host}\n{caller or ''}\n{key}".encode()).hexdigest()
