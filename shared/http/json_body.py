"""JSON as it is accepted: UTF-8, one object (of events also a list), no duplicate members, no NaN or Infinity, of bounded size and depth."""

import json
import math
from typing import Any, NoReturn

from shared.http.problems import Code, ProblemError

LARGEST_BODY = 8 * 1024 * 1024
"""Inputs are limited apart, to 2 MiB of the text that goes to Dataverse; escapes may make a request's text longer."""
_DEEPEST = 64


def parse_object(body: bytes, largest: int = LARGEST_BODY) -> dict[str, Any]:
    """Raises ProblemError: 413 BodyTooLarge, 400 InvalidJson."""
    value = parse_json(body, largest)
    if not isinstance(value, dict):
        _refuse("The body must be one JSON object.")
    return value


def parse_json(body: bytes, largest: int = LARGEST_BODY) -> Any:
    """Any one value, as strictly. Raises ProblemError: 413 BodyTooLarge, 400 InvalidJson."""
    if len(body) > largest:
        raise ProblemError(
            Code.BODY_TOO_LARGE,
            f"The body must not be larger than {largest} bytes.",
        )
    if not body.strip():
        _refuse("The body is empty. A JSON object is expected, sent with a Content-Length.")
    value = _loaded(body)
    _check_depth_and_text(value)
    return value


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=lambda name: _refuse(f"{name} is not JSON."),
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        _refuse("The body is not UTF-8.")
    except RecursionError:
        _refuse("The body is nested too deeply.")
    except json.JSONDecodeError as problem:
        _refuse(f"The body is not JSON: {problem.msg} at line {problem.lineno}, column {problem.colno}.")
    except ValueError:
        _refuse("The body holds a number that is too long.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse("The body names a member twice.")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse("The body holds a number that is too large.")
    return number


def _check_depth_and_text(value: Any) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        for each in level:
            _check_text(each)
        level = [child for each in level for child in _children(each)]
        if not level:
            return
    _refuse(f"The body is nested more than {_DEEPEST} levels deep.")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


def _check_text(value: Any) -> None:
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            _refuse("The body holds half of a surrogate pair.")


def _refuse(message: str) -> NoReturn:
    raise ProblemError(Code.INVALID_JSON, message)
