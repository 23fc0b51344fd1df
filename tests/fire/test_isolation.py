"""What hangs holds up nothing else."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.e2e.client import body_of
from tests.fire.house import House

STARTS = 40
SEATS = 30
"""Of the 32 threads of a host, those that starts may hold."""
HANGS_SECONDS = 4.0
PROMPT_SECONDS = 2.0


def test_hanging_starts_hold_up_nothing_else(fire: House) -> None:
    """While as many starts hang as may, the instance answers callbacks, reads, cancels and further starts; these wait."""
    one, _ = fire.clients
    fire.kill(fire.hosts[0])  # one that was never told to ask less at a time
    flow, hanging = fire.dataverse.endless_flow(), fire.dataverse.flow()
    run, cancelled = one.started(flow), one.started(flow)
    session = fire.dataverse.session_of(run)
    fire.dataverse.fault("Callback", "skip")
    fire.dataverse.move(session, 4)
    fire.dataverse.fault("RunDesktopFlow", "delay", seconds=HANGS_SECONDS, times=SEATS)

    with ThreadPoolExecutor(STARTS) as callers:
        stuck = [
            callers.submit(one.start, hanging, connectionName=f"{hanging}-{number % 3}")
            for number in range(STARTS)
        ]
        while fire.dataverse.asked("RunDesktopFlow", hanging) < SEATS:
            time.sleep(0.02)
        begun = time.monotonic()
        called_back = one.call_back(session).status_code
        shown = one.run(run)["status"]
        canceling = one.cancel(cancelled).status_code
        other = one.start(flow, connectionName=f"{flow}-another")
        took = time.monotonic() - begun
        assert SEATS <= sum(not each.done() for each in stuck), "they no longer hung when it was looked at"

    assert (called_back, shown, canceling, other.status_code) == (204, "Succeeded", 202, 202)
    assert took < PROMPT_SECONDS
    assert {"Succeeded"} == {one.wait(body_of(each.result(), 202))["status"] for each in stuck}
    assert one.wait(body_of(other, 202), "Running")
