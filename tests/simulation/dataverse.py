"""Dataverse as an instance of the simulation meets it: the simulator of `local/dataverse` itself, in virtual time, behind a wire.

`Environment` is the one Dataverse of a seed and its log; `adapter` is how instances reach it.
"""

import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.dataverse.clock import Alarm
from local.dataverse.outcome import Ending
from local.dataverse.session import RunOrder, Session
from local.dataverse.settings import OTHER_USER_ID
from local.dataverse.webapi.batch import BATCH_PATH, Batch
from local.dataverse.webapi.exchange import Answer, Call, error_answer
from local.dataverse.webapi.gateway import Gateway, unauthorized
from local.dataverse.world import World
from tests.simulation.scheduler import Scheduler
from tests.simulation.weather import Fault, Weather
from tests.simulation.wire import Wire

ORIGIN = "https://contoso.crm4.dynamics.com"
EPOCH = datetime(2026, 12, 1, 8, tzinfo=UTC)
LATEST_WORK_SECONDS = 120.0
"""Dataverse's limit for one message, from "Analyze plug-in performance"."""
_HTML = Answer(200, {"Content-Type": "text/html"}, b"<html><body>Please wait ...</body></html>")


@dataclass(frozen=True, slots=True)
class VirtualTime:
    """What the simulator takes for real time."""

    scheduler: Scheduler
    ahead: float = 0.0
    """Seconds by which this clock is wrong."""

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.scheduler.now + self.ahead)

    def call_later(self, seconds: float, action: Callable[[], None]) -> Alarm:
        return self.scheduler.later(seconds, action)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that went out."""

    at: float
    by: str
    """The task that sent it."""
    clock: datetime
    """What the clock of its instance showed."""
    admitted: bool
    """Whether it can have been a start: one whose token is refused is none."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A session that a RunDesktopFlow made; which one tells only the log."""

    at: float
    sent: Sent
    session: Session


@dataclass(frozen=True, slots=True)
class Ended:
    """Dataverse made an end of a session."""

    at: float
    session: Session
    code: int


class Environment:
    def __init__(
        self,
        scheduler: Scheduler,
        wire: Wire,
        weather: Weather,
        dice: random.Random,
        notify: Callable[[Session, Ending], None],
        *,
        ahead: float = 0.0,
    ) -> None:
        """`ahead`: seconds by which Dataverse's clock is wrong."""
        self.scheduler, self.wire, self.weather, self.dice = scheduler, wire, weather, dice
        self._notify, self._ahead = notify, ahead
        self.world = World(dice, VirtualTime(scheduler, ahead), self._session_ended)
        self.world.origin = ORIGIN
        self.sent: list[Sent] = []
        """Every RunDesktopFlow, in the order in which they went out."""
        self.accepted: list[Accepted] = []
        self.ends: list[Ended] = []
        self._gateway = Gateway(self.world)
        self._batch = Batch(self.world, self._gateway)

    @property
    def ahead(self) -> float:
        """Seconds by which Dataverse's clock is wrong by now."""
        return self._ahead + self.world.clock.ahead.total_seconds()

    def clock_jumps(self, seconds: float) -> None:
        """It is set right, or wrong: what was to happen meanwhile happens now."""
        self.world.clock.advance(timedelta(seconds=seconds))
        self.scheduler.note(f"dataverse's clock jumps by {seconds:.0f} s")

    def _session_ended(self, session: Session, ending: Ending) -> None:
        self.ends.append(Ended(self.scheduler.now, session, int(ending.statuscode)))
        self._notify(session, ending)

    def work(self, call: Call, sent: Sent) -> Answer:
        """What Dataverse does when a request has arrived."""
        known = len(self.world.sessions)
        batch = call.path == BATCH_PATH
        answer = _finished(self._batch.request(call) if batch else self._gateway.request(call))
        if len(self.world.sessions) > known:
            session = next(self.world.sessions.newest())
            self.accepted.append(Accepted(self.scheduler.now, sent, session))
            self.scheduler.note(f"dataverse accepts session {session.id} of {sent.by}")
            if self.weather.comes(Fault.UNLISTED):
                self.unlist(session)
        return answer

    def start_foreign(self, order: RunOrder, *, by_us: bool) -> None:
        """Somebody who is not Deskhand starts a flow, in another user's name or in our own."""
        row = self.world.catalogue.newest(order.flow_id)
        assert row is not None
        session = self.world.life.start(order, row.definition)
        if not by_us:
            session.created_by = OTHER_USER_ID
        self.scheduler.note(f"dataverse has the foreign session {session.id}")

    def unlist(self, session: Session) -> None:
        """A row may become visible up to two minutes after it was written; some take longer, and are then late."""
        most = self.dice.choice((120, 120, 900))
        session.unlisted_until = self.world.clock.now() + timedelta(seconds=self.dice.uniform(1, most))
        self.scheduler.note(f"dataverse hides session {session.id} from lists")

    def withdraw_access(self, seconds: float) -> None:
        """Lists leave out what may not be read, direct reads and cancels are refused; starts go on."""
        switchboard = self.world.switchboard
        switchboard.change({"accessLevel": "User"})
        self.scheduler.note(f"dataverse withdraws access for {seconds:.0f} s")
        self.scheduler.later(seconds, lambda: switchboard.change({"accessLevel": "Owner"}))

    def purge(self, session: Session) -> None:
        self.world.life.purge(session)
        self.scheduler.note(f"dataverse purges session {session.id}")

    def answer_in_stead(self, fault: Fault | None) -> Answer | None:  # noqa: PLR0911  # a table of answers
        """Of a proxy, or of Dataverse before it begins. None: the request is carried out."""
        match fault:
            case Fault.THROTTLED:
                codes = ("0x80072321", "0x80072322", "0x80072326", "DesktopFlowsActionThrottled")
                wait = str(self.dice.choice((1, 2, 30)))
                return error_answer(429, self.dice.choice(codes), "Too many requests.", {"Retry-After": wait})
            case Fault.SERVER_ERROR:
                return error_answer(self.dice.choice((500, 502, 503, 504, 408)), "0x80040216", "Unexpected.")
            case Fault.UNREADABLE:
                return _HTML
            case Fault.REFUSED:
                status, code = self.dice.choice(
                    ((400, "0x80040265"), (403, "0x80040220"), (413, "0x0"), (412, ""))
                )
                return error_answer(status, code, "Refused.")
            case Fault.TOKEN_REFUSED:
                return unauthorized(ORIGIN)
            case Fault.THROTTLED_ODDLY if self.dice.random() < 0.5:
                return error_answer(429, "Busy", "Too many requests.", {"Retry-After": "1"})
            case _:
                return None

    def answer_afterwards(self, fault: Fault | None, answer: Answer) -> Answer:
        """What is told of work that was done."""
        match fault:
            case Fault.SERVER_ERROR_AFTER:
                return error_answer(self.dice.choice((500, 502, 503, 504, 408)), "0x80040216", "Unexpected.")
            case Fault.UNREADABLE_AFTER:
                truncated = Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
                return self.dice.choice((_HTML, truncated))
            case Fault.THROTTLED_ODDLY:
                return error_answer(429, "Busy", "Too many requests.", {"Retry-After": "1"})
            case _:
                return answer


def _finished[A](work: Coroutine[Any, Any, A]) -> A:
    """The simulator waits for nothing but faults and latency, and has neither here."""
    try:
        work.send(None)
    except StopIteration as done:
        value: A = done.value
        return value
    raise AssertionError("The simulated Dataverse waits for something.")
