"""The description as OpenAPI 3.1."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from infra.api.routes import Route
from infra.api.schemas import EMPTY_IS_ABSENT, parameters_of, schemas_of
from infra.api.tidy import tidied
from shared.http import examples
from shared.http.call import API_VERSION
from shared.http.operation import ANY, ANY_WITH_BODY, ANY_WITH_CALLER, Answer, Header, Operation
from shared.http.problems import Code
from shared.http.views import ErrorAnswer

_HEADERS = {
    Header.LOCATION: ("Where to go on.", {"type": "string", "format": "uri"}),
    Header.OPERATION_LOCATION: ("The run.", {"type": "string", "format": "uri"}),
    Header.RETRY_AFTER: ("After how many seconds to ask again.", {"type": "integer", "minimum": 1}),
    Header.IDEMPOTENCY_REPLAYED: (
        "Given where an earlier request with the same key started the run.",
        {"type": "string", "enum": ["true"]},
    ),
    Header.ALLOW: ("How events are sent here.", {"type": "string"}),
    Header.ALLOWED_ORIGIN: ("Who may send, or all.", {"type": "string"}),
    Header.ALLOWED_RATE: ("How many a minute, or any number.", {"type": "string"}),
}
_PATH = {
    "runId": ("The run's id.", {"type": "string", "format": "uuid"}),
    "flowId": ("The desktop flow's id.", {"type": "string", "format": "uuid"}),
    "pauseId": ("The pause's id.", {"type": "string"}),
    "subscriptionId": ("The subscription's id.", {"type": "string", "format": "uuid"}),
    "deliveryId": ("The delivery's id.", {"type": "string"}),
    "deadEventId": ("The dead letter's id.", {"type": "string"}),
    "signature": ("That the run is ours.", {"type": "string"}),
}
_ALWAYS = frozenset({Header.LOCATION, Header.OPERATION_LOCATION, Header.RETRY_AFTER})
"""Where an answer declares one of these it always has it."""
_WHEN_TO_ASK_AGAIN = frozenset(
    {HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
)
_REQUEST_ID = {"x-ms-request-id": {"$ref": "#/components/headers/RequestId"}}
_INFO = {
    "title": "Deskhand",
    "version": API_VERSION,
    "summary": "Run Power Automate desktop flows.",
    "description": (
        "Starts desktop flows at most once, follows them to their end, and cancels them. "
        "Every answer of ours carries x-ms-request-id. An error's code stands in x-ms-error-code as well, whose "
        "words are listed with each status; new ones may come. Answers that the Functions host makes itself "
        "(401 without a key, an unknown route or method, 500) have an empty body."
    ),
}
_SECURITY: dict[str, dict[str, Any]] = {
    "functionKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "Where AUTH_MODE is keys.",
    },
    "entraId": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of Microsoft Entra ID for this app, where AUTH_MODE is entra. The app's roles decide.",
    },
}


def openapi(routes: Sequence[Route]) -> dict[str, Any]:
    schemas, components = schemas_of(dict.fromkeys(types_of(routes)))
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    ids = {route.name: route.id for route in routes}
    for route in routes:
        paths[route.path][route.method] = _operation(route, schemas, ids)
    components["ErrorAnswer"] |= {"examples": [examples.ERROR]}
    described = {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "/api"}],
        "tags": [{"name": title} for title in sorted({route.title for route in routes})],
        "paths": dict(paths),
        "components": {
            "schemas": components,
            "headers": {
                "RequestId": {
                    "description": "Names this request in our log.",
                    "required": True,
                    "schema": {"type": "string"},
                },
            },
            "securitySchemes": _SECURITY,
        },
    }
    return tidied(described)


def codes_of(route: Route) -> frozenset[Code]:
    """Every error that the operation can be answered with."""
    operation = route.operation
    return (
        operation.codes
        | ANY
        | (ANY_WITH_CALLER if route.rule is not None else frozenset())
        | (ANY_WITH_BODY if operation.body is not None or operation.media else frozenset())
    )


def types_of(routes: Sequence[Route]) -> Iterator[Any]:
    yield ErrorAnswer
    for route in routes:
        if route.operation.body is not None:
            yield route.operation.body
        yield from (each.body for each in route.operation.media.values())
        yield from (each.body for each in route.operation.answers.values() if each.body is not None)


def _operation(route: Route, schemas: dict[Any, dict[str, Any]], ids: dict[str, str]) -> dict[str, Any]:
    operation = route.operation
    described: dict[str, Any] = {
        "operationId": route.id,
        "tags": [route.title],
        "summary": operation.summary,
        "description": operation.told,
        "parameters": list(parameters(route)),
    }
    if operation.body is not None:
        content = {"schema": schemas[operation.body]}
        if operation.example is not None:
            content["example"] = operation.example
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {"application/json": content},
        }
    if operation.media:
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {
                name: {"schema": schemas[sent.body], "example": sent.example}
                for name, sent in operation.media.items()
            },
        }
    described["responses"] = _responses(route, schemas, ids)
    described["security"] = [] if route.rule is None else [{name: []} for name in _SECURITY]
    if route.rule is not None:
        described["x-roles"] = list(route.rule)
    return described


def parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in route.parameters:
        told, schema = _PATH[name]
        yield {"name": name, "in": "path", "required": True, "description": told, "schema": schema}
    yield from parameters_of(route.operation.query)
    if route.operation.takes_key:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key, flow and body are answered with the same run. Send one, and it is safe to repeat a start.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
        }
    yield {
        "name": "api-version",
        "in": "query",
        "required": False,
        **EMPTY_IS_ABSENT,
        "description": "The version of the contract that is meant. May be left out.",
        "schema": {"type": "string", "enum": [API_VERSION]},
    }


def _responses(route: Route, schemas: dict[Any, dict[str, Any]], ids: dict[str, str]) -> dict[str, Any]:
    operation = route.operation
    refused: dict[HTTPStatus, list[Code]] = defaultdict(list)
    for code in sorted(codes_of(route)):
        refused[code.status].append(code)
    statuses = sorted({*operation.answers, *refused})
    return {
        str(int(status)): _response(
            operation,
            operation.answers.get(HTTPStatus(status)),
            refused.get(HTTPStatus(status), []),
            schemas,
            ids,
        )
        for status in statuses
    }


def _response(
    operation: Operation,
    answer: Answer | None,
    codes: list[Code],
    schemas: dict[Any, dict[str, Any]],
    ids: dict[str, str],
) -> dict[str, Any]:
    shown = [schemas[answer.body]] if answer is not None and answer.body is not None else []
    shown += [schemas[ErrorAnswer]] if codes else []
    told = [answer.told] if answer is not None else []
    told += [f"{', '.join(codes)}."] if codes else []
    headers: dict[str, Any] = dict(_REQUEST_ID)
    for header in answer.headers if answer is not None else ():
        described, schema = _HEADERS[header]
        headers[header] = {"description": described, "required": header in _ALWAYS, "schema": schema}
    if codes:
        headers |= _headers_of_error(codes, required=answer is None)
    response: dict[str, Any] = {"description": " ".join(told), "headers": headers}
    if shown:
        content: dict[str, Any] = {"schema": shown[0] if len(shown) == 1 else {"anyOf": shown}}
        if answer is not None and answer.example is not None:
            content["example"] = answer.example
        response["content"] = {"application/json": content}
    if answer is not None and operation.links:
        response["links"] = {
            name: {"operationId": ids[link.operation], "parameters": dict(link.parameters)}
            for name, link in operation.links.items()
        }
    return response


def _headers_of_error(codes: list[Code], *, required: bool) -> dict[str, Any]:
    headers: dict[str, Any] = {
        "x-ms-error-code": {
            "description": "Equal to error.code.",
            "required": required,
            "schema": {"type": "string", "enum": [str(code) for code in codes]},
        }
    }
    if codes[0].status in _WHEN_TO_ASK_AGAIN:
        told, schema = _HEADERS[Header.RETRY_AFTER]
        headers[Header.RETRY_AFTER] = {"description": told, "required": False, "schema": schema}
    return headers
