"""Dataverse's callbacks on their way, and those that somebody else sends to the same URLs."""

import random
from typing import Any

from callback_handler.verification import verify
from local.dataverse.outcome import Ending
from local.dataverse.session import Session
from shared.wiring import Deskhand
from tests.simulation.callers import BASE, asked
from tests.simulation.instances import Fleet
from tests.simulation.scheduler import Scheduler
from tests.simulation.weather import CALLBACK, Fault, Weather

_TRIES = 4


class Postman:
    """Dataverse's callbacks: tried four times, a second apart, and as unreliable as the weather has it."""

    def __init__(
        self, scheduler: Scheduler, weather: Weather, dice: random.Random, *, silent: bool = False
    ) -> None:
        """`silent`: none is sent."""
        self._scheduler, self._weather, self._dice, self._silent = scheduler, weather, dice, silent
        self.fleet: Fleet | None = None

    def session_ended(self, session: Session, ending: Ending) -> None:
        url = session.order.callback_url
        if self._silent or url is None or not url.startswith(BASE):
            return
        body = {
            "statuscode": int(ending.statuscode),
            "statecode": 0,
            "flowsessionid": session.id,
        }
        fault = self._weather.strike(CALLBACK)
        if fault is Fault.CALLBACK_LOST:
            return
        delay = self._dice.uniform(1, 300) if fault is Fault.CALLBACK_LATE else self._dice.uniform(0, 2)
        for _ in range(2 if fault is Fault.CALLBACK_TWICE else 1):
            self._scheduler.later(delay, lambda: self._post(url, session, body, _TRIES))

    def forge(self, session: Session, other: str) -> None:
        """Whoever has read the callback URL sends what he likes to it: ends that are none, and other sessions' names."""
        if session.order.callback_url is None:
            return
        self._weather.count(Fault.FORGED)
        named = self._dice.choice((session.id, other))
        body = {"statuscode": self._dice.choice((4, 7, 8, 10)), "flowsessionid": named}
        self._post(session.order.callback_url, session, body, 1)

    def _post(self, url: str, session: Session, body: dict[str, Any], tries: int) -> None:
        assert self.fleet is not None
        run_id, signature = url.split("/")[-2:]
        headers = {"x-ms-run-id": body["flowsessionid"], "x-ms-workflow-id": session.order.flow_id}
        statuses: list[int] = []

        def work(app: Deskhand) -> None:
            response = asked(app, verify, body, headers, runId=run_id, signature=signature)
            statuses.append(response.status_code)
            self._scheduler.note(f"answers {response.status_code} to the callback of session {session.id}")

        def again() -> None:
            if tries > 1 and (not statuses or statuses[0] >= 500 or statuses[0] == 408):  # what is sent again
                self._post(url, session, body, tries - 1)

        self.fleet.run(f"callback {run_id}", work)
        self._scheduler.later(self._dice.uniform(1, 5), again)
