"""What an indexed application asks of its host: host.json, app settings, and the triggers' bindings."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.host.authentication import Authentication
from local.host.engine import Function
from local.host.keys import AuthLevel, Keys
from local.host.routes import Route, RouteError, RouteTable
from local.host.schedule import Schedule, ScheduleError
from local.host.server import Endpoint, Front
from local.host.timers import Timer, Timers

_MEBIBYTE = 2**20


class ConfigurationError(ValueError):
    """host.json, a setting or a binding says what this host cannot carry out."""


@dataclass(frozen=True, slots=True)
class Configuration:
    route_prefix: str
    timeout: float | None
    """Seconds; None is unbounded."""
    body_limit: int
    """Bytes."""
    authenticates: bool
    """Whether App Service authentication is on."""


def read_configuration(app: Path) -> Configuration:
    try:
        host: dict[str, Any] = json.loads((app / "host.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"host.json cannot be read: {error}") from error
    return Configuration(
        route_prefix=host.get("extensions", {}).get("http", {}).get("routePrefix", "api").strip("/"),
        timeout=_seconds(host.get("functionTimeout", "00:30:00")),
        body_limit=int(os.environ.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", 100 * _MEBIBYTE)),
        authenticates=_is_true(os.environ.get("WEBSITE_AUTH_ENABLED")),
    )


def front(functions: Iterable[Function], configuration: Configuration, keys: Keys) -> Front:
    """What serves these functions. Raises ConfigurationError where one of them asks for what this host does not have."""
    routes: list[Route[Endpoint]] = []
    timers: list[Timer] = []
    for function in functions:
        match function.trigger["type"].lower():
            case "httptrigger":
                routes.append(_route(function, configuration.route_prefix))
            case "timertrigger":
                timers.append(_timer(function))
            case other:
                raise ConfigurationError(f"function {function.name}: this host has no {other}")
    return Front(
        RouteTable(routes),
        Timers(timers, configuration.timeout),
        keys,
        configuration.body_limit,
        configuration.timeout,
        Authentication() if configuration.authenticates else None,
    )


def _route(function: Function, prefix: str) -> Route[Endpoint]:
    template = f"{prefix}/{function.trigger.get('route') or function.name}"
    endpoint = Endpoint(function, AuthLevel(function.trigger.get("authLevel", "function").lower()))
    try:
        return Route.parse(template, function.trigger.get("methods", ()), endpoint)
    except RouteError as error:
        raise ConfigurationError(f"function {function.name}: {error}") from error


def _timer(function: Function) -> Timer:
    try:
        schedule = Schedule.parse(_resolve(function.trigger["schedule"]))
    except ScheduleError as error:
        raise ConfigurationError(f"function {function.name}: {error}") from error
    return Timer(
        function,
        schedule,
        run_on_startup=_is_true(function.trigger.get("runOnStartup")),
        use_monitor=_is_true(function.trigger.get("useMonitor", True)),
    )


def _resolve(text: str) -> str:
    """`%NAME%` replaced by the app setting of that name."""
    return re.sub(r"%([^%]+)%", lambda found: _setting(found[1]), text)


def _setting(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ConfigurationError(f"the app setting {name}, which a binding names, is not set")
    return value


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


def _seconds(text: str) -> float | None:
    if text == "-1":
        return None
    found = re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})", text)
    if found is None:
        raise ConfigurationError(f"functionTimeout {text!r} in host.json is no time span")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
