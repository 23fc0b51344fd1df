"""Answers: JSON in camelCase, times as RFC 3339 UTC, and one shape for every error."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

import azure.functions as func
import msgspec
from msgspec import UNSET

from shared.http.problems import ProblemError
from shared.http.views import DetailView, ErrorAnswer, ErrorView
from shared.run.model import ErrorDetail

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
    return kept_error_view(problem.code, problem.message, problem.target, problem.details)


def kept_error_view(code: str, message: str, target: str | None, details: Sequence[ErrorDetail]) -> ErrorView:
    shown = [DetailView(code=each.code, target=each.target or "", message=each.message) for each in details]
    return ErrorView(
        code=code, message=message, target=UNSET if target is None else target, details=shown or UNSET
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
