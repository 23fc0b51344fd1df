"""What a run gave: the result that callers wait for, the outputs, and the signed URL that needs no key."""

import time
from typing import Any

import pytest
import requests

from tests.e2e.client import Client, Json, body_of, refusal
from tests.e2e.dataverse import Dataverse

VALUES = {
    "Total": 1280.5,
    "Supplier": "Nordwind & S\u00f6hne \u20ac",
    "Approved": True,
    "Lines": [{"n": 1}, None],
}


@pytest.fixture
def ended(client: Client, dataverse: Dataverse) -> Json:
    """A run that has ended with outputs."""
    return client.wait(client.started(dataverse.flow(outputs={"Total": "number"}, outputValues=VALUES)))


def test_an_open_result_is_202_and_says_where_and_when_to_ask_again(
    client: Client, dataverse: Dataverse
) -> None:
    """The run in the body, its signed result in Location, ten seconds for a young run."""
    run = client.started(dataverse.endless_flow())

    answer = client.result(run)

    assert body_of(answer, 202)["runId"] == run["runId"]
    assert answer.headers["Location"] == run["links"]["result"]
    assert answer.headers["Retry-After"] == "10"


def test_an_ended_result_is_200_with_run_and_outputs(client: Client, ended: Json) -> None:
    """Both in one answer, and nothing to follow any more."""
    answer = client.result(ended)

    assert body_of(answer, 200) == {"run": ended, "outputs": VALUES}
    assert "Location" not in answer.headers


def test_location_alone_leads_to_the_result(client: Client, dataverse: Dataverse) -> None:
    """Power Automate follows Location without any key until it is no longer answered 202."""
    answer = client.start(dataverse.flow(runSeconds=0.5, outputValues=VALUES))
    deadline = time.monotonic() + 10

    while answer.status_code == requests.codes.accepted:
        assert time.monotonic() < deadline
        answer = client.get(answer.headers["Location"], keyed=False)

    assert body_of(answer, 200)["outputs"] == VALUES


def test_a_failed_run_is_a_result_like_any_other(client: Client, dataverse: Dataverse) -> None:
    """200: the status and Dataverse's error are in the run."""
    flow = dataverse.flow(ends="Failed", error={"code": "NoInk", "message": "The printer is empty."})
    run = client.wait(client.started(flow))

    body = body_of(client.result(run), 200)

    assert body["run"]["status"] == "Failed"
    assert body["run"]["error"] == {"code": "NoInk", "message": "The printer is empty."}
    assert body["outputs"] == {}


@pytest.mark.parametrize("part", ["digit", "none", "empty", "callback's", "other run's"])
def test_a_wrong_signature_opens_no_result(
    client: Client, dataverse: Dataverse, ended: Json, part: str
) -> None:
    """404, as if there were nothing; a callback's signature is worthless here, and another run's as well."""
    genuine = signature_of(ended)
    other = client.started(dataverse.endless_flow())
    given: dict[str, dict[str, str]] = {
        "digit": {"sig": genuine[:-1] + ("0" if genuine[-1] != "0" else "1")},
        "none": {},
        "empty": {"sig": ""},
        "callback's": {"sig": dataverse.session_of(ended)["callbackurl"].rpartition("/")[2]},
        "other run's": {"sig": signature_of(other)},
    }

    answer = client.get(f"/results/{ended['runId']}", given[part], keyed=False)

    assert refusal(answer).said == (404, "RunNotFound")


def signature_of(run: Json) -> str:
    signature: str = run["links"]["result"].partition("sig=")[2]
    return signature


@pytest.mark.parametrize("path", ["", "/result", "/outputs"])
def test_a_result_s_signature_opens_nothing_else(client: Client, ended: Json, path: str) -> None:
    """It is the right to read this one result, not a key."""
    answer = client.get(f"/runs/{ended['runId']}{path}", {"sig": signature_of(ended)}, keyed=False)

    assert (answer.status_code, answer.content) == (401, b"")


def test_outputs_are_the_object_itself(client: Client, ended: Json) -> None:
    """200 with names and values as Dataverse holds them."""
    assert body_of(client.outputs(ended), 200) == VALUES


def test_outputs_are_read_from_dataverse_each_time(client: Client, dataverse: Dataverse, ended: Json) -> None:
    """They can hold secrets and are not kept here; each reading is one request."""
    client.outputs(ended)
    client.result(ended)

    assert dataverse.asked("RetrieveOutputs", ended["sessionId"]) == 2


@pytest.mark.parametrize("missing", ["404", "204"])
def test_a_flow_without_outputs_has_an_empty_object(
    client: Client, dataverse: Dataverse, missing: str
) -> None:
    """However Dataverse says that there is no file, and without asking where the closing read showed none."""
    dataverse.switch(fileMissing=missing)
    run = client.wait(client.started(dataverse.flow()))

    assert body_of(client.outputs(run), 200) == {}
    assert body_of(client.result(run), 200)["outputs"] == {}
    assert dataverse.asked("RetrieveOutputs", run["sessionId"]) == 0


def test_an_open_run_has_no_outputs_yet(client: Client, dataverse: Dataverse) -> None:
    """409, and when to ask again."""
    answer = client.outputs(client.started(dataverse.endless_flow()))

    assert refusal(answer).said == (409, "RunNotFinished")
    assert answer.headers["Retry-After"] == "10"


def test_outputs_of_a_purged_session_are_gone(client: Client, dataverse: Dataverse, ended: Json) -> None:
    """410; the result is still 200, with the run, null and the reason."""
    dataverse.purge(dataverse.session_of(ended))

    assert refusal(client.outputs(ended)).said == (410, "OutputsGone")
    body = body_of(client.result(ended), 200)
    assert (body["run"], body["outputs"]) == (ended, None)
    assert body["outputsError"]["code"] == "OutputsGone"


@pytest.mark.parametrize(
    ("rule", "seconds"),
    [
        ({"do": "status", "status": 500}, "10"),
        ({"do": "status", "status": 503}, "10"),
        ({"do": "status", "status": 429, "retryAfter": 7}, "7"),
        ({"do": "status", "status": 401}, "10"),
        ({"do": "drop-connection"}, "10"),
    ],
)
def test_outputs_that_may_be_readable_later_are_503(
    client: Client, dataverse: Dataverse, ended: Json, rule: dict[str, Any], seconds: str
) -> None:
    """Outputs and result alike, with the time to wait; later they are read as if nothing had been."""
    dataverse.fault("RetrieveOutputs", **rule)

    answers = [client.outputs(ended), client.result(ended)]

    assert [refusal(answer).said for answer in answers] == [(503, "OutputsUnavailable")] * 2
    assert [answer.headers["Retry-After"] for answer in answers] == [seconds] * 2
    dataverse.heal()
    client.lift_pauses()
    assert body_of(client.outputs(ended), 200) == VALUES


def test_outputs_that_stay_unreadable_do_not_hide_the_result(
    client: Client, dataverse: Dataverse, ended: Json
) -> None:
    """The result is 200 with null and why; the outputs themselves answer with the cause."""
    dataverse.refuse("RetrieveOutputs", 403, "0x80040220")

    assert refusal(client.outputs(ended)).said == (403, "PrivilegeMissing")
    body = body_of(client.result(ended), 200)
    assert (body["run"]["status"], body["outputs"]) == ("Succeeded", None)
    assert body["outputsError"]["code"] == "PrivilegeMissing"
