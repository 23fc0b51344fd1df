"""What designers are answered while a maker fills in an action."""

from uuid import uuid4

import pytest

from tests.e2e.client import Client, Json, body_of, refusal
from tests.e2e.dataverse import Dataverse


def choices(client: Client, what: str) -> list[Json]:
    answer = body_of(client.get(f"/connector/{what}"), 200)
    assert answer.keys() == {"value"}, "designers ask for one page"
    listed: list[Json] = answer["value"]
    return listed


def schema(client: Client, flow: str, what: str) -> Json:
    answer: Json = body_of(client.get(f"/connector/flows/{flow}/{what}-schema"), 200)["schema"]
    return answer


def test_what_can_be_run_can_be_picked(impatient: Client, dataverse: Dataverse) -> None:
    """By name; a draft and a suspended flow cannot be run, so they are not offered."""
    flow = dataverse.flow(name="Sort the post")
    hidden = {dataverse.flow(draft=True), dataverse.flow(suspended=True)}

    offered = {each["flowId"]: each["title"] for each in choices(impatient, "flows")}

    assert offered[flow] == "Sort the post"
    assert not hidden & offered.keys()


def test_flows_of_one_name_can_be_told_apart(impatient: Client, dataverse: Dataverse) -> None:
    """By the beginning of their ids."""
    twins = [dataverse.flow(name="Twin") for _ in range(2)]

    offered = {each["flowId"]: each["title"] for each in choices(impatient, "flows")}

    assert [offered[twin] for twin in twins] == [f"Twin ({twin[:8]})" for twin in twins]


def test_all_choices_stand_in_one_page(impatient: Client, dataverse: Dataverse) -> None:
    """However small Dataverse's own pages are."""
    made = {dataverse.flow(name=f"Picked {index}") for index in range(5)}
    dataverse.switch(largestPage=2)

    assert made <= {each["flowId"] for each in choices(impatient, "flows")}


def test_connection_references_can_be_picked(client: Client) -> None:
    """By their display name; what is picked is the logical name, which a start takes."""
    assert choices(client, "connection-references") == [
        {"connectionReference": "contoso_FinanceDesk", "title": "Finance desk (contoso_FinanceDesk)"},
        {"connectionReference": "contoso_WarehouseDesk", "title": "Warehouse desk (contoso_WarehouseDesk)"},
    ]


def test_a_start_s_fields_are_those_of_the_flow(client: Client, dataverse: Dataverse) -> None:
    """Typed, titled, with the author's defaults, under `inputs`; beside them what every start takes."""
    kinds = {"Text": "string", "Count": "number", "Flag": "boolean", "Thing": "object", "List": "array"}
    form = schema(client, dataverse.flow(inputs=kinds), "start")

    fields = form["properties"]["inputs"]["properties"]
    assert {name: about["type"] for name, about in fields.items()} == kinds
    assert {name for name, about in fields.items() if about["x-ms-summary"]} == set(kinds)
    assert (fields["Count"]["default"], fields["Flag"]["default"]) == (0, False)
    assert form["required"] == ["runMode"]
    assert form["properties"]["runMode"]["enum"] == ["attended", "unattended"]
    picker = form["properties"]["connectionReference"]["x-ms-dynamic-values"]
    assert picker["operationId"] == "ListConnectionChoices"


def test_a_flow_without_inputs_has_no_place_for_any(client: Client, dataverse: Dataverse) -> None:
    """Nor is there a second way to give them."""
    assert not {"inputs", "inputsJson"} & schema(client, dataverse.flow(), "start")["properties"].keys()


def test_a_result_s_fields_are_the_run_and_the_flow_s_outputs(client: Client, dataverse: Dataverse) -> None:
    """What an action that waits ends with; the outputs alone are what a reading of outputs gives."""
    flow = dataverse.flow(outputs={"Total": "number", "Done": "boolean"})

    result, outputs = schema(client, flow, "result"), schema(client, flow, "outputs")

    assert result["properties"].keys() == {"run", "outputs"}
    assert result["properties"]["outputs"]["properties"] == outputs["properties"]
    assert {name: about["type"] for name, about in outputs["properties"].items()} == {
        "Total": "number",
        "Done": "boolean",
    }
    run = body_of(client.start(flow), 202)
    assert run.keys() <= result["properties"]["run"]["properties"].keys()


@pytest.mark.parametrize("what", ["start", "result", "outputs"])
def test_an_unknown_flow_has_no_fields(client: Client, what: str) -> None:
    """Told as such, not as a flow without any."""
    assert refusal(client.get(f"/connector/flows/{uuid4()}/{what}-schema")).said == (404, "FlowNotFound")


def test_outputs_are_read_by_flow_and_run(client: Client, dataverse: Dataverse) -> None:
    """The same as by the run alone; a run of another flow is not there."""
    flow = dataverse.flow(outputs={"Total": "number"}, outputValues={"Total": 3})
    run = client.wait(client.started(flow))

    assert body_of(client.get(f"/flows/{flow.upper()}/runs/{run['runId']}/outputs"), 200) == {"Total": 3}
    assert refusal(client.get(f"/flows/{uuid4()}/runs/{run['runId']}/outputs")).said == (404, "RunNotFound")


def test_outputs_by_flow_wait_for_the_end(client: Client, dataverse: Dataverse) -> None:
    """As those by the run alone do."""
    flow = dataverse.endless_flow()
    run = client.started(flow)

    assert refusal(client.get(f"/flows/{flow}/runs/{run['runId']}/outputs")).said == (409, "RunNotFinished")
