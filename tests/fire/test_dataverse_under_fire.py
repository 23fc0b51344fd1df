"""A Dataverse that throttles, fails and loses answers, and callbacks that cannot be relied on."""

import time

from tests.fire.crowd import Crowd
from tests.fire.house import House
from tests.fire.judge import judge

THROTTLED = ["0x80072321", "0x80072322", "0x80072326", "DesktopFlowsActionThrottled", "SomethingElse"]


def test_dataverse_may_refuse_and_lose_what_it_likes(fire: House, crowd: Crowd) -> None:
    """Every kind of 429, 503s, lost answers, broken connections, callbacks that are missing, doubled, forged: all comes right."""
    quick, slow = fire.dataverse.flow(runSeconds=0.3), fire.dataverse.flow(runSeconds=2)
    for callback in ("skip", "duplicate", "forge", "drop-connection", "lose-response"):
        fire.dataverse.fault("Callback", callback, probability=0.15)
    for code in THROTTLED:
        fire.dataverse.refuse("*", 429, code, retryAfter=1, probability=0.01)  # each is a pause for everybody
    fire.dataverse.fault("RunDesktopFlow", "lose-response", probability=0.2)
    fire.dataverse.fault("RunDesktopFlow", "drop-connection", probability=0.1)
    fire.dataverse.refuse("RunDesktopFlow", 503, probability=0.1)
    fire.dataverse.refuse("*", 503, probability=0.05)
    fire.dataverse.fault("*", "lose-response", probability=0.08)
    fire.dataverse.fault("*", "drop-connection", probability=0.05)

    with crowd.at_work(quick, slow, most=110):
        time.sleep(6)
    fire.dataverse.heal()

    judge(fire.clients[0], fire.dataverse, crowd.answers, quick, slow)
    assert {answer.status for answer in crowd.answers} <= {202, 429, 502, 503}
    struck = {(entry["operation"], entry.get("fault")) for entry in fire.dataverse.all_requests()}
    assert {("RunDesktopFlow", fault) for fault in ("lose-response", "drop-connection", "status")} < struck
