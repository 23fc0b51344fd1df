"""What a row tells, where the documentation leaves it open."""

import pytest

from tests.simulator.client import Simulator, error_of


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
