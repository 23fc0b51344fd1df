"""A run as whoever started it sees it: asked for again where an answer is lost, followed, and stopped."""

import copy
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import msgspec

from infra.preflight.app import Answer, App, NoAnswerError, read

ENDED = ("Succeeded", "Failed", "Canceled")
NOT_STOPPED = ("CancelRefused", "CancelTimedOut")
TAKEN = (HTTPStatus.OK, HTTPStatus.ACCEPTED)
_LOOK_SECONDS = 1.0
_STOP_SECONDS = 60.0
_TRIES = 3


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be started, and for how long it is followed."""

    flow_id: str
    body: dict[str, Any]
    seconds: float
    keeps_running: bool = False
    """What is still open when the time is up is left open."""
    sleep: Callable[[float], None] = time.sleep


class Entry(msgspec.Struct):
    source: str


class Fault(msgspec.Struct):
    code: str
    message: str = ""


class Run(msgspec.Struct):
    run_id: str = msgspec.field(name="runId")
    status: str
    session_id: str | None = msgspec.field(name="sessionId", default=None)
    reason: str | None = msgspec.field(name="statusReason", default=None)
    error: Fault | None = None
    history: list[Entry] = []


def patiently(ask: Callable[[], Answer], order: Order) -> Answer:
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


def followed(app: App, order: Order, run: Run, *, errors: tuple[str, ...] = ()) -> Run:
    """As it is when it has ended, cannot be seen any more or bears one of `errors`, or when the time is up. An answer that is lost is one look less."""
    deadline = time.monotonic() + order.seconds
    while not _is_settled(run, errors) and time.monotonic() < deadline:
        order.sleep(_LOOK_SECONDS)
        with suppress(NoAnswerError):
            answer = app.get(f"/runs/{run.run_id}")
            run = run_of(answer) if answer.status_code == HTTPStatus.OK else run
    return run


def _is_settled(run: Run, errors: tuple[str, ...]) -> bool:
    told = run.error is not None and run.error.code in errors
    return run.status in ENDED or run.reason == "StatusNotPermitted" or told


def ask_to_stop(app: App, order: Order, run: Run) -> Answer:
    """Raises NoAnswerError."""
    return patiently(lambda: app.post(f"/runs/{run.run_id}/cancel"), order)


def stopping(app: App, order: Order, run: Run) -> Run:
    """What came of a cancel that was taken: that is known only afterwards. It has a minute, however short the order."""
    patient = copy.replace(order, seconds=max(order.seconds, _STOP_SECONDS))
    return followed(app, patient, run, errors=NOT_STOPPED)


def run_of(answer: Answer) -> Run:
    """Raises NoAnswerError."""
    run = read(answer, Run)
    if run is None:
        raise NoAnswerError("The app's answer is no run.")
    return run
