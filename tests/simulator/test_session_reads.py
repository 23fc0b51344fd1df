"""Reading one session: its row, its files, its version."""

import json
import uuid

import pytest

from tests.simulator.client import Simulator, error_of


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
    fresh = {"If-Match": dataverse.session(session)["@odata.etag"]}

    assert dataverse.api("GET", f"flowsessions({session})", headers=fresh).status_code == 200
    assert dataverse.cancel(session, headers=stale).status_code == 412
    assert dataverse.api("DELETE", f"flowsessions({session})", headers=stale).status_code == 412
    dataverse.settings(optimisticConcurrency=False)
    assert dataverse.api("DELETE", f"flowsessions({session})", headers=stale).status_code == 204
