"""A start, from request to answer: check, write the intent, send once, record what came of it.

The intent is written before Dataverse is asked, so that a crash at any point leaves a run that the poller can find out about.
Once something may have been sent, the answer is 202 whatever follows, unless Dataverse refused.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import azure.functions as func

from shared.callbacks import callback_base, callback_url
from shared.cancelling import carry_out
from shared.clock import Deadline
from shared.dataverse.errors import DataverseError, NeverSentError, ThrottledError
from shared.dataverse.refusals import proves_not_started
from shared.dataverse.sessions import StartOrder
from shared.http.answers import answer, compact_json
from shared.http.call import Call
from shared.http.links import result_url, run_url
from shared.http.problems import Code, ProblemError, problem_of
from shared.http.run_view import run_view
from shared.run import life
from shared.run.ids import new_run_id
from shared.run.model import (
    CallbackClaim,
    HistoryEntry,
    IdempotencyClaim,
    Run,
    RunError,
    Source,
    Start,
    StartPhase,
    Told,
)
from shared.run.status import Status
from shared.signatures import Purpose, canonical
from shared.storage.runs import SHARDS, KeyTakenError, RunChangedError, Stored, StoredKey
from shared.storage.table import StorageError
from shared.wiring import Deskhand
from trigger_run.inputs import checked_inputs
from trigger_run.request import StartRequest, key_hash, read_request

log = logging.getLogger("deskhand.start")

SEND_WINDOW = timedelta(seconds=5)
"""How long after its intent a start may be sent. Nobody declares it not started before this has passed."""
_ANSWER_MARGIN_SECONDS = 3.0
"""What is kept of the start's deadline for recording what came of it."""
_OVERDUE_SLACK = timedelta(minutes=15)
_LONGEST_WAIT_SECONDS = 5.0
"""How long a start waits for a Dataverse that is throttling, or cannot be reached, before it says so."""
_PAUSE_SECONDS = 0.5
_RETRY_AFTER = "10"


@dataclass(frozen=True, slots=True)
class _Starting:
    """A start under way."""

    app: Deskhand
    order: StartOrder
    deadline: Deadline


def start(app: Deskhand, call: Call) -> func.HttpResponse:
    request = read_request(call, app.settings)
    deadline = app.clock.deadline(app.settings.start_deadline.total_seconds() - _ANSWER_MARGIN_SECONDS)
    try:
        inputs = checked_inputs(app, request, deadline)
    except (ProblemError, DataverseError):
        # A repeated key is answered with its run, even if the flow's schema has changed since.
        if (earlier := _earlier_run(app, request)) is not None:
            return _started(app, call, earlier, replayed=True)
        raise
    run = _intent(app, request)
    try:
        stored = _written(app, request, run)
    except KeyTakenError as taken:
        return _started(app, call, _same_request(app, request, taken.key), replayed=True)
    order = StartOrder(None if inputs is None else compact_json(inputs), callback_url(app.signatures, run))
    return _started(app, call, _sent(_Starting(app, order, deadline), stored))


def _intent(app: Deskhand, request: StartRequest) -> Run:
    now, settings = app.clock.now(), app.settings
    claim = _claim(app, request)
    shard = secrets.randbelow(SHARDS) if claim is None else int(_shard(claim.key_hash), 16)
    base = callback_base(settings)
    return Run(
        id=new_run_id(now, shard, secrets.randbits(62)),
        flow_id=request.flow_id,
        connection=request.connection,
        mode=request.mode,
        priority=request.priority,
        timeout_seconds=request.timeout_seconds,
        created_at=now,
        start=Start(
            phase=StartPhase.SENDING,
            attempt=secrets.token_hex(8),
            send_until=now + SEND_WINDOW,
            first_sent_at=now,
        ),
        history=(HistoryEntry(at=now, status=Status.NOT_STARTED, source=Source.TRIGGER),),
        client_reference=request.client_reference,
        callback=None if base is None else CallbackClaim(base=base, key_version=app.signatures.current),
        inputs_digest=app.signatures.sign(Purpose.INPUTS, canonical(request.inputs or {})),
        idempotency=claim,
        overdue_at=now + settings.queue_life + timedelta(seconds=request.timeout_seconds) + _OVERDUE_SLACK,
    )


def _claim(app: Deskhand, request: StartRequest) -> IdempotencyClaim | None:
    if request.idempotency_key is None:
        return None
    return IdempotencyClaim(
        key_hash=key_hash(app.signatures.host, None, request.idempotency_key),
        fingerprint=request.fingerprint(app.signatures),
        expires_at=app.clock.now() + app.settings.idempotency,
    )


def _shard(hashed: str) -> str:
    return f"{int(hashed[:8], 16) % SHARDS:02x}"


def _written(app: Deskhand, request: StartRequest, run: Run) -> Stored:
    """The intent is stored. Raises KeyTakenError if an earlier start holds the key, unless it has expired."""
    try:
        return app.store.create(run)
    except KeyTakenError as taken:
        if taken.key.record.expires_at > app.clock.now():
            raise
        log.info("An expired idempotency key is taken over by run %s of flow %s", run.id, request.flow_id)
        return app.store.create(run, expired_key=taken.key)


def _earlier_run(app: Deskhand, request: StartRequest) -> Stored | None:
    claim = _claim(app, request)
    if claim is None:
        return None
    key = app.store.find_key(_shard(claim.key_hash), claim.key_hash)
    if key is None or key.record.expires_at <= app.clock.now():
        return None
    return _same_request(app, request, key)


def _same_request(app: Deskhand, request: StartRequest, key: StoredKey) -> Stored:
    """The run that the key started. Raises ProblemError 422 if it was started by another request."""
    stored = app.store.get(key.record.run_id)
    if stored is None:
        raise StorageError("The idempotency key names a run that is not there.")
    known = app.signatures.knows(key.record.fingerprint)
    version = key.record.fingerprint.partition("-")[0]
    same = not known or request.fingerprint(app.signatures, version) == key.record.fingerprint
    if not same or stored.run.flow_id != request.flow_id:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            Code.IDEMPOTENCY_KEY_REUSED,
            "This Idempotency-Key was used for another flow or body. Use a new key for a new start.",
            "Idempotency-Key",
        )
    return stored


def _sent(starting: _Starting, stored: Stored) -> Stored:
    """Send until it is accepted, refused or unsure. Only what provably started nothing is sent again."""
    app = starting.app
    while True:
        if app.clock.now() >= stored.run.start.send_until:
            stored = _window_renewed(app, stored)
            if stored.run.ended:
                return stored
        window = (stored.run.start.send_until - app.clock.now()).total_seconds()
        begin_by = app.clock.deadline(window)
        try:
            session_id = app.sessions.start(stored.run, starting.order, starting.deadline, begin_by)
        except DataverseError as error:
            if not proves_not_started(error):
                log.warning("The answer to the start of run %s was lost: %s", stored.run.id, error)
                return stored
            pause = _pause_before_next_try(starting, stored, error)
            if pause is None:
                raise _refused(app, stored, error) from error
            app.clock.sleep(pause)
        else:
            return _accepted(app, stored, session_id)


def _pause_before_next_try(starting: _Starting, stored: Stored, error: DataverseError) -> float | None:
    """Seconds after which the start may be tried again; None where it may not, or where there is no time for it."""
    match error:
        case ThrottledError() if error.told.retry_after is not None:
            pause = error.told.retry_after
        case NeverSentError():
            pause = _PAUSE_SECONDS
        case _:
            return None
    spent = starting.app.clock.now() - stored.run.created_at
    fits = spent.total_seconds() + pause <= _LONGEST_WAIT_SECONDS and starting.deadline.remaining > pause
    return pause if fits else None


def _window_renewed(app: Deskhand, stored: Stored) -> Stored:
    """A new attempt has its own token and window: only we may do this, for we know that the last one started nothing.

    A cancel that was asked for meanwhile ends the run instead.
    """
    now = app.clock.now()

    def change(run: Run) -> Run:
        if run.cancel is not None:
            canceled = RunError(code=life.CANCELED_BEFORE_START, message="Canceled before it was started.")
            return life.refused(run, canceled, Told(Source.TRIGGER, now, run.cancel.by))
        return life.sending_again(run, secrets.token_hex(8), now + SEND_WINDOW)

    return app.store.advance(stored, change)


def _accepted(app: Deskhand, stored: Stored, session_id: str) -> Stored:
    """Record the session, and carry out a cancel that was asked for meanwhile. Storage may fail: the poller makes up for it."""
    told = Told(Source.TRIGGER, app.clock.now())
    try:
        if (
            stored.run.callback is None
            and app.store.claim_session(session_id, stored.run.id) != stored.run.id
        ):
            log.error("The session %s of run %s is claimed by another run", session_id, stored.run.id)
            return stored
        stored = app.store.advance(stored, lambda run: life.accepted(run, session_id, told))
        return carry_out(app, stored, told)
    except (StorageError, RunChangedError, DataverseError) as problem:
        log.error("Run %s started, but its session was not recorded: %s", stored.run.id, problem)
        return Stored(life.accepted(stored.run, session_id, told), stored.etag)


def _refused(app: Deskhand, stored: Stored, error: DataverseError) -> ProblemError:
    problem = problem_of(error)
    reason = RunError(code=str(problem.code), message=problem.message, details=problem.details)
    told = Told(Source.TRIGGER, app.clock.now())
    try:
        app.store.advance(stored, lambda run: life.refused(run, reason, told))
    except (StorageError, RunChangedError) as lost:
        log.error("Run %s was refused, but that was not recorded: %s", stored.run.id, lost)
    return problem


def _started(app: Deskhand, call: Call, stored: Stored, *, replayed: bool = False) -> func.HttpResponse:
    run = stored.run
    headers = {
        "Location": result_url(call, app.signatures, run.id),
        "Operation-Location": run_url(call, run.id),
        "Retry-After": _RETRY_AFTER,
        **({"Idempotency-Replayed": "true"} if replayed else {}),
    }
    view = run_view(run, call, app.signatures, app.settings.environment_id, app.clock.now())
    return answer(HTTPStatus.ACCEPTED, view, headers)
