"""What is not accepted: bodies, members, ids, parameters, methods and keys, each refused by name and before any I/O."""

import json
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.e2e.client import Client, body_of, refusal
from tests.e2e.dataverse import Dataverse

NOWHERE = "01a20a50-c6be-800e-a1cc-33b02b2a586b"
"""A run id that is well made, and nobody's."""


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


NOT_GUIDS = [
    "x",
    "0",
    "{8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318}",
    "8c6f4a523f0e4b9da1c75d2e90b7f318",
    "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f31g",
    "%00",
    "a'b",
    "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318%0A",
    "%D9%A08c6f4a52",
]


@pytest.mark.parametrize("text", NOT_GUIDS)
@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "/flows/{}/runs", "FlowNotFound"),
        ("GET", "/flows/{}", "FlowNotFound"),
        ("GET", "/flows/{}/inputs", "FlowNotFound"),
        ("GET", "/flows/{}/outputs", "FlowNotFound"),
        ("GET", "/runs/{}", "RunNotFound"),
        ("GET", "/runs/{}/result", "RunNotFound"),
        ("GET", "/runs/{}/outputs", "RunNotFound"),
        ("POST", "/runs/{}/cancel", "RunNotFound"),
        ("GET", "/results/{}", "RunNotFound"),
        ("POST", "/callbacks/{}/1-00", "CallbackNotFound"),
    ],
)
def test_what_is_no_guid_is_nobody_s_id(client: Client, method: str, path: str, code: str, text: str) -> None:
    """404 with our error body, on every route, not the host's empty one."""
    assert refusal(client.send(method, path.format(text))).said == (404, code)


@pytest.mark.parametrize("run", [NOWHERE, "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/result"), ("GET", "/outputs"), ("POST", "/cancel")]
)
def test_a_run_that_does_not_exist_is_404(client: Client, run: str, method: str, path: str) -> None:
    """Both for an id that could be ours and for one that could not."""
    assert refusal(client.send(method, f"/runs/{run}{path}")).said == (404, "RunNotFound")


READS = [
    "/flows",
    "/flows/{flow}",
    "/flows/{flow}/inputs",
    "/flows/{flow}/outputs",
    "/connection-references",
    "/runs",
    "/runs/{run}",
    "/runs/{run}/result",
    "/runs/{run}/outputs",
    "/health",
]


@pytest.mark.parametrize("path", [*READS, "POST /flows/{flow}/runs", "POST /runs/{run}/cancel"])
def test_unknown_parameters_are_refused_everywhere(client: Client, dataverse: Dataverse, path: str) -> None:
    """400 InvalidParameter, named: a misspelt one must not be ignored."""
    method, _, route = path.rpartition(" ")
    address = route.format(flow=dataverse.flow(), run=NOWHERE)

    refused = refusal(client.send(method or "GET", address, params={"verbose": "1"}, json={}))

    assert (refused.said, refused.target) == ((400, "InvalidParameter"), "verbose")


@pytest.mark.parametrize("path", ["/flows", "/runs", "/connection-references", "/health"])
def test_the_parameters_of_the_platform_are_tolerated_everywhere(client: Client, path: str) -> None:
    """code, sig and the api-version that we know."""
    given = {"code": client.key, "sig": "x", "api-version": "2026-12-01"}

    assert client.get(path, **given).status_code in {200, 503 if path == "/health" else 200}


@pytest.mark.parametrize("version", ["2025-01-01", "1", "2026-12-01-preview"])
def test_an_unknown_api_version_is_refused(client: Client, version: str) -> None:
    """400 UnsupportedApiVersionValue."""
    refused = refusal(client.get("/runs", **{"api-version": version}))

    assert (refused.said, refused.target) == ((400, "UnsupportedApiVersionValue"), "api-version")


KEYED = [
    "GET /flows",
    "GET /flows/{flow}",
    "GET /flows/{flow}/inputs",
    "GET /flows/{flow}/outputs",
    "GET /connection-references",
    "GET /runs",
    "GET /runs/{run}",
    "GET /runs/{run}/result",
    "GET /runs/{run}/outputs",
    "POST /flows/{flow}/runs",
    "POST /runs/{run}/cancel",
]


@pytest.mark.parametrize("key", [None, "wrong"])
@pytest.mark.parametrize("route", KEYED)
def test_without_a_key_there_is_nothing(client: Client, route: str, key: str | None) -> None:
    """The host's empty 401, without any header of ours."""
    method, _, path = route.partition(" ")
    headers = {} if key is None else {"x-functions-key": key}

    answer = client.send(method, path.format(flow=NOWHERE, run=NOWHERE), keyed=False, headers=headers)

    assert (answer.status_code, answer.content) == (401, b"")
    assert not any(name.lower().startswith("x-ms-") for name in answer.headers)


def test_a_key_may_stand_in_the_url(client: Client) -> None:
    """As code; and it does not come back in nextLink or links."""
    answer = client.get("/runs", keyed=False, code=client.key, maxPageSize="1")

    assert answer.status_code == requests.codes.ok
    assert client.key not in answer.text


@pytest.mark.parametrize(
    "route",
    [
        "DELETE /runs",
        "PUT /flows/{flow}/runs",
        "GET /flows/{flow}/runs",
        "GET /runs/{run}/cancel",
        "POST /runs/{run}",
        "POST /health",
        "GET /nowhere",
        "POST /runs/{run}/result",
        "GET /callbacks/{run}/1-00",
    ],
)
def test_what_is_not_a_route_is_the_host_s_404(client: Client, route: str) -> None:
    """Empty body, none of our headers: it never reached us."""
    method, _, path = route.partition(" ")

    answer = client.send(method, path.format(flow=NOWHERE, run=NOWHERE))

    assert (answer.status_code, answer.content) == (404, b"")
    assert "x-ms-error-code" not in answer.headers


def test_a_refusal_repeats_no_secret(client: Client, dataverse: Dataverse) -> None:
    """The values of inputs are not echoed in the errors that they cause."""
    flow = dataverse.flow(inputs={"Password": "number"})

    answer = client.start(flow, inputs={"Password": "correct horse battery", "Other": "staple"})

    assert refusal(answer).code == "InvalidInputs"
    assert "horse" not in json.dumps(answer.json())
    assert "staple" not in json.dumps(answer.json())
