"""Others are told of runs: signed, at least once, for as long as they want to hear of them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.e2e.client import Client, Json, body_of, eventually, refusal
from tests.e2e.dataverse import Dataverse
from tests.e2e.entra import Entra
from tests.support.webhook_receiver import Receiver, receiving

NO_FLOW = "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f319"
ENDS = ["run.succeeded", "run.failed", "run.canceled"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


def messages(receiver: Receiver, secret: str, number: int) -> list[Json]:
    """Once there are so many; each verified as a receiver would."""
    heard = eventually(lambda: receiver.heard if len(receiver.heard) >= number else None, seconds=30)
    return [Webhook(secret).verify(each.body, each.headers) for each in heard or ()]


type Subscribe = Callable[..., tuple[Json, str]]


@pytest.fixture
def subscribe(client: Client) -> Iterator[Subscribe]:
    """Makes a subscription, and ends it after the test. What is answered, and its signed address."""
    made: list[str] = []

    def subscribe(url: str, **members: Any) -> tuple[Json, str]:
        answer = client.send("POST", "/subscriptions", json={"url": url, "events": ENDS} | members)
        made.append(answer.headers["Location"])
        return body_of(answer, 201), answer.headers["Location"]

    yield subscribe
    for location in made:
        assert client.send("DELETE", location, keyed=False).status_code == 204


def test_a_subscriber_is_told_and_can_tell_that_it_is_us(
    client: Client, dataverse: Dataverse, receiver: Receiver, subscribe: Subscribe
) -> None:
    """One signed message for the end of a run of that flow, with the run and without its outputs; then it unsubscribes without a key."""
    flow, other = dataverse.flow(outputs={"A": "string"}, outputValues={"A": "hush"}), dataverse.flow()
    subscription, location = subscribe(receiver.url, flowId=flow)
    client.wait(client.started(other))

    run = client.wait(client.started(flow, clientReference="order 9"))

    (message,) = messages(receiver, subscription["secret"], 1)
    assert message["type"] == "run.succeeded"
    assert {name: message["data"][name] for name in ("runId", "flowId", "status", "clientReference")} == {
        "runId": run["runId"],
        "flowId": flow,
        "status": "Succeeded",
        "clientReference": "order 9",
    }
    assert message["data"]["links"]["self"] == run["links"]["self"]
    (heard,) = receiver.heard
    assert heard.id == f"{run['runId']}.ended"
    assert b"hush" not in heard.body
    assert client.send("DELETE", location, keyed=False).status_code == 204
    assert refusal(client.get(f"/subscriptions/{subscription['subscriptionId']}")).said == (
        404,
        "SubscriptionNotFound",
    )


def test_a_failed_try_is_made_again_with_the_same_id(
    client: Client, dataverse: Dataverse, receiver: Receiver, subscribe: Subscribe
) -> None:
    """After five seconds; and both are seen in the deliveries."""
    receiver.answers = [500]
    flow = dataverse.flow()
    subscription, _ = subscribe(receiver.url, flowId=flow)

    client.wait(client.started(flow))

    messages(receiver, subscription["secret"], 2)
    assert len(set(receiver.ids)) == 1
    page = f"/subscriptions/{subscription['subscriptionId']}/deliveries"
    (delivery,) = eventually(
        lambda: [each for each in body_of(client.get(page), 200)["value"] if each["state"] == "delivered"]
    )
    assert (delivery["attempts"], delivery["lastStatus"]) == (2, 200)
    assert body_of(client.get(page, {"state": "dead"}), 200)["value"] == []


def test_a_start_is_told_before_its_end(
    client: Client, dataverse: Dataverse, receiver: Receiver, subscribe: Subscribe
) -> None:
    """To whoever wants to hear of both."""
    flow = dataverse.endless_flow()
    subscription, _ = subscribe(receiver.url, flowId=flow, events=["run.started", *ENDS])
    run = client.started(flow)
    (started,) = messages(receiver, subscription["secret"], 1)

    dataverse.move(dataverse.session_of(run), 4)

    (_, ended) = messages(receiver, subscription["secret"], 2)
    assert [("run.started", "Running"), ("run.succeeded", "Succeeded")] == [
        (each["type"], each["data"]["status"]) for each in (started, ended)
    ]
    assert [f"{run['runId']}.started", f"{run['runId']}.ended"] == receiver.ids


def test_while_a_secret_is_replaced_both_are_good(
    client: Client, dataverse: Dataverse, receiver: Receiver, subscribe: Subscribe
) -> None:
    """Each message has a signature of each; a secret that was not kept is good for nothing any more."""
    subscription, _ = subscribe(receiver.url)
    path = f"/subscriptions/{subscription['subscriptionId']}"
    second = body_of(client.send("POST", f"{path}/rotate-secret", json={"keepOldSeconds": 60}), 200)["secret"]
    client.send("POST", f"{path}/ping")
    third = body_of(client.send("POST", f"{path}/rotate-secret", json={"keepOldSeconds": 0}), 200)["secret"]
    client.send("POST", f"{path}/ping")

    both, last = receiver.heard
    for secret in (subscription["secret"], second):
        assert Webhook(secret).verify(both.body, both.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(last.body, last.headers)
    assert Webhook(third).verify(last.body, last.headers)


def test_callers_who_are_told_apart_hear_of_their_own_runs(entra: Entra, dataverse: Dataverse) -> None:
    """And see their own subscriptions; whoever may read all runs hears of all."""
    roles = ("Runs.Start", "Runs.Read", "Subscriptions.Manage")
    alice, bob = entra.caller("alice", *roles), entra.caller("bob", *roles)
    operator = entra.caller("operator", "Runs.ReadAll", "Subscriptions.Manage")
    flow = dataverse.flow()
    with receiving() as alices, receiving() as everybodys:
        made = alice.send("POST", "/subscriptions", json={"url": alices.url, "events": ENDS})
        subscription, all_of_them = (
            body_of(made, 201),
            body_of(
                operator.send("POST", "/subscriptions", json={"url": everybodys.url, "events": ENDS}), 201
            ),
        )
        path = f"/subscriptions/{subscription['subscriptionId']}"
        runs = [who.wait(who.started(flow)) for who in (bob, alice)]

        assert 2 == len(messages(everybodys, all_of_them["secret"], 2))
        (message,) = messages(alices, subscription["secret"], 1)
        assert runs[1]["runId"] == message["data"]["runId"]
        for method, of_it in (("GET", ""), ("GET", "/deliveries"), ("POST", "/ping"), ("DELETE", "")):
            assert refusal(bob.send(method, path + of_it)).said == (404, "SubscriptionNotFound")
        assert bob.get("/subscriptions").json() == {"value": []}
        assert operator.get(path).status_code == 200
        for who, ended in ((alice, subscription), (operator, all_of_them)):
            assert who.send("DELETE", f"/subscriptions/{ended['subscriptionId']}").status_code == 204


def test_what_was_told_can_be_told_again(
    client: Client, dataverse: Dataverse, receiver: Receiver, subscribe: Subscribe
) -> None:
    """With the same id, signed with the secrets of now."""
    flow = dataverse.flow()
    subscription, _ = subscribe(receiver.url, flowId=flow)
    path = f"/subscriptions/{subscription['subscriptionId']}"
    run = client.wait(client.started(flow))
    messages(receiver, subscription["secret"], 1)
    delivered = f"{path}/deliveries/{run['runId']}.ended/redeliver"
    eventually(lambda: client.get(f"{path}/deliveries").json()["value"][0]["state"] == "delivered")
    new = body_of(client.send("POST", f"{path}/rotate-secret", json={"keepOldSeconds": 60}), 200)["secret"]

    assert body_of(client.send("POST", delivered), 202)["state"] == "pending"

    assert len(messages(receiver, subscription["secret"], 2)) == 2
    (_, again) = receiver.heard
    assert Webhook(new).verify(again.body, again.headers)
    assert again.id == f"{run['runId']}.ended"
    unknown = client.send("POST", f"{path}/deliveries/{run['runId']}.started/redeliver")
    assert refusal(unknown).said == (404, "DeliveryNotFound")


def test_a_run_may_name_its_own_receiver(client: Client, dataverse: Dataverse, receiver: Receiver) -> None:
    """Signed with the deployment's secret; the address is in no answer."""
    (secret,) = body_of(client.get("/webhook-secrets"), 200)["secrets"]
    flow = dataverse.flow()

    run = client.started(flow, webhookUrl=receiver.url)

    (message, *_) = messages(receiver, secret, 1)
    assert message["data"]["runId"] == run["runId"]
    assert "hush" not in json.dumps(client.run(run))


def test_a_ping_is_answered_at_once(client: Client, receiver: Receiver, subscribe: Subscribe) -> None:
    """Whatever the receiver says."""
    subscription, _ = subscribe(receiver.url)
    receiver.answers = [418]
    path = f"/subscriptions/{subscription['subscriptionId']}/ping"

    first, second = (body_of(client.send("POST", path), 200) for _ in range(2))

    assert (first["delivered"], first["status"]) == (False, 418)
    assert second["delivered"] is True
    assert [message["type"] for message in messages(receiver, subscription["secret"], 2)] == ["ping", "ping"]


def test_a_receiver_that_is_gone_is_told_nothing_more(
    client: Client, dataverse: Dataverse, receiver: Receiver, subscribe: Subscribe
) -> None:
    """410 disables the subscription, until it is enabled."""
    receiver.answers = [410]
    flow = dataverse.flow()
    subscription, _ = subscribe(receiver.url, flowId=flow)
    path = f"/subscriptions/{subscription['subscriptionId']}"

    client.wait(client.started(flow))

    shown = eventually(lambda: held if (held := client.get(path).json())["disabledAt"] else None)
    assert shown is not None
    assert "410" in shown["disabledBecause"]
    assert body_of(client.send("POST", f"{path}/enable"), 200)["disabledAt"] is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"url": "http://localhost:1/x", "events": ENDS}, (400, "InvalidWebhookUrl")),
        ({"url": "https://10.0.0.1/x", "events": ENDS}, (400, "InvalidWebhookUrl")),
        ({"url": "https://a.example.org", "events": []}, (400, "InvalidRequest")),
        ({"url": "https://a.example.org", "events": ["run.exploded"]}, (400, "InvalidRequest")),
        (
            {"url": "https://a.example.org", "events": ENDS, "secret": "whsec_" + "A" * 40 + "!"},
            (400, "InvalidRequest"),
        ),
        ({"url": "https://a.example.org", "events": ENDS, "flowId": "x"}, (400, "InvalidRequest")),
        ({"url": "https://a.example.org", "events": ENDS, "flowId": NO_FLOW}, (404, "FlowNotFound")),
    ],
)
def test_a_subscription_that_cannot_be_is_refused(client: Client, body: Json, said: tuple[int, str]) -> None:
    """With what is wrong, and without repeating the URL."""
    refused = refusal(client.send("POST", "/subscriptions", json=body))

    assert refused.said == said


def test_a_subscription_does_not_wait_for_dataverse(
    dataverse: Dataverse, receiver: Receiver, subscribe: Subscribe
) -> None:
    """While it cannot be asked whether there is such a flow, the subscription is made all the same."""
    dataverse.fault("RetrieveFlow", "drop-connection")
    subscription, _ = subscribe(receiver.url, flowId=dataverse.flow())

    assert subscription["flowId"]


def test_secrets_and_addresses_are_not_shown(
    client: Client, receiver: Receiver, subscribe: Subscribe
) -> None:
    """The secret once, of the URL only the host."""
    subscription, _ = subscribe(receiver.url)

    listed = (
        client.get("/subscriptions").text
        + client.get(f"/subscriptions/{subscription['subscriptionId']}").text
    )

    assert subscription["url"] == receiver.url.partition("/in")[0] + "/..."
    assert "hush" not in listed
    assert subscription["secret"] not in listed


def test_an_end_may_be_asked_for_again(client: Client, receiver: Receiver, subscribe: Subscribe) -> None:
    """By the signed address it is 204 again: whoever lost the first answer has what it wanted. By its id there is nothing any more."""
    subscription, location = subscribe(receiver.url)

    ends = [client.send("DELETE", location, keyed=False).status_code for _ in range(2)]

    assert ends == [204, 204]
    gone = client.send("DELETE", f"/subscriptions/{subscription['subscriptionId']}")
    assert refusal(gone).said == (404, "SubscriptionNotFound")


def test_a_false_signature_ends_nothing(client: Client, receiver: Receiver, subscribe: Subscribe) -> None:
    """Neither another subscription's nor a result's."""
    _, location = subscribe(receiver.url)
    _, other = subscribe(receiver.url)
    false = location.partition("?")[0] + "?" + other.partition("?")[2]

    assert refusal(client.send("DELETE", false, keyed=False)).said == (404, "SubscriptionNotFound")
    assert len(client.get("/subscriptions").json()["value"]) >= 2
