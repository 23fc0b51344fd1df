"""The HTTP functions as they are registered, each with what it declares."""

import importlib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import azure.functions as func
import msgspec

import function_app
from shared.http.access import ACCESS, Rule
from shared.http.operation import Operation

_PARAMETER = re.compile(r"\{(\w+)\}")
_TITLES = {
    "trigger_run": "Runs",
    "cancel_run": "Runs",
    "resubmit_run": "Runs",
    "run_status": "Runs",
    "flow_catalog": "Catalogue",
    "connector_helpers": "Connector (internal)",
    "pauses": "Pauses",
    "subscriptions": "Subscriptions",
    "events_in": "Events",
    "callback_handler": "Callbacks",
    "health": "Service",
    "preflight": "Service",
    "api_description": "Service",
}
"""Function folders that answer HTTP, and under which title their operations stand."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    """The function's."""
    method: str
    path: str
    """From /api on, with names of parameters in braces."""
    rule: Rule
    title: str
    operation: Operation

    @property
    def id(self) -> str:
        """The operation's id: the function's name as a generated client has it."""
        first, *others = self.name.split("_")
        return first + "".join(other.title() for other in others)

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.path)


@cache
def routes() -> tuple[Route, ...]:
    """In the order of their paths. Raises KeyError for an HTTP function that declares nothing."""
    declared = {
        name: (title, operation)
        for folder, title in _TITLES.items()
        for name, operation in importlib.import_module(f"{folder}.contract").OPERATIONS.items()
    }
    found = [_route(name, trigger, declared) for name, trigger in _triggers()]
    unregistered = declared.keys() - {route.name for route in found}
    if unregistered:
        raise KeyError(f"Declared, but not registered: {sorted(unregistered)}")
    return tuple(sorted(found, key=lambda route: (route.path, route.method)))


def _route(name: str, trigger: dict[str, Any], declared: dict[str, tuple[str, Operation]]) -> Route:
    title, operation = declared[name]
    (method,) = trigger["methods"]
    return Route(
        name=name,
        method=str(getattr(method, "name", method)).lower(),
        path=f"/{trigger['route']}",
        rule=ACCESS[name],
        title=title,
        operation=operation,
    )


def _triggers() -> Iterator[tuple[str, dict[str, Any]]]:
    for function in function_app.app.get_functions():
        trigger = function.get_trigger()
        if isinstance(trigger, func.decorators.http.HttpTrigger):
            yield str(function.get_function_name()), {"route": trigger.route, "methods": trigger.methods}
