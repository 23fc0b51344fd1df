"""Reading flows, connection references and sessions."""

import json
import uuid

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


def test_a_session_is_read_as_documented(dataverse: Simulator) -> None:
    """The columns asked for, in a context that names them, and the row's ETag."""
    session = dataverse.started(dataverse.flow())

    row = dataverse.get(
        f"flowsessions({session})", **{"$select": "statuscode,statecode,startedon,completedon"}
    ).json()

    assert row["@odata.context"].endswith(
        "$metadata#flowsessions(statuscode,statecode,startedon,completedon)/$entity"
    )
    assert set(row) - {"@odata.context", "@odata.etag", "flowsessionid"} == {
        "statuscode",
        "statecode",
        "startedon",
        "completedon",
    }


def test_ids_in_paths_are_accepted_in_any_letter_case(dataverse: Simulator) -> None:
    """A GUID is a GUID."""
    session = dataverse.started(dataverse.flow())

    assert dataverse.get(f"flowsessions({session.upper()})").json()["flowsessionid"] == session


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "flowsessions({new})", 404, "0x80040217"),
        ("GET", "flowsession", 404, "0x8006088a"),
        ("GET", "Workflows", 404, "0x8006088a"),
        ("POST", "workflows({new})/Microsoft.Dynamics.CRM.RunDesktopflow", 404, "0x8006088a"),
        ("GET", "workflows({new})/Microsoft.Dynamics.CRM.RunDesktopFlow", 404, ""),
        ("POST", "WhoAmI", 404, ""),
        ("PATCH", "flowsessions", 405, "0x0"),
        ("GET", "flowsessions({new})?$select=state", 400, "0x80060888"),
        ("GET", "flowsessions?$filter=workflowid eq {new}", 400, "0x80060888"),
        ("GET", "flowsessions?$skip=5", 400, "0x80060888"),
    ],
)
def test_refusals_have_their_codes(
    dataverse: Simulator, method: str, path: str, status: int, code: str
) -> None:
    """No record, no such resource, the wrong verb, a bad query: each as Dataverse says it."""
    session = dataverse.started(dataverse.flow())
    known = path.replace("{new}", session if "select" in path else str(uuid.uuid4()))

    assert error_of(dataverse.api(method, known)) == (status, code)


def test_columns_of_the_newest_reference_may_be_missing(dataverse: Simulator) -> None:
    """By setting they are unknown properties, in $select and in $filter, and not in the row."""
    session = dataverse.started(dataverse.flow())
    path = f"flowsessions({session})"
    assert dataverse.get(path, **{"$select": "triggertype"}).json()["triggertype"] == 3

    dataverse.settings(optionalColumns=False)
    assert error_of(dataverse.get(path, **{"$select": "triggertype"})) == (400, "0x80060888")
    assert error_of(dataverse.get("flowsessions", **{"$filter": "triggertype eq 3"})) == (400, "0x80060888")
    assert "triggertype" not in dataverse.get(path).json()


@pytest.mark.parametrize("column", ["inputs", "outputs"])
def test_a_missing_file_is_404_with_its_own_words(dataverse: Simulator, column: str) -> None:
    """The code is that of a missing record, the message is not; by setting it is 204."""
    session = dataverse.started(dataverse.flow())
    path = f"flowsessions({session})/{column}/$value"

    answer = dataverse.get(path)
    dataverse.settings(fileMissing="204")

    assert error_of(answer) == (404, "0x80040217")
    assert (
        answer.json()["error"]["message"]
        == f"No file attachment found for attribute: {column} EntityId: {session}."
    )
    assert dataverse.get(path).status_code == 204


def test_selecting_a_file_gives_its_id_or_null(dataverse: Simulator) -> None:
    """That tells cheaply whether there are outputs."""
    without = dataverse.started(dataverse.flow(runSeconds=0))
    with_outputs = dataverse.started(dataverse.flow(runSeconds=0, outputValues={"A": 1}))

    def outputs(session: str) -> str | None:
        row = dataverse.get(f"flowsessions({session})", **{"$select": "outputs"}).json()
        assert isinstance(row["outputs"], str | None)
        return row["outputs"]

    assert outputs(without) is None
    assert uuid.UUID(outputs(with_outputs))


def test_a_file_comes_with_its_name_and_size(dataverse: Simulator) -> None:
    """As bytes, whatever they are."""
    session = dataverse.started(dataverse.flow(runSeconds=0, outputValues={"A": 1}))

    answer = dataverse.get(f"flowsessions({session})/outputs/$value")

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["x-ms-file-size"] == str(len(answer.content))
    assert json.loads(answer.content) == {"A": 1}


def test_users_may_not_read_or_cancel(dataverse: Simulator) -> None:
    """403 naming the privilege on direct requests; lists leave the rows out without a word."""
    flow = dataverse.flow()
    session = dataverse.started(flow)
    dataverse.settings(accessLevel="User")

    read = dataverse.get(f"flowsessions({session})")
    cancelled = dataverse.cancel(session)

    assert error_of(read) == error_of(cancelled) == (403, "0x80040220")
    assert "prvReadflowsession" in read.json()["error"]["message"]
    assert "prvWriteflowsession" in cancelled.json()["error"]["message"]
    assert dataverse.get(f"flowsessions({session})/outputs/$value").status_code == 403
    assert dataverse.listed(f"_regardingobjectid_value eq {flow}") == []


def test_a_row_may_become_readable_late(dataverse: Simulator) -> None:
    """404 for as long as the setting says."""
    dataverse.settings(unreadableSeconds=30)
    session = dataverse.started(dataverse.flow())

    assert dataverse.get(f"flowsessions({session})").status_code == 404
    dataverse.advance(31)
    assert dataverse.get(f"flowsessions({session})").status_code == 200


def test_a_row_may_appear_in_lists_late(dataverse: Simulator) -> None:
    """A direct read sees it before."""
    dataverse.settings(hiddenFromListsSeconds=30)
    flow = dataverse.flow()
    session = dataverse.started(flow)
    condition = f"_regardingobjectid_value eq {flow}"

    assert dataverse.get(f"flowsessions({session})").status_code == 200
    assert dataverse.listed(condition) == []
    dataverse.advance(31)
    assert dataverse.listed(condition) == [session]


def test_a_purged_session_is_gone_everywhere(dataverse: Simulator) -> None:
    """404 with the code of a missing record, and out of every list."""
    flow = dataverse.flow()
    session = dataverse.started(flow, callbackUrl="https://desk.example/purged")
    dataverse.control("DELETE", f"sessions/{session}")

    assert error_of(dataverse.get(f"flowsessions({session})")) == (404, "0x80040217")
    assert dataverse.listed(f"_regardingobjectid_value eq {flow}") == []
    assert dataverse.listed("callbackurl eq 'https://desk.example/purged'") == []


def test_an_unchanged_row_is_304_until_it_changes(dataverse: Simulator) -> None:
    """If-None-Match with the row's ETag; `null`, which clients send, matches nothing."""
    session = dataverse.started(dataverse.flow())
    path = f"flowsessions({session})"
    etag = dataverse.get(path).headers["ETag"]

    assert dataverse.api("GET", path, headers={"If-None-Match": etag}).status_code == 304
    assert dataverse.api("GET", path, headers={"If-None-Match": "null"}).status_code == 200
    dataverse.move(session, 6)
    assert dataverse.api("GET", path, headers={"If-None-Match": etag}).status_code == 200


def test_a_stale_version_is_412(dataverse: Simulator) -> None:
    """If-Match guards a cancel and a delete; without optimistic concurrency nothing is compared."""
    session = dataverse.started(dataverse.flow())
    stale = {"If-Match": 'W/"1"'}

    assert dataverse.cancel(session, headers=stale).status_code == 412
    assert dataverse.api("DELETE", f"flowsessions({session})", headers=stale).status_code == 412
    dataverse.settings(optimisticConcurrency=False)
    assert dataverse.api("DELETE", f"flowsessions({session})", headers=stale).status_code == 204


@pytest.mark.parametrize(
    ("setting", "column"), [("callbackurlStored", "callbackurl"), ("createdByCaller", "_createdby_value")]
)
def test_what_a_row_tells_of_its_caller_is_a_setting(dataverse: Simulator, setting: str, column: str) -> None:
    """Neither the stored callback URL nor the creator is certain."""
    flow = dataverse.flow()
    body = {"callbackUrl": "https://desk.example/cb"}
    usual = dataverse.session(dataverse.started(flow, **body))[column]
    dataverse.settings(**{setting: False})

    assert dataverse.session(dataverse.started(flow, **body))[column] != usual


def test_filtering_by_callback_url_can_be_refused(dataverse: Simulator) -> None:
    """Whether the column can be filtered by has not been seen."""
    dataverse.settings(callbackurlFilterable=False)

    answer = dataverse.get("flowsessions", **{"$filter": "not (callbackurl eq 'https://desk.example/')"})

    assert error_of(answer) == (400, "0x80060888")


def test_the_client_request_id_reaches_the_row_by_setting(dataverse: Simulator) -> None:
    """The column clienttrackingid is null unless told otherwise."""
    flow = dataverse.flow()
    path = f"workflows({flow})/Microsoft.Dynamics.CRM.RunDesktopFlow"
    body = {"runMode": "attended", "connectionName": "desk"}
    headers = {"x-ms-client-request-id": "abc"}

    def tracking_id() -> str | None:
        session = dataverse.api("POST", path, json=body, headers=headers).json()["flowsessionId"]
        found = dataverse.session(session)["clienttrackingid"]
        assert isinstance(found, str | None)
        return found

    assert tracking_id() is None
    dataverse.settings(clientRequestIdStored=True)
    assert tracking_id() == "abc"


def test_inputs_may_not_be_kept(dataverse: Simulator) -> None:
    """What becomes of sensitive inputs is not documented."""
    dataverse.settings(inputsStored=False)
    session = dataverse.started(dataverse.flow(inputs={"Name": "string"}), inputs='{"Name": "Ada"}')

    assert dataverse.session(session)["inputs"] is None


def test_modifiedon_may_stand_still(dataverse: Simulator) -> None:
    """Then a filter by it misses the change, though the version tells of it."""
    dataverse.settings(modifiedonMoves=False)
    flow = dataverse.flow()
    session = dataverse.started(flow)
    before = dataverse.session(session)
    dataverse.advance(60)
    dataverse.move(session, 4)
    after = dataverse.session(session)

    assert after["modifiedon"] == before["modifiedon"]
    assert after["@odata.etag"] != before["@odata.etag"]
    assert (
        dataverse.listed(f"_regardingobjectid_value eq {flow} and modifiedon gt {before['modifiedon']}") == []
    )
