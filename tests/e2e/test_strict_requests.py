"""Ids, parameters, keys and methods: what is not ours is refused, and nothing is overlooked."""

from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from tests.e2e.client import Client, body_of, refusal
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
    "%D9%A8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318",
    "%EF%BC%98c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318",
    "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318%20",
    "%2B8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318",
    "%7B8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318%7D",
    "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318" * 50,
    "%FF%FE",
    "%25",
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


@pytest.mark.parametrize("spelt", [str.upper, str.title, lambda each: f"%{ord(each[0]):02X}{each[1:]}"])
def test_an_id_is_taken_in_any_letter_case(
    client: Client, dataverse: Dataverse, spelt: Callable[[str], str]
) -> None:
    """Or percent-encoded, on every route, and answered in lower case."""
    flow = dataverse.flow(inputs={"A": "string"})
    run = client.started(flow)
    client.wait(run)
    session = dataverse.session(flow)
    flow_path, run_path = f"/flows/{spelt(flow)}", f"/runs/{spelt(run['runId'])}"
    signed = run["links"]["result"].replace(run["runId"], spelt(run["runId"]))
    callback = session["callbackurl"].replace(run["runId"], spelt(run["runId"]))

    reads = [flow_path, f"{flow_path}/inputs", f"{flow_path}/outputs", f"/runs?flowId={spelt(flow)}"]
    reads += [run_path, f"{run_path}/result", f"{run_path}/outputs", signed]
    assert {200} == {client.get(path).status_code for path in reads}
    assert body_of(client.get(run_path), 200)["runId"] == run["runId"]
    assert body_of(client.start(spelt(flow)), 202)["flowId"] == flow
    assert client.send("POST", f"{run_path}/cancel").status_code == 200
    assert client.call_back(session, callback).status_code == 204


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("status=Failed&status=Failed", "status"),
        ("flowId=x&flowId=y", "flowId"),
        ("maxPageSize=1&maxPageSize=1", "maxPageSize"),
        ("maxPageSize=%31%00", "maxPageSize"),
        ("maxPageSize=1%0A", "maxPageSize"),
        ("status=Fail%65d%2F", "status"),
        ("flowId=..%2F..%2Fruns", "flowId"),
        (f"clientReference={'x' * 4000}", "clientReference"),
        (f"continuationToken={'x' * 4000}", "continuationToken"),
        ("continuationToken=%FF%FE", "continuationToken"),
        (f"{'x' * 200}=1", "x" * 64),
        ("%FF=1", "\ufffd"),
        ("a%00b=1", "a\x00b"),
        ("status%20=Failed", "status "),
        ("api-version=2026-12-01&api-version=2026-12-01", "api-version"),
    ],
)
def test_a_query_is_taken_as_it_is_or_refused(client: Client, query: str, target: str) -> None:
    """Twice, too long, of control characters or bytes that are no text: refused, and the parameter is named."""
    refused = refusal(client.get(f"/runs?{query}"))

    assert refused.said[0] == 400
    assert refused.code in {"InvalidParameter", "UnsupportedApiVersionValue"}
    assert refused.target == target


@pytest.mark.parametrize("query", ["status=", "status", "&&", "=", "maxPageSize=&flowId="])
def test_a_parameter_without_a_value_is_absent(client: Client, query: str) -> None:
    """The host leaves it out; a null member of a body counts as absent too."""
    assert client.get(f"/runs?{query}").status_code == 200


def test_an_idempotency_key_given_twice_is_one_key_of_both(client: Client, dataverse: Dataverse) -> None:
    """The host joins them with a comma. A repetition is joined alike, so it starts nothing either."""
    flow = dataverse.flow()
    keys = [f"{flow[:8]}-{number}" for number in range(2)]

    answers = [_started_with(client, flow, *keys), _started_with(client, flow, ",".join(keys))]

    assert {200 <= status < 300 for status, _ in answers} == {True}
    assert [replayed for _, replayed in answers] == [None, "true"]
    assert dataverse.asked("RunDesktopFlow", flow) == 1


def _started_with(client: Client, flow: str, *keys: str) -> tuple[int, str | None]:
    """A start with so many Idempotency-Key headers: status, and whether it was a repetition."""
    parts = urlsplit(client.base)
    body = b'{"runMode": "attended", "connectionName": "desk"}'
    with closing(HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.putrequest("POST", f"{parts.path}/flows/{flow}/runs")
        connection.putheader("x-functions-key", client.key)
        connection.putheader("Content-Length", str(len(body)))
        for key in keys:
            connection.putheader("Idempotency-Key", key)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers["Idempotency-Replayed"]


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
