"""The custom connector at work: its definition is all that is known of the API."""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from infra.connector import variants
from infra.connector.fill import fill
from infra.connector.written import DEFINITION
from tests.e2e.client import Client, Json, body_of, eventually, refusal
from tests.e2e.dataverse import Dataverse
from tests.e2e.designer import Connection, unsubscribed, waited_for
from tests.e2e.entra import Entra
from tests.simulator.receiver import receiver

GUID = "11111111-1111-4111-8111-111111111111"
WAIT = "RunDesktopFlowAndWait"
FILLED: dict[str, Any] = {"string": "A-1", "number": 12.5, "boolean": True, "array": [1], "object": {"a": 1}}
"""What a maker enters into a field, by its type."""


@pytest.fixture(scope="module")
def connection(impatient: Client) -> Iterator[Connection]:
    """Of the deployment whose catalogue is never old: a maker sees a flow as soon as it is there."""
    with Connection(impatient.base, impatient.key) as connection:
        yield connection


def order(flow: str, **members: Any) -> Json:
    """On a connection of its own, so that no test meets another's rate limit."""
    return {"runMode": "unattended", "connectionName": f"connection-{flow}"} | members


def new_key() -> str:
    return f"08584{uuid.uuid4().hex}-Run_a_desktop_flow"


def soon(_: float) -> None:
    """Retry-After tells when asking makes sense; asking sooner does no harm."""
    time.sleep(0.2)


def run_of(connection: Connection, run: Json) -> Json:
    return body_of(connection.call("GetRun", runId=run["runId"]), 200)


def started(connection: Connection, flow: str, **members: Any) -> Json:
    answer = connection.call(
        "StartDesktopFlow", flowId=flow, Idempotency_Key=new_key(), body=order(flow, **members)
    )
    return body_of(answer, 201)


def ended(connection: Connection, run: Json) -> Json:
    return eventually(lambda: found if (found := run_of(connection, run))["completedAt"] else {})


def test_a_maker_fills_in_a_form_and_gets_outputs(connection: Connection, dataverse: Dataverse) -> None:
    """A flow picked by name, its inputs as typed fields, a wait by Location and Retry-After alone, its outputs as content."""
    kinds = {kind.title(): kind for kind in FILLED}
    name = f"Form {uuid.uuid4()}"
    flow = dataverse.flow(name=name, inputs=kinds, outputs=kinds, echo=True)

    picked = connection.choices(connection.field(WAIT, "flowId"))[name]
    form, content = connection.form(WAIT, flowId=picked), connection.content(WAIT, flowId=picked)
    fields = form["properties"]["inputs"]["properties"]
    inputs = {name: FILLED[about["type"]] for name, about in fields.items()}
    references = connection.choices(form["properties"]["connectionReference"])
    filled = {
        "runMode": form["properties"]["runMode"]["enum"][1],
        "connectionReference": references["Finance desk (contoso_FinanceDesk)"],
        "inputs": inputs,
    }
    jsonschema.validate(filled, form)
    answer = connection.call(WAIT, flowId=picked, Idempotency_Key=new_key(), body=filled)
    result = body_of(waited_for(answer), 200)

    assert picked == flow
    assert (result["run"]["status"], result["run"]["runMode"]) == ("Succeeded", "unattended")
    assert result["outputs"] == inputs
    assert len(inputs) == len(FILLED)
    assert result.keys() == content["properties"].keys()
    jsonschema.validate(result["outputs"], content["properties"]["outputs"])


def test_an_action_fails_where_its_run_does(connection: Connection, dataverse: Dataverse) -> None:
    """Unless it is told otherwise, and with the run's own error."""
    flow = dataverse.flow(
        ends="Failed", error={"code": "MachineNotFound", "message": "There is no such machine."}
    )

    failed = connection.call(WAIT, flowId=flow, Idempotency_Key=new_key(), body=order(flow))
    told = refusal(waited_for(failed, soon))
    tolerant = connection.call(
        WAIT, flowId=flow, failOnError=False, Idempotency_Key=new_key(), body=order(flow)
    )

    assert told.said == (424, "RunFailed")
    assert [detail["code"] for detail in told.details] == ["MachineNotFound"]
    assert body_of(waited_for(tolerant, soon), 200)["run"]["status"] == "Failed"


@pytest.mark.parametrize(("operation", "status"), [(WAIT, 202), ("StartDesktopFlow", 201)])
def test_a_request_that_the_platform_sends_again_starts_nothing_twice(
    connection: Connection, dataverse: Dataverse, operation: str, status: int
) -> None:
    """The key is the same, because it is made of the cloud flow's run and the action's name."""
    flow, key = dataverse.endless_flow(), new_key()

    first, again = (
        body_of(connection.call(operation, flowId=flow, Idempotency_Key=key, body=order(flow)), status)
        for _ in range(2)
    )

    assert first["runId"] == again["runId"]
    assert len(dataverse.sessions(flow)) == 1


def test_a_start_has_to_have_a_key(connection: Connection) -> None:
    """A designer lets nobody leave it out, whichever start it is."""
    for operation in (WAIT, "StartDesktopFlow", "StartDesktopFlows"):
        field = connection.field(operation, "Idempotency-Key")

        assert (field["required"], field["x-ms-visibility"]) == (True, "important")


def test_a_start_goes_on_at_once_and_its_outputs_are_got_later(
    connection: Connection, dataverse: Dataverse
) -> None:
    """As the fields that the flow's outputs have."""
    flow = dataverse.flow(outputs={"Total": "number"}, outputValues={"Total": 7})
    answer = connection.call("StartDesktopFlow", flowId=flow, Idempotency_Key=new_key(), body=order(flow))
    run = body_of(answer, 201)

    assert waited_for(answer) is answer, "there is nothing to wait for"
    ended(connection, run)
    outputs = body_of(connection.call("GetOutputs", flowId=flow, runId=run["runId"]), 200)

    assert outputs == {"Total": 7}
    jsonschema.validate(outputs, connection.content("GetOutputs", flowId=flow))


def test_an_app_starts_and_reads_by_text(connection: Connection, dataverse: Dataverse) -> None:
    """Without any field that depends on the flow: records and texts only."""
    flow = dataverse.flow(inputs={"A": "string"}, outputs={"A": "string"}, echo=True)
    item = order(flow, flowId=flow, inputsJson=json.dumps({"A": "x"}))
    answer = connection.call("StartDesktopFlows", Idempotency_Key=new_key(), body={"runs": [item]})
    (item,) = body_of(answer, 200)["value"]

    assert item["status"] == 201
    ended(connection, item["run"])
    outputs = body_of(connection.call("GetOutputsAsText", runId=item["run"]["runId"]), 200)

    assert json.loads(outputs["outputsJson"]) == {"A": "x"}


def test_lists_are_read_to_their_end(connection: Connection, dataverse: Dataverse) -> None:
    """Page by page, filtered by a flow and by the caller's own reference."""
    flow = dataverse.endless_flow()
    made = [started(connection, flow, clientReference="batch 7")["runId"] for _ in range(5)]

    pages = list(connection.pages("ListRuns", flowId=flow, clientReference="batch 7", maxPageSize=2))

    assert [len(page["value"]) for page in pages] == [2, 2, 1]
    assert [run["runId"] for page in pages for run in page["value"]] == made[::-1]


def test_flows_are_listed(connection: Connection, dataverse: Dataverse) -> None:
    """Drafts where they are asked for."""
    flow, draft = dataverse.flow(), dataverse.flow(draft=True)

    (page,) = connection.pages("ListDesktopFlows")
    (whole,) = connection.pages("ListDesktopFlows", includeDrafts=True)

    listed, all_listed = ({each["flowId"] for each in found["value"]} for found in (page, whole))
    assert flow in listed
    assert draft in all_listed - listed


def test_a_run_is_canceled(connection: Connection, dataverse: Dataverse) -> None:
    """And whoever waits for it is told."""
    flow = dataverse.endless_flow()
    waiting = connection.call(WAIT, flowId=flow, Idempotency_Key=new_key(), body=order(flow))
    run = body_of(waiting, 202)

    canceled = connection.call("CancelRun", runId=run["runId"])

    assert canceled.status_code in {200, 202}
    assert "Location" not in canceled.headers, "nothing that a platform would wait for"
    assert refusal(waited_for(waiting, soon)).said == (424, "RunCanceled")


def test_what_is_answered_is_what_is_defined(connection: Connection, dataverse: Dataverse) -> None:
    """Every member of a run has its place in the definition, so that it can be used further on."""
    flow = dataverse.flow()
    run = ended(connection, started(connection, flow))

    known = connection.definition["definitions"]["RunView"]["properties"]

    assert run.keys() <= known.keys()
    assert run["links"].keys() == connection.definition["definitions"]["LinksView"]["properties"].keys()


def test_without_a_key_nothing_is_answered(impatient: Client) -> None:
    """A connection with a wrong one is refused by the host; so a maker sees it when it is made."""
    with Connection(impatient.base, "wrong") as stranger:
        tried = stranger.definition["x-ms-capabilities"]["testConnection"]["operationId"]

        assert stranger.call(tried).status_code == 401


def test_a_trigger_hears_of_runs_until_it_is_turned_off(connection: Connection, dataverse: Dataverse) -> None:
    """It subscribes with a key and unsubscribes without; what it hears are the fields that it was promised."""
    trigger, name = "WhenARunFinishes", f"Heard {uuid.uuid4()}"
    flow = dataverse.flow(name=name)
    form = connection.resolved(connection.field(trigger, "body")["schema"])
    picked = connection.choices(form["properties"]["flowId"])[name]
    with receiver() as platform, receiver() as another:
        subscribed, staying = (
            connection.subscribe(trigger, each.url, flowId=picked) for each in (platform, another)
        )
        run = started(connection, flow)
        (heard,) = eventually(lambda: list(platform.received))
        turned_off = [unsubscribed(subscribed).status_code for _ in range(2)]
        started(connection, flow)
        eventually(lambda: len(another.received) == 2)

        assert turned_off == [204, 204]
        assert len(platform.received) == 1
        assert unsubscribed(staying).status_code == 204
    promised = connection.notification(trigger)["properties"]
    assert (heard.body["type"], heard.body["data"]["runId"]) == ("run.succeeded", run["runId"])
    assert heard.body.keys() == promised.keys()
    assert heard.body["data"].keys() == connection.resolved(promised["data"])["properties"].keys()
    assert platform.url not in subscribed.text, "the address is a secret"


def test_a_user_signs_in_and_sees_its_own_runs(entra: Entra, dataverse: Dataverse, tmp_path: Path) -> None:
    """The other variant, filled in: a token instead of a key, and a wait without it."""
    fill(
        "contoso-deskhand.azurewebsites.net",
        variants.Entra(tenant=GUID, client_id=GUID, resource=GUID),
        tmp_path,
    )
    flow = dataverse.flow()
    roles = ("Flows.Read", "Runs.Start", "Runs.Read")
    with (
        Connection(entra.base, entra.token("maker", *roles), tmp_path / DEFINITION) as maker,
        Connection(entra.base, entra.token("other", *roles), tmp_path / DEFINITION) as other,
    ):
        answer = maker.call(WAIT, flowId=flow, Idempotency_Key=new_key(), body=order(flow))
        result = body_of(waited_for(answer, soon), 200)

        assert result["run"]["requestedBy"] is not None
        assert refusal(other.call("GetRun", runId=result["run"]["runId"])).said == (404, "RunNotFound")
