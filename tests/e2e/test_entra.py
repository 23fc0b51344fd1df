"""Callers with Microsoft Entra ID: what their roles open, and whose runs they see."""

import base64
import json
from uuid import UUID, uuid4

import pytest
import requests

from shared.http.access import ACCESS, Role
from tests.e2e.client import Client, Json, body_of, refusal
from tests.e2e.dataverse import Dataverse
from tests.e2e.entra import Entra

NO_RUN = "01941234-5678-8003-8000-000000000001"
NO_FLOW = "f1040000-0000-4000-8000-00000000dead"
USER = ("Runs.Start", "Runs.Read", "Runs.Cancel")

FLOWS, START, RUNS, CANCEL, PAUSE, TOLD, EVENTS, OPEN = (
    {"Flows.Read"},
    {"Runs.Start"},
    {"Runs.Read", "Runs.ReadAll"},
    {"Runs.Cancel"},
    {"Starts.Pause"},
    {"Subscriptions.Manage"},
    {"Events.Manage"},
    None,
)
NO_SIGNATURE = f"1-{'0' * 64}"

CALLS: dict[str, tuple[str, str, int, set[str] | None]] = {
    "list_flows": ("GET", "/flows", 200, FLOWS),
    "get_flow": ("GET", f"/flows/{NO_FLOW}", 404, FLOWS),
    "get_flow_inputs": ("GET", f"/flows/{NO_FLOW}/inputs", 404, FLOWS),
    "get_flow_outputs": ("GET", f"/flows/{NO_FLOW}/outputs", 404, FLOWS),
    "list_connection_references": ("GET", "/connection-references", 200, FLOWS),
    "list_flow_choices": ("GET", "/connector/flows", 200, FLOWS),
    "list_connection_choices": ("GET", "/connector/connection-references", 200, FLOWS),
    "get_start_schema": ("GET", f"/connector/flows/{NO_FLOW}/start-schema", 404, FLOWS),
    "get_result_schema": ("GET", f"/connector/flows/{NO_FLOW}/result-schema", 404, FLOWS),
    "get_outputs_schema": ("GET", f"/connector/flows/{NO_FLOW}/outputs-schema", 404, FLOWS),
    "trigger_run": ("POST", f"/flows/{NO_FLOW}/runs", 400, START),
    "start_run": ("POST", f"/flows/{NO_FLOW}/start", 400, START),
    "resubmit_run": ("POST", f"/runs/{NO_RUN}/resubmit", 404, START),
    "start_runs": ("POST", "/runs:start", 400, START),
    "cancel_runs": ("POST", "/runs:cancel", 400, CANCEL),
    "list_runs": ("GET", "/runs", 200, RUNS),
    "get_run": ("GET", f"/runs/{NO_RUN}", 404, RUNS),
    "get_run_result": ("GET", f"/runs/{NO_RUN}/result", 404, RUNS),
    "get_run_outputs": ("GET", f"/runs/{NO_RUN}/outputs", 404, RUNS),
    "get_flow_run_outputs": ("GET", f"/flows/{NO_FLOW}/runs/{NO_RUN}/outputs", 404, RUNS),
    "cancel_run": ("POST", f"/runs/{NO_RUN}/cancel", 404, CANCEL),
    "list_pauses": ("GET", "/pauses", 200, PAUSE),
    "pause_starts": ("POST", "/pauses", 400, PAUSE),
    "resume_starts": ("DELETE", "/pauses/none", 404, PAUSE),
    "receive_events": ("POST", "/events", 415, START),
    "list_dead_events": ("GET", "/events/dead", 200, EVENTS),
    "remove_dead_event": ("DELETE", "/events/dead/none", 404, EVENTS),
    "get_preflight": ("GET", "/preflight", 200, PAUSE | EVENTS),
    "greet_sender": ("OPTIONS", "/events", 200, OPEN),
    "get_api_description": ("GET", "/openapi.json", 200, set(Role)),
    "subscribe": ("POST", "/subscriptions", 400, TOLD),
    "list_subscriptions": ("GET", "/subscriptions", 200, TOLD),
    "get_subscription": ("GET", f"/subscriptions/{NO_FLOW}", 404, TOLD),
    "unsubscribe": ("DELETE", f"/subscriptions/{NO_FLOW}", 404, TOLD),
    "rotate_secret": ("POST", f"/subscriptions/{NO_FLOW}/rotate-secret", 404, TOLD),
    "enable_subscription": ("POST", f"/subscriptions/{NO_FLOW}/enable", 404, TOLD),
    "ping_subscription": ("POST", f"/subscriptions/{NO_FLOW}/ping", 404, TOLD),
    "list_deliveries": ("GET", f"/subscriptions/{NO_FLOW}/deliveries", 404, TOLD),
    "redeliver": ("POST", f"/subscriptions/{NO_FLOW}/deliveries/{NO_RUN}.ended/redeliver", 404, TOLD),
    "list_run_deliveries": ("GET", f"/runs/{NO_RUN}/deliveries", 404, RUNS),
    "redeliver_run_events": ("POST", f"/runs/{NO_RUN}/deliveries/redeliver", 404, TOLD),
    "get_webhook_secrets": ("GET", "/webhook-secrets", 200, TOLD),
    "unsubscribe_signed": ("DELETE", f"/hooks/{NO_FLOW}?sig={NO_SIGNATURE}", 404, OPEN),
    "get_signed_result": ("GET", f"/results/{NO_RUN}?sig={NO_SIGNATURE}", 404, OPEN),
    "callback_handler": ("POST", f"/callbacks/{NO_RUN}/{NO_SIGNATURE}", 404, OPEN),
    "health": ("GET", "/health", 200, OPEN),
}
"""A call of each function, its answer to whoever is let in, and the roles of which one lets in."""


def answer_to(client: Client, function: str, *, keyed: bool = True, **headers: str) -> requests.Response:
    method, path, _, _ = CALLS[function]
    return client.send(method, path, keyed=keyed, headers=headers)


def test_every_function_is_tried() -> None:
    """A route that is new fails here until its answers are written down."""
    assert CALLS.keys() == ACCESS.keys()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("function", CALLS)
def test_a_role_opens_what_it_is_for(entra: Entra, function: str, role: str) -> None:
    """Each role by itself on each route: let in, or 403 with the role that is missing."""
    _, _, let_in, wanted = CALLS[function]
    answer = answer_to(entra.caller("somebody", role), function)

    if wanted is OPEN or role in wanted:
        assert answer.status_code == let_in, answer.text
    else:
        refused = refusal(answer)
        assert refused.said == (403, "RoleMissing")
        assert refused.target in wanted
        assert str(refused.target) in refused.message


@pytest.mark.parametrize("function", CALLS)
def test_without_a_role_or_a_token_only_what_is_open_answers(entra: Entra, function: str) -> None:
    """A token without roles: 403. None, a false one, another scheme, or only the function key: 401."""
    stranger, token = entra.stranger(), entra.token("somebody", *Role)
    unknown = [
        answer_to(stranger, function),
        answer_to(stranger, function, keyed=False),
        answer_to(stranger, function, Authorization=f"Bearer {token[:-4]}AAAA"),
        answer_to(stranger, function, Authorization=f"Basic {token}"),
    ]
    known = answer_to(entra.caller("somebody"), function)

    _, _, let_in, wanted = CALLS[function]
    if wanted is OPEN:
        assert [each.status_code for each in (*unknown, known)] == [let_in] * 5
        return
    assert [refusal(each).said for each in unknown] == [(401, "Unauthenticated")] * 4
    assert {each.headers["WWW-Authenticate"] for each in unknown} == {"Bearer"}
    assert refusal(known).said == (403, "RoleMissing")


@pytest.mark.parametrize("name", ["X-MS-CLIENT-PRINCIPAL", "x-ms-client-principal"])
def test_nobody_writes_its_own_principal(entra: Entra, name: str) -> None:
    """With authentication on, what a client sends under that name does not arrive: alone, or beside a token of few rights."""
    forged = {
        "auth_typ": "aad",
        "claims": [
            {"typ": "tid", "val": NO_FLOW},
            {"typ": "oid", "val": NO_FLOW},
            {"typ": "roles", "val": "Runs.ReadAll"},
        ],
        "role_typ": "roles",
    }
    headers = {name: base64.b64encode(json.dumps(forged).encode()).decode()}

    assert entra.stranger().get("/runs", headers=headers).status_code == 401
    assert entra.caller("somebody", "Flows.Read").get("/runs", headers=headers).status_code == 403


def test_with_function_keys_a_principal_changes_nothing(client: Client) -> None:
    """Neither does it open anything, nor is it in the way, whatever it says."""
    for principal in ("rubbish", base64.b64encode(b"{}").decode()):
        headers = {"X-MS-CLIENT-PRINCIPAL": principal}

        assert client.get("/runs", headers=headers).status_code == 200
        assert client.get("/runs", headers=headers, keyed=False).status_code == 401


def test_a_run_is_followed_to_its_end_by_who_started_it(entra: Entra, dataverse: Dataverse) -> None:
    """Start, callback without a token, result by its signature, outputs; the run says who asked for it."""
    dataverse.fault("ListSessions", "drop-connection")  # the poller learns nothing
    alice = entra.caller("alice", *USER)
    run = alice.started(dataverse.flow(outputValues={"Total": 1}))
    ended = alice.wait(run)

    assert (ended["status"], ended["history"][-1]["source"]) == ("Succeeded", "callback")
    assert ended["requestedBy"] == "alice@contoso.example"
    assert body_of(alice.outputs(run), 200) == {"Total": 1}
    signed = entra.stranger().get(ended["links"]["result"], keyed=False)
    assert body_of(signed, 200)["run"]["runId"] == run["runId"]


@pytest.fixture
def alices(entra: Entra, dataverse: Dataverse) -> Json:
    """A run of Alice's that goes on until it is cancelled."""
    return entra.caller("alice", *USER).started(dataverse.endless_flow())


@pytest.mark.parametrize(
    ("name", "tenant"), [("bob", {}), ("alice", {"tenant": "0e0e0e0e-0000-4000-8000-000000000002"})]
)
def test_anothers_run_is_not_there(entra: Entra, alices: Json, name: str, tenant: dict[str, str]) -> None:
    """For Bob, and for an Alice of another tenant: 404 for each way to it, and in no list."""
    other = entra.caller(name, *USER, **tenant)
    alice = entra.caller("alice", *USER)
    answers = [
        other.get(f"/runs/{alices['runId']}"),
        other.result(alices),
        other.outputs(alices),
        other.cancel(alices),
    ]

    assert [refusal(each).said for each in answers] == [(404, "RunNotFound")] * 4
    assert other.listed(flowId=alices["flowId"]) == []
    assert [run["runId"] for run in alice.listed(flowId=alices["flowId"])] == [alices["runId"]]


def test_an_operator_sees_and_cancels_everybodys_runs(entra: Entra, alices: Json) -> None:
    """With Runs.ReadAll and Runs.Cancel; the history says who did it. An application is shown by its id."""
    robot = entra.caller("robot", "Runs.ReadAll", "Runs.Cancel", application=True)

    assert [run["runId"] for run in robot.listed(flowId=alices["flowId"])] == [alices["runId"]]
    body_of(robot.cancel(alices), 202)
    canceled = robot.wait(alices, "Canceled")

    (by,) = {entry["by"] for entry in canceled["history"] if entry["status"] == "Canceling"}
    assert str(UUID(by)) == by
    assert canceled["requestedBy"] == "alice@contoso.example"


def test_an_idempotency_key_is_its_callers_own(entra: Entra, dataverse: Dataverse) -> None:
    """The same key, flow and body of two callers are two runs; of one caller, one."""
    flow, key = dataverse.endless_flow(), f"{uuid4()}"
    alice, bob = entra.caller("alice", *USER), entra.caller("bob", *USER)
    first, again, other = alice.start(flow, key=key), alice.start(flow, key=key), bob.start(flow, key=key)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert body_of(first, 202)["runId"] == body_of(again, 202)["runId"]
    assert body_of(other, 202)["runId"] != body_of(first, 202)["runId"]


def test_pages_of_ones_own_runs_hold_nobody_elses(entra: Entra, dataverse: Dataverse) -> None:
    """Also where both took turns, and a nextLink of one is followed by the other."""
    flow = dataverse.flow()
    alice, bob = entra.caller("alice", *USER), entra.caller("bob", *USER)
    turns = [(alice.started(flow), bob.started(flow)) for _ in range(3)]
    first = body_of(alice.get("/runs", {"flowId": flow, "maxPageSize": "2"}), 200)
    rest = body_of(alice.get(first["nextLink"]), 200)
    bobs = body_of(bob.get(first["nextLink"]), 200)

    assert {run["runId"] for run in first["value"] + rest["value"]} == {mine["runId"] for mine, _ in turns}
    assert {run["requestedBy"] for run in bobs["value"]} == {"bob@contoso.example"}
