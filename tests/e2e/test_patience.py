"""What time alone settles: lost starts that no callback URL names, and a cancel that is not heeded."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.stack import Stack
from tests.e2e.client import Client, Json, body_of
from tests.e2e.dataverse import Dataverse

_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Begun:
    numbered: str
    """A flow whose outputs repeat its inputs; three of its starts were lost."""
    lost: list[Json]
    never: Json
    """A start that Dataverse never heard of."""
    unheeded: Json
    """A run that goes on though its cancel was accepted."""


@pytest.fixture(scope="module")
def begun(impatient: Client, stack: Stack) -> Iterator[Begun]:
    """Stories of half a minute, begun together so that they are waited for but once."""
    with Dataverse(stack.simulator) as dataverse:
        unheeded = impatient.started(dataverse.endless_flow())
        dataverse.switch(cancelDelaySeconds=3600)
        impatient.cancel(unheeded)
        dataverse.switch(cancelDelaySeconds=0)
        numbered = dataverse.flow(inputs={"N": "number"}, echo=True)
        dataverse.fault("RunDesktopFlow", "lose-response", times=3)
        lost = [impatient.started(numbered, inputs={"N": number}) for number in (1, 2, "2")]
        dataverse.fault("RunDesktopFlow", "drop-connection", times=1)
        never = impatient.started(flow := dataverse.flow(), key=f"key-{flow}")
        dataverse.heal()
        yield Begun(numbered, lost, never, unheeded)
        dataverse.settle()


def test_a_cancel_that_is_not_heeded_gives_way_to_the_truth(impatient: Client, begun: Begun) -> None:
    """After its deadline the run shows what Dataverse says, with CancelTimedOut, and may be cancelled again."""
    running = impatient.wait(begun.unheeded, "Running", seconds=_SECONDS)
    again = body_of(impatient.cancel(begun.unheeded), 202)

    assert running["error"]["code"] == "CancelTimedOut"
    assert again["error"] is None


def test_lost_starts_of_one_flow_find_their_own_sessions(
    impatient: Client, dataverse: Dataverse, begun: Begun
) -> None:
    """Each run gets the session with the inputs that it sent; two that are alike get one each."""
    ended = [impatient.wait(run, seconds=_SECONDS) for run in begun.lost]

    assert [body_of(impatient.outputs(run), 200) for run in ended] == [{"N": 1}, {"N": 2}, {"N": 2}]
    assert len({run["sessionId"] for run in ended}) == 3
    assert len(dataverse.sessions(begun.numbered)) == dataverse.asked("RunDesktopFlow", begun.numbered) == 3


def test_a_start_that_never_happened_is_declared_unconfirmed(
    impatient: Client, dataverse: Dataverse, begun: Begun
) -> None:
    """Failed, StartUnconfirmed; its key gives that run, and nothing is sent again."""
    flow = begun.never["flowId"]
    failed = impatient.wait(begun.never, seconds=_SECONDS)

    again = impatient.start(flow, key=f"key-{flow}")

    assert (failed["status"], failed["error"]["code"]) == ("Failed", "StartUnconfirmed")
    assert body_of(again, 202) == failed
    assert dataverse.sessions(flow) == []
    assert dataverse.asked("RunDesktopFlow", flow) == 1
