"""Events of others over HTTP: how senders are let in, and what becomes of what they send."""

import json
import socket
from typing import Any
from uuid import uuid4

import pytest
import requests

from local import functions, places
from local.stack import Stack
from tests.e2e.client import Client, Json, body_of, eventually, refusal
from tests.e2e.dataverse import Dataverse
from tests.e2e.entra import Entra

ONE, BATCH, PLAIN = "application/cloudevents+json", "application/cloudevents-batch+json", "application/json"
VALIDATION = [
    {
        "id": "1",
        "topic": "/subscriptions/s",
        "subject": "",
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": "2026-11-23T21:29:55Z",
        "data": {"validationCode": "512d38b6", "validationUrl": "https://rp.eventgrid.azure.net/x"},
        "dataVersion": "1",
    }
]
VALIDATING = {"aeg-event-type": "SubscriptionValidation"}
ASKING = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}


def an_event(flow: str, **data: Any) -> Json:
    order = {"flowId": flow, "connectionName": f"connection-{flow}", "runMode": "unattended"}
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/tests",
        "type": "deskhand.run.requested",
        "data": order | data,
    }


def send(client: Client, body: Any, media: str = ONE, **request: Any) -> requests.Response:
    headers = {"Content-Type": media} | request.pop("headers", {})
    return client.send("POST", "/events", data=json.dumps(body), headers=headers, **request)


def sent(client: Client, body: Any, media: str = ONE, **request: Any) -> list[Json]:
    value: list[Json] = body_of(send(client, body, media, **request), 200)["value"]
    return value


def test_an_event_starts_a_run_that_can_be_followed(client: Client, dataverse: Dataverse) -> None:
    """And the same event again is answered with the same run."""
    flow = dataverse.flow(runSeconds=0.2)
    event = an_event(flow, clientReference="order 1")

    (first,), (second,) = sent(client, event), sent(client, event)

    assert ("started", "repeated") == (first["became"], second["became"])
    assert first["runId"] == second["runId"]
    assert "Succeeded" == client.wait(first)["status"]
    assert 1 == len(dataverse.sessions(flow))


def test_a_batch_tells_of_each_in_its_place(client: Client, dataverse: Dataverse) -> None:
    """Started, ignored, dead; and the dead letter can be seen and removed."""
    flow = dataverse.endless_flow()
    bad = an_event(flow, runMode="sometimes")

    told = sent(client, [an_event(flow), an_event(flow) | {"type": "nobody's"}, bad], BATCH)

    assert ["started", "ignored", "dead"] == [each["became"] for each in told]
    letters = body_of(client.get("/events/dead"), 200)["value"]
    letter = next(each for each in letters if each["id"] == bad["id"])
    assert told[2]["error"] == letter["error"]
    assert "InvalidRequest" == letter["error"]["code"]
    address = f"/events/dead/{letter['deadEventId']}"
    assert [204, 404] == [client.send("DELETE", address).status_code for _ in range(2)]


def test_a_sender_asks_whether_it_may_send(client: Client) -> None:
    """200 at once, without any key; the callback that it offers is never called, for that would be asking where strangers say."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        offered = f"http://127.0.0.1:{listening.getsockname()[1]}/here"
        asking = {**ASKING, "WebHook-Request-Callback": offered}
        answer = client.send("OPTIONS", "/events", keyed=False, headers=asking)
        listening.settimeout(0.5)
        with pytest.raises(TimeoutError):
            listening.accept()

    assert 200 == answer.status_code
    assert ("POST", "*", "*") == tuple(
        answer.headers[name] for name in ("Allow", "WebHook-Allowed-Origin", "WebHook-Allowed-Rate")
    )
    silent = client.send("OPTIONS", "/events", keyed=False)
    assert (200, "POST") == (silent.status_code, silent.headers["Allow"])
    assert "WebHook-Allowed-Origin" not in silent.headers


def test_event_grid_is_given_its_code_back(client: Client, entra: Entra) -> None:
    """With the key in the address as it sends it; with roles, before anybody has one. Nothing else gets past them that way."""
    keyed = send(client, VALIDATION, PLAIN, headers=VALIDATING, keyed=False, params={"code": client.key})
    assert {"validationResponse": "512d38b6"} == body_of(keyed, 200)
    assert 401 == send(client, VALIDATION, PLAIN, headers=VALIDATING, keyed=False).status_code

    stranger = entra.stranger()
    validated = send(stranger, VALIDATION, PLAIN, headers=VALIDATING, keyed=False)
    assert {"validationResponse": "512d38b6"} == body_of(validated, 200)
    assert 401 == send(stranger, VALIDATION, PLAIN, keyed=False).status_code
    refused = send(stranger, an_event(str(uuid4())), ONE, headers=VALIDATING, keyed=False)
    assert (400, "InvalidRequest") == refusal(refused).said


@pytest.mark.parametrize(
    "body", [[], [{}], {}, [{"data": {"validationCode": 7}}], [{"data": {"validationCode": "x" * 513}}]]
)
def test_a_validation_without_a_code_is_refused(client: Client, body: Any) -> None:
    """Nothing else is read as one, and nothing is started by one."""
    assert (400, "InvalidRequest") == refusal(send(client, body, PLAIN, headers=VALIDATING)).said


def test_with_roles_an_event_needs_the_role_and_belongs_to_its_sender(
    entra: Entra, dataverse: Dataverse
) -> None:
    """The run is the sender's own; another sender's event of the same source and id is another event."""
    flow = dataverse.endless_flow()
    event = an_event(flow)
    alice, bob = entra.caller("alice", "Runs.Start", "Runs.Read"), entra.caller("bob", "Runs.Start")
    reader = entra.caller("reader", "Runs.Read")

    assert 403 == send(reader, event).status_code
    (hers,), (his,) = sent(alice, event), sent(bob, event)

    assert hers["runId"] != his["runId"]
    assert 200 == alice.get(f"/runs/{hers['runId']}").status_code
    assert 404 == alice.get(f"/runs/{his['runId']}").status_code


def test_what_the_map_says_is_done(stack: Stack, dataverse: Dataverse) -> None:
    """Event Grid's schema, a webhook of Dataverse and a CloudEvent in headers, by rules; and only the senders that are named are told yes."""
    flow = dataverse.flow(inputs={"Name": "string"}, outputs={"Name": "string"}, echo=True, runSeconds=0.2)
    order = {"flowId": flow, "connectionName": f"connection-{flow}", "runMode": "unattended"}
    rules = [
        {**order, "type": "Microsoft.Storage.*", "inputs": {"Name": "data.url"}},
        {**order, "type": "dataverse.Create", "inputs": {"Name": "data.Target.name"}},
        {**order, "type": "order.placed", "source": "/shop", "inputs": {"Name": "data.name"}},
    ]
    own = {
        "RUNS_TABLE": "mapped",
        "EVENT_MAP": json.dumps({"rules": rules}),
        "EVENT_ORIGINS": "EventGrid.azure.net",
        "PUBLIC_BASE_URL": "",
        "ALLOW_LOOPBACK_CALLBACKS": "0",
    }
    grid = [
        {"id": "g1", "topic": "/t", "eventType": "Microsoft.Storage.BlobCreated", "data": {"url": "blob"}}
    ]
    context = {
        "MessageName": "Create",
        "PrimaryEntityName": "account",
        "OrganizationName": "org",
        "OperationId": str(uuid4()),
        "InputParameters": [{"key": "Target", "value": {"Attributes": [{"key": "name", "value": "record"}]}}],
    }
    headers = {"ce-specversion": "1.0", "ce-id": "%E2%82%AC", "ce-source": "/shop", "ce-type": "order.placed"}
    log: list[str] = []
    with (
        functions.running(places.CHECKOUT, {**stack.settings, **own}, log.append) as host,
        Client(host.base, host.key, host.master_key) as client,
    ):
        told = [
            *sent(client, grid, PLAIN, headers={"aeg-event-type": "Notification"}),
            *sent(client, context, PLAIN, keyed=False, params={"code": host.key}),
            *sent(client, {"name": "header"}, PLAIN, headers=headers),
        ]
        assert ["started"] * 3 == [each["became"] for each in told]
        outputs = [client.outputs(client.wait(each)) for each in told]
        assert ["blob", "record", "header"] == [body_of(each, 200)["Name"] for each in outputs]

        asked = client.send("OPTIONS", "/events", keyed=False, headers=ASKING)
        assert "eventgrid.azure.net" == asked.headers["WebHook-Allowed-Origin"]
        stranger = {"WebHook-Request-Origin": "evil.example"}
        no = client.send("OPTIONS", "/events", keyed=False, headers=stranger)
        assert (403, "EventOriginNotAllowed") == refusal(no).said
        assert "WebHook-Allowed-Origin" not in no.headers


def test_two_senders_at_once(client: Client, dataverse: Dataverse) -> None:
    """Two batches of the same events: one run for each event, whoever was first."""
    flow = dataverse.endless_flow()
    events = [an_event(flow, connectionName=f"c-{number}-{flow}") for number in range(5)]

    told = sent(client, events, BATCH) + sent(client, events, BATCH)

    assert 5 == len({each["runId"] for each in told})
    assert eventually(lambda: 5 == len(dataverse.sessions(flow)))
