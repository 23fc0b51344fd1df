"""Answers: JSON in camelCase, times as RFC 3339 UTC, and one shape for every error."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import azure.functions as func
import msgspec

from shared.http.problems import ProblemError


def answer(
    status: HTTPStatus, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    return func.HttpResponse(
        b"" if body is None else msgspec.json.encode(body),
        status_code=status.value,
        headers=dict(headers or {}),
        mimetype="application/json",
    )


def error_object(problem: ProblemError) -> dict[str, Any]:
    error: dict[str, Any] = {"code": str(problem.code), "message": problem.message}
    if problem.target is not None:
        error["target"] = problem.target
    if problem.details:
        error["details"] = [
            {"code": each.code, "target": each.target or "", "message": each.message}
            for each in problem.details
        ]
    return {"error": error}


def problem_answer(problem: ProblemError) -> func.HttpResponse:
    headers = {"x-ms-error-code": str(problem.code), **problem.headers}
    return answer(problem.status, error_object(problem), headers)


def compact_json(value: Any) -> str:
    """As it is sent to Dataverse."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
