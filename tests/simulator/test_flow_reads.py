"""Reading flows and connection references."""

import pytest

from local.dataverse.catalogue import CLOSE_MONTH, READ_INVOICE, TIDY_DESKTOP
from tests.simulator.client import Simulator, error_of

DESKTOP_FLOWS = "category eq 6"
SHARED_UIFLOW = "/providers/Microsoft.PowerApps/apis/shared_uiflow"


def test_the_documented_list_of_flows(dataverse: Simulator) -> None:
    """Published desktop flows in order of name, each row with the columns asked for, its key and its ETag."""
    rows = dataverse.get(
        "workflows", **{"$filter": DESKTOP_FLOWS, "$select": "name,workflowid", "$orderby": "name"}
    ).json()["value"]
    names = [row["name"] for row in rows]

    assert {"Read invoice", "Tidy desktop", "Watch inbox", "Post to ledger"} <= set(names)
    assert names == sorted(names, key=str.casefold)
    assert set(rows[0]) == {"@odata.etag", "name", "workflowid"}
    assert rows[0]["@odata.etag"].startswith('W/"')


def test_without_the_filter_other_workflows_are_listed_too(dataverse: Simulator) -> None:
    """The table holds cloud flows as well."""
    categories = {row["category"] for row in dataverse.get("workflows").json()["value"]}

    assert categories == {5, 6}


def test_drafts_are_listed_on_request_only(dataverse: Simulator) -> None:
    """MSCRM.IncludeUnpublished adds them."""
    query = {"$filter": DESKTOP_FLOWS}
    published = dataverse.get("workflows", **query).json()["value"]
    all_rows = dataverse.api(
        "GET", "workflows", params=query, headers={"MSCRM.IncludeUnpublished": "true"}
    ).json()["value"]

    assert CLOSE_MONTH not in {row["workflowid"] for row in published}
    draft = next(row for row in all_rows if row["workflowid"] == CLOSE_MONTH)
    assert (draft["statecode"], draft["statuscode"], draft["componentstate"]) == (0, 1, 1)


def test_a_draft_and_its_published_copy_share_an_id(dataverse: Simulator) -> None:
    """Both rows are listed on request; publishing replaces the draft."""
    flow = dataverse.flow(name="First")
    dataverse.control("PUT", f"flows/{flow}", json={"name": "Second", "draft": True})

    def names() -> set[str]:
        answer = dataverse.api(
            "GET",
            "workflows",
            params={"$filter": f"workflowid eq {flow}"},
            headers={"MSCRM.IncludeUnpublished": "true"},
        )
        return {row["name"] for row in answer.json()["value"]}

    assert names() == {"First", "Second"}
    assert dataverse.get(f"workflows({flow})").json()["name"] == "First"
    dataverse.control("PUT", f"flows/{flow}", json={"name": "Third"})
    assert names() == {"Third"}


def test_a_suspended_flow_shows_its_state(dataverse: Simulator) -> None:
    """As statecode 2, statuscode 3."""
    row = dataverse.get(f"workflows({dataverse.flow(suspended=True)})").json()

    assert (row["statecode"], row["statuscode"]) == (2, 3)


def test_schemas_have_the_documented_shape(dataverse: Simulator) -> None:
    """The author's value stands in `value`, as text; in outputs it is null; `format` is null."""
    inputs = dataverse.get(f"workflows({READ_INVOICE})/inputs/$value").json()["schema"]
    outputs = dataverse.get(f"workflows({READ_INVOICE})/outputs/$value").json()["schema"]

    assert inputs["type"] == "object"
    assert inputs["properties"]["Amount"] == {
        "default": "",
        "description": "",
        "format": None,
        "title": "Amount",
        "type": "number",
        "value": "0",
    }
    assert outputs["properties"]["Total"]["value"] is None


@pytest.mark.parametrize(
    ("setting", "status", "body"),
    [
        ("204", 204, ""),
        ("200-empty", 200, ""),
        ("404", 404, None),
        ("empty-schema", 200, '{"schema":{"properties":{},"type":"object"}}'),
    ],
)
def test_what_a_flow_without_inputs_answers_is_a_setting(
    dataverse: Simulator, setting: str, status: int, body: str | None
) -> None:
    """No content by default, as OData has it for a null property."""
    dataverse.settings(memoMissing=setting)

    answer = dataverse.get(f"workflows({TIDY_DESKTOP})/inputs/$value")

    assert answer.status_code == status
    assert body is None or answer.text == body


def test_reading_flows_needs_its_privilege(dataverse: Simulator) -> None:
    """Without it 403, naming principal and privilege, for the list, the row and the schema."""
    dataverse.settings(readWorkflow=False)

    for path in ("workflows", f"workflows({READ_INVOICE})", f"workflows({READ_INVOICE})/inputs/$value"):
        answer = dataverse.get(path)
        assert error_of(answer) == (403, "0x80040220")
        assert "type=8) is missing prvReadworkflow privilege (Id=" in answer.json()["error"]["message"]


def test_connection_references_are_found_by_connector(dataverse: Simulator) -> None:
    """Two are for desktop flows, others are not."""
    everything = dataverse.get("connectionreferences").json()["value"]
    found = dataverse.get("connectionreferences", **{"$filter": f"connectorid eq '{SHARED_UIFLOW}'"}).json()

    assert len(found["value"]) == 2 < len(everything)
    assert {"connectionreferencelogicalname", "connectionreferencedisplayname", "connectionid"} <= set(
        found["value"][0]
    )
