"""The ways in which events are sent, read into CloudEvents."""

import json
from typing import Any

import azure.functions as func
import pytest

from events_in import dataverse
from events_in.contract import CloudEvent, SpecVersion
from events_in.formats import events_of
from events_in.judging import key_of
from shared.http.call import Call
from shared.http.problems import Code, ProblemError

EVENT = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "order.placed", "data": {"a": 1}}
ONE, BATCH, PLAIN = "application/cloudevents+json", "application/cloudevents-batch+json", "application/json"


def read(body: Any, media: str = "", **headers: str) -> list[Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = func.HttpRequest(
        method="POST",
        url="http://127.0.0.1/api/events",
        headers=sent | ({"content-type": media} if media else {}),
        body=content,
    )
    return events_of(Call(request, None))


def refused(body: Any, media: str = "", **headers: str) -> ProblemError:
    with pytest.raises(ProblemError) as problem:
        read(body, media, **headers)
    return problem.value


def test_one_event_or_many() -> None:
    """By the content type alone, whatever parameters it has."""
    assert [EVENT] == read(EVENT, f"{ONE}; charset=utf-8")
    assert [EVENT, EVENT] == read([EVENT, EVENT], BATCH.upper())
    assert [] == read([], BATCH)


def test_an_event_in_headers() -> None:
    """Attributes are decoded once; the body is the data, read as its content type says."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "50%25%20%E2%82%AC",
        "ce_source": '"/a \\"b\\""',
        "ce_type": "t",
        "ce_tenant": "x",
    }
    attributes = {"specversion": "1.0", "id": "50% \u20ac", "source": '/a "b"', "type": "t", "tenant": "x"}

    assert [{**attributes, "datacontenttype": PLAIN, "data": {"a": 1}}] == read({"a": 1}, PLAIN, **headers)
    assert [{**attributes, "datacontenttype": "text/plain", "data": "hi"}] == read(
        b"hi", "text/plain", **headers
    )
    assert [{**attributes, "datacontenttype": "image/png", "data_base64": "/w=="}] == read(
        b"\xff", "image/png", **headers
    )
    assert [attributes] == read(b"", **headers)


@pytest.mark.parametrize("value", ["100%", "%zz", "%ff", "%ed%a0%80", "\u20ac"])
def test_a_header_that_two_readers_could_read_differently_is_refused(value: str) -> None:
    """Loose percent signs, bytes that are no UTF-8, and what is no ASCII."""
    problem = refused(b"", ce_specversion="1.0", ce_id=value)

    assert (Code.INVALID_REQUEST, "ce-id") == (problem.code, problem.target)


@pytest.mark.parametrize("name", ["ce_data", "ce_data_base64", "ce_datacontenttype", "ce_", "ce_x.y"])
def test_a_header_that_is_no_attribute_is_refused(name: str) -> None:
    """Data comes in the body, and nowhere else."""
    assert Code.INVALID_REQUEST is refused(b"", ce_specversion="1.0", **{name: "x"}).code


@pytest.mark.parametrize(
    ("body", "media", "code"),
    [
        (b"", ONE, Code.INVALID_JSON),
        (b'{"id": "1", "id": "2"}', ONE, Code.INVALID_JSON),
        (b"[" * 100_000, BATCH, Code.INVALID_JSON),
        (b"[" * 70 + b"]" * 70, BATCH, Code.INVALID_JSON),
        (b'[{"data": NaN}]', BATCH, Code.INVALID_JSON),
        (EVENT, BATCH, Code.INVALID_JSON),
        (b'"' + b"x" * 1024 * 1024 + b'"', ONE, Code.BODY_TOO_LARGE),
        ([EVENT] * 101, BATCH, Code.BODY_TOO_LARGE),
        ([{}] * 10_000, PLAIN, Code.BODY_TOO_LARGE),
        (EVENT, PLAIN, Code.UNSUPPORTED_CONTENT_TYPE),
        ("text", PLAIN, Code.UNSUPPORTED_CONTENT_TYPE),
        (EVENT, "", Code.UNSUPPORTED_CONTENT_TYPE),
        (EVENT, "text/plain", Code.UNSUPPORTED_CONTENT_TYPE),
        (b"<event/>", "application/cloudevents+xml", Code.UNSUPPORTED_CONTENT_TYPE),
    ],
)
def test_a_request_that_is_no_events_is_refused_as_a_whole(body: Any, media: str, code: Code) -> None:
    """Strict JSON, bounded in size, depth and number; and only what is known is read."""
    assert code is refused(body, media).code


def test_a_body_in_headers_is_bounded_too() -> None:
    """Whatever it is said to be."""
    assert Code.BODY_TOO_LARGE is refused(b"x" * 1_048_577, "text/plain", ce_specversion="1.0").code


def test_event_grids_own_schema_is_read() -> None:
    """As the CloudEvent that it would have been: the topic is the source. What is no event stays to be judged."""
    sent = {
        "id": "e1",
        "topic": "/subscriptions/s/storage",
        "subject": "/blobs/a.pdf",
        "eventType": "Microsoft.Storage.BlobCreated",
        "eventTime": "2026-11-23T21:29:55Z",
        "data": {"url": "https://x/a.pdf"},
        "dataVersion": "1",
        "metadataVersion": "1",
    }

    assert [
        {
            "specversion": "1.0",
            "id": "e1",
            "source": "/subscriptions/s/storage",
            "subject": "/blobs/a.pdf",
            "type": "Microsoft.Storage.BlobCreated",
            "time": "2026-11-23T21:29:55Z",
            "data": {"url": "https://x/a.pdf"},
        },
        7,
    ] == read([sent, 7], PLAIN, aeg_event_type="Notification")


XRM = "http://schemas.microsoft.com/xrm/2011/Contracts"
CONTEXT: dict[str, Any] = {
    "MessageName": "Create",
    "PrimaryEntityName": "cr1_invoice",
    "PrimaryEntityId": "0d3a6f51-8a2c-4f0e-9a7f-2f1f2b3c4d5e",
    "OrganizationName": "orgcontoso",
    "OperationId": "6D1B1F0C-0A51-4B39-8C5E-4B7C8C7D9E10",
    "CorrelationId": "aaaaaaaa-0000-4000-8000-000000000001",
    "RequestId": None,
    "Depth": 1,
    "InputParameters": [
        {
            "key": "Target",
            "value": {
                "__type": f"Entity:{XRM}",
                "Attributes": [
                    {"key": "cr1_number", "value": "INV-1"},
                    {"key": "cr1_amount", "value": {"__type": f"Money:{XRM}", "Value": 12.5}},
                    {"key": "cr1_kind", "value": {"__type": f"OptionSetValue:{XRM}", "Value": 3}},
                    {
                        "key": "cr1_vendor",
                        "value": {"__type": f"EntityReference:{XRM}", "Id": "v1", "LogicalName": "account"},
                    },
                    {"key": "createdon", "value": "/Date(1512606112000)/"},
                ],
            },
        }
    ],
    "PostEntityImages": [{"key": "after", "value": {"Attributes": [{"key": "cr1_state", "value": "open"}]}}],
    "PreEntityImages": [],
}


def test_a_webhook_of_dataverse_is_an_event() -> None:
    """Named after message, organisation and table, by the id of its system job; attributes stand by their names, plain."""
    (event,) = read(CONTEXT, PLAIN)

    assert ("dataverse.Create", "orgcontoso/cr1_invoice") == (event["type"], event["source"])
    assert "6d1b1f0c-0a51-4b39-8c5e-4b7c8c7d9e10" == event["id"]
    assert CONTEXT["PrimaryEntityId"] == event["subject"]
    assert {
        "cr1_number": "INV-1",
        "cr1_amount": 12.5,
        "cr1_kind": 3,
        "cr1_vendor": "v1",
        "createdon": "2017-12-07T00:21:52Z",
    } == event["data"]["Target"]
    assert {"after": {"cr1_state": "open"}} == event["data"]["PostImages"]
    assert CONTEXT.items() <= event["data"].items()


def test_a_synchronous_step_is_known_by_its_operation() -> None:
    """It has no system job: correlation, request, record and depth tell one operation from others."""
    nobody = "00000000-0000-0000-0000-000000000000"
    sync = CONTEXT | {"OperationId": nobody, "RequestId": "r1"}
    ids = {
        dataverse.event_of(sync | change)["id"]
        for change in ({}, {"RequestId": "r2"}, {"PrimaryEntityId": "p2"}, {"Depth": 2})
    }

    assert 4 == len(ids)
    assert dataverse.event_of(sync)["id"] == dataverse.event_of(dict(sync))["id"]


@pytest.mark.parametrize(
    "change",
    [
        {"InputParameters": None},
        {"InputParameters": [7, {"key": 7}, {"key": "Target", "value": "x"}]},
        {"InputParameters": [{"key": "Target", "value": {"Attributes": {"a": 1}}}]},
        {"InputParameters": [], "PostEntityImages": "x", "PreEntityImages": [None]},
    ],
)
def test_a_context_of_another_shape_has_no_attributes(change: dict[str, Any]) -> None:
    """Dataverse leaves parameters out where they are too large; an expression then finds nothing."""
    assert {} == dataverse.event_of(CONTEXT | change)["data"]["Target"]


def test_a_delete_names_its_record() -> None:
    """Its target is a reference, and no record any more."""
    target = {"__type": f"EntityReference:{XRM}", "Id": "x1", "LogicalName": "cr1_invoice", "Name": None}
    event = dataverse.event_of(CONTEXT | {"InputParameters": [{"key": "Target", "value": target}]})

    assert {"Id": "x1", "LogicalName": "cr1_invoice"} == event["data"]["Target"]


@pytest.mark.parametrize("milliseconds", ["300000000000000", "999999999999999", "-62135596800001"])
def test_times_beyond_the_calendar_stay_as_they_are(milliseconds: str) -> None:
    """No number makes an exception."""
    attributes = [{"key": "at", "value": f"/Date({milliseconds})/"}]
    given = CONTEXT | {"InputParameters": [{"key": "Target", "value": {"Attributes": attributes}}]}

    assert f"/Date({milliseconds})/" == dataverse.event_of(given)["data"]["Target"]["at"]


def test_events_have_one_key_for_one_source_and_id() -> None:
    """However the two are divided, whatever they hold; and it is a key that a start takes."""
    pairs = [
        ("a", "bc"),
        ("ab", "c"),
        ("a\n", "b"),
        ("a", "\nb"),
        ('a","b', "c"),
        ("a", 'b","c'),
        ("\u20ac", "x" * 1024),
    ]
    keys = {
        key_of(CloudEvent(specversion=SpecVersion.ONE, type="t", source=source, id=event_id))
        for source, event_id in pairs
    }

    assert len(pairs) == len(keys)
    assert all(key.isascii() and key.isprintable() and len(key) <= 255 for key in keys)
