"""What hangs holds up nothing else."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.e2e.client import body_of
from tests.fire.house import House

HANGING = 12
HANGS_SECONDS = 3.0
PROMPT_SECONDS = 1.5


def test_hanging_starts_hold_up_nothing_else(fire: House) -> None:
    """While Dataverse lets a dozen starts of an instance hang, its callbacks, reads, cancels and other starts go on."""
    one, _ = fire.clients
    fire.kill(fire.hosts[0])  # one that was never told to ask less at a time
    flow, hanging = fire.dataverse.endless_flow(), fire.dataverse.flow()
    run, cancelled = one.started(flow), one.started(flow)
    session = fire.dataverse.session_of(run)
    fire.dataverse.fault("Callback", "skip")
    fire.dataverse.move(session, 4)
    fire.dataverse.fault("RunDesktopFlow", "delay", seconds=HANGS_SECONDS, times=HANGING)

    with ThreadPoolExecutor(HANGING) as callers:
        stuck = [callers.submit(one.start, hanging) for _ in range(HANGING)]
        while fire.dataverse.asked("RunDesktopFlow", hanging) < HANGING:
            time.sleep(0.02)
        begun = time.monotonic()
        called_back = one.call_back(session).status_code
        shown = one.run(run)["status"]
        canceling = one.cancel(cancelled).status_code
        other = one.start(flow, connectionName="another").status_code
        took = time.monotonic() - begun
        assert not any(each.done() for each in stuck), "they no longer hung when it was looked at"

    assert (called_back, shown, canceling, other) == (204, "Succeeded", 202, 202)
    assert took < PROMPT_SECONDS
    assert {"Succeeded"} == {one.wait(body_of(each.result(), 202))["status"] for each in stuck}
