"""The tests' own hold on answers lets nothing through that is not declared."""

from http import HTTPStatus
from typing import Any

import msgspec
import pytest

from shared.http import examples
from tests.support.declared import Answered, faults

OPERATION = ("trigger_run",)
HEADERS = {
    "content-type": "application/json",
    "x-ms-request-id": "1",
    "location": "https://contoso.com/api/results/1",
    "operation-location": "https://contoso.com/api/runs/1",
    "retry-after": "10",
}
REFUSED = {
    "content-type": "application/json",
    "x-ms-request-id": "1",
    "x-ms-error-code": "InvalidRequest",
}


def answered(
    status: int = HTTPStatus.ACCEPTED, body: Any = examples.RUN, headers: dict[str, str] = HEADERS
) -> list[str]:
    return faults(OPERATION, Answered(status, headers, msgspec.json.encode(body)))


def without(headers: dict[str, str], name: str) -> dict[str, str]:
    return {each: value for each, value in headers.items() if each != name}


def test_a_declared_answer_has_no_fault() -> None:
    """A success, and an error."""
    assert [] == answered()
    assert [] == answered(400, examples.ERROR, REFUSED)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (answered(HTTPStatus.OK), "does not declare 200"),
        (answered(400, examples.ERROR, REFUSED | {"x-ms-error-code": "RunNotFinished"}), "x-ms-error-code"),
        (answered(400, examples.ERROR, without(REFUSED, "x-ms-error-code")), "lacks x-ms-error-code"),
        (answered(headers=HEADERS | {"x-ms-error-code": "InvalidRequest"}), "declares none"),
        (answered(headers=without(HEADERS, "location")), "lacks Location"),
        (answered(headers=HEADERS | {"retry-after": "soon"}), "Retry-After: soon"),
        (answered(headers=without(HEADERS, "x-ms-request-id")), "lacks x-ms-request-id"),
        (answered(headers=HEADERS | {"content-type": "text/plain"}), "is text/plain"),
        (answered(body=examples.RUN | {"other": 1}), "other"),
        (answered(body=examples.RUN | {"createdAt": "yesterday"}), "createdAt"),
        (answered(body={name: value for name, value in examples.RUN.items() if name != "runId"}), "runId"),
        (answered(body=examples.RUN | {"status": "Waiting"}), "status"),
    ],
)
def test_what_is_not_declared_is_told(fault: list[str], told: str) -> None:
    """Statuses, codes, headers, types, members, formats and words."""
    assert told in "\n".join(fault)


def test_of_several_functions_one_has_to_declare_it() -> None:
    """They share what stands behind them, and not their addresses."""
    run = Answered(HTTPStatus.OK, without(HEADERS, "location"), msgspec.json.encode(examples.RUN))

    assert [] == faults(("trigger_run", "get_run"), run)
    assert faults(("trigger_run", "get_run_outputs"), msgspec.structs.replace(run, status=204))
