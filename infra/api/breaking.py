"""What a new description of the API breaks for those who call it by an old one: one sentence for each difference.

A caller sends what was allowed, and reads what was promised. So a request may ask for less and take more, an answer may promise more.
New operations, optional parameters and members, answers' members, error codes and words of an answer are no break.
"""

from collections.abc import Iterator
from typing import Any

from infra.api.narrowing import Direction, Schemas, narrowed

type Json = dict[str, Any]


def breaks(old: Json, new: Json) -> list[str]:
    schemas = Schemas(old["components"]["schemas"], new["components"]["schemas"])
    found: list[str] = []
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            after = new["paths"].get(path, {}).get(method)
            if after is None:
                found.append(f"{name} was removed.")
            else:
                found += _of_operation(name, operation, after, schemas)
    return list(dict.fromkeys(found))


def _of_operation(name: str, old: Json, new: Json, schemas: Schemas) -> Iterator[str]:
    if old["operationId"] != new["operationId"]:
        yield f"{name}: its operationId is {new['operationId']}, no longer {old['operationId']}."
    yield from _of_access(name, old, new)
    yield from _of_parameters(name, old, new, schemas)
    yield from _of_body(name, old, new, schemas)
    for status, response in old["responses"].items():
        if status.startswith("2"):
            yield from _of_answer(f"{name}, {status}", response, new["responses"].get(status), schemas)


def _of_access(name: str, old: Json, new: Json) -> Iterator[str]:
    if new["security"] and not old["security"]:
        yield f"{name}: it asks for a key or a role."
        return
    shut_out = [role for role in old.get("x-roles", ()) if role not in new.get("x-roles", [role])]
    for role in shut_out:
        yield f"{name}: the role {role} no longer opens it."


def _of_parameters(name: str, old: Json, new: Json, schemas: Schemas) -> Iterator[str]:
    before, after = _parameters(old), _parameters(new)
    for key, parameter in before.items():
        where = f"{name}: the {key[0]} parameter {key[1]}"
        if key not in after:
            yield f"{where} was removed."
            continue
        if after[key]["required"] and not parameter["required"]:
            yield f"{where} is required."
        if parameter.get("allowEmptyValue") and not after[key].get("allowEmptyValue"):
            yield f"{where} can no longer be left without a value."
        yield from narrowed(where, parameter["schema"], after[key]["schema"], schemas, Direction.REQUEST)
    for key, parameter in after.items():
        if key not in before and parameter["required"]:
            yield f"{name}: the {key[0]} parameter {key[1]} is new, and required."


def _parameters(operation: Json) -> dict[tuple[str, str], Json]:
    return {(each["in"], each["name"]): each for each in operation["parameters"]}


def _of_body(name: str, old: Json, new: Json, schemas: Schemas) -> Iterator[str]:
    before, after = old.get("requestBody"), new.get("requestBody")
    if before is None:
        if after is not None and after["required"]:
            yield f"{name}: it asks for a body."
        return
    if after is None:
        yield f"{name}: it no longer takes a body."
        return
    if after["required"] and not before["required"]:
        yield f"{name}: its body is required."
    for media, content in before["content"].items():
        if media not in after["content"]:
            yield f"{name}: it no longer takes {media}."
        else:
            asked = after["content"][media]["schema"]
            yield from narrowed(f"{name}: the body", content["schema"], asked, schemas, Direction.REQUEST)


def _of_answer(where: str, old: Json, new: Json | None, schemas: Schemas) -> Iterator[str]:
    if new is None:
        yield f"{where}: it is no longer answered."
        return
    for header, about in old["headers"].items():
        if header not in new["headers"]:
            yield f"{where}: the header {header} was removed."
        elif about.get("required") and not new["headers"][header].get("required"):
            yield f"{where}: the header {header} may be absent."
    for media, content in old.get("content", {}).items():
        if media not in new.get("content", {}):
            yield f"{where}: it is no longer given as {media}."
        else:
            given = new["content"][media]["schema"]
            yield from narrowed(f"{where}: the body", content["schema"], given, schemas, Direction.ANSWER)
