"""Which function has answered: by its use case within the process, by method and path over HTTP."""

import re
from functools import cache
from http import HTTPStatus
from inspect import unwrap
from urllib.parse import urlsplit

import azure.functions as func
import requests

from health.report import report
from infra.api.routes import routes
from shared.http.endpoint import LOADS
from shared.http.use_case import UseCase
from tests.support.declared import Answered, faults

_OF_THE_HOST = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
)
"""What the host answers by itself, with an empty body: no right, no such route or method, too large."""


def held(use_case: UseCase, answer: func.HttpResponse) -> func.HttpResponse:
    """Asserts that the answer is one that is declared."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    found = faults(functions_of(use_case), Answered(answer.status_code, headers, answer.get_body()))
    assert not found, "\n".join(found)
    return answer


def functions_of(use_case: UseCase) -> tuple[str, ...]:
    """Those that serve it."""
    return _functions()[unwrap(use_case)]


def held_over_http(base: str, answer: requests.Response) -> requests.Response:
    """The same, of what came over HTTP. `base` is the URL up to and with /api."""
    name = _answering(str(answer.request.method), str(answer.request.url), base)
    if name is None or _is_the_host_s(answer):
        return answer
    headers = {name.lower(): value for name, value in answer.headers.items()}
    found = faults((name,), Answered(answer.status_code, headers, answer.content))
    assert not found, "\n".join(found)
    return answer


def _is_the_host_s(answer: requests.Response) -> bool:
    ours = "x-ms-request-id" in answer.headers
    return not ours and not answer.content and answer.status_code in _OF_THE_HOST


def _answering(method: str, url: str, base: str) -> str | None:
    path = urlsplit(url).path.removeprefix(urlsplit(base).path)
    asked = f"{method.lower()} {path}"
    return next((name for name, pattern in _patterns().items() if pattern.fullmatch(asked)), None)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        route.name: re.compile(f"{route.method} {re.sub(r'\{\w+\}', '[^/]+', route.path)}")
        for route in routes()
    }


@cache
def _functions() -> dict[UseCase, tuple[str, ...]]:
    found: dict[UseCase, tuple[str, ...]] = {
        report: ("health",)
    }  # is served without settings, and so by itself
    for name, load in LOADS.items():
        found[load()] = (*found.get(load(), ()), name)
    return found
