"""Who uses the app: callers with their requests and what they were answered, and Dataverse with its callbacks."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import azure.functions as func

from cancel_run.cancel import cancel
from pauses.pausing import pause_starts, resume_starts
from run_status.reading import get_outputs, get_run
from shared.http.call import Call
from shared.http.serve import answered
from shared.http.use_case import UseCase
from shared.wiring import Deskhand
from tests.simulation.instances import Fleet
from tests.simulation.scheduler import Scheduler
from trigger_run.start import run_and_wait

BASE = "https://deskhand.example"
_LIFTED = {204, 404}
_AGAIN_SECONDS = 30.0
_LATEST_PAUSE_SECONDS = 300.0
"""By then a pause is written, or never will be: its operator may have given up, and Table Storage not."""
_PATIENCE_SECONDS = 230.0
"""After so long the platform's front end answers for an instance that does not."""


@dataclass(frozen=True, slots=True)
class Order:
    """A start as a caller means it, however often it is sent."""

    number: int
    flow_id: str
    body: dict[str, Any]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    at: float
    task: str
    status: int
    body: dict[str, Any]

    @property
    def accepted(self) -> bool:
        return self.status in {200, 201, 202}


@dataclass(slots=True)
class Pause:
    """Everything was stopped: from when the operator was told so until it was asked to go on."""

    since: float
    until: float = float("inf")


@dataclass(slots=True)
class Record:
    """What the callers asked and were answered, for the judges."""

    starts: list[tuple[Order, str]] = field(default_factory=list)
    """Each order with each task that asked for it."""
    answers: list[tuple[Order, Answer]] = field(default_factory=list)
    cancels: list[tuple[str, Answer]] = field(default_factory=list)
    reads: list[tuple[str, Answer]] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)

    @property
    def run_ids(self) -> list[str]:
        """The runs that callers were told of."""
        return list(dict.fromkeys(answer.body["runId"] for _, answer in self.answers if answer.accepted))


class Callers:
    def __init__(self, scheduler: Scheduler, fleet: Fleet, dice: random.Random) -> None:
        self.record = Record()
        self._scheduler, self._fleet, self._dice = scheduler, fleet, dice
        self._asked = 0
        self._lifts = 0
        self._lifting: set[str] = set()
        """Those that are on their way: a pause that they may lift is nobody's to rely on."""

    def start(self, order: Order, tries: int = 1) -> None:
        """Sent again, with its key, as long as the answer is none, or a 5xx or 429, while there are tries left."""
        task = self._name(f"start {order.number}")
        headers = {} if order.key is None else {"idempotency-key": order.key}
        self.record.starts.append((order, task))

        def work(app: Deskhand) -> None:
            response = asked(app, run_and_wait, order.body, headers, flowId=order.flow_id)
            self.record.answers.append((order, self._answer(task, response)))

        self._fleet.run(task, work)
        if order.key is not None and tries > 1:
            wait = self._dice.choice((2.0, 20.0, _PATIENCE_SECONDS))
            self._scheduler.later(wait, lambda: self._again(order, task, tries - 1))

    def cancel(self, run_id: str) -> None:
        self._ask_of(run_id, "cancel", cancel, self.record.cancels)

    def read(self, run_id: str) -> None:
        self._ask_of(run_id, "read", get_run, self.record.reads)

    def read_outputs(self, run_id: str) -> None:
        """What they hold is no run's status: no judge compares it."""
        self._ask_of(run_id, "outputs", get_outputs, [])

    def pause(self, seconds: float) -> None:
        """Everything, for so long. To go on is asked for until it is done, also where nobody knows whether all was stopped."""
        task, lifts = self._name("pause"), self._lifts

        def work(app: Deskhand) -> None:
            answer = self._answer(task, asked(app, pause_starts, {"scope": "all", "reason": "Tested"}))
            if answer.accepted and not self._lifting and lifts == self._lifts:
                self.record.pauses.append(Pause(self._scheduler.now))

        self._fleet.run(task, work)
        self._scheduler.later(seconds, self._resume)
        self._scheduler.later(seconds + _LATEST_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        for each in self.record.pauses:  # there is one row for all of them
            each.until = min(each.until, self._scheduler.now)
        task = self._name("resume")
        lifted: list[bool] = []
        self._lifting.add(task)
        self._lifts += 1

        def work(app: Deskhand) -> None:
            answer = self._answer(task, asked(app, resume_starts, pauseId="all"))
            lifted.extend([True] if answer.status in _LIFTED else [])
            self._lifting.discard(task)

        self._fleet.run(task, work)
        self._scheduler.later(_AGAIN_SECONDS, lambda: None if lifted else self._resume())

    def _ask_of(self, run_id: str, name: str, use_case: UseCase, answers: list[tuple[str, Answer]]) -> None:
        task = self._name(f"{name} {run_id}")

        def work(app: Deskhand) -> None:
            answers.append((run_id, self._answer(task, asked(app, use_case, runId=run_id))))

        self._fleet.run(task, work)

    def _again(self, order: Order, task: str, tries: int) -> None:
        if not any(
            answer.task == task and answer.status < 429 for _, answer in self.record.answers
        ):  # told what became of it
            self.start(order, tries)

    def _name(self, what: str) -> str:
        self._asked += 1
        return f"{what} ({self._asked})"

    def _answer(self, task: str, response: func.HttpResponse) -> Answer:
        content = answered_json(response)
        told = content["status"] if "runId" in content else content.get("error", {}).get("code", "")
        self._scheduler.note(f"answers {response.status_code} {told} {content.get('runId', '')}")
        return Answer(self._scheduler.now, task, response.status_code, content)


def asked(
    app: Deskhand,
    use_case: UseCase,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    /,
    **route: str,
) -> func.HttpResponse:
    """One HTTP request, as the bindings hand it on."""
    request = func.HttpRequest(
        method="POST",
        url=f"{BASE}/api",
        params=params or {},
        route_params=route,
        headers=dict(headers or {}),
        body=b"" if body is None else json.dumps(body).encode(),
    )
    return answered(app, Call(request, BASE), use_case)


def answered_json(response: func.HttpResponse) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(response.get_body() or b"{}")
    return content
