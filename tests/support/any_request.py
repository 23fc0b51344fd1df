"""Requests of any kind, most of them nearly right: as the host would hand them over."""

import json
import string
from typing import Any

import azure.functions as func
from hypothesis import strategies as st

from tests.support.metered import BASE

RUN = "01a20a50-c6be-800e-a1cc-33b02b2a586b"
"""Well made, and nobody's."""
FLOW = "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318"
"""Of the simulator's own catalogue."""

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
"""What the host can hand over: it is UTF-8 on the way."""
_near_guids = st.text(string.hexdigits + "-{}\u0661", min_size=34, max_size=40)


def _mostly[T](usual: st.SearchStrategy[T], odd: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return st.sampled_from([usual] * 9 + [odd]).flatmap(lambda chosen: chosen)


_ids = _mostly(st.sampled_from([FLOW, FLOW, FLOW.upper(), RUN, RUN.upper()]), _near_guids | text)
_times = st.sampled_from(
    [
        "2026-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-01t00:00:00 01:00",
    ]
)
_PARAMETERS: dict[str, st.SearchStrategy[str]] = {
    "status": st.sampled_from(["Running", "Failed", "Failed,Failed", "running"]),
    "flowId": _ids,
    "clientReference": text,
    "createdAfter": _times | text,
    "createdBefore": _times | text,
    "maxPageSize": st.sampled_from(["1", "1000", "0", "1e3", "\u0661", "9" * 5000]),
    "continuationToken": st.sampled_from(["MDAwMDAwMDAwMDAwfHg", "====", "x" * 5000]) | text,
    "includeDrafts": st.sampled_from(["true", "false", "True", "1"]),
    "api-version": st.sampled_from(["2026-12-01", "2026-12-02"]),
    "sig": text,
}
_parameters = st.lists(st.sampled_from(list(_PARAMETERS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _mostly(_PARAMETERS[name], text) for name in names})
)
_headers = st.dictionaries(
    st.sampled_from(["idempotency-key", "traceparent", "content-type", "x-ms-run-id", "x-ms-workflow-id"]),
    text,
    max_size=2,
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.integers(10**400, 10**401),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
_ORDER: dict[str, st.SearchStrategy[Any]] = {
    "runMode": st.sampled_from(["attended", "unattended"]),
    "runPriority": st.sampled_from(["normal", "high", None]),
    "timeoutSeconds": st.integers(1, 86400) | st.just(1.0),
    "connectionName": st.text(min_size=1, max_size=200),
    "clientReference": st.none() | st.text(min_size=1, max_size=128),
    "inputs": st.dictionaries(st.just("InvoiceNumber"), text),
}
_odd = (
    values
    | st.sampled_from(["", "x" * 201, 0, 86401, 1.5, 1e300, -0.0])
    | st.dictionaries(st.sampled_from(["InvoiceNumber", "Amount", "Urgent", "Other"]), values, max_size=3)
)
orders = st.fixed_dictionaries({name: _mostly(usual, _odd) for name, usual in _ORDER.items()})
_bodies = _mostly(
    orders.map(lambda order: json.dumps(order).encode()) | st.sampled_from([b"", b"{}"]),
    st.binary(max_size=60)
    | st.dictionaries(text, values, max_size=3).map(lambda body: json.dumps(body).encode()),
)


@st.composite
def requests(draw: st.DrawFn) -> func.HttpRequest:
    return func.HttpRequest(
        method="POST",
        url=f"{BASE}/api",
        headers=draw(_mostly(st.just({}), _headers)),
        params=draw(_mostly(st.just({}), _parameters)),
        route_params={"runId": draw(_ids), "flowId": draw(_ids), "signature": draw(text)},
        body=draw(_bodies),
    )


@st.composite
def lists(draw: st.DrawFn) -> func.HttpRequest:
    """The same, with parameters most of the time."""
    return func.HttpRequest(method="GET", url=f"{BASE}/api", params=draw(_parameters), body=b"")
