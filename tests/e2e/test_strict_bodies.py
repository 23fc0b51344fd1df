"""What a start's body may not be: each fault refused by name, before anything is sent."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.client import Client, body_of, refusal
from tests.e2e.dataverse import Dataverse


def nested(levels: int) -> bytes:
    """An object, so many levels deep, as the inputs of a start."""
    inside = levels - 2
    return (
        b'{"runMode":"attended","connectionName":"c","inputs":{"A":' + b"[" * inside + b"]" * inside + b"}}"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   \r\n",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b'{"runMode":"attended"} {}',
        b'{"runMode":"attended",}',
        b"{'runMode':'attended'}",
        b'{"runMode":"attended","runMode":"attended"}',
        b'{"inputs":{"A":1,"A":2}}',
        b'{"inputs":{"A":[{"b":1,"\\u0062":2}]}}',
        b'{"timeoutSeconds":NaN}',
        b'{"inputs":{"A":Infinity}}',
        b'{"inputs":{"A":-Infinity}}',
        b'{"inputs":{"A":1e999}}',
        b'{"inputs":{"A":' + b"9" * 5000 + b"}}",
        b'{"inputs":{"A":"\\ud800"}}',
        b'{"inputs":{"\\udc00":1}}',
        b'{"clientReference":"\xfc"}',
        b'\xef\xbb\xbf{"runMode":"attended"}',
        '{"runMode":"attended"}'.encode("utf-16"),
        nested(66),
        b"[" * 200_000,
        b"runMode=attended",
    ],
)
def test_a_body_that_is_not_one_json_object_is_refused(
    client: Client, dataverse: Dataverse, body: bytes
) -> None:
    """400 InvalidJson, whatever is wrong with it; nothing is sent."""
    flow = dataverse.flow()

    answer = client.send("POST", f"/flows/{flow}/runs", data=body)

    assert refusal(answer).said == (400, "InvalidJson")
    assert dataverse.asked("RunDesktopFlow", flow) == 0


def test_a_body_of_64_levels_is_deep_enough(client: Client, dataverse: Dataverse) -> None:
    """The limit itself is accepted."""
    flow = dataverse.flow(inputs={"A": "array"})

    body_of(client.send("POST", f"/flows/{flow}/runs", data=nested(64)), 202)


def test_a_body_that_is_too_large_is_413(client: Client, dataverse: Dataverse) -> None:
    """Beyond 8 MiB nothing is parsed."""
    body = b'{"inputs":{"A":"' + b"x" * 8 * 2**20 + b'"}}'

    answer = client.send("POST", f"/flows/{dataverse.flow()}/runs", data=body)

    assert refusal(answer).said == (413, "BodyTooLarge")


def test_a_body_without_a_length_is_not_taken_for_an_empty_object(
    client: Client, dataverse: Dataverse
) -> None:
    """The host hands a chunked body over as an empty one: the answer says what to send."""
    answer = client.send("POST", f"/flows/{dataverse.flow()}/runs", data=iter([b'{"runMode":"attended"}']))

    refused = refusal(answer)
    assert refused.said == (400, "InvalidJson")
    assert "Content-Length" in refused.message


@pytest.mark.parametrize(
    ("members", "targets"),
    [
        ({"runMode": None}, {"runMode"}),
        ({"runMode": "Attended"}, {"runMode"}),
        ({"runMode": 1}, {"runMode"}),
        ({"runMode": ["attended"]}, {"runMode"}),
        ({"runPriority": "urgent"}, {"runPriority"}),
        ({"runPriority": ""}, {"runPriority"}),
        ({"timeoutSeconds": 0}, {"timeoutSeconds"}),
        ({"timeoutSeconds": 86401}, {"timeoutSeconds"}),
        ({"timeoutSeconds": 1.5}, {"timeoutSeconds"}),
        ({"timeoutSeconds": "60"}, {"timeoutSeconds"}),
        ({"timeoutSeconds": True}, {"timeoutSeconds"}),
        ({"timeoutSeconds": 1e300}, {"timeoutSeconds"}),
        ({"inputs": []}, {"inputs"}),
        ({"inputs": "{}"}, {"inputs"}),
        ({"clientReference": ""}, {"clientReference"}),
        ({"clientReference": "x" * 129}, {"clientReference"}),
        ({"clientReference": 4711}, {"clientReference"}),
        ({"connectionName": ""}, {"connectionName"}),
        ({"connectionName": {}}, {"connectionName"}),
        ({"connectionReference": "too"}, {"connectionReference"}),
        ({"RunMode": "attended"}, {"RunMode"}),
        ({"callbackUrl": "https://evil.example"}, {"callbackUrl"}),
        ({"flowId": str(uuid4())}, {"flowId"}),
        ({"runMode": "x", "timeoutSeconds": 0, "Other": 1}, {"runMode", "timeoutSeconds", "Other"}),
        ({"webhookUrl": 7}, {"webhookUrl"}),
        ({"runMode": "x", "webhookUrl": "http://inside"}, {"runMode", "webhookUrl"}),
        ({"runMode": "x", "webhookUrl": "https://hooks.contoso.com"}, {"runMode"}),
    ],
)
def test_members_that_cannot_be_used_are_named_all_at_once(
    client: Client, dataverse: Dataverse, members: dict[str, Any], targets: set[str]
) -> None:
    """400 InvalidRequest, one detail for each; unknown ones are refused too, and nothing is sent."""
    flow = dataverse.flow()
    order = {"runMode": "attended", "connectionName": "desk"} | members

    refused = refusal(client.send("POST", f"/flows/{flow}/runs", json=order))

    assert refused.said == (400, "InvalidRequest")
    assert set(refused.targets) == targets
    assert refused.target in targets
    assert dataverse.asked("RunDesktopFlow", flow) == 0
    assert client.listed(flowId=flow) == []


def test_a_refusal_repeats_no_secret(client: Client, dataverse: Dataverse) -> None:
    """The values of inputs are not echoed in the errors that they cause."""
    flow = dataverse.flow(inputs={"Password": "number"})

    answer = client.start(flow, inputs={"Password": "correct horse battery", "Other": "staple"})

    assert refusal(answer).code == "InvalidInputs"
    assert "horse" not in json.dumps(answer.json())
    assert "staple" not in json.dumps(answer.json())
