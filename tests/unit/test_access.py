"""One table says who may call what; the app, the documentation and the app registration say the same."""

import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import azure.functions as func
import pytest

from shared.http.access import ACCESS, Role, Rule
from shared.http.endpoint import LOADS, endpoint
from shared.http.use_case import UseCase

ROOT = Path(__file__).parents[2]
LIST_ROUTES = """
import json, function_app
triggers = {each.get_function_name(): each.get_trigger() for each in function_app.app.get_functions()}
print(json.dumps({
    name: [trigger.methods[0].name, trigger.route, trigger.auth_level.name]
    for name, trigger in triggers.items() if trigger.type == "httpTrigger"
}))
"""

CALL = """
import azure.functions as func, run_status, types
context = types.SimpleNamespace(invocation_id="1")
answer = run_status.list_runs(func.HttpRequest(method="GET", url="http://127.0.0.1/api/runs", body=b""), context)
print(answer.status_code, answer.headers["x-ms-error-code"], answer.get_body().decode())
"""


def routes(mode: str | None) -> dict[str, list[str]]:
    """Method, route and host level of each HTTP function, as the app is indexed in this mode."""
    environ = {name: value for name, value in os.environ.items() if name != "AUTH_MODE"}
    indexed = subprocess.run(
        [sys.executable, "-c", LIST_ROUTES],
        cwd=ROOT,
        env=environ | ({} if mode is None else {"AUTH_MODE": mode}),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(indexed.stdout)
    return found


@pytest.fixture(scope="module")
def keyed() -> dict[str, list[str]]:
    return routes(None)


def test_every_route_has_a_row_and_no_other(keyed: dict[str, list[str]]) -> None:
    """What can be called over HTTP is what the table names."""
    assert set(ACCESS) == set(keyed)


def test_with_keys_the_host_asks_for_one_unless_the_route_is_open(keyed: dict[str, list[str]]) -> None:
    """The default."""
    expected = {name: "ANONYMOUS" if rule is None else "FUNCTION" for name, rule in ACCESS.items()}

    assert expected == {name: level for name, (_, _, level) in keyed.items()}


def test_with_entra_the_host_asks_for_nothing() -> None:
    """The roles decide."""
    assert {"ANONYMOUS"} == {level for _, _, level in routes(" entra ").values()}


@pytest.mark.parametrize("mode", ["", "keys", "Entra", "none"])
def test_a_mode_that_is_not_understood_keeps_the_keys(keyed: dict[str, list[str]], mode: str) -> None:
    """The app is indexed all the same, and what needs a key needs it."""
    assert keyed == routes(mode)


def test_a_call_says_which_mode_is_not_understood() -> None:
    """500 InvalidSetting, naming it, with whatever key the host has let in."""
    settings = {
        "AUTH_MODE": "none",
        "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
        "SIGNING_KEYS": f"1:{'a' * 43}=",
    }
    called = subprocess.run(
        [sys.executable, "-c", CALL], cwd=ROOT, env=settings, capture_output=True, text=True, check=True
    )

    assert "500 InvalidSetting" in called.stdout
    assert "AUTH_MODE must be one of: keys, entra" in called.stdout


def test_a_function_without_a_row_cannot_be_indexed() -> None:
    """Nobody forgets to say who may call a new route; nothing else is told of it either."""

    def new_route() -> UseCase:
        raise AssertionError("It is never loaded.")

    with pytest.raises(KeyError, match="new_route"):
        endpoint(func.Blueprint(), "GET", "new")(new_route)
    assert "new_route" not in LOADS


def test_what_is_open_is_what_was_decided_to_be(keyed: dict[str, list[str]]) -> None:
    """Callbacks, results and the end of a subscription by their signature, the question whether events may be sent, and health."""
    assert {"callback_handler", "get_signed_result", "unsubscribe_signed", "greet_sender", "health"} == {
        name for name, rule in ACCESS.items() if rule is None
    }


def test_the_documented_table_is_the_one_that_decides(keyed: dict[str, list[str]]) -> None:
    """docs/security.md has each route with its roles, and no other."""
    page = (ROOT / "docs/security.md").read_text()
    documented = dict(re.findall(r"^\| `([A-Z]+ /[^`]+)` \| (.+) \|$", page, re.MULTILINE))

    assert {f"{keyed[name][0]} /{keyed[name][1]}": told(rule) for name, rule in ACCESS.items()} == {
        route: "open" if roles.startswith("open") else roles for route, roles in documented.items()
    }


def told(rule: Rule) -> str:
    return "open" if rule is None else " or ".join(f"`{role}`" for role in rule)


def test_the_app_registration_offers_the_same_roles() -> None:
    """infra/app-roles.json: every role, enabled, described, with an id of its own, for users and applications."""
    offered = json.loads((ROOT / "infra/app-roles.json").read_text())

    assert set(Role) == {role["value"] for role in offered}
    assert len(Role) == len({uuid.UUID(role["id"]) for role in offered}) == len(offered)
    for role in offered:
        assert ["User", "Application"] == role["allowedMemberTypes"]
        assert role["isEnabled"] is True
        assert role["description"]
        assert role["displayName"]
