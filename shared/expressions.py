"""JMESPath (https://jmespath.org) within bounds: an expression is the operator's, what it is applied to is a stranger's.

Multi-selects and `merge` repeat what they are given (`[@, @]` gives twice as much, and so on), `to_string` writes escapes, and `join`
repeats its glue. All are bounded before an expression is ever used, and so is what it may give. The library is loaded by whoever has a map of events.
"""

import math
from collections.abc import Iterator
from typing import Any

LONGEST = 500
"""Characters."""
_WIDEST = 100
"""How many times as much as it was given an expression may give."""
_ESCAPED = 6
"""What to_string() may make of a character."""
_LARGEST_RESULT = 1024 * 1024
"""Characters of text, a few for everything else."""
_DEEPEST_RESULT = 32


class ExpressionError(ValueError):
    """It is none, or it gave nothing that can be used. The sentence holds no part of what it was applied to."""


def check(expression: str) -> None:
    """Raises ExpressionError: it cannot be read, names a function that there is none of, or could give without bound."""
    from jmespath import compile as compiled  # noqa: PLC0415 - only where events are mapped
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415
    from jmespath.functions import Functions  # noqa: PLC0415

    if not 0 < len(expression) <= LONGEST:
        raise ExpressionError(f"must be a text of 1 to {LONGEST} characters")
    try:
        parsed = compiled(expression).parsed
        nodes, width = list(_nodes(parsed)), _width(parsed)
    except (JMESPathError, RecursionError) as problem:
        raise ExpressionError(f"is no JMESPath: {str(problem).splitlines()[0]}") from None
    if width > _WIDEST:
        raise ExpressionError(f"repeats what it is given up to {width} times; {_WIDEST} is the most")
    for node in nodes:
        if node["type"] == "function_expression":
            _check_function(node, Functions.FUNCTION_TABLE)


def _check_function(node: dict[str, Any], known: dict[str, Any]) -> None:
    name = node["value"]
    if name not in known:
        raise ExpressionError(f"calls {name}(), which there is not")
    if name == "join" and (not node["children"] or node["children"][0]["type"] != "literal"):
        raise ExpressionError("must give join() its glue as it is, such as ', '")


def _width(node: dict[str, Any]) -> int:
    """How many times as much as it is given it may give. What stands in it may be applied to what its neighbour gives."""
    parts = [_width(child) for child in node["children"] if isinstance(child, dict)]
    name = node.get("value") if node["type"] == "function_expression" else None
    if node["type"].startswith("multi_select") or name == "merge":
        return sum(parts)
    return math.prod(parts) * (_ESCAPED if name == "to_string" else 1)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """A slice has numbers for children."""
    if isinstance(node, dict):
        yield node
        for child in node["children"]:
            yield from _nodes(child)


def evaluate(expression: str, given: dict[str, Any]) -> Any:
    """Of one that was checked. Raises ExpressionError where it finds nothing, does not fit what is given, or gives too much."""
    from jmespath import search  # noqa: PLC0415 - only where events are mapped
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415

    try:
        value = search(expression, given)
    except (JMESPathError, RecursionError, ArithmeticError, ValueError, TypeError):
        raise ExpressionError("does not fit this event") from None
    if value is None:
        raise ExpressionError("finds nothing in this event")
    _check_result(value)
    return value


def _check_result(value: Any) -> None:
    """Stops as soon as it is too much: a result may hold the same value many times over."""
    left = _LARGEST_RESULT
    level = [value]
    for _ in range(_DEEPEST_RESULT):
        deeper: list[Any] = []
        for each in level:
            left -= _size(each)
            if left < 0:
                raise ExpressionError("gives too much")
            deeper += _parts(each)
        if not deeper:
            return
        level = deeper
    raise ExpressionError("gives something that is nested too deeply")


def _size(value: Any) -> int:
    match value:
        case str():
            return len(value)
        case float() if not math.isfinite(value):
            raise ExpressionError("gives a number that is none")
        case None | bool() | int() | float():
            return 8
        case dict() | list():
            return 8 * len(value)
        case _:
            raise ExpressionError("gives an expression, not a value")


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []
