"""The control API."""

import re
import uuid
from datetime import datetime
from typing import Any

import pytest
import requests

from local.dataverse.catalogue import READ_INVOICE
from local.dataverse.faults import Effect
from local.dataverse.flows import VariableType
from local.dataverse.operations import Operation
from tests.simulator.client import PROMPT, ROOT, Simulator

PAGE = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")


def _refused(dataverse: Simulator, method: str, path: str, body: Any) -> str:
    """The sentence of a 400."""
    answer = requests.request(method, f"{dataverse.url}/simulator/{path}", json=body, timeout=PROMPT)
    assert answer.status_code == 400, answer.text
    sentence: str = answer.json()["error"]
    return sentence


def test_the_journal_counts_operations_and_remembers_requests(dataverse: Simulator) -> None:
    """Refused ones too; tokens by name only; the control API not at all."""
    dataverse.token(dataverse.url)
    dataverse.get("WhoAmI")
    dataverse.get("nowhere")
    dataverse.fault("WhoAmI", "status", status=503)
    dataverse.get("WhoAmI")

    asked = dataverse.asked()

    assert (asked["total"], asked["httpRequests"]) == (3, 3)
    assert asked["byOperation"] == {"Token": 1, "WhoAmI": 2, "Other": 1}
    assert [(entry["operation"], entry["status"]) for entry in asked["requests"]] == [
        ("Token", 200),
        ("WhoAmI", 200),
        ("Other", 404),
        ("WhoAmI", 503),
    ]
    assert asked["requests"][-1]["fault"] == "status"


def test_the_journal_remembers_the_newest_thousand(dataverse: Simulator) -> None:
    """The counts go on."""
    for _ in range(1005):
        dataverse.get("WhoAmI")

    asked = dataverse.asked()

    assert (asked["total"], len(asked["requests"])) == (1005, 1000)


def test_the_journal_can_be_cleared(dataverse: Simulator) -> None:
    """Everything counts from zero again."""
    dataverse.get("WhoAmI")
    dataverse.control("DELETE", "requests")

    assert dataverse.asked() == {"total": 0, "byOperation": {}, "httpRequests": 0, "requests": []}


def test_the_index_lists_all_that_can_be_asked(dataverse: Simulator) -> None:
    """Each with its method: what is listed without an id can be read, and what the page shows is listed."""
    listed = requests.get(f"{dataverse.url}/simulator", timeout=PROMPT).json()["value"]
    read = [each.removeprefix("GET /simulator") for each in listed if each.startswith("GET ")]
    plain = [path for path in read if "{" not in path]
    statuses = [
        requests.get(f"{dataverse.url}/simulator{path}", timeout=PROMPT).status_code for path in plain
    ]

    assert statuses == [200] * len(plain)
    shown = re.findall(r"^    curl (?:-X (\w+) )?\$S([\w:/$-]*)", PAGE, re.MULTILINE)
    asked = {
        f"{method or 'GET'} /simulator{re.sub(r'(?<=/)(\$ID|[0-9a-f-]{36})$', '{id}', path)}"
        for method, path in shown
    }
    assert asked == set(listed)


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "faults", {"operation": "WhoAmI", "do": "explode"}, [*Effect]),
        ("POST", "faults", {"operation": "Sing", "do": "skip"}, ["*", *Operation]),
        ("PATCH", "settings", {"accessLevel": "Guest"}, ["Owner", "User"]),
        ("PATCH", "settings", {"inputsTooLarge": 404}, ["400", "413"]),
        ("PATCH", "settings", {"licenseCheck": "No"}, ["ValidLicenseCoverage", "UnattendedNoAddon"]),
        ("PUT", f"flows/{uuid.uuid4()}", {"name": "x", "inputs": {"A": "text"}}, [*VariableType]),
        ("PUT", f"flows/{uuid.uuid4()}", {"name": "x", "ends": "Well"}, ["Succeeded", "TimedOut"]),
    ],
)
def test_a_word_that_is_none_is_answered_with_those_that_there_are(
    dataverse: Simulator, method: str, path: str, body: Any, words: list[str]
) -> None:
    """All of them, by the sentence alone."""
    told = _refused(dataverse, method, path, body).partition("it is one of: ")[2].removesuffix(".")

    assert set(words) <= set(told.split(", "))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"latency": 5}, "latency"),
        ({"latencyMilliseconds": "5"}, "latencyMilliseconds"),
        ({"latencyMilliseconds": -1}, "latencyMilliseconds"),
        ({"accessLevel": "Guest"}, "accessLevel"),
        ({"applicationUser": None}, "applicationUser"),
        ({"connectionRateLimit": 0}, "connectionRateLimit"),
    ],
)
def test_bad_settings_are_refused_by_name(dataverse: Simulator, change: dict[str, Any], named: str) -> None:
    """And none of the change is applied."""
    assert named in _refused(dataverse, "PATCH", "settings", {"licenseCheck": None} | change)
    assert dataverse.control("GET", "settings").json() == dataverse.defaults


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"operation": "Sing", "do": "status", "status": 500}, "Sing"),
        ({"operation": "WhoAmI", "do": "explode"}, "do"),
        ({"operation": "WhoAmI", "do": "status"}, "status"),
        ({"operation": "WhoAmI", "do": "status", "status": 200}, "status"),
        ({"operation": "WhoAmI", "do": "delay"}, "seconds"),
        ({"operation": "WhoAmI", "do": "forge"}, "Callback"),
        ({"operation": "Callback", "do": "status", "status": 500}, "callback"),
        ({"operation": "WhoAmI", "do": "drop-connection", "times": 0}, "times"),
        ({"operation": "WhoAmI", "do": "drop-connection", "probability": 2}, "probability"),
        ({"operation": "WhoAmI", "do": "drop-connection", "wen": 1}, "wen"),
        ({"do": "drop-connection"}, "operation"),
    ],
)
def test_bad_fault_rules_are_refused_with_a_sentence(
    dataverse: Simulator, rule: dict[str, Any], named: str
) -> None:
    """It names what is wrong, and no rule is added."""
    assert named in _refused(dataverse, "POST", "faults", rule)
    assert dataverse.control("GET", "faults").json() == {"value": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("PUT", "flows/not-a-guid", {"name": "A"}, "not-a-guid"),
        ("PUT", f"flows/{READ_INVOICE}", {}, "name"),
        ("PUT", f"flows/{READ_INVOICE}", {"name": "A", "inputs": {"X": "date"}}, "inputs"),
        ("PUT", f"flows/{READ_INVOICE}", {"name": "A", "ends": "Running"}, "ends"),
        ("PUT", f"flows/{READ_INVOICE}", {"name": "A", "waitSeconds": -1}, "waitSeconds"),
        ("POST", "clock", {"advanceSeconds": -5}, "advanceSeconds"),
        ("PUT", f"flows/{READ_INVOICE}", {"name": "A", "runSeconds": 1e300}, "runSeconds"),
        ("POST", "clock", [], "object"),
        ("POST", "sessions:seed", {"count": 1, "statuscode": 2}, "flowId"),
        (
            "POST",
            "sessions:seed",
            {"count": 2, "statuscode": 2, "flowId": READ_INVOICE, "callbackUrls": ["x"]},
            "callbackUrls",
        ),
    ],
)
def test_bad_control_bodies_are_refused_with_a_sentence(
    dataverse: Simulator, method: str, path: str, body: Any, named: str
) -> None:
    """It names what is wrong."""
    assert named in _refused(dataverse, method, path, body)


def test_what_is_not_json_is_refused_with_a_sentence(dataverse: Simulator) -> None:
    """Also bytes that are no text."""
    for body in (b"", b"{", b"\xff\xfe"):
        answer = requests.patch(f"{dataverse.url}/simulator/settings", data=body, timeout=PROMPT)
        assert answer.status_code == 400
        assert answer.json()["error"]


def test_unknown_sessions_and_paths_are_404(dataverse: Simulator) -> None:
    """With a sentence."""
    for path in (f"sessions/{uuid.uuid4()}", "nowhere"):
        answer = requests.get(f"{dataverse.url}/simulator/{path}", timeout=PROMPT)
        assert answer.status_code == 404
        assert answer.json()["error"]


def test_a_session_can_be_moved_as_a_machine_would(dataverse: Simulator) -> None:
    """Status, error and outputs; then its flow's definition has no more say."""
    session = dataverse.started(dataverse.flow(waitSeconds=60, runSeconds=60))
    dataverse.move(session, 2)
    dataverse.advance(200)
    assert dataverse.session(session)["statuscode"] == 2

    dataverse.move(session, 8, errorcode="MachineNotFound", errormessage="Gone.", outputs={"Partly": 1})
    row = dataverse.session(session)

    assert (row["statuscode"], row["errorcode"], row["errormessage"]) == (8, "MachineNotFound", "Gone.")
    assert row["completedon"] is not None
    assert dataverse.get(f"flowsessions({session})/outputs/$value").json() == {"Partly": 1}


def test_a_session_can_be_moved_to_a_code_that_nobody_documented(dataverse: Simulator) -> None:
    """It is listed under that code, and has not ended."""
    flow = dataverse.flow()
    session = dataverse.started(flow)
    dataverse.move(session, 42)

    row = dataverse.session(session)
    assert (row["statuscode"], row["completedon"]) == (42, None)
    assert dataverse.listed(f"_regardingobjectid_value eq {flow} and statuscode eq 42") == [session]


def test_a_session_can_be_moved_out_of_its_end(dataverse: Simulator) -> None:
    """Clients that hold an end for final can be tested."""
    session = dataverse.started(dataverse.flow(runSeconds=0))
    dataverse.move(session, 2)

    row = dataverse.session(session)
    assert (row["statuscode"], row["completedon"]) == (2, None)


def test_a_moved_session_keeps_its_time_limit(dataverse: Simulator) -> None:
    """The time-out of its start still ends it."""
    session = dataverse.started(dataverse.flow(waitSeconds=3000), timeout=100)
    dataverse.move(session, 2)
    dataverse.advance(101)

    assert dataverse.session(session)["statuscode"] == 10


def test_seeded_sessions_stay_as_they_are(dataverse: Simulator) -> None:
    """Whatever time passes; their callback URLs carry their index."""
    flow = str(uuid.uuid4())
    ids = dataverse.control(
        "POST",
        "sessions:seed",
        json={
            "count": 3,
            "statuscode": 2,
            "flowId": flow,
            "callbackUrlTemplate": f"https://desk.example/{flow}/{{index}}",
        },
    ).json()["ids"]
    dataverse.advance(100_000)

    rows = [dataverse.session(each) for each in ids]

    assert [row["statuscode"] for row in rows] == [2, 2, 2]
    assert [row["callbackurl"].rpartition("/")[2] for row in rows] == ["0", "1", "2"]
    assert all(row["startedon"] for row in rows)


def test_seeded_sessions_can_be_old(dataverse: Simulator) -> None:
    """Made one after the other over a time that began so long ago, each with its own callback URL."""
    now = datetime.fromisoformat(dataverse.control("GET", "clock").json()["now"])
    urls = [f"https://desk.example/{each}" for each in "abc"]
    asked = {"count": 3, "statuscode": 2, "flowId": str(uuid.uuid4()), "callbackUrls": urls}
    asked |= {"ageSeconds": 600, "spreadSeconds": 300}
    ids = dataverse.control("POST", "sessions:seed", json=asked).json()["ids"]

    rows = [dataverse.session(each) for each in ids]

    ages = [(now - datetime.fromisoformat(row["createdon"])).total_seconds() for row in rows]
    assert ages == pytest.approx([600, 500, 400], abs=3)
    assert all(row["modifiedon"] == row["createdon"] for row in rows)
    assert [row["callbackurl"] for row in rows] == urls


def test_many_sessions_are_moved_at_once(dataverse: Simulator) -> None:
    """As one by one: they end, and change when they do. One that is not there moves none."""
    asked = {"count": 4, "statuscode": 2, "flowId": str(uuid.uuid4()), "ageSeconds": 600}
    ids = dataverse.control("POST", "sessions:seed", json=asked).json()["ids"]
    some_unknown = {"ids": [ids[0], "nobody"], "statuscode": 4}
    refused = requests.patch(f"{dataverse.url}/simulator/sessions", json=some_unknown, timeout=PROMPT)

    moved = dataverse.control("PATCH", "sessions", json={"ids": ids[1:3], "statuscode": 4}).json()

    rows = [dataverse.session(each) for each in ids]
    assert (refused.status_code, "nobody" in refused.text) == (404, True)
    assert moved == {"moved": 2}
    assert [row["statuscode"] for row in rows] == [2, 4, 4, 2]
    assert all(row["completedon"] == row["modifiedon"] > row["createdon"] for row in rows[1:3])


def test_every_session_is_shown_with_all_its_columns(dataverse: Simulator) -> None:
    """And with its callbacks."""
    session = dataverse.started(dataverse.flow())

    shown = dataverse.control("GET", "sessions").json()["value"]

    row = next(row for row in shown if row["flowsessionid"] == session)
    assert {"callbackurl", "callbacks", "machineramusage"} <= set(row)


def test_the_clock_moves_ahead_only(dataverse: Simulator) -> None:
    """By as much as it is told."""
    before = dataverse.control("GET", "clock").json()
    dataverse.advance(1.5)
    after = dataverse.control("GET", "clock").json()

    assert after["advancedSeconds"] - before["advancedSeconds"] == pytest.approx(1.5)
    assert after["now"] > before["now"]
