"""RunDesktopFlow: what it accepts, what it refuses, what it leaves behind."""

import json
import uuid
from typing import Any

import pytest

from local.dataverse.catalogue import CLOSE_MONTH, NOTIFY_TEAM, READ_INVOICE
from tests.simulator.client import Simulator, error_of

LIMIT = 2 * 1024 * 1024


def test_the_answer_names_the_session_and_the_license_check(dataverse: Simulator) -> None:
    """The member flowsessionId is spelt with a capital I; licenseCheck carries a code."""
    answer = dataverse.run(dataverse.flow()).json()

    assert set(answer) == {"@odata.context", "flowsessionId", "licenseCheck"}
    assert answer["licenseCheck"]["code"] == "ValidLicenseCoverage"


def test_the_license_check_can_be_left_out(dataverse: Simulator) -> None:
    """Older samples have none."""
    dataverse.settings(licenseCheck=None)

    assert "licenseCheck" not in dataverse.run(dataverse.flow()).json()


def test_the_row_tells_what_was_asked_for(dataverse: Simulator) -> None:
    """Flow, connection, mode, callback, creator and trigger stand in the row's own columns."""
    flow = dataverse.flow()
    me = dataverse.get("WhoAmI").json()["UserId"]

    session = dataverse.started(
        flow, runMode="unattended", connectionName="till", callbackUrl="https://desk.example/cb"
    )
    row = dataverse.get(f"flowsessions({session})").json()

    assert row["_regardingobjectid_value"] == flow
    assert row["_createdby_value"] == me
    assert (row["connectionid"], row["runmode"], row["triggertype"]) == ("till", 2, 3)
    assert row["callbackurl"] == "https://desk.example/cb"
    assert {"gateway", "context", "_machineid_value", "errordetails", "credentials"} <= set(row)


def test_the_inputs_are_kept_as_they_were_sent(dataverse: Simulator) -> None:
    """The inputs file holds the very text."""
    text = '{ "Name" : "Zoë" }'
    session = dataverse.started(dataverse.flow(inputs={"Name": "string"}), inputs=text)

    assert dataverse.get(f"flowsessions({session})/inputs/$value").content == text.encode()


@pytest.mark.parametrize("mode", ["Attended", "UNATTENDED"])
def test_letter_case_of_run_mode_is_a_setting(dataverse: Simulator, mode: str) -> None:
    """Accepted in any case by default, refused where the setting says so."""
    flow = dataverse.flow()
    assert dataverse.run(flow, runMode=mode).status_code == 200

    dataverse.settings(runModeCaseSensitive=True)
    assert dataverse.run(flow, runMode=mode).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"runMode": "sideways"},
        {"runMode": None},
        {"connectionName": ""},
        {"connectionName": 7},
        {"connectionType": 3},
        {"connectionType": "1"},
        {"timeout": 0},
        {"timeout": 86_401},
        {"timeout": "60"},
        {"inputs": {"Name": "not text"}},
        {"inputs": "not json"},
        {"inputs": "[]"},
        {"inputs": '{"Other": 1}'},
        {"inputs": '{"Name": 1}'},
        {"inputs": '{"Count": "1"}'},
        {"inputs": '{"Count": true}'},
        {"inputs": '{"Sure": "true"}'},
    ],
    ids=str,
)
def test_bad_bodies_are_refused_and_leave_no_session(dataverse: Simulator, body: dict[str, Any]) -> None:
    """400, and no row."""
    flow = dataverse.flow(inputs={"Name": "string", "Count": "number", "Sure": "boolean"})

    assert dataverse.run(flow, **body).status_code == 400
    assert dataverse.listed(f"_regardingobjectid_value eq {flow}") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"runMode":"attended"}', b"\xff"])
def test_bodies_that_are_no_request_are_refused(dataverse: Simulator, body: bytes) -> None:
    """400 with the code of an unreadable payload, also where a required member is missing."""
    path = f"workflows({READ_INVOICE})/Microsoft.Dynamics.CRM.RunDesktopFlow"

    assert error_of(dataverse.api("POST", path, data=body)) == (400, "0x80048d19")


def test_unknown_members_are_refused(dataverse: Simulator) -> None:
    """A parameter that the action lacks is an unreadable payload."""
    assert error_of(dataverse.run(dataverse.flow(), callback="x")) == (400, "0x80048d19")


def test_inputs_of_two_mebibytes_are_accepted_and_not_a_byte_more(dataverse: Simulator) -> None:
    """The limit is on the bytes of the text; beyond it 413, or 400 by setting."""
    flow = dataverse.flow(inputs={"Text": "string"})
    frame = len(json.dumps({"Text": ""}))
    largest = json.dumps({"Text": "x" * (LIMIT - frame)})

    assert dataverse.run(flow, inputs=largest).status_code == 200
    assert dataverse.run(flow, inputs=largest[:-2] + 'x"}').status_code == 413
    dataverse.settings(inputsTooLarge=400)
    assert dataverse.run(flow, inputs=largest[:-2] + 'x"}').status_code == 400


def test_the_check_of_inputs_can_be_switched_off(dataverse: Simulator) -> None:
    """Whether Dataverse looks at them at the trigger is not documented."""
    flow = dataverse.flow(inputs={"Name": "string"})
    dataverse.settings(checkInputs=False)

    assert dataverse.run(flow, inputs='{"Other": 1}').status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example/cb",
        "https://localhost/cb",
        "https://127.0.0.1/cb",
        "https://20.1.2.3/cb",
        "https://[2001:db8::1]/cb",
        "ftp://desk.example/cb",
        "nonsense",
        "https://[desk.example/cb",
        "https://desk.example/" + "x" * 2000,
    ],
)
def test_callback_urls_must_be_https_with_a_dns_name(dataverse: Simulator, url: str) -> None:
    """Addresses, loopback, other schemes and more than 2,000 characters are refused."""
    dataverse.settings(allowLoopbackCallbacks=False)

    assert dataverse.run(dataverse.flow(), callbackUrl=url).status_code == 400


def test_loopback_callbacks_are_allowed_by_a_setting(dataverse: Simulator) -> None:
    """Also over plain http; other addresses stay refused."""
    dataverse.settings(allowLoopbackCallbacks=True)
    flow = dataverse.flow()

    assert dataverse.run(flow, callbackUrl="http://127.0.0.1:1/cb").status_code == 200
    assert dataverse.run(flow, callbackUrl="http://10.0.0.1/cb").status_code == 400


def test_an_unknown_flow_is_404(dataverse: Simulator) -> None:
    """The code says that the record does not exist."""
    assert error_of(dataverse.run(str(uuid.uuid4()))) == (404, "0x80040217")


@pytest.mark.parametrize("flow", [CLOSE_MONTH, NOTIFY_TEAM], ids=["draft", "cloud flow"])
def test_only_published_desktop_flows_run(dataverse: Simulator, flow: str) -> None:
    """A draft, and a workflow that is no desktop flow, are 400."""
    assert dataverse.run(flow).status_code == 400


def test_a_suspended_flow_does_not_run(dataverse: Simulator) -> None:
    """400, like a draft."""
    assert dataverse.run(dataverse.flow(suspended=True)).status_code == 400


def test_the_code_of_refusals_is_a_setting(dataverse: Simulator) -> None:
    """Which one Dataverse has is not documented."""
    dataverse.settings(invalidRunCode="0x80040203")

    assert error_of(dataverse.run(dataverse.flow(), timeout=0)) == (400, "0x80040203")


def test_the_seventy_first_run_within_a_minute_is_refused(dataverse: Simulator) -> None:
    """429 with the documented code and a Retry-After that suffices; other connections are not concerned."""
    dataverse.settings(connectionRateLimit=70)
    flow, connection = dataverse.flow(), str(uuid.uuid4())
    for _ in range(70):
        dataverse.started(flow, connectionName=connection)

    refused = dataverse.run(flow, connectionName=connection)

    assert error_of(refused) == (429, "DesktopFlowsActionThrottled")
    assert dataverse.run(flow, connectionName="another").status_code == 200
    dataverse.advance(int(refused.headers["Retry-After"]))
    assert dataverse.run(flow, connectionName=connection).status_code == 200


def test_throttling_can_show_in_the_run_instead(dataverse: Simulator) -> None:
    """By setting the trigger succeeds and the run fails with the throttle's code."""
    dataverse.settings(connectionRateLimit=1, rateLimitOutcome="fail-run")
    flow, connection = dataverse.flow(), str(uuid.uuid4())
    dataverse.started(flow, connectionName=connection)

    session = dataverse.session(dataverse.started(flow, connectionName=connection))

    assert (session["statuscode"], session["errorcode"]) == (8, "DesktopFlowsActionThrottled")


def test_a_reference_shares_a_limit_with_its_connection_only_where_the_settings_say_so(
    dataverse: Simulator,
) -> None:
    """The setting connectionsOfReferences maps logical names to connection names; the row then shows the connection."""
    flow, name = dataverse.flow(), str(uuid.uuid4())
    dataverse.settings(connectionRateLimit=1)
    dataverse.started(flow, connectionName=name)
    assert dataverse.run(flow, connectionName=name, connectionType=2).status_code == 200

    dataverse.settings(connectionsOfReferences={"shared_desk": name}, connectionRateLimit=2)
    shared = dataverse.started(flow, connectionName="shared_desk", connectionType=2)
    assert dataverse.session(shared)["connectionid"] == name
    assert dataverse.run(flow, connectionName="shared_desk", connectionType=2).status_code == 429


def test_unknown_connections_are_refused_by_a_setting(dataverse: Simulator) -> None:
    """By default any name will do; strictly, only what the catalogue has."""
    dataverse.settings(acceptAnyConnection=False)
    flow = dataverse.flow()
    reference = dataverse.get("connectionreferences").json()["value"][0]
    name, connection = reference["connectionreferencelogicalname"], reference["connectionid"]

    assert dataverse.run(flow, connectionName="unheard-of").status_code == 400
    assert dataverse.run(flow, connectionName="unheard-of", connectionType=2).status_code == 400
    assert dataverse.run(flow, connectionName=connection).status_code == 200
    assert dataverse.run(flow, connectionName=name, connectionType=2).status_code == 200


def test_a_full_queue_refuses(dataverse: Simulator) -> None:
    """With a limit of one waiting run, the second is 400; a cancelled one makes room."""
    dataverse.settings(queueLimit=1)
    flow, connection = dataverse.flow(waitSeconds=3600), str(uuid.uuid4())
    first = dataverse.started(flow, connectionName=connection)

    assert dataverse.run(flow, connectionName=connection).status_code == 400
    dataverse.cancel(first)
    assert dataverse.run(flow, connectionName=connection).status_code == 200


def test_starting_needs_no_owner_access(dataverse: Simulator) -> None:
    """A user may start what a user may not read."""
    dataverse.settings(accessLevel="User")

    assert dataverse.run(dataverse.flow()).status_code == 200
