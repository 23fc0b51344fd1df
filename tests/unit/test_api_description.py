"""The API's description is what the code declares, and good to make a client from."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api_description.document import SERVER, _document
from infra.api.files import DESCRIPTION, read, written
from infra.api.openapi import codes_of, openapi
from infra.api.routes import Route, routes
from infra.api.tidy import tidied
from shared.http.access import ACCESS
from tests.support.declared import DOCUMENT, validator

ROUTES = routes()
WITHOUT_EXAMPLE = (
    {"type": "object"},
    {"$ref": "#/components/schemas/ErrorAnswer"},  # shown once, with its schema
    {"$ref": "#/components/schemas/NoMembers"},
)


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """What goes in and out, each with its schema and example; errors alone are left out."""
    for name, operation in operations():
        for content in operation.get("requestBody", {"content": {}})["content"].values():
            yield f"{name}, body", content
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                yield f"{name}, {status}", content


def within(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all that it is made of."""
    if isinstance(schema, dict):
        yield schema
        for name, each in schema.items():
            if name not in {"allOf", "not", "if", "then", "examples"}:  # which are conditions, and no types
                yield from within(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from within(each)


def test_the_committed_description_is_what_is_declared() -> None:
    """`python3 -m infra.api` writes it; what is served cannot differ from what is done."""
    assert written(openapi(ROUTES)) == DESCRIPTION.read_text(encoding="utf-8")


def test_a_deployment_that_does_not_know_its_address_serves_it_as_it_is_written() -> None:
    """The place where an address goes is there, once."""
    written_one = DESCRIPTION.read_bytes()

    assert written_one == _document(None)
    assert 1 == written_one.count(SERVER)


def test_it_is_openapi() -> None:
    """By the specification's own schema, references and parameters included."""
    OpenAPIV31SpecValidator(read(DESCRIPTION)).validate()


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


def test_every_parameter_is_described() -> None:
    """A client's documentation has a sentence for each."""
    bare = [
        (name, each["name"])
        for name, operation in operations()
        for each in operation["parameters"]
        if not each.get("description", "").endswith(".")
    ]

    assert not bare


def test_every_example_fits_its_schema() -> None:
    """Of bodies, answers and members, none with a member that is not declared; and there are many."""
    shown = [
        (name, fault.message)
        for name, content in contents()
        if "example" in content
        for fault in validator(content["schema"]).iter_errors(content["example"])
    ]
    told = [
        (schema, example)
        for schema in within(DOCUMENT["components"]["schemas"])
        if isinstance(schema.get("examples"), list)
        for example in schema["examples"]
        if not validator({name: each for name, each in schema.items() if name != "examples"}).is_valid(
            example
        )
    ]

    assert not shown
    assert not told
    assert sum("example" in content for _, content in contents()) > len(ROUTES)


def test_what_is_asked_for_and_what_is_answered_has_an_example() -> None:
    """Every body that has to be sent, and every answer of a success that is more than any JSON object."""
    bare = [
        name
        for name, content in contents()
        if "example" not in content
        and content["schema"] not in WITHOUT_EXAMPLE
        and "anyOf" not in content["schema"]  # an answer or an error: the answer is shown elsewhere
    ]

    assert not bare


def test_no_object_and_no_list_of_words_is_without_a_name() -> None:
    """A generated client would make one up, after the place where it stands."""
    places = [(name, content["schema"]) for name, content in contents()] + [
        (name, member)
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for member in schema.get("properties", {}).values()
    ]
    nameless = [
        (name, schema)
        for name, place in places
        for schema in within(place)
        if isinstance(schema.get("properties"), dict) or len(schema.get("enum", ())) > 1
    ]

    assert not nameless


def test_no_two_schemas_have_one_name() -> None:
    """Names are made shorter where a client reads them; that must not make one of two."""
    twice = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"Pause": {}, "PauseView": {}}}}

    with pytest.raises(ValueError, match="one name"):
        tidied(twice)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_error_code_stands_with_its_status(route: Route) -> None:
    """In the header that carries it, and nowhere else."""
    responses = openapi(ROUTES)["paths"][route.path][route.method]["responses"]
    told = {
        (int(status), code)
        for status, response in responses.items()
        for code in response["headers"].get("x-ms-error-code", {"schema": {"enum": []}})["schema"]["enum"]
    }

    assert {(int(code.status), str(code)) for code in codes_of(route)} == told
