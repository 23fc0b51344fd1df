"""Users, roles and privileges: who is let in, what a role grants, and how an application user is set up."""

import uuid
from typing import Any

import pytest
import requests

from local.dataverse.directory import (
    ADMINISTRATOR_APPLICATION_ID,
    APPLICATION_ID,
    BUSINESS_UNIT_ID,
)
from local.dataverse.settings import APPLICATION_USER_ID, ENVIRONMENT_ID
from tests.simulator.client import Simulator, error_of

NOBODY = "00000000-0000-4000-8000-00000000dead"


def as_application(dataverse: Simulator, client_id: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {dataverse.token(dataverse.url, client_id=client_id)}"}


@pytest.fixture
def administrator(dataverse: Simulator) -> dict[str, str]:
    return as_application(dataverse, ADMINISTRATOR_APPLICATION_ID)


def key_of(answer: requests.Response) -> str:
    assert answer.status_code == 204, answer.text
    return answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")


def unit(**members: Any) -> dict[str, Any]:
    return {"businessunitid@odata.bind": f"/businessunits({BUSINESS_UNIT_ID})"} | members


def new_user(dataverse: Simulator, administrator: dict[str, str], client_id: str) -> str:
    return key_of(
        dataverse.api("POST", "systemusers", headers=administrator, json=unit(applicationid=client_id))
    )


def new_role(dataverse: Simulator, administrator: dict[str, str]) -> str:
    return key_of(
        dataverse.api("POST", "roles", headers=administrator, json=unit(name=f"Role {uuid.uuid4()}"))
    )


def grant(
    dataverse: Simulator, administrator: dict[str, str], role: str, name: str, depth: str
) -> requests.Response:
    found = dataverse.api(
        "GET", "privileges", headers=administrator, params={"$filter": f"name eq '{name}'"}
    ).json()["value"]
    body = {"Privileges": [{"PrivilegeId": found[0]["privilegeid"], "Depth": depth}]}
    return dataverse.api(
        "POST", f"roles({role})/Microsoft.Dynamics.CRM.AddPrivilegesRole", headers=administrator, json=body
    )


def assign(
    dataverse: Simulator, administrator: dict[str, str], user: str, role: str, table: str = "roles"
) -> requests.Response:
    reference = {"@odata.id": f"{dataverse.url}/api/data/v9.2/{table}({role})"}
    return dataverse.api(
        "POST",
        f"systemusers({user})/systemuserroles_association/$ref",
        headers=administrator,
        json=reference,
    )


def test_a_new_user_gets_in_step_by_step(dataverse: Simulator, administrator: dict[str, str]) -> None:
    """No user, no role, no privilege, and then what the role grants and nothing else."""
    client_id = str(uuid.uuid4())
    its = as_application(dataverse, client_id)
    assert error_of(dataverse.api("GET", "WhoAmI", headers=its)) == (403, "0x80072560")

    user = new_user(dataverse, administrator, client_id)
    assert error_of(dataverse.api("GET", "WhoAmI", headers=its)) == (403, "0x80042f09")

    role = new_role(dataverse, administrator)
    assert assign(dataverse, administrator, user, role).status_code == 204
    assert dataverse.api("GET", "WhoAmI", headers=its).json()["UserId"] == user
    refused = dataverse.api("GET", "workflows", headers=its)
    assert error_of(refused) == (403, "0x80040220")
    assert "prvReadworkflow" in refused.text

    assert grant(dataverse, administrator, role, "prvReadworkflow", "Global").status_code == 204
    assert dataverse.api("GET", "workflows", headers=its).status_code == 200
    assert error_of(dataverse.api("GET", "flowsessions", headers=its)) == (403, "0x80040220")


def test_a_disabled_user_is_let_into_nothing(dataverse: Simulator, administrator: dict[str, str]) -> None:
    """403 0x80040225, until it is enabled again."""
    client_id = str(uuid.uuid4())
    user = new_user(dataverse, administrator, client_id)
    assign(dataverse, administrator, user, new_role(dataverse, administrator))
    its = as_application(dataverse, client_id)

    for disabled, status in ((True, 403), (False, 200)):
        changed = dataverse.api(
            "PATCH", f"systemusers({user})", headers=administrator, json={"isdisabled": disabled}
        )
        assert changed.status_code == 204
        assert dataverse.api("GET", "WhoAmI", headers=its).status_code == status


def test_what_a_user_holds_is_told_with_names_and_depths(
    dataverse: Simulator, administrator: dict[str, str]
) -> None:
    """By RetrieveUserPrivileges for its roles together, by RetrieveRolePrivilegesRole for one; the deepest counts."""
    user = new_user(dataverse, administrator, str(uuid.uuid4()))
    shallow, deep = new_role(dataverse, administrator), new_role(dataverse, administrator)
    for role, depth in ((shallow, "0"), (deep, "Global")):
        grant(dataverse, administrator, role, "prvReadflowsession", depth)
        assign(dataverse, administrator, user, role)

    def depths(path: str) -> dict[str, str]:
        rows = dataverse.api("GET", path, headers=administrator).json()["RolePrivileges"]
        return {row["PrivilegeName"]: row["Depth"] for row in rows}

    own = depths(f"systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()")
    assert own["prvReadflowsession"] == "Global"
    assert "prvReadworkflow" not in own
    assert depths(f"RetrieveRolePrivilegesRole(RoleId={shallow})")["prvReadflowsession"] == "Basic"
    roles = dataverse.api(
        "GET", f"systemusers({user})/systemuserroles_association", headers=administrator
    ).json()["value"]
    assert {row["roleid"] for row in roles} == {shallow, deep}


def test_what_exists_is_not_made_twice(dataverse: Simulator, administrator: dict[str, str]) -> None:
    """412 for a client id and for a role's name; assigning once more changes nothing."""
    again = dataverse.api(
        "POST", "systemusers", headers=administrator, json=unit(applicationid=APPLICATION_ID)
    )
    assert error_of(again) == (412, "0x80040237")
    role = dataverse.api("POST", "roles", headers=administrator, json=unit(name="Environment Maker"))
    assert error_of(role) == (412, "0x80040237")

    user, mine = (
        new_user(dataverse, administrator, str(uuid.uuid4())),
        new_role(dataverse, administrator),
    )
    assert [assign(dataverse, administrator, user, mine).status_code for _ in range(2)] == [204, 204]


def test_what_cannot_be_is_refused(dataverse: Simulator, administrator: dict[str, str]) -> None:
    """Another depth than a privilege has, another business unit, what is no role, and whoever is no administrator."""
    role = new_role(dataverse, administrator)
    user = new_user(dataverse, administrator, str(uuid.uuid4()))

    assert grant(dataverse, administrator, role, "prvReadOrganization", "Basic").status_code == 400
    assert grant(dataverse, administrator, role, "prvReadworkflow", "All").status_code == 400
    elsewhere = {"name": "R", "businessunitid@odata.bind": f"/businessunits({NOBODY})"}
    assert dataverse.api("POST", "roles", headers=administrator, json=elsewhere).status_code == 400
    assert assign(dataverse, administrator, user, role, table="workflows").status_code == 400
    assert assign(dataverse, administrator, user, NOBODY).status_code == 404
    own = as_application(dataverse, str(uuid.uuid4()))
    assert error_of(dataverse.api("POST", "roles", headers=own, json=unit(name="R"))) == (403, "0x80072560")


def test_rights_are_taken_from_the_application_user_by_switches(dataverse: Simulator) -> None:
    """A privilege by name; or its depth: then sessions of others are left out of lists, and refused one by one."""
    dataverse.settings(missingPrivileges=["prvReadconnectionreference"], createdByCaller=False)
    assert "prvReadconnectionreference" in dataverse.get("connectionreferences").text
    session = dataverse.started(dataverse.flow())
    assert session in dataverse.listed("statuscode ge 0")

    dataverse.settings(privilegeDepths={"prvReadflowsession": "Basic"})

    assert session not in dataverse.listed("statuscode ge 0")
    assert error_of(dataverse.get(f"flowsessions({session})")) == (403, "0x80048306")


def test_the_environment_says_its_id(dataverse: Simulator) -> None:
    """Or does not, by a switch."""
    path = "RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')"
    assert dataverse.get(path).json()["Detail"]["EnvironmentId"] == ENVIRONMENT_ID

    dataverse.settings(environmentId=None)

    assert "EnvironmentId" not in dataverse.get(path).json()["Detail"]


def test_a_token_without_a_client_id_is_the_local_stacks(dataverse: Simulator) -> None:
    """As is one with its client id."""
    its = as_application(dataverse, APPLICATION_ID)

    assert dataverse.get("WhoAmI").json()["UserId"] == APPLICATION_USER_ID
    assert dataverse.api("GET", "WhoAmI", headers=its).json()["UserId"] == APPLICATION_USER_ID
