"""Answers that have the right shape and are absurd: too large, too far away, somebody else's."""

import json
import resource

import pytest

from flow_catalog import reading as catalog
from run_status.listing import list_runs
from shared.http.use_case import UseCase
from status_poller.poll import poll
from tests.support import lies
from tests.support.liar import Liar, said
from tests.support.lies import told
from tests.support.metered import Metered
from tests.support.scene import Scene


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1600-01-01T00:00:00"]
)
def test_times_beyond_the_calendar_do_not_hide_an_end(scene: Scene, liar: Liar, time: str) -> None:
    """A true end with an absurd time is an end; the run can be read and listed, its times in UTC or left out."""
    columns = {"flowsessionid": scene.session, "startedon": time, "createdon": time, "completedon": time}
    liar.tell(lies.SESSION, said("200 OK", lies.row(**columns)))

    assert 204 == scene.metered.notified(scene.session)
    run = scene.shown
    assert "Succeeded" == run["status"]
    assert run["startedAt"].endswith("Z")
    assert run == json.loads(scene.metered.call(list_runs).get_body())["value"][0]


@pytest.mark.parametrize("code", [10**30, -1, 2**63, 15, -(10**30)])
def test_a_status_code_of_any_size_is_an_unknown_one(scene: Scene, liar: Liar, code: int) -> None:
    """It keeps the run open, is shown, and can be stored."""
    liar.tell(lies.SESSION, said("200 OK", lies.row(flowsessionid=scene.session, statuscode=code)))

    assert 503 == scene.metered.notified(scene.session)
    assert ("Running", code) == (scene.shown["status"], scene.shown["dataverse"]["statusCode"])


TEXTS = ["x", "\x01", "\U0001f600", '"\\\x01\ud800']
"""Plain, six characters each in JSON, two units each in a row, and half of an emoji among quotes."""


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("code", [8, 10])
def test_texts_of_any_size_and_kind_fit_a_row(scene: Scene, liar: Liar, text: str, code: int) -> None:
    """An error of a megabyte, its code as well: the run ends, as much of the text is kept as there is room for."""
    columns = {"flowsessionid": scene.session, "errorcode": text * 10**5, "errormessage": text * 10**6}
    liar.tell(lies.SESSION, said("200 OK", lies.row(statuscode=code, **columns)))

    assert 204 == scene.metered.notified(scene.session)
    assert "Failed" == scene.shown["status"]
    assert len(scene.shown["error"]["message"]) > 1000


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_refusal_of_any_size_fits_a_row(metered: Metered, liar: Liar, flow: str, text: str) -> None:
    """A refused start with a megabyte of reasons is told and recorded."""
    error = {"error": {"code": text * 10**5, "message": text * 10**6}}
    liar.tell(lies.START, said("404 Not Found", json.dumps(error)))

    assert (404, "DataverseNotFound") == told(metered.order(flow))
    (run,) = json.loads(metered.call(list_runs).get_body())["value"]
    assert "Failed" == run["status"]


def test_a_session_that_is_not_the_one_that_was_asked_for_is_not_applied(scene: Scene, liar: Liar) -> None:
    """A well made answer about somebody else's session says nothing about ours."""
    liar.tell(lies.SESSION, said("200 OK", lies.row()))

    assert 503 == scene.metered.notified(scene.session)
    assert "Running" == scene.shown["status"]


def test_inputs_nested_deeper_than_ours_may_be_are_not_ours(without_callbacks: Metered, liar: Liar) -> None:
    """Somebody else's session cannot stop the search for lost starts by what it was started with."""
    metered = without_callbacks
    metered.fault("RunDesktopFlow", "lose-response")
    lost = metered.started(metered.define())["runId"]
    metered.watch.advance(seconds=60)
    liar.tell(lies.INPUTS, said("200 OK", b'{"A":' + b"[" * 3000 + b"]" * 3000 + b"}"))

    poll(metered.app)
    assert (1, None) == (liar.asked, metered.read(lost)["sessionId"])
    liar.be_honest()
    poll(metered.app)
    assert metered.read(lost)["sessionId"]


@pytest.mark.parametrize(
    ("about", "use_case"),
    [
        (lies.FLOW, catalog.get_flow),
        (lies.FLOWS, catalog.list_flows),
        (lies.SCHEMA, catalog.get_inputs),
    ],
)
def test_what_unpacks_without_end_is_not_unpacked(
    metered: Metered, liar: Liar, flow: str, about: str, use_case: UseCase
) -> None:
    """A gigabyte that is small on the wire is given up at the limit, long before it fills the memory."""
    liar.tell(about, lies.gzip_bomb(1024))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert (502, "DataverseUnavailable") == told(metered.call(use_case, flowId=flow))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024  # KiB
