"""Whatever is sent as events, the answer is one of ours, and what is no order starts nothing."""

import json
from typing import Any

import azure.functions as func
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events_in.handshake import greet_sender, validated
from events_in.receiving import receive_events
from shared.http.admission import greeted
from shared.http.call import Call
from shared.http.problems import Code
from shared.http.serve import answered
from tests.support.any_request import text, values
from tests.support.lies import told
from tests.support.metered import BASE, Metered

_MEDIA = [
    "application/cloudevents+json",
    "application/cloudevents-batch+json; charset=utf-8",
    "application/json",
    "text/plain",
    "application/cloudevents",
    "",
]
_NAMES = ["specversion", "id", "source", "type", "subject", "time", "data", "data_base64", "MessageName"]
_NAMES += [
    "datacontenttype",
    "eventType",
    "topic",
    "PrimaryEntityName",
    "InputParameters",
    "PostEntityImages",
]
_values = st.sampled_from(["1.0", "1", "/s", "nobody's", "2026-01-01T00:00:00Z", "e30=", None]) | values
_events = st.dictionaries(st.sampled_from(_NAMES), _values) | values
_bodies = st.one_of(_events, st.lists(_events, max_size=5)).map(lambda body: json.dumps(body).encode())
_headers = st.dictionaries(
    st.sampled_from([*(f"ce-{name}" for name in _NAMES), "aeg-event-type", "ce-"]),
    st.sampled_from(["1.0", "%41", "%", '"a\\"', "SubscriptionValidation"]) | text,
    max_size=3,
)
ANSWERS = {
    None,
    *(Code.NO_USABLE_EVENT, Code.INVALID_JSON, Code.INVALID_REQUEST),
    *(Code.BODY_TOO_LARGE, Code.UNSUPPORTED_CONTENT_TYPE),
}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(media=st.sampled_from(_MEDIA), body=_bodies | st.binary(max_size=40), headers=_headers)
def test_anything_sent_as_events_is_answered(
    metered: Metered, media: str, body: bytes, headers: dict[str, str]
) -> None:
    """Attributes, headers and data of any kind, nearly right most of the time; without an order nothing is asked of Dataverse."""
    request = func.HttpRequest(
        method="POST", url=f"{BASE}/api/events", headers={**headers, "content-type": media}, body=body
    )
    metered.dataverse.clear()

    answer = answered(metered.app, Call(request, BASE), greeted(validated, receive_events))

    status, code = told(answer)
    assert code in ANSWERS
    assert (status == 200) == (code is None)
    assert [] == metered.dataverse


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(origin=text, rate=text)
def test_any_question_whether_to_send_is_answered(metered: Metered, origin: str, rate: str) -> None:
    """Yes to whoever asks, and nothing that was asked comes back in a header."""
    headers = {"webhook-request-origin": origin, "webhook-request-rate": rate}
    request = func.HttpRequest(method="OPTIONS", url=f"{BASE}/api/events", headers=headers, body=b"")

    answer = answered(metered.app, Call(request, BASE), greet_sender)

    given_back: dict[str, Any] = dict(answer.headers)
    assert (200, "*") == (answer.status_code, given_back["WebHook-Allowed-Origin"])
