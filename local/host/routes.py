"""Finding the function for a path and a method, by the rules of ASP.NET Core's routing.

Literals match in any letter case, a trailing slash is tolerated, a method is a constraint like any other (so the wrong one
is simply not found), and of several templates that match the most specific one is taken.
"""

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import unquote


class RouteError(ValueError):
    """A route template that this host cannot read."""


class Precedence(IntEnum):
    """How a segment ranks beside others at its place; the lowest is looked at first."""

    LITERAL = 1
    CONSTRAINED = 2
    PARAMETER = 3
    CONSTRAINED_CATCH_ALL = 4
    CATCH_ALL = 5


type Constraint = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Segment:
    pattern: str
    precedence: Precedence
    name: str = ""
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class Route[Target]:
    target: Target
    methods: frozenset[str]
    """Upper case; none at all means every method."""
    segments: tuple[Segment, ...]
    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, template: str, methods: Iterable[str], target: Target) -> "Route[Target]":
        segments = tuple(_segment(text) for text in template.strip("/").split("/") if text)
        pattern = re.compile("".join(segment.pattern for segment in segments) + "/?", re.IGNORECASE)
        return cls(target, frozenset(method.upper() for method in methods), segments, pattern)

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The route's parameters, unescaped, or None where path or method are another's."""
        found = self.pattern.fullmatch(path)
        if found is None or (self.methods and method not in self.methods):
            return None
        values = {name: _unescape(value) for name, value in found.groupdict().items() if value}
        for segment in self.segments:
            value = values.get(segment.name)
            if value is not None and not all(holds(value) for holds in segment.constraints):
                return None
        return values


class RouteTable[Target]:
    def __init__(self, routes: Iterable[Route[Target]]) -> None:
        self._routes = sorted(routes, key=lambda route: [segment.precedence for segment in route.segments])

    def find(self, method: str, path: str) -> tuple[Target, dict[str, str]] | None:
        """The target and its parameters for a path as it was sent, still escaped."""
        for route in self._routes:
            parameters = route.match(method, path)
            if parameters is not None:
                return route.target, parameters
        return None


_PARAMETER = re.compile(r"\{(?P<star>\*{0,2})(?P<name>\w+)(?P<constraints>(?::[^{}?:]+)*)(?P<optional>\??)\}")


def _segment(text: str) -> Segment:
    if "{" not in text:
        return Segment("/" + re.escape(text), Precedence.LITERAL)
    found = _PARAMETER.fullmatch(text)
    if found is None:
        raise RouteError(f"the route segment {text!r} is not understood")
    name = found["name"]
    constraints = tuple(_constraint(rule) for rule in found["constraints"].split(":") if rule)
    if found["star"]:
        rank = Precedence.CONSTRAINED_CATCH_ALL if constraints else Precedence.CATCH_ALL
        return Segment(f"(?:/(?P<{name}>.*))?", rank, name, constraints)
    rank = Precedence.CONSTRAINED if constraints else Precedence.PARAMETER
    pattern = f"/(?P<{name}>[^/]+)"
    return Segment(f"(?:{pattern})?" if found["optional"] else pattern, rank, name, constraints)


def _unescape(value: str) -> str:
    """An escaped slash stays as it was sent: it must not be taken for a separator later on."""
    return unquote(re.sub("%2F", "%252F", value, flags=re.IGNORECASE))


def _constraint(rule: str) -> Constraint:
    found = re.fullmatch(r"(?P<name>[a-z]+)(?:\((?P<arguments>[\d,\s-]*)\))?", rule)
    arguments = [int(text) for text in found["arguments"].split(",")] if found and found["arguments"] else []
    make = _CONSTRAINTS.get((found["name"], len(arguments))) if found else None
    if make is None:
        raise RouteError(f"the route constraint {rule!r} is not known to this host")
    return make(*arguments)


def _integer(bits: int) -> Constraint:
    return lambda value: (
        re.fullmatch(r"[+-]?[0-9]+", value) is not None and -(2 ** (bits - 1)) <= int(value) < 2 ** (bits - 1)
    )


def _between(low: float, high: float) -> Constraint:
    return lambda value: _integer(64)(value) and low <= int(value) <= high


def _long(low: float, high: float) -> Constraint:
    return lambda value: low <= len(value) <= high


def _matches(pattern: str) -> Constraint:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda value: compiled.fullmatch(value) is not None


def _guid(value: str) -> bool:
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


_INFINITE = float("inf")
_DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"

_CONSTRAINTS: dict[tuple[str, int], Callable[..., Constraint]] = {
    ("int", 0): lambda: _integer(32),
    ("long", 0): lambda: _integer(64),
    ("bool", 0): lambda: _matches("true|false"),
    ("decimal", 0): lambda: _matches(_DECIMAL),
    ("double", 0): lambda: _matches(_DECIMAL + r"(e[+-]?[0-9]+)?"),
    ("float", 0): lambda: _matches(_DECIMAL + r"(e[+-]?[0-9]+)?"),
    ("guid", 0): lambda: _guid,
    ("alpha", 0): lambda: _matches("[a-z]*"),
    ("required", 0): lambda: _matches(".+"),
    ("length", 1): lambda exactly: _long(exactly, exactly),
    ("length", 2): _long,
    ("minlength", 1): lambda low: _long(low, _INFINITE),
    ("maxlength", 1): lambda high: _long(0, high),
    ("min", 1): lambda low: _between(low, _INFINITE),
    ("max", 1): lambda high: _between(-_INFINITE, high),
    ("range", 2): _between,
}
