"""Answers, held against what their operations declare: statuses, error codes, headers and bodies."""

from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import jsonschema_rs
import msgspec

from infra.api.openapi import openapi
from infra.api.routes import Route, routes

type Json = dict[str, Any]

DOCUMENT: Json = openapi(routes())


class Answered(msgspec.Struct, frozen=True):
    """What came back, whoever carried it."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


def faults(names: tuple[str, ...], answered: Answered) -> list[str]:
    """What none of these functions declares of an answer of theirs. Several, where they share what stands behind them."""
    found = [list(_faults(_by_name()[name], answered)) for name in names]
    return [] if not all(found) else [fault for each in found for fault in each]


def _faults(route: Route, answered: Answered) -> Iterator[str]:
    responses: Json = DOCUMENT["paths"][route.path][route.method]["responses"]
    declared = responses.get(str(answered.status))
    if declared is None:
        yield f"{route.id} does not declare {answered.status}: {_shown(answered)}"
        return
    yield from (f"{route.id}: {fault}" for fault in _faults_of_headers(declared["headers"], answered))
    yield from (f"{route.id}: {fault}" for fault in _faults_of_body(declared.get("content"), answered))


def _faults_of_headers(declared: Json, answered: Answered) -> Iterator[str]:
    for name, header in declared.items():
        about = _resolved(header)
        value = answered.headers.get(name.lower())
        if value is not None and not _fits(about["schema"], value):
            yield f"{answered.status} has {name}: {value}, which is not declared"
        failed = answered.status >= HTTPStatus.BAD_REQUEST and b'"error"' in answered.body
        needed = about.get("required") or (name == "x-ms-error-code" and failed)
        if value is None and needed:
            yield f"{answered.status} lacks {name}"
    if "x-ms-error-code" in answered.headers and "x-ms-error-code" not in declared:
        yield f"{answered.status} has an error code, and declares none"


def _faults_of_body(content: Json | None, answered: Answered) -> Iterator[str]:
    if content is None:
        if answered.body:
            yield f"{answered.status} has a body, and declares none"
        return
    media = answered.headers.get("content-type", "").partition(";")[0]
    if media not in content:
        yield f"{answered.status} is {media or 'of no type'}, which is not declared"
        return
    try:
        body = msgspec.json.decode(answered.body)
    except msgspec.DecodeError as problem:
        yield f"{answered.status} is no JSON: {problem}"
        return
    yield from (
        f"{answered.status} at {'/'.join(map(str, fault.instance_path))}: {fault.message[:500]}"
        for fault in validator(content[media]["schema"]).iter_errors(body)
    )


def _fits(schema: Json, text: str) -> bool:
    """A header is text; a number is written in it."""
    if schema.get("type") == "integer":
        return text.isdecimal() and validator(schema).is_valid(int(text))
    return validator(schema).is_valid(text)


def validator(schema: Json) -> jsonschema_rs.Draft202012Validator:
    """Of a schema of the description. Members of an answer that are not declared do not fit."""
    return _validator(msgspec.json.encode(schema))


@cache
def _validator(schema: bytes) -> jsonschema_rs.Draft202012Validator:
    whole = msgspec.json.decode(schema) | {"components": {"schemas": _closed()}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


@cache
def _closed() -> Json:
    return {
        name: {"additionalProperties": False, **schema} if "properties" in schema else schema
        for name, schema in DOCUMENT["components"]["schemas"].items()
    }


def _resolved(header: Json) -> Json:
    if "$ref" not in header:
        return header
    found: Json = DOCUMENT["components"]["headers"][header["$ref"].rpartition("/")[2]]
    return found


@cache
def _by_name() -> dict[str, Route]:
    return {route.name: route for route in routes()}


def _shown(answered: Answered) -> str:
    return answered.body[:500].decode(errors="replace")
