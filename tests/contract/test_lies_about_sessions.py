"""What becomes of runs while Dataverse lies about their sessions.

Each request to Dataverse that follows runs is met by every answer of `tests/support/lies.py`. Nothing raises, nothing is
concluded from a lie, and the first true answer is believed.
"""

import pytest

from status_poller.poll import poll
from tests.support import lies
from tests.support.liar import Liar, said
from tests.support.lies import under_each
from tests.support.metered import Metered
from tests.support.scene import Scene


def test_a_callback_is_verified_by_an_answer_or_not_at_all(scene: Scene, liar: Liar) -> None:
    """503 under every lie, the run where it was; the next true answer ends it."""
    before = scene.shown

    def act() -> int:
        scene.metered.watch.advance(seconds=10)
        return scene.metered.notified(scene.session)

    assert {503} == set(under_each(liar, lies.SESSION, act).values())
    assert before | {"statusReason": "StatusNotPermitted"} == scene.shown
    scene.metered.end(scene.session)
    assert (204, "Succeeded") == (act(), scene.shown["status"])


def test_a_pass_survives_every_lie(scene: Scene, liar: Liar) -> None:
    """The list of sessions lies: nothing is raised and nothing concluded; the next true list ends the run."""
    before = scene.shown

    under_each(liar, lies.SESSIONS, lambda: poll(scene.metered.app))
    assert before == scene.shown
    scene.metered.end(scene.session)
    poll(scene.metered.app)
    assert "Succeeded" == scene.shown["status"]


def test_absence_is_not_concluded_from_a_lie(scene: Scene, liar: Liar) -> None:
    """The list leaves the session out, and the direct reads in a batch lie: the run stays open, however long it goes on."""
    scene.metered.switch(accessLevel="User")

    def act() -> None:
        scene.metered.watch.advance(seconds=90)
        poll(scene.metered.app)

    under_each(liar, lies.BATCH, act)
    assert "Running" == scene.shown["status"]


def test_a_part_of_a_batch_may_lie(scene: Scene, liar: Liar) -> None:
    """A part that is no session leaves its run open and is no trouble to the pass."""
    scene.metered.switch(accessLevel="User")
    for name, body in (lies.BODIES | lies.ROWS).items():
        liar.tell(lies.BATCH, _batch_of(body))
        poll(scene.metered.app)
        assert (1, "Running") == (liar.asked, scene.shown["status"]), name


def _batch_of(body: bytes | str) -> bytes:
    part = body if isinstance(body, bytes) else body.encode()
    head = b"--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    return said("200 OK", head + part + b"\r\n--b--\r\n", "Content-Type: multipart/mixed; boundary=b")


@pytest.mark.parametrize("about", [lies.SESSIONS, lies.WHO_AM_I])
def test_a_lost_start_is_looked_for_until_it_is_found(
    metered: Metered, liar: Liar, flow: str, about: str
) -> None:
    """The search meets every lie: the start is neither declared lost nor sent again, and is found in the end."""
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.started(flow)["runId"]
    metered.watch.advance(seconds=6)
    metered.dataverse.clear()

    def act() -> None:
        metered.watch.advance(seconds=86400)  # who we are is known for a day
        poll(metered.app)

    under_each(liar, about, act)

    assert "NotStarted" == metered.read(lost)["status"]
    poll(metered.app)
    assert metered.read(lost)["sessionId"]
    assert not [each for each in metered.dataverse if "RunDesktopFlow" in each]


def test_the_fall_back_guesses_nothing_from_a_lie(without_callbacks: Metered, liar: Liar) -> None:
    """The inputs of a session lie: no lost start takes it for its own, and it is found by the true ones."""
    metered = without_callbacks
    flow = metered.define()
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.started(flow, inputs={"A": "mine"})["runId"]
    metered.watch.advance(seconds=60)

    under_each(liar, lies.INPUTS, lambda: poll(metered.app))

    assert metered.read(lost)["sessionId"] is None
    poll(metered.app)
    assert metered.read(lost)["sessionId"]
