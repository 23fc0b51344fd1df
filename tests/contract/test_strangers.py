"""What is open to all writes no line for what strangers send, however often and whatever it is."""

import json

import azure.functions as func
import pytest

from callback_handler.verification import verify
from health.report import report, serve_health
from run_status.reading import get_run, get_signed_result
from shared import wiring
from tests.contract.conftest import MakeInstances
from tests.support.metered import BASE, Metered
from tests.support.runs import a_run


@pytest.fixture
def app(instances: MakeInstances) -> Metered:
    return instances(1)[0]


def calls(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The functions that have told of a call."""
    lines = [json.loads(each.message) for each in caplog.records if each.name == "deskhand.http"]
    return [line["function"] for line in lines if line["name"] == "call"]


def test_strangers_fill_no_log(app: Metered, caplog: pytest.LogCaptureFixture) -> None:
    """Forged callbacks and links, parameters that there are not; whoever has a key is told of, right or wrong."""
    caplog.set_level("INFO", "deskhand.http")
    run = a_run()
    for _ in range(2):
        assert 404 == app.call(verify, {}, runId=run.id, signature=f"1-{'0' * 64}").status_code
        assert 404 == app.call(get_signed_result, runId=run.id).status_code
        assert 400 == app.asked(report, unknown="1").status_code
        assert 404 == app.call(get_run, runId=run.id).status_code

    assert ["get_run"] * 2 == calls(caplog)


def test_monitors_fill_no_log(
    app: Metered, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/health as the host calls it."""
    monkeypatch.setattr(wiring, "_wired", [app.app])
    caplog.set_level("INFO", "deskhand.http")
    answer = serve_health(func.HttpRequest(method="GET", url=f"{BASE}/api/health", body=b""))

    assert 200 == answer.status_code
    assert [] == calls(caplog)


def test_a_fault_is_told_of(app: Metered, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever met it: there is one signature for each run, and so there are few of them."""
    run = app.started(app.define())
    caplog.set_level("INFO", "deskhand.http")
    app.tables.lose_answers = True
    signature = run["links"]["result"].partition("sig=")[2]
    request = func.HttpRequest(
        method="GET",
        url=f"{BASE}/api",
        params={"sig": signature},
        route_params={"runId": run["runId"]},
        body=b"",
    )
    answer = app._asked(get_signed_result, request)

    assert 503 == answer.status_code
    assert ["get_signed_result"] == calls(caplog)
