"""What can be run: flows, their schemas, and the connection references that they can be run through."""

from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.client import Client, Json, body_of, refusal
from tests.e2e.dataverse import Dataverse

CLOUD_FLOW = "6f1d85b3-a2e4-4097-b6c8-9e40d7135af2"
READ_INVOICE = "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318"
NO_PROPERTIES: Json = {"type": "object", "properties": {}}


def flows(client: Client, **params: str) -> dict[str, Json]:
    """The listed flows by id, in the order of the list."""
    return {flow["flowId"]: flow for flow in body_of(client.get("/flows", params), 200)["value"]}


def test_published_desktop_flows_are_listed(impatient: Client, dataverse: Dataverse) -> None:
    """Id, name, state and time of change; drafts and cloud flows are left out."""
    flow, draft = dataverse.flow(name="Weigh"), dataverse.flow(name="Not yet", draft=True)

    listed = flows(impatient)

    assert listed[flow].keys() == {"flowId", "name", "state", "modifiedAt"}
    assert (listed[flow]["name"], listed[flow]["state"]) == ("Weigh", "published")
    assert listed[flow]["modifiedAt"].endswith("Z")
    assert not {draft, CLOUD_FLOW} & listed.keys()


def test_drafts_are_listed_when_they_are_asked_for(impatient: Client, dataverse: Dataverse) -> None:
    """Beside the published ones; a flow that is both is listed once, as published; cloud flows never."""
    draft, both = dataverse.flow(draft=True), dataverse.flow(name="Both")
    dataverse.redefine(both, draft=True)

    answer = body_of(impatient.get("/flows", {"includeDrafts": "true"}), 200)

    states = [(flow["flowId"], flow["state"]) for flow in answer["value"]]
    assert (draft, "draft") in states
    assert [state for flow, state in states if flow == both] == ["published"]
    assert CLOUD_FLOW not in dict(states)
    assert draft not in flows(impatient, includeDrafts="false")


def test_flows_are_ordered_by_name(impatient: Client, dataverse: Dataverse) -> None:
    """Without regard to letter case, so that a person finds them."""
    made = [dataverse.flow(name=name) for name in ("zebra", "Apple", "apricot", "Zoo")]

    order = [flow for flow in flows(impatient) if flow in made]

    assert order == [made[1], made[2], made[0], made[3]]


def test_every_page_is_followed(impatient: Client, dataverse: Dataverse) -> None:
    """Dataverse gives pages of two; the caller gets one list without a gap."""
    made = {dataverse.flow(name=f"Paged {index}") for index in range(5)}
    whole = flows(impatient)
    dataverse.switch(largestPage=2)

    assert flows(impatient) == whole
    assert made <= whole.keys()
    assert len(references(impatient)) == 2


def test_a_suspended_flow_says_so(impatient: Client, dataverse: Dataverse) -> None:
    """It is listed, with its state."""
    flow = dataverse.flow(suspended=True)

    assert flows(impatient)[flow]["state"] == "suspended"


def test_one_flow_is_what_the_list_shows_of_it(impatient: Client, dataverse: Dataverse) -> None:
    """The same members, by id in any letter case."""
    flow = dataverse.flow(name="One")

    assert body_of(impatient.get(f"/flows/{flow.upper()}"), 200) == flows(impatient)[flow]


@pytest.mark.parametrize("part", ["", "/inputs", "/outputs"])
def test_what_is_no_desktop_flow_is_not_found(client: Client, part: str) -> None:
    """Neither an unknown id nor a cloud flow's."""
    assert refusal(client.get(f"/flows/{uuid4()}{part}")).said == (404, "FlowNotFound")


def test_a_cloud_flow_is_not_found(client: Client) -> None:
    """It cannot be run from here, so it is not there."""
    assert refusal(client.get(f"/flows/{CLOUD_FLOW}")).said == (404, "FlowNotFound")


def test_schemas_are_json_schema(client: Client, dataverse: Dataverse) -> None:
    """An object with typed properties; the author's value is a default of that type; no null format, no empty default."""
    kinds = {"Text": "string", "Number": "number", "Flag": "boolean", "Thing": "object", "List": "array"}
    flow = dataverse.flow(inputs=kinds, outputs={"Done": "boolean"})

    inputs = body_of(client.get(f"/flows/{flow}/inputs"), 200)
    outputs = body_of(client.get(f"/flows/{flow}/outputs"), 200)

    assert inputs["type"] == outputs["type"] == "object"
    assert {name: about["type"] for name, about in inputs["properties"].items()} == kinds
    assert outputs["properties"].keys() == {"Done"}
    defaults = {name: about["default"] for name, about in inputs["properties"].items() if "default" in about}
    assert defaults == {"Number": 0, "Flag": False}
    assert all("format" not in about and "value" not in about for about in inputs["properties"].values())


@pytest.mark.parametrize("missing", ["204", "200-empty", "404", "empty-schema"])
@pytest.mark.parametrize("part", ["inputs", "outputs"])
def test_a_flow_without_variables_has_an_empty_schema(
    client: Client, dataverse: Dataverse, missing: str, part: str
) -> None:
    """However Dataverse says that there is none."""
    dataverse.switch(memoMissing=missing)

    assert body_of(client.get(f"/flows/{dataverse.flow()}/{part}"), 200) == NO_PROPERTIES


def references(client: Client) -> list[Json]:
    listed: list[Json] = body_of(client.get("/connection-references"), 200)["value"]
    return listed


def test_connection_references_are_those_of_desktop_flows(impatient: Client) -> None:
    """Logical name, display name and connection; a mail connection's is not among them."""
    listed = references(impatient)

    assert [each["connectionReference"] for each in listed] == [
        "contoso_FinanceDesk",
        "contoso_WarehouseDesk",
    ]
    assert all(each.keys() == {"connectionReference", "displayName", "connectionId"} for each in listed)
    assert listed[0]["displayName"] == "Finance desk"


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("ListFlows", "/flows"),
        ("RetrieveFlow", "/flows/{flow}"),
        ("RetrieveSchema", "/flows/{flow}/inputs"),
        ("ListConnectionReferences", "/connection-references"),
    ],
)
def test_the_catalogue_is_cached(client: Client, dataverse: Dataverse, operation: str, path: str) -> None:
    """A second reading within a minute asks nothing of Dataverse: it answers though Dataverse fails."""
    address = path.format(flow=dataverse.flow(inputs={"A": "string"}))
    first = body_of(client.get(address), 200)
    dataverse.refuse(operation, 500)

    assert body_of(client.get(address), 200) == first


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"do": "status", "status": 500}, (502, "DataverseUnavailable")),
        ({"do": "status", "status": 503}, (502, "DataverseUnavailable")),
        ({"do": "drop-connection"}, (502, "DataverseUnavailable")),
        ({"do": "status", "status": 400, "code": "0x80060888"}, (400, "DataverseRefused")),
        ({"do": "status", "status": 401, "code": "401"}, (502, "DataverseAuthenticationFailed")),
        ({"do": "status", "status": 403, "code": "0x80072560"}, (403, "ApplicationUserMissing")),
        ({"do": "status", "status": 412, "code": "0x80060882"}, (412, "DataversePreconditionFailed")),
        ({"do": "status", "status": 429, "code": "0x80072326", "retryAfter": 9}, (429, "DataverseThrottled")),
    ],
)
@pytest.mark.parametrize("path", ["/flows", "/connection-references"])
def test_dataverse_s_failures_are_told_as_what_they_are(
    impatient: Client, dataverse: Dataverse, path: str, rule: dict[str, Any], said: tuple[int, str]
) -> None:
    """Status and code of ours, Dataverse's own code in the details, Retry-After where there is one."""
    dataverse.fault("*", **rule)

    answer = impatient.get(path)

    refused = refusal(answer)
    assert refused.said == said
    assert refused.details[0]["target"] == "dataverse"
    assert "code" not in rule or refused.details[0]["code"] == rule["code"]
    assert answer.headers.get("Retry-After") == ("9" if "retryAfter" in rule else None)


def test_the_flows_of_the_readme_are_there(client: Client) -> None:
    """The catalogue that the stack begins with."""
    assert body_of(client.get(f"/flows/{READ_INVOICE}"), 200)["name"] == "Read invoice"
