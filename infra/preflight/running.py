"""What only a run proves: that the connection can be used, and that the run can be followed, read and cancelled."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import msgspec

from infra.preflight.app import Answer, App, NoAnswerError, read, refused
from preflight.contract import CheckView
from preflight.findings import failed, passed, skipped, unknown

_ENDED = ("Succeeded", "Failed", "Canceled")
_LOOK_SECONDS = 1.0
_TRIES = 3
_OWNER = "Grant prvReadflowsession and prvWriteflowsession at Global, and share the flow with the application user as co-owner."


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be started, and for how long it is followed."""

    flow_id: str
    body: dict[str, Any]
    seconds: float
    sleep: Callable[[float], None] = time.sleep


class _Entry(msgspec.Struct):
    source: str


class _Fault(msgspec.Struct):
    code: str
    message: str = ""


class _Run(msgspec.Struct):
    run_id: str = msgspec.field(name="runId")
    status: str
    session_id: str | None = msgspec.field(name="sessionId", default=None)
    reason: str | None = msgspec.field(name="statusReason", default=None)
    error: _Fault | None = None
    history: list[_Entry] = []


def proved_by_running(app: App, order: Order) -> Iterator[CheckView]:
    """Two runs: the first is followed to its end and read, the second is cancelled."""
    first = _started(app, order)
    if isinstance(first, CheckView):
        yield first
        yield from (
            skipped(name, "Nothing was started.") for name in ("run.follow", "run.outputs", "run.cancel")
        )
        return
    yield passed("run.start", f"Started as {first.run_id}.")
    ended = _followed(app, order, first)
    yield _end(app, ended, order)
    yield _outputs(app, order, ended)
    yield _cancelled(app, order)


def _started(app: App, order: Order) -> _Run | CheckView:
    """Asked for again where no answer came, with the same key: that starts nothing twice."""
    key = {"Idempotency-Key": f"preflight-{uuid.uuid4()}"}
    try:
        answer = _patiently(lambda: app.post(f"/flows/{order.flow_id}/runs", order.body, **key), order)
        if answer.status_code == HTTPStatus.ACCEPTED:
            return _run(answer)
    except NoAnswerError as problem:
        return failed(
            "run.start",
            f"{problem} It may have been started.",
            "GET /runs?clientReference=preflight shows it, if it was.",
        )
    told = refused(answer)
    return failed(
        "run.start",
        f"{answer.status_code} {told.code}: {told.told}",
        "docs/guides/connections.md says what makes a connection usable, docs/api.md what the code means.",
    )


def _patiently(ask: Callable[[], Answer], order: Order) -> Answer:
    """What can be asked for more than once. Raises NoAnswerError."""
    for _ in range(_TRIES - 1):
        try:
            answer = ask()
        except NoAnswerError:
            pass
        else:
            if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer
        order.sleep(_LOOK_SECONDS)
    return ask()


def _followed(app: App, order: Order, run: _Run, *, until: tuple[str, ...] = _ENDED) -> _Run:
    """As it is when it has ended, or cannot be seen any more, or when the time is up. An answer that is lost is one look less."""
    deadline = time.monotonic() + order.seconds
    while run.status not in until and run.reason != "StatusNotPermitted" and time.monotonic() < deadline:
        order.sleep(_LOOK_SECONDS)
        with suppress(NoAnswerError):
            answer = app.get(f"/runs/{run.run_id}")
            run = _run(answer) if answer.status_code == HTTPStatus.OK else run
    return run


def _end(app: App, run: _Run, order: Order) -> CheckView:
    """One that has not ended proves nothing, and is not left to run on."""
    name = "run.follow"
    if run.reason == "StatusNotPermitted":
        return failed(
            name,
            f"It was started, but Dataverse does not show its session. {_stopped(app, run, order)}",
            _OWNER,
        )
    if run.status not in _ENDED:
        waiting = f" ({run.reason})" if run.reason else ""
        return failed(
            name,
            f"After {order.seconds:.0f} s it is {run.status}{waiting}. {_stopped(app, run, order)}",
            "Look at the machine, ask again with a longer --wait, or take a flow that ends sooner.",
        )
    if run.error is not None:
        return failed(
            name,
            f"It ended {run.status}: {run.error.code}. {run.error.message}",
            "docs/run-errors.md explains the code; docs/guides/connections.md what makes a connection usable.",
        )
    teller = run.history[-1].source if run.history else "nobody"
    return passed(name, f"It ended {run.status}, as the {teller} told.")


def _stopped(app: App, run: _Run, order: Order) -> str:
    goes_on = f"Run {run.run_id} goes on."
    try:
        answer = _patiently(lambda: app.post(f"/runs/{run.run_id}/cancel"), order)
    except NoAnswerError:
        return goes_on
    return "It is cancelled." if answer.status_code in {HTTPStatus.OK, HTTPStatus.ACCEPTED} else goes_on


def _outputs(app: App, order: Order, run: _Run) -> CheckView:
    name = "run.outputs"
    if run.status not in _ENDED:
        return skipped(name, "It has not ended.")
    try:
        answer = _patiently(lambda: app.get(f"/runs/{run.run_id}/outputs"), order)
    except NoAnswerError as problem:
        return failed(name, str(problem), "Ask again.")
    outputs = read(answer, dict[str, Any])
    if answer.status_code == HTTPStatus.OK and outputs is not None:
        return passed(name, f"Read: {len(outputs)} values.")
    told = refused(answer)
    return failed(name, f"{answer.status_code} {told.code}: {told.told}", _OWNER)


def _cancelled(app: App, order: Order) -> CheckView:
    name = "run.cancel"
    run = _started(app, order)
    if isinstance(run, CheckView):
        return skipped(name, f"No second run could be started: {run.message}")
    try:
        answer = _patiently(lambda: app.post(f"/runs/{run.run_id}/cancel"), order)
    except NoAnswerError as problem:
        return failed(name, f"{problem} Run {run.run_id} goes on.", f"POST /runs/{run.run_id}/cancel.")
    if answer.status_code not in {HTTPStatus.OK, HTTPStatus.ACCEPTED}:
        told = refused(answer)
        return failed(
            name, f"{answer.status_code} {told.code}: {told.told} Run {run.run_id} goes on.", _OWNER
        )
    ended = _followed(app, order, read(answer, _Run) or run)
    if ended.status == "Canceled":
        return _as_proof(name, ended)
    if ended.error is not None and ended.error.code in {"CancelRefused", "CancelTimedOut"}:
        return failed(
            name, f"Its cancel did not succeed: {ended.error.code}. Run {run.run_id} goes on.", _OWNER
        )
    return unknown(
        name,
        f"The second run was {ended.status} before it could be cancelled.",
        "Take a flow that runs for longer.",
    )


def _as_proof(name: str, run: _Run) -> CheckView:
    """What was still waiting is cancelled without Dataverse, and shows nothing of it."""
    if run.session_id is None:
        return unknown(
            name,
            "The second run was cancelled before Dataverse had it.",
            "GET /pauses says why it had to wait. Ask again.",
        )
    return passed(name, "A second run was cancelled.")


def _run(answer: Answer) -> _Run:
    """Raises NoAnswerError."""
    run = read(answer, _Run)
    if run is None:
        raise NoAnswerError("The app's answer is no run.")
    return run
