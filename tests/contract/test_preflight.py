"""Preflight: each failure that it knows is brought about, and recognised by name; what it costs, and what it keeps to itself."""

import json
import uuid
from copy import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import AccountSasPermissions, ResourceTypes, generate_account_sas

from local.dataverse.catalogue import CLOSE_MONTH, NOTIFY_TEAM, READ_INVOICE
from local.dataverse.settings import APPLICATION_USER_ID
from preflight.asking import ask
from preflight.contract import PreflightQuery
from preflight.environment import environment_checks
from preflight.report import get_preflight
from shared.clock import SYSTEM_CLOCK
from shared.dataverse.privileges import NEEDED, Needed
from shared.dataverse.purpose import Purpose
from shared.dataverse.web_api import Answer
from shared.storage.clock import StorageClock
from tests.contract.conftest import MakeInstances
from tests.support import lies
from tests.support.liar import Liar, said
from tests.support.metered import Metered

REFERENCE = "contoso_FinanceDesk"
NO_FLOW = "f1040000-0000-4000-8000-00000000dead"
OPEN = {"connection", "ownerAccess"}
"""Unknown where nothing is wrong: only a run proves them."""

type Checks = dict[str, dict[str, str]]


def report(metered: Metered, **parameters: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(metered.asked(get_preflight, **parameters).get_body())
    return shown


def checks(metered: Metered, **parameters: str) -> Checks:
    return {each["name"]: each for each in report(metered, **parameters)["checks"]}


def outcomes(found: Checks) -> dict[str, str]:
    return {name: each["outcome"] for name, each in found.items()}


def not_passed(found: Checks) -> dict[str, str]:
    return {name: outcome for name, outcome in outcomes(found).items() if outcome != "passed"}


def with_settings(metered: Metered, **changes: Any) -> None:
    metered.app = replace(metered.app, settings=replace(metered.app.settings, **changes))


def test_where_all_is_well_nothing_fails(metered: Metered) -> None:
    """What was not asked for is skipped, what only a run proves is unknown; each privilege has its check, each name is told once."""
    shown = report(metered)
    found = checks(metered)

    assert "passed" == shown["outcome"]
    assert shown["callbackBase"] == "http://127.0.0.1:9"
    assert not_passed(found) == dict.fromkeys(OPEN, "unknown") | {
        "flow": "skipped",
        "connectionReference": "skipped",
        "environment": "skipped",
    }
    assert {needed.name for needed in NEEDED} < found.keys()
    assert len(found) == len(shown["checks"])


def test_it_asks_dataverse_twice_and_storage_as_rarely(metered: Metered) -> None:
    """WhoAmI, and one batch; a read and a deletion of a row that is not there, and what the poller reported."""
    report(metered)

    before = metered.app.asked.total.copy()
    assert (2, 2) == metered.cost(lambda: report(metered, flowId=READ_INVOICE, connectionReference=REFERENCE))
    assert {Purpose.CATALOGUE: 1, Purpose.PREFLIGHT: 7} == metered.app.asked.total - before


def test_what_is_wrong_comes_with_what_to_do(metered: Metered) -> None:
    """Every check that has not passed says what to do, but for what lies behind another."""
    metered.switch(applicationUser=False)
    found = checks(metered)

    assert not [
        each for each in found.values() if each["outcome"] in {"failed", "unknown"} and "remedy" not in each
    ]


def wrong(metered: Metered, **parameters: str) -> set[str]:
    return {name for name, outcome in outcomes(checks(metered, **parameters)).items() if outcome == "failed"}


SWITCHES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no application user": ({"applicationUser": False}, "applicationUser", "infra.dataverse"),
    "flows cannot be read": ({"readWorkflow": False}, "prvReadworkflow", "Global"),
}


@pytest.mark.parametrize("case", SWITCHES)
def test_a_switch_that_is_off_is_recognised(metered: Metered, case: str) -> None:
    """By the check that it concerns, with the remedy."""
    switch, name, remedy = SWITCHES[case]
    metered.switch(**switch)
    found = checks(metered)

    assert "failed" == found[name]["outcome"]
    assert remedy in found[name]["remedy"]


@pytest.mark.parametrize("needed", NEEDED, ids=lambda each: each.name)
def test_a_privilege_that_is_missing_is_named(metered: Metered, needed: Needed) -> None:
    """It alone fails, and whatever cannot be read for want of it."""
    metered.switch(missingPrivileges=[needed.name])
    failed = wrong(metered, flowId=READ_INVOICE, connectionReference=REFERENCE)

    behind = {
        "prvReadworkflow": {"flows", "flow"},
        "prvReadconnectionreference": {"connectionReference"},
    }
    assert {needed.name} | behind.get(needed.name, set()) == failed


def test_a_privilege_that_does_not_reach_far_enough_is_doubtful(metered: Metered) -> None:
    """Sessions of one's own may be all that is needed: unknown, and told at which depth it is held."""
    metered.switch(privilegeDepths={"prvReadflowsession": "Basic"})
    told = checks(metered)["prvReadflowsession"]

    assert "unknown" == told["outcome"]
    assert "Basic" in told["message"]
    assert "--run" in told["remedy"]


def test_where_dataverse_does_not_say_what_is_held_calls_prove_what_they_can(metered: Metered) -> None:
    """A call that is refused fails its privilege; of what no harmless call shows nothing is claimed."""
    metered.fault("RetrieveUserPrivileges", "status", None, status=403, code="0x80040220")
    metered.switch(missingPrivileges=["prvReadconnectionreference"])
    found = outcomes(checks(metered))

    assert "failed" == found["prvReadconnectionreference"]
    assert "unknown" == found["prvWriteflowsession"]
    assert "passed" == found["prvReadUser"]


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no token": ({"operation": "Token", "do": "status", "status": 500}, "token", "AZURE_CLIENT_ID"),
    "a token that is refused": ({"operation": "*", "do": "status", "status": 401}, "token", "DATAVERSE_URL"),
    "no connection": ({"operation": "*", "do": "drop-connection"}, "dataverse", "network"),
    "a server error": ({"operation": "*", "do": "status", "status": 500}, "dataverse", "DATAVERSE_URL"),
    "a disabled user": (
        {"operation": "*", "do": "status", "status": 403, "code": "0x80040225"},
        "applicationUser",
        "Activate",
    ),
    "a user without roles": (
        {"operation": "*", "do": "status", "status": 403, "code": "0x80042f09"},
        "applicationUser",
        "role",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_the_gate_that_is_shut_is_named_and_what_is_behind_it_is_skipped(
    instances: MakeInstances, case: str
) -> None:
    """What comes before it has passed; what comes after it is not looked at."""
    fault, gate, remedy = FAULTS[case]
    (metered,) = instances(1)
    metered.fault(times=None, **fault)
    found = checks(metered)

    gates = ["token", "dataverse", "applicationUser"]
    place = gates.index(gate)
    assert {gate} == {name for name, outcome in outcomes(found).items() if outcome == "failed"}
    assert ["passed"] * place == [found[name]["outcome"] for name in gates[:place]]
    assert {"skipped"} == {
        found[name]["outcome"] for name in [*gates[place + 1 :], "flows", "prvReadworkflow"]
    }
    assert remedy in found[gate]["remedy"]


def test_a_throttled_dataverse_is_no_failure_of_the_set_up(instances: MakeInstances) -> None:
    """Unknown: ask again later."""
    (metered,) = instances(1)
    metered.fault("*", "status", status=429, code="0x80072322", retryAfter=1)

    assert "unknown" == checks(metered)["dataverse"]["outcome"]


@pytest.mark.filterwarnings(
    "ignore:Testing an element:DeprecationWarning"
)  # Microsoft's client, over Azurite's XML
def test_a_table_that_may_only_be_read_is_recognised(instances: MakeInstances, azurite: str) -> None:
    """A role that only reads is the usual mistake: reading works, and every start would fail."""
    (before,) = instances(1)
    assert "passed" == checks(before)["storage"]["outcome"]  # and the table is there
    (metered,) = instances(1, TABLES_CONNECTION_STRING=read_only(azurite))
    told = checks(metered)["storage"]

    assert "failed" == told["outcome"]
    assert "Storage Table Data Contributor" in told["remedy"]


def read_only(connection_string: str) -> str:
    parts = dict(part.split("=", 1) for part in connection_string.strip(";").split(";"))
    signature = generate_account_sas(
        AzureNamedKeyCredential(parts["AccountName"], parts["AccountKey"]),
        ResourceTypes(service=True, object=True),
        AccountSasPermissions(read=True, list=True),
        SYSTEM_CLOCK.now() + timedelta(hours=1),
    )
    return f"TableEndpoint={parts['TableEndpoint']};SharedAccessSignature={signature}"


def test_a_storage_that_cannot_be_reached_is_recognised(metered: Metered) -> None:
    """And its clock cannot be asked. Dataverse is looked at all the same."""
    metered.tables.unreachable = "/"
    found = outcomes(checks(metered))

    assert ("failed", "skipped", "passed") == (found["storage"], found["clock"], found["applicationUser"])
    assert "unknown" == found["ownerAccess"]


def test_a_clock_that_is_wrong_is_recognised(metered: Metered) -> None:
    """By what Table Storage says."""
    metered.tables.ahead = lambda: timedelta(seconds=-60)

    assert "clock" in wrong(metered)


def test_a_storage_that_tells_no_time_leaves_the_clock_unknown(metered: Metered) -> None:
    """It is the measure."""
    metered.app = replace(metered.app, storage_clock=StorageClock(SYSTEM_CLOCK))

    assert "unknown" == outcomes(checks(metered))["clock"]


def test_a_user_that_may_not_look_itself_up_exists_all_the_same(metered: Metered) -> None:
    """It was let in; whether it is enabled is not seen. One that Dataverse shows as disabled fails, though it was let in."""
    metered.switch(missingPrivileges=["prvReadUser"])
    assert "unknown" == outcomes(checks(metered))["applicationUser"]

    told = ask(metered.app.api, APPLICATION_USER_ID, PreflightQuery(), metered.app.read_deadline())
    disabled = replace(told, user=Answer(200, {}, b'{"isdisabled": true}'))
    (user, _) = environment_checks(metered.app, disabled)
    assert ("failed", "applicationUser") == (user.outcome, user.name)


CALLBACKS: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({"public_base_url": None}, "skipped"),
    "an address": ({"public_base_url": "https://203.0.113.7"}, "failed"),
    "a name": ({"public_base_url": "https://deskhand.contoso.com"}, "passed"),
}


@pytest.mark.parametrize("case", CALLBACKS)
def test_whether_callbacks_are_asked_for_is_told(metered: Metered, case: str) -> None:
    """Without a base polling does it all, which is no failure; with one that Dataverse refuses it is one."""
    settings, outcome = CALLBACKS[case]
    with_settings(metered, **settings)
    shown = report(metered)

    assert outcome == {each["name"]: each["outcome"] for each in shown["checks"]}["callbacks"]
    assert (shown["callbackBase"] is not None) == (outcome == "passed")


def test_starts_that_are_paused_by_setting_are_told(metered: Metered) -> None:
    """STARTS=paused is easily forgotten."""
    with_settings(metered, starts="paused")

    assert {"settings"} == wrong(metered)


def test_the_environment_is_compared_with_the_setting(metered: Metered) -> None:
    """Another one fails, the same passes in any letter case, one that Dataverse does not tell is unknown."""
    told = metered.settings()["environmentId"]

    def outcome(setting: str) -> str:
        with_settings(metered, environment_id=setting)
        return outcomes(checks(metered))["environment"]

    assert ["failed", "passed"] == [outcome(NO_FLOW), outcome(told.upper())]
    metered.switch(environmentId=None)
    assert "unknown" == outcome(told)


FLOWS: dict[str, tuple[str, str]] = {
    "a published one": (READ_INVOICE, "passed"),
    "a draft": (CLOSE_MONTH, "failed"),
    "a cloud flow": (NOTIFY_TEAM, "failed"),
    "none": (NO_FLOW, "failed"),
}


@pytest.mark.parametrize("case", FLOWS)
def test_a_flow_that_is_named_must_be_able_to_run(metered: Metered, case: str) -> None:
    """A published desktop flow that can be seen."""
    flow, outcome = FLOWS[case]

    assert outcome == outcomes(checks(metered, flowId=flow.upper()))["flow"]


def test_a_suspended_flow_and_one_that_is_not_allowed_cannot_run(metered: Metered) -> None:
    """Each with its own remedy."""
    suspended = checks(metered, flowId=metered.define(suspended=True))["flow"]
    with_settings(metered, allowed_flows=frozenset({NO_FLOW}))
    barred = checks(metered, flowId=READ_INVOICE)["flow"]

    assert ["failed", "failed"] == [suspended["outcome"], barred["outcome"]]
    assert "activate" in suspended["remedy"]
    assert "ALLOWED_FLOWS" in barred["message"]


REFERENCES: dict[str, tuple[dict[str, Any], str, str]] = {
    "one that is there": ({}, REFERENCE.upper(), "passed"),
    "the default one": ({"default_connection_reference": REFERENCE}, "", "passed"),
    "one that is not": ({}, "contoso_Nobody", "failed"),
    "one of another connector": ({}, "contoso_Mail", "failed"),
    "one that is not allowed": ({"allowed_connections": frozenset({"other"})}, REFERENCE, "failed"),
}


@pytest.mark.parametrize("case", REFERENCES)
def test_a_connection_reference_must_lead_to_a_connection(metered: Metered, case: str) -> None:
    """The one that is named, else the default one."""
    settings, named, outcome = REFERENCES[case]
    with_settings(metered, **settings)
    parameters = {"connectionReference": named} if named else {}

    assert outcome == outcomes(checks(metered, **parameters))["connectionReference"]


def test_a_reference_without_a_connection_is_recognised(metered: Metered) -> None:
    """As after an import of the solution: the reference is there, and nothing behind it."""
    metered.switch(unboundReferences=[REFERENCE])
    told = checks(metered, connectionReference=REFERENCE)["connectionReference"]

    assert "failed" == told["outcome"]
    assert "No connection" in told["message"]


def test_runs_that_cannot_be_followed_show_that_owner_access_is_missing(metered: Metered) -> None:
    """The poller has met sessions that Dataverse refuses to show."""
    metered.app.store.report_hidden_sessions(3)
    told = checks(metered)["ownerAccess"]

    assert "failed" == told["outcome"]
    assert "3 open runs" in told["message"]


def test_no_flow_at_all_is_a_failure(metered: Metered) -> None:
    """The user reads its own flows and those shared with it, and nothing is."""
    metered.switch(privilegeDepths={"prvReadworkflow": "Basic"}, flowsShared=False)

    assert {"flows"} == wrong(metered)


def test_whatever_dataverse_answers_there_is_a_report(metered: Metered, liar: Liar) -> None:
    """Every lie to the first question, and every one to all the others together."""
    seen = set()
    for about in (r"GET .*WhoAmI", r"POST .*\$batch"):
        for body in lies.BODIES.values():
            liar.tell(about, said("200 OK", body, "Content-Type: application/json"))
            seen.add(len(report(metered)["checks"]))
        liar.be_honest()

    assert {len(report(metered)["checks"])} == seen


def test_dataverses_words_are_not_repeated(metered: Metered, liar: Liar) -> None:
    """A refusal can name users and servers: status and code have to do."""
    word = uuid.uuid4().hex
    refused = {"error": {"code": "0x80040220", "message": f"{word} is missing prvReadworkflow privilege"}}
    for about in (r"GET .*WhoAmI", r"POST .*\$batch"):
        liar.tell(about, said("403 Forbidden", json.dumps(refused), "Content-Type: application/json"))
        assert word not in json.dumps(report(metered))
