"""Answers: JSON in camelCase, times as RFC 3339 UTC, and one shape for every error."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import azure.functions as func
import msgspec
from msgspec import UNSET

from shared.http.problems import ProblemError
from shared.http.views import DetailView, ErrorAnswer, ErrorView

_JSON = {"content-type": "application/json"}
"""Said outright: the worker library, when it has to find out that a type is missing, raises and catches an exception."""


def answer(
    status: HTTPStatus,
    body: msgspec.Struct | Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> func.HttpResponse:
    return _answer(status, b"" if body is None else msgspec.json.encode(body), {**_JSON, **(headers or {})})


def _answer(status: HTTPStatus, body: bytes, headers: dict[str, str]) -> func.HttpResponse:
    return func.HttpResponse(body, status_code=int(status), headers=headers)


def error_view(problem: ProblemError) -> ErrorView:
    details = [
        DetailView(code=each.code, target=each.target or "", message=each.message) for each in problem.details
    ]
    return ErrorView(
        code=problem.code,
        message=problem.message,
        target=UNSET if problem.target is None else problem.target,
        details=details or UNSET,
    )


def problem_answer(problem: ProblemError) -> func.HttpResponse:
    return problem_answers(problem)()


def problem_answers(problem: ProblemError) -> Callable[[], func.HttpResponse]:
    """Makes the same answer over and over, from words that are put together once."""
    headers = {**_JSON, "x-ms-error-code": str(problem.code), **problem.headers}
    return partial(
        _answer, problem.code.status, msgspec.json.encode(ErrorAnswer(error=error_view(problem))), headers
    )


def compact_json(value: Any) -> str:
    """As it is sent to Dataverse."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
