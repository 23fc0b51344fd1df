"""Ids, parameters, keys and methods: what is not ours is refused, and nothing is overlooked."""

import pytest
import requests

from tests.e2e.client import Client, refusal
from tests.e2e.dataverse import Dataverse

NOWHERE = "01a20a50-c6be-800e-a1cc-33b02b2a586b"
"""A run id that is well made, and nobody's."""


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

    assert client.get(path, given).status_code in {200, 503 if path == "/health" else 200}


@pytest.mark.parametrize("version", ["2025-01-01", "1", "2026-12-01-preview"])
def test_an_unknown_api_version_is_refused(client: Client, version: str) -> None:
    """400 UnsupportedApiVersionValue."""
    refused = refusal(client.get("/runs", {"api-version": version}))

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
    answer = client.get("/runs", {"code": client.key, "maxPageSize": "1"}, keyed=False)

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
