"""Faults of requests: what they do, whom they strike, how often."""

import time

import pytest
import requests

from tests.simulator.client import Simulator, error_of, eventually


def test_a_lost_response_leaves_the_work_done(dataverse: Simulator) -> None:
    """The connection closes, the session exists."""
    flow = dataverse.flow()
    dataverse.fault("RunDesktopFlow", "lose-response", times=1)

    with pytest.raises(requests.ConnectionError):
        dataverse.run(flow)

    assert len(dataverse.listed(f"_regardingobjectid_value eq {flow}")) == 1


def test_a_dropped_connection_leaves_nothing_done(dataverse: Simulator) -> None:
    """The connection closes, no session exists; the request was counted."""
    flow = dataverse.flow()
    dataverse.fault("RunDesktopFlow", "drop-connection", times=1)

    with pytest.raises(requests.ConnectionError):
        dataverse.run(flow)

    assert dataverse.listed(f"_regardingobjectid_value eq {flow}") == []
    assert dataverse.asked()["byOperation"]["RunDesktopFlow"] == 1


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"status": 503}, "0x80040216"),
        ({"status": 404}, "0x80040217"),
        ({"status": 403}, "0x80040220"),
        ({"status": 429}, "0x80072322"),
        ({"status": 429, "code": "0x80072321"}, "0x80072321"),
        ({"status": 400, "code": ""}, ""),
    ],
)
def test_a_status_comes_with_a_dataverse_error(
    dataverse: Simulator, rule: dict[str, int | str], code: str
) -> None:
    """The code asked for, else the one that is usual with the status; nothing is done."""
    flow = dataverse.flow()
    dataverse.fault("RunDesktopFlow", "status", **rule)

    assert error_of(dataverse.run(flow)) == (rule["status"], code)
    assert dataverse.listed(f"_regardingobjectid_value eq {flow}") == []


def test_a_401_has_no_body(dataverse: Simulator) -> None:
    """As when the token is not accepted."""
    dataverse.fault("WhoAmI", "status", status=401)

    answer = dataverse.get("WhoAmI")

    assert (answer.status_code, answer.content) == (401, b"")
    assert "WWW-Authenticate" in answer.headers


def test_retry_after_is_sent_where_given(dataverse: Simulator) -> None:
    """In whole seconds."""
    dataverse.fault("WhoAmI", "status", status=429, retryAfter=17)

    assert dataverse.get("WhoAmI").headers["Retry-After"] == "17"


def test_a_delay_comes_before_the_work(dataverse: Simulator) -> None:
    """A caller that does not wait has still started a run, later."""
    flow = dataverse.flow()
    dataverse.fault("RunDesktopFlow", "delay", seconds=1, times=1)
    path = f"{dataverse.url}/api/data/v9.2/workflows({flow})/Microsoft.Dynamics.CRM.RunDesktopFlow"
    body = {"runMode": "attended", "connectionName": "desk"}

    with pytest.raises(requests.ReadTimeout):
        requests.post(path, json=body, headers={"Authorization": dataverse.authorization}, timeout=0.1)

    assert dataverse.listed(f"_regardingobjectid_value eq {flow}") == []
    found = eventually(lambda: dataverse.listed(f"_regardingobjectid_value eq {flow}"), bool)
    assert len(found) == 1


def test_the_first_rule_that_matches_wins(dataverse: Simulator) -> None:
    """A spent rule gives way to the next, and then to none."""
    dataverse.fault("WhoAmI", "status", status=500, times=1)
    dataverse.fault("*", "status", status=501, times=1)

    assert [dataverse.get("WhoAmI").status_code for _ in range(3)] == [500, 501, 200]


def test_only_hits_are_counted(dataverse: Simulator) -> None:
    """A rule whose dice never fall is passed over and keeps its times."""
    dataverse.fault("WhoAmI", "status", status=500, probability=0, times=1)
    dataverse.fault("WhoAmI", "status", status=501, probability=1)

    assert dataverse.get("WhoAmI").status_code == 501
    hits = [rule["hits"] for rule in dataverse.control("GET", "faults").json()["value"]]
    assert hits == [0, 1]


def test_a_rule_strikes_as_often_as_its_probability_says(dataverse: Simulator) -> None:
    """Of 400 requests about half."""
    dataverse.fault("WhoAmI", "status", status=500, probability=0.5)

    struck = [dataverse.get("WhoAmI").status_code for _ in range(400)].count(500)

    assert 120 < struck < 280


def test_rules_are_removed_together(dataverse: Simulator) -> None:
    """DELETE leaves none."""
    dataverse.fault("*", "status", status=500)
    dataverse.control("DELETE", "faults")

    assert dataverse.get("WhoAmI").status_code == 200


def test_a_fault_strikes_before_the_token_is_looked_at(dataverse: Simulator) -> None:
    """A gateway that is down asks for nobody's papers."""
    dataverse.fault("WhoAmI", "status", status=503)

    assert dataverse.api("GET", "WhoAmI", headers={"Authorization": ""}).status_code == 503


def test_latency_slows_every_request(dataverse: Simulator) -> None:
    """By as many milliseconds as the setting says."""
    dataverse.settings(latencyMilliseconds=150)
    began = time.monotonic()

    dataverse.get("WhoAmI")

    assert time.monotonic() - began >= 0.15
