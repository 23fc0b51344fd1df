"""The connector's files are what the code declares, and what `pac connector create` takes."""

import json
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from infra.api.openapi import openapi
from infra.api.routes import routes
from infra.connector.cli import committed
from infra.connector.documents import definition, properties
from infra.connector.fill import FillError, command, fill, variant_of
from infra.connector.overlay import Visibility
from infra.connector.shown import SHOWN
from infra.connector.variants import Entra, FunctionKey, Variant
from infra.connector.written import DEFINITION, FOLDER, PROPERTIES
from tests.connector.properties_schema import SCHEMA
from tests.connector.rules import RULES
from tests.connector.rules.walk import operations
from tests.connector.samples import PROPERTIES as OURS

TENANT, CLIENT, RESOURCE = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "123")
VARIANTS: list[Variant] = [FunctionKey(), Entra(tenant=TENANT, client_id=CLIENT, resource=RESOURCE)]
HEADINGS = [
    "Prerequisites",
    "Supported Operations",
    "Obtaining Credentials",
    "Getting Started",
    "Known Issues and Limitations",
    "Frequently Asked Questions",
    "Deployment Instructions",
]


@pytest.mark.parametrize("path", committed(), ids=lambda path: path.name)
def test_the_committed_files_are_what_is_declared(path: Path) -> None:
    """`python3 -m infra.connector` writes them."""
    assert committed()[path] == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: type(each).__name__)
def test_both_variants_are_openapi_2_and_keep_the_rules(variant: Variant) -> None:
    """By the specification's own schema, references and parameters included; and the security that is asked for is defined."""
    defined = definition(variant)
    OpenAPIV2SpecValidator(defined).validate()

    assert [] == [found for rule in RULES for found in rule(defined, properties(variant, defined))]
    assert [set(each) for each in defined["security"]] == [set(defined["securityDefinitions"])]


def test_the_validator_sees_a_fault() -> None:
    """It is asked for the right version: a parameter of a path that nobody declares is left to it."""
    defined = definition(FunctionKey())
    defined["paths"]["/runs/{runId}"]["get"]["parameters"].clear()

    with pytest.raises(OpenAPIValidationError):
        OpenAPIV2SpecValidator(defined).validate()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: type(each).__name__)
def test_the_properties_have_their_shape(variant: Variant) -> None:
    """Nothing in them that is not known, and nothing missing."""
    jsonschema.validate(properties(variant, definition(variant)), SCHEMA)


@pytest.mark.parametrize(
    "path",
    [
        ("iconBrandColor",),
        ("connectionParameters", "api_key", "type"),
        ("policyTemplateInstances", 0, "title"),
    ],
)
def test_the_shape_sees_a_fault(path: tuple[str | int, ...]) -> None:
    """What is taken away is missed."""
    spoilt = deepcopy(OURS)
    within: Any = spoilt["properties"]
    for step in path[:-1]:
        within = within[step]
    del within[path[-1]]

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoilt, SCHEMA)


def test_it_agrees_with_the_api_s_description() -> None:
    """The same paths and methods, no other parameters, and every status that the API's own description has."""
    described, defined = openapi(routes())["paths"], definition(FunctionKey())["paths"]
    for path, item in defined.items():
        for method, api in described[path].items():
            operation = item.get(method)
            if operation is None:
                continue
            named = {each["name"] for each in operation["parameters"] if each["in"] != "body"}
            assert named <= {each["name"] for each in api["parameters"]}
            assert api["responses"].keys() <= operation["responses"].keys()
            signed = (
                {"sig"} if path.startswith("/hooks/") else set()
            )  # part of the address that the platform was given
            assert {each["name"] for each in api["parameters"] if each["required"]} <= named | signed


def test_helpers_are_internal_and_nothing_else_is() -> None:
    """But for the end of a subscription, which is the platform's own to ask for."""
    internal = {each.id for each in SHOWN if each.visibility is Visibility.INTERNAL}
    helpers = {
        operation["operationId"]
        for place, operation in operations(definition(FunctionKey()))
        if " /connector/" in place
    }

    assert helpers | {"EndSubscription"} == internal


def test_the_readme_has_microsofts_headings_and_every_operation() -> None:
    """In their order; operations by the summary that makers see."""
    readme = (FOLDER / "readme.md").read_text(encoding="utf-8")
    shown = [
        operation["summary"]
        for _, operation in operations(definition(FunctionKey()))
        if operation.get("x-ms-visibility") != Visibility.INTERNAL
    ]

    assert re.findall(r"^## (?!Publisher)(.*)$", readme, re.MULTILINE) == HEADINGS
    told = readme.partition("## Supported Operations")[2].partition("## Obtaining")[0]
    assert sorted(re.findall(r"^### (.*)$", told, re.MULTILINE)) == sorted(shown)


def test_the_guides_call_what_there_is() -> None:
    """Actions by the summary that makers see, and in an app by their ids."""
    guides = FOLDER.parents[1] / "docs" / "guides"
    defined = dict(operations(definition(FunctionKey()))).values()
    actions = re.findall(
        r"\*\*([A-Z]\w+ (?:a|runs|outputs)[^*]*)\*\*", (guides / "power-automate.md").read_text("utf-8")
    )
    called = re.findall(r"Deskhand\.(\w+)\(", (guides / "power-apps.md").read_text("utf-8"))

    assert len(actions) > 5
    assert set(actions) <= {each["summary"] for each in defined}
    assert len(called) > 3
    assert set(called) <= {each["operationId"] for each in defined}


def test_every_link_of_the_readme_leads_somewhere() -> None:
    """To files that exist."""
    readme = FOLDER / "readme.md"

    assert not [
        link
        for link in re.findall(r"\]\(([^)#:]+)", readme.read_text("utf-8"))
        if not (readme.parent / link).exists()
    ]


def test_filled_files_hold_the_deployments_own(tmp_path: Path) -> None:
    """Its host, its directory and its registrations. What is told names both files, and whether they were there as they are."""
    folder = tmp_path / "new"
    told = [
        fill("desk.contoso.example", variant_of(CLIENT.upper(), TENANT, resource), folder)
        for resource in (None, RESOURCE, RESOURCE)
    ]

    assert [[line.partition(":")[0] for line in lines] for lines in told] == [
        ["written", "written"],
        ["unchanged", "changed"],
        ["unchanged", "unchanged"],
    ]
    assert [line.partition(": ")[2] for line in told[0]] == [
        str(folder / name) for name in (DEFINITION, PROPERTIES)
    ]
    defined = json.loads((tmp_path / "new" / DEFINITION).read_text())
    settings = json.loads((tmp_path / "new" / PROPERTIES).read_text())["properties"]["connectionParameters"]
    assert defined["host"] == "desk.contoso.example"
    assert "contoso-deskhand" not in json.dumps(defined)
    assert settings["token"]["oAuthSettings"]["clientId"] == CLIENT
    assert settings["token"]["oAuthSettings"]["customParameters"]["resourceUri"] == {"value": RESOURCE}
    assert command(folder).startswith("pac connector create ")
    assert all(f'"{folder / name}"' in command(folder) for name in (DEFINITION, PROPERTIES))


def test_one_registration_may_serve_for_both() -> None:
    """Without another resource it is the client's own."""
    assert variant_of(CLIENT, TENANT, None) == Entra(tenant=TENANT, client_id=CLIENT, resource=CLIENT)


@pytest.mark.parametrize(
    "host",
    [
        "https://desk.contoso.example",
        "desk.contoso.example/api",
        "desk.contoso.example:443",
        "Desk.contoso.example",
        "desk",
        "desk..example",
        "-desk.contoso.example",
        "desk.contoso.example\n",
        "",
    ],
)
def test_a_host_is_a_host(host: str, tmp_path: Path) -> None:
    """Scheme, port and path are refused rather than guessed at, and nothing is written."""
    with pytest.raises(FillError, match="--host is"):
        fill(host, FunctionKey(), tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((CLIENT, None, None), "needs --tenant"),
        ((None, TENANT, None), "go with --client-id"),
        ((None, None, RESOURCE), "go with --client-id"),
        (("deskhand", TENANT, None), "--client-id is a GUID"),
        ((CLIENT, "contoso.onmicrosoft.com", None), "--tenant is a GUID"),
        ((CLIENT, TENANT, "api://deskhand"), "--resource is a GUID"),
    ],
)
def test_a_registration_is_given_whole(given: tuple[str | None, str | None, str | None], told: str) -> None:
    """Told by the name of the option that is wrong."""
    with pytest.raises(FillError, match=told):
        variant_of(*given)


def test_the_command_tells_what_is_wrong(tmp_path: Path) -> None:
    """In one sentence, and with an exit code; a good one prints what to do next."""

    def told(*given: str) -> tuple[int, str, str]:
        asked = [sys.executable, "-m", "infra.connector", "fill", "--out", str(tmp_path), *given]
        run = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=FOLDER.parents[1])
        return run.returncode, run.stdout, run.stderr

    good, bad = told("--host", "desk.contoso.example"), told("--host", "https://desk.contoso.example")

    assert good[0] == 0
    assert good[1].startswith("pac connector create ")
    assert [line.partition(":")[0] for line in good[2].splitlines()] == ["written", "written"]
    assert bad[:2] == (2, "")
    assert bad[2].count("\n") == 1
