"""An operation as OpenAPI 2.0 and its extensions for designers have it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from infra.api import openapi
from infra.api.routes import Route
from infra.connector.definitions import Definitions
from infra.connector.overlay import Dynamic, Parameter, Shown
from shared.http.plain_schema import Json, plain, title_of
from shared.http.problems import Code
from shared.http.views import ErrorAnswer


def described(shown: Shown, routes: Mapping[str, Route], definitions: Definitions) -> Json:
    route = routes[shown.function]
    return {
        "summary": shown.summary or route.operation.summary,
        "description": shown.told or route.operation.told,
        "operationId": shown.id,
        "parameters": [*_parameters(shown, route), *_body(shown, route, definitions)],
        "responses": _responses(shown, routes, definitions),
        **_extensions(shown, route),
    }


def _extensions(shown: Shown, route: Route) -> Json:
    extensions: Json = {}
    if shown.notifies is not None:
        extensions["x-ms-trigger"] = "single"
    if route.rule is None:
        extensions["security"] = []
    if shown.visibility is not None:
        extensions["x-ms-visibility"] = shown.visibility
    bodies = [each.body for each in route.operation.answers.values()]
    if any("next_link" in getattr(body, "__struct_fields__", ()) for body in bodies):
        extensions["x-ms-pageable"] = {"nextLinkName": "nextLink"}
    return extensions


def _parameters(shown: Shown, route: Route) -> Iterator[Json]:
    for declared in openapi.parameters(route):
        if declared["name"] not in shown.left_out:
            yield _parameter(declared, shown.parameters.get(declared["name"], Parameter()))


def _parameter(declared: Json, beside: Parameter) -> Json:
    name, schema = declared["name"], plain(declared["schema"], {})
    told = beside.told or declared.get("description") or schema.get("description")
    schema.pop("description", None)
    parameter = {
        "name": name,
        "in": declared["in"],
        "required": declared["required"] or beside.required,
        **schema,
        "x-ms-summary": beside.title or title_of(name),
        "description": told,
    }
    if declared["in"] == "path":
        parameter["x-ms-url-encoding"] = "single"
    if beside.default is not None:
        parameter["default"] = beside.default
    if beside.visibility is not None:
        parameter["x-ms-visibility"] = beside.visibility
    return {**parameter, **beside.picked}


def _body(shown: Shown, route: Route, definitions: Definitions) -> Iterator[Json]:
    """What may be absent is left out: a maker has nothing to say there."""
    if route.operation.body is not None and route.operation.body_required:
        taken = shown.takes or route.operation.body
        yield {
            "name": "body",
            "in": "body",
            "required": True,
            "description": route.operation.body.__doc__,
            "schema": _schema(taken, definitions),
        }


def _responses(shown: Shown, routes: Mapping[str, Route], definitions: Definitions) -> Json:
    """A platform that waits gets the first answers, and in the end those of another function."""
    answering = [routes[name] for name in (shown.ends_as, shown.function) if name is not None]
    responses: dict[int, Json] = {}
    for route in answering:
        for status, answer in route.operation.answers.items():
            body = shown.gives.get(status, answer.body)
            responses[status] = {"description": answer.told}
            if body is not None:
                responses[status]["schema"] = _schema(body, definitions)
    refused: dict[HTTPStatus, set[Code]] = defaultdict(set)
    for route in answering:
        for code in openapi.codes_of(route):
            refused[code.status].add(code)
    for status, codes in refused.items():
        told = f"{', '.join(sorted(codes))}."
        responses[status] = {"description": told, "schema": definitions.schema(ErrorAnswer)}
    return {str(int(status)): responses[status] for status in sorted(responses)}


def _schema(body: Any, definitions: Definitions) -> Json:
    return _dynamic(body) if isinstance(body, Dynamic) else definitions.schema(body)


def _dynamic(body: Dynamic) -> Json:
    """As old designers read it, and as new ones do; both look for the schema at the same place of the answer."""
    return {
        "type": "object",
        "x-ms-dynamic-schema": {
            "operationId": body.schema_from,
            "parameters": {"flowId": {"parameter": "flowId"}},
            "value-path": "schema",
        },
        "x-ms-dynamic-properties": {
            "operationId": body.schema_from,
            "parameters": {"flowId": {"parameterReference": "flowId"}},
            "itemValuePath": "schema",
        },
    }
