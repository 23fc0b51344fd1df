"""The API's description is what the code declares."""

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from infra.api.__main__ import DOCUMENT, document
from infra.api.openapi import openapi
from infra.api.routes import Route, routes
from shared.http.access import ACCESS

ROUTES = routes()


def test_the_committed_description_is_what_is_declared() -> None:
    """`python -m infra.api` writes it; what is served cannot differ from what is done."""
    assert document() == DOCUMENT.read_text(encoding="utf-8")


def test_it_is_openapi() -> None:
    """By the specification's own schema, references and parameters included."""
    OpenAPIV31SpecValidator(json.loads(document())).validate()


def test_every_function_is_described() -> None:
    """None without a declaration, and no declaration without a function."""
    assert ACCESS.keys() == {route.name for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_operation_tells_what_it_is(route: Route) -> None:
    """An id, a summary, a sentence, a success, and every parameter of its path."""
    operation = openapi(ROUTES)["paths"][route.path][route.method]

    assert operation["operationId"].isalnum()
    assert not operation["summary"].endswith(".")
    assert operation["description"].endswith(".")
    assert any(status.startswith("2") for status in operation["responses"])
    assert set(route.parameters) == {each["name"] for each in operation["parameters"] if each["in"] == "path"}
