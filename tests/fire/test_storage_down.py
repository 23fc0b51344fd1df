"""Table Storage stopped, or standing still, while starts, callbacks and polls go on."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.e2e.client import refusal
from tests.fire.crowd import Crowd
from tests.fire.house import House
from tests.fire.judge import judge

START_DEADLINE_SECONDS = 30

type Down = Callable[[House], AbstractContextManager[None]]


@contextmanager
def stopped(house: House) -> Iterator[None]:
    house.stop_tables()
    try:
        yield
    finally:
        house.start_tables()


def standing_still(house: House) -> AbstractContextManager[None]:
    return house.azurite.child.paused()


@pytest.mark.parametrize("down", [stopped, standing_still])
def test_without_storage_nothing_is_started_and_nothing_is_lost(fire: House, down: Down) -> None:
    """Starts and genuine callbacks are 503, Dataverse is not asked to start, the poller gives up; the next pass catches up."""
    one, other = fire.clients
    fire.dataverse.fault("Callback", "skip")
    flow, new = fire.dataverse.endless_flow(), fire.dataverse.flow()
    run = one.started(flow)
    session = fire.dataverse.session(flow)
    fire.dataverse.move(session, 4)

    with down(fire), ThreadPoolExecutor() as callers:
        begun = time.monotonic()
        start = callers.submit(other.start, new, key="down")
        callback = callers.submit(one.call_back, session)
        reading = callers.submit(one.get, f"/runs/{run['runId']}")
        fire.logs("The pass is given up")
        answers = [refusal(each.result()).said for each in (start, callback, reading)]
        assert time.monotonic() - begun < START_DEADLINE_SECONDS

    assert answers == [
        (503, "StorageUnavailable"),
        (503, "CallbackNotVerified"),
        (503, "StorageUnavailable"),
    ]
    assert fire.dataverse.sessions(new) == []
    assert fire.dataverse.asked("RunDesktopFlow", new) == 0
    assert one.wait(run)["status"] == "Succeeded"


def test_storage_may_come_and_go(fire: House, crowd: Crowd) -> None:
    """Table Storage stops, stands still and comes back while orders come in: nothing is started twice, nothing is lost."""
    quick, slow = fire.dataverse.flow(runSeconds=0.3), fire.dataverse.flow(runSeconds=2)

    with crowd.at_work(quick, slow, most=110):
        for down in (stopped, standing_still) * 2:
            time.sleep(1)
            with down(fire):
                time.sleep(0.8)

    judge(fire.clients[0], fire.dataverse, crowd.answers, quick, slow)
    assert {answer.status for answer in crowd.answers} == {202, 503}
