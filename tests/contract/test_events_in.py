"""Events that others send: what they start, how often, and what is left of those that start nothing."""

import json
import logging
import time
from typing import Any
from uuid import uuid4

import azure.functions as func
import pytest

from events_in import receiving, starting
from events_in.dead import list_dead_events, remove_dead_event
from events_in.receiving import receive_events
from run_status.reading import get_outputs
from shared.events.received import Became
from shared.http.call import Call
from shared.http.serve import answered
from shared.run.model import ErrorDetail
from tests.contract.conftest import MakeInstances
from tests.support.metered import BASE, Metered

type Json = dict[str, Any]

ONE, BATCH, PLAIN = "application/cloudevents+json", "application/cloudevents-batch+json", "application/json"


def an_event(flow: str, **changes: Any) -> Json:
    """One that asks for a run, on a connection of its own."""
    data = {"flowId": flow, "connectionName": str(uuid4()), "runMode": "attended", "inputs": {"A": "x"}}
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/tests",
        "type": "deskhand.run.requested",
        "data": data,
    }
    return event | changes


def an_order(event: Json, **changes: Any) -> Json:
    return event | {"data": event["data"] | changes}


def send(metered: Metered, body: Any, media: str = BATCH) -> func.HttpResponse:
    return metered.call(receive_events, body, {"content-type": media})


def sent(metered: Metered, body: Any, media: str = BATCH) -> list[Json]:
    answer = send(metered, body, media)
    assert answer.status_code == 200, answer.get_body()
    value: list[Json] = json.loads(answer.get_body())["value"]
    return value


def refusal(answer: func.HttpResponse) -> Json:
    error: Json = json.loads(answer.get_body())["error"]
    assert answer.headers["x-ms-error-code"] == error["code"]
    return error


def dead(metered: Metered, **query: str) -> Json:
    request = func.HttpRequest(method="GET", url=f"{BASE}/api/events/dead", params=query, body=b"")
    answer = answered(metered.app, Call(request, BASE), list_dead_events)
    assert answer.status_code == 200, answer.get_body()
    page: Json = json.loads(answer.get_body())
    return page


def became(answers: list[Json]) -> list[str]:
    return [each["became"] for each in answers]


def test_an_event_starts_a_run_once(metered: Metered, flow: str) -> None:
    """However often it comes, alone or in a batch: the same run, and one session."""
    event = an_event(flow)

    (first,) = sent(metered, event, ONE)
    (second,) = sent(metered, event, ONE)
    twice = sent(metered, [event, event])

    assert ("started", "repeated", ["repeated", "repeated"]) == (
        first["became"],
        second["became"],
        became(twice),
    )
    assert {first["runId"]} == {each["runId"] for each in (second, *twice)}
    assert 1 == len(metered.sessions(flow))
    assert {"started": 1, "repeated": 3} == metered.app.received.total


def test_two_of_the_same_at_once_start_one_run(metered: Metered, flow: str) -> None:
    """Side by side in one batch, neither knows of the other."""
    event = an_event(flow)

    answers = sent(metered, [event] * 8)
    metered.queue_passes(1)  # its connection's seats may all have been taken by the others

    assert 1 == len({each["runId"] for each in answers})
    assert 1 == len(metered.sessions(flow))


def test_source_and_id_stand_apart(metered: Metered, flow: str) -> None:
    """`a` of `bc` is another event than `ab` of `c`."""
    answers = sent(metered, [an_event(flow, id="a", source="bc"), an_event(flow, id="ab", source="c")])

    assert ["started", "started"] == became(answers)
    assert 2 == len(metered.sessions(flow))


def test_a_batch_is_taken_although_some_of_it_is_bad(metered: Metered, flow: str) -> None:
    """The good start, the bad are dead letters: nothing else knows of them once their sender was told 200."""
    good = an_event(flow)
    bad: list[Any] = [
        "no object",
        an_event(flow, id=""),
        an_event(flow, specversion="0.3"),
        an_event(flow, data=[]),
        an_order(an_event(flow), runMode="sometimes"),
        an_event(flow, data={}),
    ]

    answers = sent(metered, [*bad[:3], good, *bad[3:]])

    assert ["dead"] * 3 + ["started"] + ["dead"] * 3 == became(answers)
    assert 1 == len(metered.sessions(flow))
    letters = dead(metered)["value"]
    assert 6 == len(letters)
    assert {"InvalidRequest"} == {each["error"]["code"] for each in letters}
    assert any(
        {"code": "Invalid", "target": "runMode", "message": "runMode must be one of: attended, unattended."}
        in each["error"].get("details", [])
        for each in letters
    )


@pytest.mark.parametrize(
    ("change", "target"),
    [
        ({"id": None}, "[0].id"),
        ({"source": 7}, "[0].source"),
        ({"type": ""}, "[0].type"),
        ({"time": "yesterday"}, "[0].time"),
        ({"data": "text"}, "[0].data"),
        ({"data": {"runMode": "attended"}}, "[0].flowId"),
        ({"data_base64": "AA=="}, "[0].data_base64"),
        ({"data": None, "data_base64": "???"}, "[0].data_base64"),
    ],
)
def test_a_request_without_any_use_is_refused(metered: Metered, flow: str, change: Json, target: str) -> None:
    """400, before any I/O; kept nowhere, because its sender knows."""
    event = an_event(flow) | change

    def refused() -> None:
        answer = send(metered, event, ONE)
        error = refusal(answer)
        assert (400, "NoUsableEvent") == (answer.status_code, error["code"])
        assert target in [each["target"] for each in error["details"]]
        assert 400 == send(metered, [event, "x"]).status_code

    assert (0, 0) == metered.cost(refused)


def test_a_refusal_is_a_dead_letter(metered: Metered, flow: str) -> None:
    """By the check of inputs, and by Dataverse: 200, since sending it again would mend nothing; the run that ended is named."""
    metered.fault("RunDesktopFlow", "status", status=400, code="0x80040265")
    refused = sent(metered, an_event(flow), ONE)
    unknown = sent(metered, an_order(an_event(flow), inputs={"Nope": "secret-value"}), ONE)

    assert ["dead", "dead"] == became(refused + unknown)
    assert "Failed" == metered.read(refused[0]["runId"])["status"]
    newest, oldest = dead(metered)["value"]
    assert ("InvalidInputs", None) == (newest["error"]["code"], newest["runId"])
    assert ("DataverseRefused", refused[0]["runId"]) == (oldest["error"]["code"], oldest["runId"])


def test_a_dead_letter_tells_what_its_sender_was_told(metered: Metered, flow: str) -> None:
    """Which members are wrong, and why; only Dataverse's own words, which may repeat inputs, stay in the run."""
    inputs = an_order(an_event(flow), inputs={"Nope": 1, "A": ["x"]}, webhookUrl="http://inside")
    metered.fault("RunDesktopFlow", "status", status=400, code="0x80040265", times=1)
    refused, *others = sent(metered, [an_event(flow), inputs, an_order(inputs, runMode="sometimes")])

    errors = [each["error"] for each in dead(metered)["value"]]
    (of_dataverse,) = (each for each in errors if each["code"] == refused["error"]["code"])
    kept = [each for each in errors if each is not of_dataverse]
    assert len(others) == len(kept)
    assert all(each["error"] in kept for each in others)
    assert {"runMode", "webhookUrl"} == {each["target"] for each in others[1]["error"]["details"]}
    (detail,) = of_dataverse["details"]
    assert refused["error"]["details"][0]["code"] == detail["code"] == "0x80040265"
    assert "not kept" in detail["message"]


def test_a_dead_letter_has_bounds(metered: Metered, flow: str) -> None:
    """However much is wrong: ten faults, each text cut where the check that it comes from has not cut it."""
    wrong = {f"{place:02}{'x' * 400}": 1 for place in range(30)}
    (answer,) = sent(metered, an_order(an_event(flow), inputs=wrong), ONE)

    (letter,) = dead(metered)["value"]
    assert 30 == len(answer["error"]["details"])
    assert 10 == len(letter["error"]["details"])
    endless = ErrorDetail(code="Invalid", target="t" * 1000, message="m" * 1000)
    cut = receiving._kept(endless)
    assert (300, 300) == (len(cut.target or ""), len(cut.message))


def test_a_dead_letter_holds_nothing_that_the_event_carried(metered: Metered, flow: str) -> None:
    """A keyed digest alone, in the row as in the answer: the same for the same data."""
    event = an_order(an_event(flow), inputs={"Nope": "secret-value"})
    sent(metered, an_event(flow), ONE)  # the flow's schema is known from here on
    sent(metered, [event, event, event | {"id": "another"}, an_event(flow)])

    letters = dead(metered)["value"]
    assert 2 == len(letters)
    assert 1 == len({each["dataDigest"] for each in letters})
    rows = list(metered.app.store._table.range("events", "", "~"))
    assert 2 == len(rows)
    assert "secret-value" not in repr(rows) + repr(letters)


def test_what_an_event_carries_is_in_no_log(
    metered: Metered, flow: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever becomes of it: started, dead, ignored, refused as a whole or put off."""
    caplog.set_level(logging.DEBUG)
    order = an_order(an_event(flow), inputs={"A": "secret-value"})
    dead_one = an_order(an_event(flow), inputs={"A": ["secret-value"], "secret-name": 1})
    odd = an_event(flow, data="secret-value")

    sent(metered, [order, dead_one, odd, order | {"type": "nobody's", "id": "other"}])
    send(metered, odd, ONE)
    send(metered, b'{"secret-value', ONE)
    metered.fault("RunDesktopFlow", "status", status=400, code="0x80040265")
    sent(metered, order | {"id": "refused"}, ONE)
    metered.tables.unreachable = ""
    send(metered, order | {"id": "put off"}, ONE)

    assert "deskhand.events" in {each.name for each in caplog.records}
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("deskhand")]
    assert not [line for line in ours if "secret" in line]


def test_dead_letters_are_listed_newest_first_and_removed(metered: Metered, flow: str) -> None:
    """A page at a time; what is removed is gone, and 404 the next time."""
    for number in range(3):
        metered.watch.advance(seconds=1)
        sent(metered, [an_event(flow, id=f"e{number}", data={}), an_event(flow, type="nobody's")])

    page = dead(metered, maxPageSize="2")
    token = page["nextLink"].rpartition("continuationToken=")[2]
    rest = dead(metered, maxPageSize="2", continuationToken=token)

    assert ["e2", "e1"] == [each["id"] for each in page["value"]]
    assert ["e0"] == [each["id"] for each in rest["value"]]
    assert "nextLink" not in rest
    key = page["value"][0]["deadEventId"]
    statuses = [metered.call(remove_dead_event, deadEventId=key).status_code for _ in range(2)]
    assert [204, 404] == statuses
    assert ["e1", "e0"] == [each["id"] for each in dead(metered)["value"]]


@pytest.mark.parametrize(
    "key", ["", "x", "0" * 12 + "|" + "0" * 32, "../dead", "0" * 12 + "-" + "0" * 32 + "\n"]
)
def test_what_is_no_dead_letters_id_is_nobodys(metered: Metered, key: str) -> None:
    """404 before any I/O."""
    assert (0, 0) == metered.cost(
        lambda: refusal(metered.call(remove_dead_event, deadEventId=key))["code"] == "EventNotFound"
    )


def test_a_type_that_nobody_wants_is_passed_over(metered: Metered, flow: str) -> None:
    """200, counted, and stored nowhere: a topic may bring more than is wanted, and nothing is wrong with it."""
    event = an_event(flow, type="order.placed")

    assert (0, 0) == metered.cost(lambda: became(sent(metered, [event, event])))
    assert 2 == metered.app.received.total[Became.IGNORED]
    assert [] == dead(metered)["value"]


def test_an_event_is_mapped_to_a_flow(instances: MakeInstances) -> None:
    """Its inputs and its reference come from the event; sent again, it is the same run."""
    (steering,) = instances(1)
    flow = steering.define(echo=True, runSeconds=0)
    rule = {
        "type": "order.*",
        "source": "/shop",
        "flowId": flow,
        "connectionName": str(uuid4()),
        "runMode": "unattended",
        "inputs": {"A": "data.customer.name"},
        "clientReference": "id",
    }
    (metered,) = instances(1, EVENT_MAP=json.dumps({"rules": [rule]}))
    event = {"specversion": "1.0", "id": "4711", "source": "/shop", "type": "order.placed"}
    good = event | {"data": {"customer": {"name": "Kim"}}}

    answers = [*sent(metered, good, ONE), *sent(metered, good, ONE)]

    assert ["started", "repeated"] == became(answers)
    run = metered.read(answers[0]["runId"])
    assert ("4711", "unattended", flow) == (run["clientReference"], run["runMode"], run["flowId"])
    metered.passes(1)
    assert {"A": "Kim"} == json.loads(metered.call(get_outputs, runId=run["runId"]).get_body())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"customer": {}}, "EventNotMapped"),
        ({"customer": {"name": None}}, "EventNotMapped"),
        ("text", "EventNotMapped"),
        ({"customer": {"name": ["not", "a", "text"]}}, "InvalidInputs"),
    ],
)
def test_an_event_that_its_rule_does_not_fit_is_a_dead_letter(
    instances: MakeInstances, data: Any, code: str
) -> None:
    """200 even alone: the map is the operator's, and its sender can do nothing about it. No input is ever left out by mistake."""
    (steering,) = instances(1)
    flow = steering.define()
    rule = {
        "type": "order.placed",
        "flowId": flow,
        "connectionName": str(uuid4()),
        "runMode": "attended",
        "inputs": {"A": "data.customer.name"},
    }
    (metered,) = instances(1, EVENT_MAP=json.dumps({"rules": [rule]}))

    (answer,) = sent(metered, an_event(flow, type="order.placed", data=data), ONE)

    assert ("dead", code) == (answer["became"], answer["error"]["code"])
    assert code == dead(metered)["value"][0]["error"]["code"]
    assert [] == metered.sessions(flow)


def test_what_is_throttled_or_paused_is_recorded(metered: Metered, flow: str) -> None:
    """200: the run waits for its turn as any other, and its event need not be sent again."""
    metered.fault("RunDesktopFlow", "status", status=429, code="0x80072322", retryAfter=20)
    answers = sent(metered, [an_event(flow)]) + sent(metered, [an_event(flow)])

    assert ["started", "started"] == became(answers)
    assert {"QueuedForConnection"} == {metered.read(each["runId"])["statusReason"] for each in answers}


def test_what_is_not_recorded_is_to_be_sent_again(metered: Metered, flow: str) -> None:
    """503 for all, and no dead letter yet; the repetition finds the one that was started and starts the other."""
    events = [an_event(flow), an_event(flow), an_event(flow, id="")]
    metered.fault("RunDesktopFlow", "status", status=401, times=3)  # each tries twice: one of them in vain

    answer = send(metered, events)

    assert (503, "EventsNotRecorded") == (answer.status_code, refusal(answer)["code"])
    assert int(answer.headers["Retry-After"]) > 0
    assert [] == dead(metered)["value"]
    again = sent(metered, events)
    assert ["repeated", "started"] == sorted(became(again[:2]))
    assert "dead" == again[2]["became"]
    assert 2 == len(metered.sessions(flow))


def test_a_storage_that_is_down_is_503(metered: Metered, flow: str) -> None:
    """Nothing was recorded, so nothing is accepted; nothing is sent to Dataverse either."""
    event = an_event(flow)
    metered.tables.unreachable = ""

    answer = send(metered, [event])

    assert 503 == answer.status_code
    metered.tables.unreachable = None
    assert ["started"] == became(sent(metered, [event]))
    assert 1 == len(metered.sessions(flow))


def test_a_dataverse_that_hangs_does_not_hold_up_the_answer(
    metered: Metered, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 when the time is up; the start goes on, and the repetition is answered with its run."""
    monkeypatch.setattr(starting, "_WITHIN_SECONDS", 1.0)
    metered.fault("RunDesktopFlow", "delay", seconds=3)
    event = an_event(flow)
    begun = time.monotonic()

    answer = send(metered, [event])

    assert (503, "EventsNotRecorded") == (answer.status_code, refusal(answer)["code"])
    assert time.monotonic() - begun < 2.5
    time.sleep(3)
    assert ["repeated"] == became(sent(metered, [event]))
    assert 1 == len(metered.sessions(flow))


def test_a_full_batch_is_started_side_by_side(metered: Metered, flow: str) -> None:
    """A hundred at once, none twice, what exceeds a connection's pace waits."""
    connection = str(uuid4())
    events = [an_order(an_event(flow), connectionName=connection) for _ in range(100)]
    metered.switch(connectionRateLimit=None)

    answers = sent(metered, events)

    assert {"started"} == set(became(answers))
    assert 100 == len({each["runId"] for each in answers})


def test_a_slow_dataverse_is_waited_for_once(instances: MakeInstances) -> None:
    """Eight starts, each answered after a second: side by side they take no eight seconds."""
    (metered,) = instances(1, PYTHON_THREADPOOL_THREAD_COUNT="32")
    flow = metered.define()
    metered.fault("RunDesktopFlow", "delay", times=None, seconds=1)
    events = [an_event(flow) for _ in range(8)]
    begun = time.monotonic()

    sent(metered, events)

    assert time.monotonic() - begun < 4
    assert 8 == len(metered.sessions(flow))


def test_another_order_under_the_same_source_and_id_is_a_dead_letter(metered: Metered, flow: str) -> None:
    """Nothing is started for it, and it is not hidden: one of the two was not what its sender meant."""
    event = an_event(flow)
    sent(metered, event, ONE)

    (answer,) = sent(metered, an_order(event, inputs={"A": "y"}), ONE)

    assert ("dead", "IdempotencyKeyReused") == (answer["became"], answer["error"]["code"])
    assert 1 == len(metered.sessions(flow))


def test_an_event_in_headers_and_a_webhook_start_runs_too(instances: MakeInstances) -> None:
    """Through the same door: the same keys, the same map."""
    (steering,) = instances(1)
    flow = steering.define()
    rule = {
        "type": "dataverse.Create",
        "source": "orgcontoso/cr1_invoice",
        "flowId": flow,
        "connectionName": str(uuid4()),
        "runMode": "unattended",
        "inputs": {"A": "data.Target.cr1_number"},
    }
    (metered,) = instances(1, EVENT_MAP=json.dumps({"rules": [rule]}))
    context = {
        "MessageName": "Create",
        "OrganizationName": "orgcontoso",
        "PrimaryEntityName": "cr1_invoice",
        "OperationId": str(uuid4()),
        "InputParameters": [
            {"key": "Target", "value": {"Attributes": [{"key": "cr1_number", "value": "INV-1"}]}}
        ],
    }
    event = an_event(flow)
    headers = {f"ce-{name}": event[name] for name in ("specversion", "id", "source", "type")}
    in_headers = metered.call(receive_events, event["data"], headers | {"content-type": PLAIN})

    assert ["started"] == became(json.loads(in_headers.get_body())["value"])
    assert ["repeated"] == became(sent(metered, event, ONE))
    assert ["started"] == became(sent(metered, context, PLAIN))
    assert ["repeated"] == became(sent(metered, context, PLAIN))
    assert 2 == len(metered.sessions(flow))
