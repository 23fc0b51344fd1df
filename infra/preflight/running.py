"""What only a run proves: that the connection can be used, and that the run can be followed, read and cancelled."""

import uuid
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from infra.preflight.app import App, NoAnswerError, read, refused
from infra.preflight.following import (
    ENDED,
    NOT_STOPPED,
    TAKEN,
    Order,
    Run,
    ask_to_stop,
    followed,
    patiently,
    run_of,
    stopping,
)
from preflight.contract import CheckView
from preflight.findings import failed, passed, skipped, unknown

_OWNER = "Grant prvReadflowsession and prvWriteflowsession at Global, and share the flow with the application user as co-owner."


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
    ended = followed(app, order, first)
    yield _end(app, ended, order)
    yield _outputs(app, order, ended)
    yield _cancelled(app, order)


def _started(app: App, order: Order) -> Run | CheckView:
    """Asked for again where no answer came, with the same key: that starts nothing twice."""
    key = {"Idempotency-Key": f"preflight-{uuid.uuid4()}"}
    try:
        answer = patiently(lambda: app.post(f"/flows/{order.flow_id}/runs", order.body, **key), order)
        if answer.status_code == HTTPStatus.ACCEPTED:
            return run_of(answer)
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


def _end(app: App, run: Run, order: Order) -> CheckView:
    """One that has not ended proves nothing, and is not left to run on."""
    name = "run.follow"
    if run.reason == "StatusNotPermitted":
        return failed(
            name,
            f"It was started, but Dataverse does not show its session. {_stopped(app, run, order)}",
            _OWNER,
        )
    if run.status not in ENDED:
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


def _stopped(app: App, run: Run, order: Order) -> str:
    """What became of what was still open. Said to be cancelled is only what was seen to be."""
    goes_on = f"Run {run.run_id} goes on."
    if order.keeps_running:
        return goes_on
    try:
        answer = ask_to_stop(app, order, run)
    except NoAnswerError:
        return goes_on
    if answer.status_code not in TAKEN:
        return goes_on
    after = stopping(app, order, read(answer, Run) or run)
    return f"It was told to stop, and is {after.status}." if after.status in ENDED else _still(after)


def _still(run: Run) -> str:
    return f"Its cancel has not come to an end: run {run.run_id} may go on."


def _outputs(app: App, order: Order, run: Run) -> CheckView:
    name = "run.outputs"
    if run.status not in ENDED:
        return skipped(name, "It has not ended.")
    try:
        answer = patiently(lambda: app.get(f"/runs/{run.run_id}/outputs"), order)
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
        answer = ask_to_stop(app, order, run)
    except NoAnswerError as problem:
        return failed(name, f"{problem} Run {run.run_id} goes on.", f"POST /runs/{run.run_id}/cancel.")
    if answer.status_code not in TAKEN:
        told = refused(answer)
        return failed(
            name, f"{answer.status_code} {told.code}: {told.told} Run {run.run_id} goes on.", _OWNER
        )
    return _proof(name, stopping(app, order, read(answer, Run) or run))


def _proof(name: str, ended: Run) -> CheckView:
    """What the end of a cancel shows."""
    if ended.status == "Canceled":
        return _unless_waiting(name, ended)
    if ended.error is not None and ended.error.code in NOT_STOPPED:
        return failed(
            name, f"Its cancel did not succeed: {ended.error.code}. Run {ended.run_id} goes on.", _OWNER
        )
    if ended.status not in ENDED:
        return failed(name, _still(ended), "Look at the machine, and ask again with a longer --wait.")
    return unknown(
        name,
        f"The second run was {ended.status} before it could be cancelled.",
        "Take a flow that runs for longer.",
    )


def _unless_waiting(name: str, run: Run) -> CheckView:
    """What was still waiting is cancelled without Dataverse, and shows nothing of it."""
    if run.session_id is None:
        return unknown(
            name,
            "The second run was cancelled before Dataverse had it.",
            "GET /pauses says why it had to wait. Ask again.",
        )
    return passed(name, "A second run was cancelled.")
