"""The failure modes: each way of healing that the matrix has, by an example, and some that heal within the request."""

from dataclasses import dataclass

from tests.simulation.matrix.cases import CASES
from tests.simulation.matrix.script import Disturbance as By
from tests.simulation.matrix.script import Point


@dataclass(frozen=True, slots=True)
class Mode:
    title: str
    case: str
    point: Point
    disturbance: By

    @property
    def number(self) -> int:
        """Of its use case."""
        return next(number for number, case in enumerate(CASES) if case.title == self.case)


_START, _TURN = "A start", "The turn of a waiting run"
_CANCEL, _CANCEL_WAITING = "A cancel of a running run", "A cancel of a waiting run"

MODES = (
    Mode("Crash before the intent", _START, Point("intent"), By.CRASH_BEFORE),
    Mode("The intent's answer is lost", _START, Point("intent"), By.LOST_ANSWER),
    Mode("Storage gives no permit", _START, Point("permit taken"), By.ERROR),
    Mode("The intent is written too late", _START, Point("intent"), By.TIME_OUT),
    Mode("The permit's answer is lost", _START, Point("permit taken"), By.LOST_ANSWER),
    Mode("Crash between intent and send", _START, Point("RunDesktopFlow"), By.CRASH_BEFORE),
    Mode("The start never reaches Dataverse", _START, Point("RunDesktopFlow"), By.TIME_OUT),
    Mode("The answer of RunDesktopFlow is lost", _START, Point("RunDesktopFlow"), By.LOST_ANSWER),
    Mode("Crash after the send", _START, Point("RunDesktopFlow"), By.CRASH_AFTER),
    Mode("The session is not recorded", _START, Point("session recorded"), By.ERROR),
    Mode("Crash before the caller is answered", _START, Point("session recorded"), By.CRASH_AFTER),
    Mode("Crash before the claim", _TURN, Point("claim"), By.CRASH_BEFORE),
    Mode("The claim's answer is lost", _TURN, Point("claim"), By.LOST_ANSWER),
    Mode("Crash between claim and send", _TURN, Point("RunDesktopFlow"), By.CRASH_BEFORE),
    Mode("The answer to a queued start is lost", _TURN, Point("RunDesktopFlow"), By.LOST_ANSWER),
    Mode("Crash before the wish to cancel", _CANCEL, Point("wish recorded"), By.CRASH_BEFORE),
    Mode("Crash after the wish to cancel", _CANCEL, Point("wish recorded"), By.CRASH_AFTER),
    Mode("The cancel's answer is lost", _CANCEL, Point("CancelDesktopFlowRun"), By.LOST_ANSWER),
    Mode("A waiting run is not cancelled", _CANCEL_WAITING, Point("end recorded"), By.ERROR),
    Mode("Storage is down for a callback", "A callback", Point("run read"), By.ERROR),
    Mode(
        "A pass is cut off",
        "A pass of the poller over an ended session",
        Point("sessions listed"),
        By.CRASH_AFTER,
    ),
    Mode("Outputs cannot be read now", "Reading outputs", Point("outputs read"), By.ERROR),
    Mode(
        "Crash after an operator's stop",
        "An operator stops all starts",
        Point("pause written"),
        By.CRASH_AFTER,
    ),
)
